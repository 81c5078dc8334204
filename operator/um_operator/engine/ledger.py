"""How the ledger changes: before an effect, after it, and by what a pass observed. Pure.

An entry is written before the effect that it speaks of, so that a crash at any point leaves a ledger
that claims at most what may have happened (design, the ledger).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from um_operator.api.meta import ObjectKey
from um_operator.desired.organization import (
    DesiredCertificate,
    DesiredGateway,
    DesiredObject,
    DesiredOrganization,
    DesiredResource,
)
from um_operator.engine import front_end_ledger, plan_ledger
from um_operator.engine import server_ledger as rollout
from um_operator.observed.fact import Known
from um_operator.observed.ledger import Draining, GivenUp, Ledger, ObjectEntry
from um_operator.observed.rollout import ServerEntry
from um_operator.observed.snapshot import Snapshot
from um_operator.observed.values import name_key
from um_operator.planning.outcome import Outcome
from um_operator.planning.rollout.rollout import Rollout
from um_operator.planning.steps import (
    CreateDialPlan,
    CreateGateway,
    FrontEndStep,
    RequestCertificate,
    RestartService,
    ServerStep,
    SetGatewayState,
    Step,
)
from um_operator.planning.steps.trust import DeliverTrust
from um_operator.planning.view import elsewhere, find

CORRECTION_MEMORY: Final = timedelta(hours=1)
"""How long a correction counts in a fight (R27)."""
CORRECTIONS_KEPT: Final = 3


def begun(
    step: Step, ledger: Ledger, organization: ObjectKey, drifted: frozenset[str], now: datetime
) -> Ledger:
    """Return the ledger to be made durable before ``step`` runs.

    Args:
        step: what is about to run.
        ledger: what is remembered.
        organization: whose status remembers servers.
        drifted: the paths of the step that differ because of drift; each counts as a correction.
        now: the instant of the effect.
    """
    remembered = ledger.entry(step.owner)
    own = before(step, remembered, drifted, now)
    if isinstance(step, FrontEndStep):  # it writes nothing that servers have yet to read
        own = replace(own, written_at=remembered.written_at)
    ledger = ledger.with_entries({step.owner: own})
    if isinstance(step, FrontEndStep):
        whole = front_end_ledger.before(step, ledger.entry(organization), now)
        return ledger.with_entries({organization: whole})
    return _of_server(
        plan_ledger.begun(step, ledger, now),
        organization,
        step,
        lambda server, step: rollout.before(step, server, now),
    )


def ended(  # noqa: PLR0917 - what was, what is, and how it went
    step: Step, remembered: Ledger, ledger: Ledger, organization: ObjectKey, outcome: Outcome, now: datetime
) -> Ledger:
    """Return the ledger once the step ended. ``remembered`` is the ledger before ``begun``.

    What certainly did not happen is taken back; what may have happened (``Unclear``) stands until the
    next reading tells. That a revision was begun stands in any case: part of it may be stored. A restart that
    is refused counts as one that failed, so that the server does not wait for it out of service.
    """
    if (of_plans := plan_ledger.ended(step, remembered, ledger, outcome)) is not None:
        return of_plans
    if isinstance(step, FrontEndStep):
        return front_end_ledger.ended(step, remembered, ledger, organization, outcome, now=now)
    if isinstance(step, ServerStep):
        refused = isinstance(step, RestartService) and outcome.kind in {"Refused", "Forbidden"}
        if outcome.kind not in {"Done", "Unclear"} and not refused:
            return remembered
        return _of_server(
            ledger, organization, step, lambda server, one: rollout.ended(one, server, outcome, now)
        )
    own = after(step, remembered.entry(step.owner), ledger.entry(step.owner), outcome)
    return ledger.with_entries({step.owner: own})


def before(step: Step, entry: ObjectEntry, drifted: frozenset[str], now: datetime) -> ObjectEntry:
    """Return the entry of a step's owner to be made durable before the step runs."""
    entry = replace(entry, written_at=now, corrections=_with_corrections(entry, drifted, now))
    match step:
        case CreateDialPlan() | CreateGateway() if _is_itself(step):
            return replace(entry, origin="Created", guid=None, applied_generation=None)
        case SetGatewayState(drains=True, before=state):
            first = entry.draining.state_before if entry.draining else state
            return replace(entry, draining=Draining(now, first))
        case RequestCertificate():
            return replace(entry, issuance=rollout.requested(entry.issuance, step, now))
        case _:
            return entry


