"""desired + observed + ledger + now -> Plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.desired.organization import (
    DesiredCertificate,
    DesiredDialPlan,
    DesiredGateway,
    DesiredLyncIntegration,
    DesiredObject,
    DesiredOrganization,
    DesiredResource,
)
from um_operator.observed.ledger import Ledger
from um_operator.observed.snapshot import Snapshot
from um_operator.observed.values import name_key
from um_operator.planning import adjacent, gates, order, securing
from um_operator.planning.approval import Approval, judge
from um_operator.planning.attempt import Attempt
from um_operator.planning.checks import (
    certificate,
    dial_plan,
    front_ends,
    gateway,
    integration,
    leaving,
    unfinished,
)
from um_operator.planning.checks.verdict import Verdict, Wanted
from um_operator.planning.edge import Edge
from um_operator.planning.feasibility import feasibility
from um_operator.planning.front_ends.turns import one_at_a_time
from um_operator.planning.gates import LOOK_AGAIN
from um_operator.planning.order import EDGES
from um_operator.planning.plan import INVALID, ApprovalReport, Finding, Plan, PlannedStep, Wait
from um_operator.planning.renewal import asked_again_at, due_at, renewal_of
from um_operator.planning.requirements import requirements
from um_operator.planning.rollout.rollout import rank
from um_operator.planning.staleness import Applicant
from um_operator.planning.steps import (
    ActivateServer,
    ConfigureService,
    CreateDialPlan,
    CreateGateway,
    CreateHuntGroup,
    DeliverTrust,
    DrainServer,
    GrantPermissions,
    ImportCertificate,
    InstallChain,
    InstallLyncTrust,
    JoinDialPlans,
    PublishAuthorities,
    RemoveCertificate,
    RemoveDialPlan,
    RemoveGateway,
    RemoveHuntGroup,
    RemoveMailboxPolicy,
    RequestCertificate,
    RestartService,
    ServerStep,
    SetDialPlan,
    SetGateway,
    SetGatewayPort,
    SetGatewayState,
    SetVoIPSecurity,
    StartFrontEndServices,
    Step,
    StopFrontEndServices,
    TrustGateway,
)
from um_operator.planning.view import View

TYPES: Final[tuple[type[Step], ...]] = (
    CreateDialPlan, SetDialPlan, JoinDialPlans, CreateGateway, SetGateway, SetGatewayState, CreateHuntGroup,
    GrantPermissions,
    RequestCertificate, PublishAuthorities, DeliverTrust, InstallLyncTrust, ImportCertificate,
    InstallChain, TrustGateway,
    ConfigureService, DrainServer, RestartService, ActivateServer,
    SetGatewayPort, SetVoIPSecurity, StopFrontEndServices, StartFrontEndServices,
    RemoveHuntGroup, RemoveGateway, RemoveMailboxPolicy, RemoveDialPlan, RemoveCertificate,
)  # fmt: skip
"""In which order steps are shown and tried; what really orders them is order.py."""


def make_plan(
    desired: DesiredOrganization,
    observed: Snapshot,
    ledger: Ledger,
    now: datetime,
    *,
    pass_started: datetime,
    approval: Approval = Approval(),  # noqa: B008 - frozen
    edges: Iterable[Edge[Any]] = EDGES,
) -> Plan:
    """Return what has to be done, what each step waits for, and when to look again.

    Args:
        desired: what is declared.
        observed: what was read.
        ledger: what is remembered.
        now: the instant of the decision (aware).
        pass_started: facts read before it are of an earlier pass: no step rests on them alone.
        approval: what is stored of approved plans and of plans to approve.
        edges: the order of changes; a test takes one out to show that it matters.
    """
    view, edges = View.at(desired, observed, ledger, now, pass_started), tuple(edges)
    verdicts, items = dict(_verdicts(view)), {**view.items, desired.key: desired.itself}
    findings = tuple(finding for verdict in verdicts.values() for finding in verdict.findings)
    asked = [
        _Asked(Attempt(wanted.step, items[key], view), wanted, _drifted(verdict))
        for key, verdict in verdicts.items()
        for wanted in verdict.steps
    ]
    asked.sort(key=lambda one: _rank(view, one.wanted.step))
    gated, report = _gated(desired, approval, asked, edges)
    planned = one_at_a_time(adjacent.together(gated, view))
    return Plan(
        steps=planned,
        findings=findings,
        wake_at=min(_instants(view, planned), default=None),
        look_at=min(_looks(view, planned), default=None),
        judged_at=min(_judgements(view), default=None),
        attended=frozenset(key for key, server in view.rollout.servers.items() if server.is_attended),
        released={
            **{item.key: INVALID for item in desired.invalid if item.key is not None and item.released},
            **{item.key: "" for item in (*desired.certificates, *desired.lync_integrations) if item.deleting},
            **{
                key: verdict.left_behind
                for key, verdict in verdicts.items()
                if verdict.released and not view.replicates_until(key)
            },
        },
        approval=report,
        warnings=dict(_warnings(view)),
    )


def _warnings(view: View) -> Iterator[tuple[ObjectKey, str]]:
    """Yield that the windows are too short for what comes, by UMCertificate."""
    for key in view.rollout.certificates:
        ahead = feasibility(view, key)
        if ahead is not None and not ahead.feasible:
            yield key, ahead.message


def _verdicts(view: View) -> Iterator[tuple[ObjectKey, Verdict]]:
    for item in view.desired.resources:
        yield item.key, _verdict(view, item)
    yield view.desired.key, _of_organization(view)


def _of_organization(view: View) -> Verdict:
    """Return what no resource asks for any more, and whether the organisation may go."""
    going = unfinished.letting_go(view)
    if going.released or view.elsewhere is not None or view.desired.stalled is not None:
        return going
    return unfinished.examine(view) + front_ends.left_behind(view)


def _verdict(view: View, item: DesiredResource) -> Verdict:
    if view.elsewhere is not None:
        return Verdict((Finding(item.key, "Blocked", Reason.OTHER_ORGANIZATION, view.elsewhere),))
    if isinstance(item, DesiredObject) and item.deleting and (why := leaving.out_of_reach(view, item)):
        return leaving.released(item, why)
    if (obstacle := view.desired.stalled) is not None:
        return Verdict((Finding(item.key, "Blocked", obstacle.reason, obstacle.message),))
    return _examined(view, item)


def _examined(view: View, item: DesiredResource) -> Verdict:
    """Return what the checks of its kind say of a resource."""
    if isinstance(item, DesiredDialPlan):
        return dial_plan.examine(view, item)
    if isinstance(item, DesiredGateway):
        return gateway.examine(view, item)
    if isinstance(item, DesiredCertificate):
        return certificate.examine(view, item)
    assert isinstance(item, DesiredLyncIntegration)
    return integration.examine(view, item) + front_ends.examine_all(view, item)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A step that a check asked for; ``drifted`` are the paths of its resource that drifted."""

    attempt: Attempt
    wanted: Wanted
    drifted: frozenset[str]


