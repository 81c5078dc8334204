"""A dial plan: created Unsecured, then configured, then cut over; corrected where it differs."""

from __future__ import annotations

from typing import Final

from um_operator.api.reasons import Reason
from um_operator.desired.organization import DesiredDialPlan
from um_operator.observed.fact import Unknown
from um_operator.observed.values import PropertyValue, display
from um_operator.planning.checks import dial_plan_removal
from um_operator.planning.checks.case import EXISTENCE, Case
from um_operator.planning.checks.obstacles import claimed, removed_again, renamed, unread
from um_operator.planning.checks.properties import Comparison, changes_to, paths_of
from um_operator.planning.checks.securing import DialPlanCase, ports_left, voip_security
from um_operator.planning.checks.verdict import NOTHING, Verdict, ask, first, together
from um_operator.planning.steps import CreateDialPlan, SetDialPlan
from um_operator.planning.view import View

IMMUTABLE: Final = ("uriType", "numberOfDigitsInExtension")
"""What Set-UMDialPlan has no parameter for (field notes 3.1)."""
CREATED_WITH: Final = (
    *IMMUTABLE,
    "countryOrRegionCode",
    "accessTelephoneNumbers",
    "defaultLanguage",
    "faxEnabled",
)
"""What New-UMDialPlan takes besides -VoIPSecurity, which is a step of its own (R18)."""
DEFAULT_URI_TYPE: Final = "TelephoneExtension"


def examine(view: View, item: DesiredDialPlan) -> Verdict:
    """Return what a dial plan's manifest asks for."""
    live = view.dial_plan(item.name)
    if isinstance(live, Unknown):
        return unread(item.key, live)
    case = Case(item, live.value, view)
    if item.deleting:
        return ports_left(case) or dial_plan_removal.examine(case)
    return first(OBSTACLES, case) or together(CHECKS, case)


def immutable_differs(case: DialPlanCase) -> Verdict:
    """Object to an adopted plan that differs in what no cmdlet can change; nothing is done to it."""
    if case.live is None:
        return NOTHING
    wrong = [
        f'{path}: want "{display(want)}", have "{display(case.live.properties.get(path))}"'
        for path, want in _of_creation(case, IMMUTABLE).items()
        if want != case.live.properties.get(path)
    ]
    if not wrong:
        return NOTHING
    message = f'dial plan "{case.live.name}" exists and differs in what cannot be changed: {"; ".join(wrong)}'
    return Verdict((case.finding("Blocked", Reason.IMMUTABLE_FIELD_DIFFERS, message),))


def existence(case: DialPlanCase) -> Verdict:
    """Ask for the plan where there is none."""
    if case.live is not None:
        return NOTHING
    properties = {"uriType": DEFAULT_URI_TYPE, **_of_creation(case, CREATED_WITH)}
    if case.item.generate_mailbox_policy is not None:
        properties["generateUMMailboxPolicy"] = case.item.generate_mailbox_policy
    create = CreateDialPlan(owner=case.item.key, dial_plan=case.item.name, properties=properties)
    return Verdict((case.missing(),)) + ask(create, paths={EXISTENCE})


def settings(case: DialPlanCase) -> Verdict:
    """Ask for the declared settings; none of them interrupts a call."""
    fixed = {*IMMUTABLE, "voipSecurity"}
    wanted = {path: want for path, want in case.item.properties.items() if path not in fixed}
    return _set(case, changes_to(case, wanted, CREATED_WITH))


OBSTACLES: Final = (claimed, renamed, removed_again, immutable_differs)
CHECKS: Final = (existence, settings, voip_security)


def _of_creation(case: DialPlanCase, paths: tuple[str, ...]) -> dict[str, PropertyValue]:
    return {path: case.item.properties[path] for path in paths if path in case.item.properties}


def _set(case: DialPlanCase, comparison: Comparison) -> Verdict:
    verdict = Verdict(comparison.findings)
    if not comparison.changes:
        return verdict
    step = SetDialPlan(owner=case.item.key, dial_plan=case.item.name, changes=comparison.changes)
    return verdict + ask(step, paths=paths_of(comparison.changes))