def after(step: Step, remembered: ObjectEntry, entry: ObjectEntry, outcome: Outcome) -> ObjectEntry:
    """Return the entry of a step's owner once the step ended. ``remembered`` is the one before ``before``."""
    match outcome.kind:
        case "Done" if isinstance(step, CreateDialPlan | CreateGateway) and _is_itself(step):
            return replace(entry, guid=outcome.guid)
        case "Done" if isinstance(step, SetGatewayState) and not step.drains:
            return replace(entry, draining=None)
        case "Done" | "Unclear":
            return entry
        case "Refused" if isinstance(step, DeliverTrust):
            harm = GivenUp(step.generation, outcome.reason, outcome.message)
            return replace(remembered, not_delivered=harm)
        case _ if isinstance(step, RequestCertificate):
            return replace(entry, issuance=rollout.not_asked(remembered.issuance, entry.issuance))
        case _:
            return remembered


def _is_itself(step: Step) -> bool:
    """Whether the owner of a step stands for the object that it makes: pools' gateways have a common one."""
    return step.owner.kind != "LyncIntegration"


def _of_server(
    ledger: Ledger,
    organization: ObjectKey,
    step: Step,
    change: Callable[[ServerEntry, ServerStep], ServerEntry],
) -> Ledger:
    """Return the ledger in which what is remembered of a step's server is changed, if it is about one."""
    if not isinstance(step, ServerStep):
        return ledger
    own, key = ledger.entry(organization), name_key(step.server)
    server = change(own.servers.get(key, ServerEntry()), step)
    return ledger.with_entries({organization: replace(own, servers={**own.servers, key: server})})


def guid_of(item: DesiredObject, snapshot: Snapshot) -> str | None:
    """Return the GUID of a resource's Exchange object, ``None`` if it is absent or not read."""
    if item.key.kind == "UMDialPlan":
        plan = find(snapshot.dial_plans, item.name)
        return plan.value.guid if isinstance(plan, Known) and plan.value else None
    gateway = find(snapshot.gateways, item.name)
    return gateway.value.guid if isinstance(gateway, Known) and gateway.value else None


def seen(entry: ObjectEntry, guid: str | None) -> ObjectEntry:
    """Return the entry after the owner's Exchange object was read (``guid`` None: absent, or not read).

    An object that was there before we wrote is adopted. One that was made under the same name by someone
    else after ours had gone has another GUID, and is adopted too; nobody has emptied that one yet.
    """
    if guid is None or guid == entry.guid:
        return entry
    if entry.origin == "Created" and entry.guid is None:
        return replace(entry, guid=guid)
    return replace(entry, origin="Adopted", guid=guid, draining=None)


def read(
    ledger: Ledger, desired: DesiredOrganization, snapshot: Snapshot, now: datetime
) -> tuple[Ledger, frozenset[ObjectKey]]:
    """Return the ledger after a reading, and the resources for which a person asked for another try."""
    before = ledger.entry(desired.key)
    own = asked_again(before, desired.requested_retry)
    everything = own != before
    asked = {
        item.key: asked_again(ledger.entry(item.key), item.requested_retry, by_organization=everything)
        for item in desired.resources
    }
    again = frozenset(key for key, entry in asked.items() if everything or entry != ledger.entry(key))
    if any(item.key in again for item in desired.certificates):
        own = replace(own, servers={key: rollout.tried_again(one) for key, one in own.servers.items()})
    if desired.stalled is not None:
        return ledger.with_entries({desired.key: own}), again
    own = organization_seen(own, snapshot)
    if elsewhere(own, snapshot):
        return ledger.with_entries({desired.key: own}), again
    entries = {item.key: observed(asked[item.key], item, snapshot, now) for item in desired.resources}
    ledger = ledger.with_entries({desired.key: own, **entries})
    ledger = plan_ledger.seen(ledger, desired, snapshot, now)
    ledger = front_end_ledger.read(ledger, desired, snapshot, again, now)
    return servers_seen(ledger, desired, snapshot, now), again


def organization_seen(entry: ObjectEntry, snapshot: Snapshot) -> ObjectEntry:
    """Return the organisation's entry after a reading; the first organisation that was read is kept."""
    if entry.guid is not None or not isinstance(snapshot.organization, Known):
        return entry
    return replace(entry, guid=snapshot.organization.value.guid)