def _drifted(verdict: Verdict) -> frozenset[str]:
    return frozenset(finding.path for finding in verdict.findings if finding.weight == "Drift")


def _gated(
    desired: DesiredOrganization, approval: Approval, asked: Sequence[_Asked], edges: tuple[Edge[Any], ...]
) -> tuple[tuple[PlannedStep, ...], ApprovalReport]:
    """Return the steps with what each waits for, and how approval stands."""
    ordered = [(one.wanted.step, order.waits_of(one.wanted.step, one.attempt.view, edges)) for one in asked]
    required = requirements(
        [
            (step, (*waits, *adjacent.before(step, one.attempt.view)))
            for one, (step, waits) in zip(asked, ordered, strict=True)
        ]
    )
    applicants = [
        Applicant(
            step=one.wanted.step,
            step_id=(step_id := one.wanted.step.step_id),
            generation=one.attempt.item.generation,
            requires=required[step_id],
            asks=one.attempt.asks_for_approval,
            corrects=bool(one.wanted.paths & one.drifted),
        )
        for one in asked
    ]
    held, report = judge(desired.key.name, desired.spec.approved_plan, approval, applicants)
    planned = tuple(
        PlannedStep(
            one.wanted.step,
            gates.waits_of(one.attempt, held.get(applicant.step_id), waits),
            one.wanted.paths & one.drifted,
            applicant.requires,
        )
        for one, applicant, (_, waits) in zip(asked, applicants, ordered, strict=True)
    )
    return planned, report


SEQUENCE: Final = (ConfigureService, DrainServer, RestartService, ActivateServer)
"""What a server's sequence consists of: shown server by server."""


def _rank(view: View, step: Step) -> tuple[bool, int, tuple[int, str], int, str]:
    """Put what a person just changed first, then types in their order; equals stay as they came."""
    item = view.items.get(step.owner)
    in_force = item is not None and view.ledger.entry(item.key).applied_generation == item.generation
    place = TYPES.index(type(step))
    if not isinstance(step, SEQUENCE):
        return in_force, place, (0, ""), 0, step.subject
    return in_force, TYPES.index(SEQUENCE[0]), rank(view.rollout.servers[name_key(step.server)]), place, ""


def _instants(view: View, planned: Iterable[PlannedStep]) -> Iterator[datetime]:
    """Yield the instants at which the same observation gives another plan."""
    untils = [wait.until for one in planned for wait in one.waits]
    holds = [hold.until for item in view.items.values() for hold in item.care.holds]
    replication = [view.replicates_until(key) for key in view.items]
    yield from (
        at for at in (*untils, *holds, *replication, *_certificates(view)) if at is not None and at > view.now
    )


def _looks(view: View, planned: Iterable[PlannedStep]) -> Iterator[datetime]:
    """Yield when to look at what happens by itself and nobody tells us of."""
    for one in planned:
        for wait in one.waits:
            if wait.reason in LOOK_AGAIN and _under_way(view, one.step, wait):
                yield view.now + LOOK_AGAIN[wait.reason]


def _under_way(view: View, step: Step, wait: Wait) -> bool:
    """Whether something that a step waits for happens now, and not when a server's turn or window comes.

    An issuer is looked at while it has a request; one that was not sent is tried again by itself.
    """
    if wait.reason == Reason.ISSUANCE_PENDING:
        return any(one.state == "Pending" for one in view.rollout.certificates[step.owner].current)
    if not isinstance(step, ServerStep):
        return True
    server = view.rollout.servers[name_key(step.server)]
    return server.in_hand if wait.reason == Reason.WAITING_FOR_REPLICATION else server.must_finish


def _judgements(view: View) -> Iterator[datetime]:
    """Yield when it is to be read whether plans that were secured work."""
    for _, before in securing.under_way(view):
        at = securing.judged_at(before, view)
        if at is not None and at > view.now:
            yield at


def _certificates(view: View) -> Iterator[datetime | None]:
    """Yield when certificates are due or retired, and when an issuer that denied may be asked again."""
    for case in view.rollout.certificates.values():
        spec, issuance = case.item.spec, case.issuance
        if issuance is None:
            continue
        leaves = [revision.leaf for revision in case.current if revision.leaf is not None]
        yield due_at(issuance, leaves, renewal_of(spec))
        for revision in case.current:
            if revision.state == "Denied":
                yield asked_again_at(issuance, name_key(revision.server or ""))
        if spec.retire.policy != "Keep":
            yield from (at + spec.retire.after for at in issuance.unreferenced_since.values())
