"""What the next pass has to read. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from um_operator.api.meta import KindName, ObjectKey
from um_operator.api.reasons import Reason
from um_operator.api.status import Status
from um_operator.desired.organization import DesiredGateway, DesiredOrganization
from um_operator.observed.ledger import Ledger
from um_operator.observed.revision import Revision
from um_operator.observed.rollout import Issuance, ServerEntry
from um_operator.observed.values import name_key
from um_operator.planning.plan import Plan
from um_operator.planning.scope import CertificateScope, GatewayScope, LyncScope, Scope
from um_operator.planning.steps import GatewayStep, HuntGroupStep, ServerStep, SnapshotField, Step

_OF_KIND: Final[dict[KindName, frozenset[SnapshotField]]] = {
    "UMDialPlan": frozenset({"dial_plans", "gateways", "hunt_groups", "mailbox_policies"}),
    "UMIPGateway": frozenset({"dial_plans", "gateways", "hunt_groups"}),
}

KEPT: Final = 2
"""How many revisions before the newest are looked at: one may be served, and one be the way back."""


def everything(last: Plan | None) -> Scope:
    """Return the scope of a full pass, with the calls that steps of the last plan wait to end."""
    return Scope(None, _emptied(last))


def is_asked(desired: DesiredOrganization, statuses: Mapping[ObjectKey, Status]) -> bool:
    """Whether a person asked for a full pass that was not made yet (reconcile-requested-at)."""
    asked = {item.key: item.requested_reconcile for item in desired.resources}
    asked[desired.key] = desired.requested_reconcile
    handled = {key: status.last_handled_reconcile_at for key, status in statuses.items()}
    return any(value not in {None, handled.get(key)} for key, value in asked.items())


def completed(scope: Scope, desired: DesiredOrganization, ledger: Ledger) -> Scope:
    """Return the scope with what is declared or remembered: gateways being emptied, certificates, pools."""
    emptied = {item.name for item in desired.gateways if ledger.entry(item.key).draining is not None}
    servers = ledger.entry(desired.key).servers
    certificates = tuple(
        CertificateScope(
            item.key, item.spec, _numbers(item.name, ledger.entry(item.key).issuance, servers.values())
        )
        for item in desired.certificates
    )
    return replace(
        scope,
        active_calls=scope.active_calls | emptied,
        certificates=certificates,
        gateways=(*map(_gateway, desired.gateways), *_pools(desired)),
        lync=tuple(_lync(desired, ledger)),
        secured_plans=frozenset(
            name_key(plan.name) for plan in desired.dial_plans if plan.voip_security != "Unsecured"
        ),
        unfinished=frozenset(key for key, server in servers.items() if server.unfinished),
    )


def _lync(desired: DesiredOrganization, ledger: Ledger) -> Iterator[LyncScope]:
    """Yield the integrations, and the pools beside them of which front ends are down by us.

    Their integration may be gone by now: what we stopped is started all the same (R13, R22).
    """
    for item in desired.lync_integrations:
        fqdns = tuple(pool.fqdn for pool in item.pools)
        yield LyncScope(item.key, fqdns, item.spec.trust.ca_ref, item.spec.permissions)
    declared = {name_key(pool.fqdn) for item in desired.lync_integrations for pool in item.pools}
    stopped = {one.pool for one in ledger.entry(desired.key).stopped.values()}
    if left := sorted(pool for pool in stopped if name_key(pool) not in declared):
        yield LyncScope(desired.key, tuple(left))


def _gateway(item: DesiredGateway) -> GatewayScope:
    """Return how a gateway is to be looked at; also one that is being deleted says how it may be."""
    return GatewayScope(
        item.key,
        item.name,
        item.probe,
        item.trust.ca_ref if item.trust else None,
        item.address,
        item.port,
        frozenset() if item.deleting else frozenset(name_key(one.dial_plan) for one in item.hunt_groups),
        item.trust.delivery if item.trust and not item.deleting else None,
    )


def _pools(desired: DesiredOrganization) -> Iterator[GatewayScope]:
    """Yield how pools are to be looked at whose gateways their LyncIntegration declares."""
    for item in desired.lync_integrations:
        plans = frozenset(name_key(plan.name) for plan in item.dial_plans)
        for pool in () if item.deleting else item.pools:
            if pool.gateway is None:
                yield GatewayScope(
                    item.key,
                    "",
                    authorities=item.spec.trust.ca_ref,
                    address=pool.fqdn,
                    port=pool.port,
                    plans=plans,
                )


def _numbers(name: str, issuance: Issuance | None, servers: Iterable[ServerEntry]) -> frozenset[int]:
    """Return the revisions that may still be used somewhere: the newest, the one before, what is to go.

    And those that servers were given last, which one that was away may still have.
    """
    written = (bound.certificate for server in servers for bound in server.bound.values())
    named = (Revision.named(certificate) for certificate in written if certificate)
    given = frozenset(one.number for one in named if one and one.certificate == name)
    if issuance is None:
        return given
    newest = issuance.revision
    return given | frozenset({newest, *issuance.unreferenced_since, *range(max(1, newest - KEPT), newest)})


def of_objects(keys: Iterable[ObjectKey], last: Plan | None) -> Scope:
    """Return what must be read because these resources changed; an organisation's change reads everything."""
    fields: set[SnapshotField] = set()
    for key in keys:
        if key.kind not in _OF_KIND:
            return everything(last)
        fields |= _OF_KIND[key.kind]
    return Scope(frozenset(fields), _emptied(last))


def of_effects(ran: Iterable[Step], last: Plan, *, also: frozenset[SnapshotField] = frozenset()) -> Scope:
    """Return what must be read to see the effects of the steps that just ran, and to run those left.

    Of the servers, those on which something was done or is under way: the others may have to be read before
    the next one begins, and then a step says so.
    """
    ran = tuple(ran)
    servers = last.attended | {server for step in ran if (server := _server_of(step))}
    concerned = (one.step for one in last.steps if _server_of(one.step) in {None, *servers})
    needed = (step.reads for step in (*ran, *concerned))
    return Scope(also.union(*needed), _emptied(last), servers=servers)


def is_waiting_for_reading(last: Plan) -> bool:
    """Whether nothing may run, and something might if it were read."""
    waits = (wait for planned in last.steps for wait in planned.waits)
    ready = any(planned.ready for planned in last.steps)
    return not ready and any(wait.reason == Reason.WAITING_FOR_READING for wait in waits)


def of_waits(last: Plan) -> Scope:
    """Return what must be read because steps wait for it; everything, where they do not say for what.

    What is under way on a server comes first: what the next one begins with is asked for when it is its turn.
    """
    waiting = [one for one in last.steps if any(wait.reads for wait in one.waits)]
    under_way = [one for one in waiting if _server_of(one.step) in last.attended]
    waits = {wait for one in under_way or waiting for wait in one.waits if wait.reads}
    if not waits:
        return everything(last)
    fields = frozenset[SnapshotField]().union(*(wait.reads for wait in waits))
    named = all(wait.object for wait in waits)
    servers = frozenset(name_key(wait.object) for wait in waits) if named else None
    return Scope(fields, _emptied(last), servers=servers)


def _server_of(step: Step) -> str | None:
    return name_key(step.server) if isinstance(step, ServerStep) else None


def _emptied(last: Plan | None) -> frozenset[str]:
    steps = [planned.step for planned in last.steps] if last else []
    return frozenset(
        step.gateway
        for step in steps
        if isinstance(step, GatewayStep | HuntGroupStep) and "active_calls" in step.reads
    )