def servers_seen(ledger: Ledger, desired: DesiredOrganization, snapshot: Snapshot, now: datetime) -> Ledger:
    """Return the ledger after servers were read: what is in force, and what could not be served (R17)."""
    own = ledger.entry(desired.key)
    if not own.servers:
        return ledger
    at, soak = Rollout.at(desired, snapshot, ledger, now), desired.spec.disruption.soak
    servers = {
        key: rollout.forsaken(
            rollout.seen(entry, at.servers[key], soak, now), at.servers[key], at.unowned(key)
        )
        if key in at.servers
        else entry
        for key, entry in own.servers.items()
    }
    failed = {
        key: replace(case.issuance, rejected=rollout.failures(case, at.of(key), now))
        for key, case in at.certificates.items()
        if case.issuance is not None
    }
    of_certificates = {key: replace(ledger.entry(key), issuance=one) for key, one in failed.items()}
    return ledger.with_entries({desired.key: replace(own, servers=servers), **of_certificates})


def observed(entry: ObjectEntry, item: DesiredResource, snapshot: Snapshot, now: datetime) -> ObjectEntry:
    """Return the entry after a reading: whose the object is, and whether a gateway is being emptied."""
    if isinstance(item, DesiredCertificate):
        issuance = entry.issuance or rollout.adopted(item, snapshot)
        issuance = rollout.rolled_back(issuance, item, snapshot)
        return replace(entry, issuance=rollout.unreferenced(issuance, item.key, snapshot, now))
    if not isinstance(item, DesiredObject):
        return entry
    if entry.not_delivered is not None and entry.not_delivered.generation != item.generation:
        entry = replace(entry, not_delivered=None)
    entry = seen(entry, guid_of(item, snapshot))
    return closed(brought_back(entry, item, snapshot), item, snapshot, now)


def brought_back(entry: ObjectEntry, item: DesiredObject, snapshot: Snapshot) -> ObjectEntry:
    """Return the entry after a gateway whose deletion was given up was read in the state that it had (R13).

    So the emptying ends also where the process died between the effect and its record.
    """
    if entry.draining is None or _closes(item):
        return entry
    live = find(snapshot.gateways, item.name)
    if not isinstance(live, Known) or live.value is None or live.value.state != entry.draining.state_before:
        return entry
    return replace(entry, draining=None)


def closed(entry: ObjectEntry, item: DesiredObject, snapshot: Snapshot, now: datetime) -> ObjectEntry:
    """Return the entry after a gateway that shall close was read as closed by someone else.

    Since when is not known, so it counts from now on until every server has read it.
    """
    if entry.draining is not None or not _closes(item):
        return entry
    live = find(snapshot.gateways, item.name)
    if not isinstance(live, Known) or live.value is None or live.value.state == "Enabled":
        return entry
    if live.value.state == "Disabled" and not item.deleting:
        return entry
    return replace(entry, draining=Draining(now, live.value.state))


def asked_again(entry: ObjectEntry, requested: str | None, *, by_organization: bool = False) -> ObjectEntry:
    """Return the entry after a person asked for another try (retry-requested-at): fights are over.

    ``by_organization``: it was asked for everything of the organisation.
    """
    asked = requested is not None and requested != entry.retried_at
    if not asked and not by_organization:
        return entry
    issuance = entry.issuance and replace(entry.issuance, rejected={}, attempts={})
    retried_at = requested if asked else entry.retried_at
    entry = plan_ledger.asked_again(entry)
    return replace(entry, corrections={}, not_delivered=None, issuance=issuance, retried_at=retried_at)


def in_force(entry: ObjectEntry, generation: int) -> ObjectEntry:
    """Return the entry after everything that ``generation`` declares was read as in force."""
    return entry if entry.applied_generation == generation else replace(entry, applied_generation=generation)


def _closes(item: DesiredObject) -> bool:
    """Whether a gateway is on its way to take no calls at all."""
    return item.deleting or (isinstance(item, DesiredGateway) and item.state == "Disabled")


def _with_corrections(
    entry: ObjectEntry, drifted: frozenset[str], now: datetime
) -> dict[str, tuple[datetime, ...]]:
    recent = {path: _still_counted(times, now) for path, times in entry.corrections.items()}
    for path in sorted(drifted):
        recent[path] = (*recent.get(path, ()), now)[-CORRECTIONS_KEPT:]
    return {path: times for path, times in recent.items() if times}


def _still_counted(times: tuple[datetime, ...], now: datetime) -> tuple[datetime, ...]:
    """Return the corrections of a field that count; a fight is remembered until a person ends it (R27)."""
    fight = len(times) == CORRECTIONS_KEPT and times[-1] - times[0] <= CORRECTION_MEMORY
    return times if fight else tuple(at for at in times if at > now - CORRECTION_MEMORY)
