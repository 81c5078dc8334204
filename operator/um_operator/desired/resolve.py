"""From the resources of a namespace to what is wanted of one organisation."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from um_operator.api.annotations import RENEW_REQUESTED_AT, rollback_of
from um_operator.api.certificate import UMCertificate
from um_operator.api.dial_plan import UMDialPlan
from um_operator.api.ip_gateway import DialPlanRef, UMIPGateway
from um_operator.api.issuers import Issuer
from um_operator.api.lync_integration import LyncIntegration
from um_operator.api.meta import ObjectKey
from um_operator.api.organization import ExchangeOrganization
from um_operator.api.reasons import Reason
from um_operator.api.references import SecretRef
from um_operator.api.select import Invalid
from um_operator.api.server_patterns import ServerPatterns
from um_operator.api.values import name_key
from um_operator.desired.care import care_of
from um_operator.desired.claims import Claim, judge
from um_operator.desired.declared import canonical_address, gateway_properties, plan_properties
from um_operator.desired.hunt_groups import hunt_group_name
from um_operator.desired.lync import FindPlan, lync_claims, lync_integration
from um_operator.desired.organization import (
    Care,
    DesiredCertificate,
    DesiredDialPlan,
    DesiredGateway,
    DesiredHuntGroup,
    DesiredOrganization,
    Obstacle,
)
from um_operator.desired.references import Plans, missing_secret, requests
from um_operator.desired.resources import Owned, Resources

ExchangeObject: TypeAlias = UMDialPlan | UMIPGateway
Refused: TypeAlias = Mapping[ObjectKey, tuple[Obstacle, ...]]


def resolve(
    resources: Resources, organization: ExchangeOrganization, in_force: Collection[ObjectKey] = ()
) -> DesiredOrganization:
    """Return what is wanted of one organisation of the namespace.

    Args:
        resources: everything of the namespace.
        organization: one of ``resources.organizations``.
        in_force: resources whose declaration was once in force (from the ledger), for claims.
    """
    name = organization.metadata.name
    own = _Own(
        tuple(plan for plan in resources.dial_plans if plan.spec.organization_ref.name == name),
        tuple(gateway for gateway in resources.gateways if gateway.spec.organization_ref.name == name),
        tuple(item for item in resources.certificates if item.spec.organization_ref.name == name),
        tuple(item for item in resources.lync_integrations if item.spec.organization_ref.name == name),
        tuple(item for item in resources.invalid if item.key and item.organization == name),
    )
    care = care_of(organization.metadata, organization.spec.mode, organization.spec.suspend)
    refused = own.refused(in_force)
    plans = tuple(_dial_plan(plan, care, refused) for plan in own.dial_plans)
    find = Plans({plan.key: plan for plan in plans}, resources, name).find
    gateways = tuple(_gateway(gateway, care, refused, find) for gateway in own.gateways)
    certificates = tuple(_certificate(certificate, care, resources) for certificate in own.certificates)
    integrations = tuple(
        lync_integration(
            item, organization=organization, above=care, resources=resources, refused=refused, find=find
        )
        for item in own.lync_integrations
    )
    return DesiredOrganization(
        key=organization.key,
        generation=organization.metadata.generation,
        spec=organization.spec,
        care=care,
        namespace=organization.metadata.namespace or "",
        created_at=organization.metadata.created_at,
        deleting=organization.metadata.deleting,
        dial_plans=tuple(sorted(plans, key=lambda plan: name_key(plan.name))),
        gateways=tuple(sorted(gateways, key=lambda gateway: name_key(gateway.name))),
        certificates=tuple(sorted(certificates, key=lambda certificate: certificate.name)),
        lync_integrations=tuple(sorted(integrations, key=lambda item: item.name)),
        invalid=own.invalid,
        obstacles=tuple(missing_secret(resources, _account(organization))),
        uids={organization.key: organization.metadata.uid, **own.uids},
        **requests(organization),
    )


def without_organization(resources: Resources) -> Refused:
    """Return why nothing can be done for resources whose organisation is missing or cannot be used."""
    valid = {item.metadata.name for item in resources.organizations}
    return {
        item.key: (_no_organization(resources, item.spec.organization_ref.name),)
        for item in resources.owned
        if item.spec.organization_ref.name not in valid
    }


def _no_organization(resources: Resources, name: str) -> Obstacle:
    key = ObjectKey("ExchangeOrganization", name)
    what = "cannot be used: see its problems" if resources.is_invalid(key) else "does not exist"
    return Obstacle(Reason.DEPENDENCY_NOT_FOUND, f'"{key}" {what}', stalled=False)


@dataclass(frozen=True, slots=True)
class _Own:
    """The resources that name one organisation."""

    dial_plans: tuple[UMDialPlan, ...]
    gateways: tuple[UMIPGateway, ...]
    certificates: tuple[UMCertificate, ...]
    lync_integrations: tuple[LyncIntegration, ...]
    invalid: tuple[Invalid, ...]

    @property
    def uids(self) -> Mapping[ObjectKey, str | None]:
        """Return the uid of each that is valid."""
        objects: tuple[Owned, ...] = (
            *self.dial_plans,
            *self.gateways,
            *self.certificates,
            *self.lync_integrations,
        )
        return {item.key: item.metadata.uid for item in objects}

    def refused(self, in_force: Collection[ObjectKey]) -> Refused:
        """Judge names first: who does not have its name has no address to keep from others either."""
        names = judge(self._names(), in_force)
        addresses = judge((claim for claim in self._addresses() if claim.by not in names), in_force)
        integrations = judge(
            (claim for claim in self._of_lync() if claim.by not in names and claim.by not in addresses),
            in_force,
        )
        return {**integrations, **addresses, **names}

    def _names(self) -> Iterator[Claim[ObjectKey]]:
        objects: tuple[ExchangeObject, ...] = (*self.dial_plans, *self.gateways)
        for item in objects:
            yield _name_claim(item.key, _name(item), item.metadata.created_at)
        for invalid in self.invalid:
            if invalid.key is not None:
                yield _name_claim(invalid.key, invalid.exchange_name, invalid.created)

    def _of_lync(self) -> Iterator[Claim[ObjectKey]]:
        return lync_claims(self.lync_integrations, self.gateways)

    def _addresses(self) -> Iterator[Claim[ObjectKey]]:
        for item in self.gateways:
            address = canonical_address(item.spec.address)
            yield Claim(item.key, item.metadata.created_at, ("address", address), f'address "{address}"')


def _name(item: ExchangeObject) -> str:
    return item.spec.name or item.metadata.name


def _name_claim(key: ObjectKey, name: str, created_at: datetime | None) -> Claim[ObjectKey]:
    return Claim(key, created_at, (key.kind, name_key(name)), f'the name "{name}" in Exchange')


def _dial_plan(plan: UMDialPlan, above: Care, refused: Refused) -> DesiredDialPlan:
    spec = plan.spec
    return DesiredDialPlan(
        key=plan.key,
        name=_name(plan),
        generation=plan.metadata.generation,
        care=care_of(plan.metadata, spec.mode, spec.suspend, above),
        deletion_policy=spec.deletion_policy,
        deleting=plan.metadata.deleting,
        properties=plan_properties(spec),
        ignore_drift=frozenset(spec.ignore_drift),
        obstacles=refused.get(plan.key, ()),
        voip_security=spec.voip_security,
        digits=spec.number_of_digits_in_extension,
        uri_type=spec.uri_type,
        generate_mailbox_policy=spec.generate_um_mailbox_policy,
        **requests(plan),
    )


def _gateway(gateway: UMIPGateway, above: Care, refused: Refused, find: FindPlan) -> DesiredGateway:
    spec, name = gateway.spec, _name(gateway)
    found = [(ref, find(ref.name)) for ref in spec.dial_plan_refs]
    unresolved = tuple(dict.fromkeys(plan for _, plan in found if isinstance(plan, Obstacle)))
    return DesiredGateway(
        key=gateway.key,
        name=name,
        generation=gateway.metadata.generation,
        care=care_of(gateway.metadata, spec.mode, spec.suspend, above),
        deletion_policy=spec.deletion_policy,
        deleting=gateway.metadata.deleting,
        properties=gateway_properties(spec),
        ignore_drift=frozenset(spec.ignore_drift),
        obstacles=refused.get(gateway.key, ()),
        address=canonical_address(spec.address),
        port=spec.port,
        state=spec.state,
        media=spec.media,
        trust=spec.trust,
        probe=spec.probe,
        call_routers=tuple(spec.call_routers or ()),
        hunt_groups=tuple(
            _hunt_group(name, ref, plan) for ref, plan in found if isinstance(plan, DesiredDialPlan)
        ),
        unresolved=unresolved,
        remove_unlisted=spec.unlisted_hunt_groups == "Remove" and not unresolved,
        **requests(gateway),
    )


def _hunt_group(gateway: str, ref: DialPlanRef, plan: DesiredDialPlan) -> DesiredHuntGroup:
    pilot = ref.pilot_identifier
    return DesiredHuntGroup(gateway, plan.name, pilot, hunt_group_name(gateway, plan.name, pilot), plan.key)


def _certificate(certificate: UMCertificate, above: Care, resources: Resources) -> DesiredCertificate:
    spec, metadata = certificate.spec, certificate.metadata
    return DesiredCertificate(
        key=certificate.key,
        generation=metadata.generation,
        care=care_of(metadata, spec.mode, spec.suspend, above),
        deleting=metadata.deleting,
        obstacles=tuple(missing_secret(resources, _issuing(spec.issuer))),
        spec=spec,
        created_at=metadata.created_at,
        servers=ServerPatterns(spec.servers.include, spec.servers.exclude),
        requested_renew=(metadata.annotations or {}).get(RENEW_REQUESTED_AT),
        requested_rollback=rollback_of(metadata.annotations),
        **requests(certificate),
    )


def _account(organization: ExchangeOrganization) -> SecretRef | None:
    authentication = organization.spec.exchange.authentication
    return authentication.secret_ref if authentication else None


def _issuing(issuer: Issuer) -> SecretRef | None:
    """Return the Secret without which an issuer cannot issue."""
    if issuer.secret is not None:
        return issuer.secret.secret_ref
    return issuer.ca.secret_ref if issuer.ca is not None else None
