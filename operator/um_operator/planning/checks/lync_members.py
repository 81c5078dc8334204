"""Membership: every server is in every SIP plan, on each of its services, or Lync does not trust it (R21)."""

from __future__ import annotations

from collections.abc import Iterator

from um_operator.api.reasons import Reason
from um_operator.observed.certificates import ServiceName
from um_operator.observed.exchange import CallRouterFact, UMServiceFact
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.values import name_key
from um_operator.planning.checks.lync_case import LyncCase
from um_operator.planning.checks.verdict import NOTHING, Verdict
from um_operator.planning.steps import WINDOWS_SERVICES, JoinDialPlans
from um_operator.planning.view import View

Settings = Fact[UMServiceFact] | Fact[CallRouterFact]


def membership(case: LyncCase) -> Verdict:
    """Ask for the membership of every service of every server in scope; it is only ever added to."""
    verdict = NOTHING
    plans = tuple(plan.name for plan in case.item.dial_plans)
    for key, service, fact in services(case.view):
        if isinstance(fact, Unknown):
            verdict += case.unread(f'{WINDOWS_SERVICES[service]} on "{key}"', fact.message)
            continue
        missing = tuple(name for name in plans if not is_member(fact, name))
        if not missing:
            continue
        server = _fqdn(key, case.view)
        names = ", ".join(f'"{name}"' for name in missing)
        message = f'{WINDOWS_SERVICES[service]} on "{server}" is not a member of dial plan {names}'
        path = f"membership[{server},{service}]"
        step = JoinDialPlans(owner=case.item.key, server=server, service=service, dial_plans=missing)
        verdict += case.differs(Reason.SERVER_NOT_IN_DIAL_PLAN, message, path, names, None, step)
    return verdict


def services(view: View) -> Iterator[tuple[str, ServiceName, Settings]]:
    """Yield every service in scope, by ``name_key`` of its server."""
    for key, um in sorted(view.snapshot.um_services.items()):
        yield key, "UM", um
    for key, router in sorted(view.snapshot.call_routers.items()):
        yield key, "UMCallRouter", router


def is_member(fact: Known[UMServiceFact] | Known[CallRouterFact], plan: str) -> bool:
    """Whether a service is a member of a dial plan."""
    return any(name_key(one) == name_key(plan) for one in fact.value.dial_plans)


def strangers(plan: str, view: View) -> Iterator[tuple[str, ServiceName]]:
    """Yield the services that are not known to be members of a plan, by FQDN of their server."""
    for key, service, fact in services(view):
        if isinstance(fact, Unknown) or not is_member(fact, plan):
            yield _fqdn(key, view), service


def _fqdn(key: str, view: View) -> str:
    rows = view.snapshot.servers.value if isinstance(view.snapshot.servers, Known) else {}
    return rows[key].fqdn if key in rows else key
