"""What LyncIntegrations want: pools, dial plans, and what they have to themselves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TypeAlias

from um_operator.api.ip_gateway import UMIPGateway
from um_operator.api.lync_integration import IntegratedDialPlan, LyncIntegration
from um_operator.api.meta import ObjectKey
from um_operator.api.organization import ExchangeOrganization
from um_operator.api.reasons import Reason
from um_operator.api.sip import SIP_TLS_PORT
from um_operator.api.values import name_key
from um_operator.desired.care import care_of
from um_operator.desired.claims import Claim
from um_operator.desired.declared import canonical_address
from um_operator.desired.organization import (
    Care,
    DesiredDialPlan,
    DesiredLyncIntegration,
    DesiredPool,
    IntegratedPlan,
    Obstacle,
)
from um_operator.desired.references import missing_secret, requests
from um_operator.desired.resources import Resources

FindPlan: TypeAlias = Callable[[str], DesiredDialPlan | Obstacle]


def lync_claims(
    integrations: Collection[LyncIntegration], gateways: Collection[UMIPGateway]
) -> Iterator[Claim[ObjectKey]]:
    """Yield what integrations want for themselves: pools, dial plans, and who places a plan's calls.

    A UMIPGateway that says the opposite of a plan's ``outboundGateway`` wants that gateway's outcallsAllowed
    as well; one that says the same, or nothing, leaves it to the integration.
    """
    for item in integrations:
        for pool in item.spec.pools:
            fqdn = canonical_address(pool.fqdn)
            yield _claim(item, ("pool", fqdn), f'Lync pool "{fqdn}"')
        for ref in item.spec.dial_plan_refs:
            yield _claim(item, ("lync dial plan", ref.name), f'"UMDialPlan/{ref.name}" for Lync')
        for gateway in gateways:
            if _contested(item, gateway):
                address = canonical_address(gateway.spec.address)
                shown = f'outcallsAllowed of gateway "{address}"'
                yield from (_claim(one, ("outcalls", address), shown) for one in (item, gateway))


def _claim(item: LyncIntegration | UMIPGateway, thing: tuple[str, ...], shown: str) -> Claim[ObjectKey]:
    return Claim(item.key, item.metadata.created_at, thing, shown)


def _contested(item: LyncIntegration, gateway: UMIPGateway) -> bool:
    plans = {ref.name for ref in item.spec.dial_plan_refs}
    if gateway.spec.outcalls_allowed is None or plans.isdisjoint(
        ref.name for ref in gateway.spec.dial_plan_refs
    ):
        return False
    outbound = {_outbound_gateway(item, ref) for ref in item.spec.dial_plan_refs}
    return gateway.spec.outcalls_allowed != (canonical_address(gateway.spec.address) in outbound)


def _outbound_gateway(item: LyncIntegration, ref: IntegratedDialPlan) -> str:
    """Return the address of a plan's one gateway for calls; a rule sees to it that it is clear which."""
    return canonical_address(ref.outbound_gateway or item.spec.pools[0].fqdn)


def lync_integration(
    item: LyncIntegration,
    *,
    organization: ExchangeOrganization,
    above: Care,
    resources: Resources,
    refused: Mapping[ObjectKey, tuple[Obstacle, ...]],
    find: FindPlan,
) -> DesiredLyncIntegration:
    """Return what is wanted of an integration.

    Args:
        item: the resource.
        organization: the one that it names.
        above: how careful to be with that.
        resources: everything of the namespace.
        refused: why resources do not get what they claim.
        find: finds a dial plan by its metadata.name.
    """
    spec = item.spec
    found = [(ref, find(ref.name)) for ref in spec.dial_plan_refs]
    plans = (
        IntegratedPlan(plan.key, plan.name, _outbound_gateway(item, ref))
        for ref, plan in found
        if isinstance(plan, DesiredDialPlan)
    )
    return DesiredLyncIntegration(
        key=item.key,
        generation=item.metadata.generation,
        care=care_of(item.metadata, spec.mode, spec.suspend, above),
        deleting=item.metadata.deleting,
        obstacles=(*refused.get(item.key, ()), *_obstacles(item, organization, resources)),
        spec=spec,
        created_at=item.metadata.created_at,
        pools=_pools(item, resources),
        dial_plans=tuple(sorted(plans, key=lambda plan: name_key(plan.name))),
        unresolved=tuple(dict.fromkeys(plan for _, plan in found if isinstance(plan, Obstacle))),
        ignore_drift=frozenset(spec.ignore_drift),
        **requests(item),
    )


def _pools(item: LyncIntegration, resources: Resources) -> tuple[DesiredPool, ...]:
    """Return the pools, each once: Kubernetes tells ``Pool`` from ``pool``, DNS does not."""
    declared = {
        canonical_address(gateway.spec.address): gateway.key
        for gateway in resources.gateways
        if gateway.spec.organization_ref == item.spec.organization_ref
    }
    pools: dict[str, int] = {}
    for pool in item.spec.pools:
        # a default of the schema would stand in entries of a list, and whoever compares such lists whole
        # would see a change at every apply
        pools.setdefault(canonical_address(pool.fqdn), pool.port or SIP_TLS_PORT)
    return tuple(DesiredPool(fqdn, port, declared.get(fqdn)) for fqdn, port in pools.items())


def _obstacles(
    item: LyncIntegration, organization: ExchangeOrganization, resources: Resources
) -> Iterator[Obstacle]:
    lync, own = organization.spec.lync, item.spec.permissions.authentication
    if lync is None:
        message = f'"{organization.key}" has no spec.lync: endpoints, account and hosts of Lync'
        yield Obstacle(Reason.LYNC_NOT_CONFIGURED, message, stalled=True)
    elif lync.authentication is not None:
        yield from missing_secret(resources, lync.authentication.secret_ref)
    if own is not None:
        yield from missing_secret(resources, own.secret_ref)
        if own.method in {"Basic", "Certificate"} and organization.spec.exchange.hosts.scheme != "HTTPS":
            message = (
                f"permissions.authentication.method {own.method} asks for exchange.hosts.scheme HTTPS of "
                f'"{organization.key}"'
            )
            yield Obstacle(Reason.INVALID_SPEC, message, stalled=True)
