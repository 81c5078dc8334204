"""What in valid manifests would surprise an admin: warnings, each with what to do. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, TypeAlias, get_args
from urllib.parse import urlsplit

from um_operator.api.certificate import UMCertificate, UMServiceName
from um_operator.api.dial_plan import UMDialPlan
from um_operator.api.ip_gateway import UMIPGateway
from um_operator.api.meta import ObjectKey
from um_operator.api.sip import SIP_TLS_PORT
from um_operator.api.strings import is_fqdn
from um_operator.desired.claims import services_claimed
from um_operator.desired.organization import DesiredOrganization
from um_operator.desired.resolve import resolve, without_organization
from um_operator.desired.resources import Resources
from um_operator.local import lync_advice
from um_operator.local.manifests import Manifests
from um_operator.local.placeholders import secrets_not_filled_in
from um_operator.trust.bound import bind
from um_operator.trust.errors import RecipeError
from um_operator.trust.presets import recipe_of

SERVICES: Final[tuple[UMServiceName, ...]] = get_args(UMServiceName)


@dataclass(frozen=True, slots=True)
class Advice:
    """One warning, and where in the folders it stands."""

    place: str
    about: ObjectKey
    message: str

    def __str__(self) -> str:
        """Return ``um.yaml:3: UMIPGateway/sbc01: …``."""
        return f"{self.place}: {self.about}: {self.message}"


Warned: TypeAlias = tuple[ObjectKey, str]
Check: TypeAlias = Callable[[Resources, Manifests], Iterator[Warned]]


def advice(manifests: Manifests) -> Sequence[Advice]:
    """Return everything that would surprise, in the order of the checks."""
    resources = Resources.of(manifests.resources, secrets=frozenset(manifests.secrets))
    return [
        Advice(manifests.place(key), key, message)
        for check in CHECKS
        for key, message in check(resources, manifests)
    ]


def _nothing_is_changed(resources: Resources, _: Manifests) -> Iterator[Warned]:
    for organization in resources.organizations:
        mode = organization.spec.mode
        if mode != "Enforce":
            yield organization.key, f'spec.mode is "{mode}": apply reports and changes nothing'


def _any_time_is_a_window(resources: Resources, _: Manifests) -> Iterator[Warned]:
    for organization in resources.organizations:
        if organization.spec.mode == "Enforce" and not organization.spec.maintenance_windows:
            yield (
                organization.key,
                "spec.maintenanceWindows is empty: changes and repairs that interrupt calls run at any time",
            )


def _obstacles(resources: Resources, _: Manifests) -> Iterator[Warned]:
    for key, obstacles in without_organization(resources).items():
        yield from ((key, obstacle.message) for obstacle in obstacles)
    for desired in _desired(resources):
        yield from ((desired.key, obstacle.message) for obstacle in desired.obstacles)
        for item in desired.resources:
            yield from ((item.key, obstacle.message) for obstacle in item.obstacles)
        for gateway in desired.gateways:
            yield from ((gateway.key, f"spec.dialPlanRefs: {why.message}") for why in gateway.unresolved)
        for item in desired.lync_integrations:
            yield from ((item.key, f"spec.dialPlanRefs: {why.message}") for why in item.unresolved)


def _reference_by_exchange_name(resources: Resources, _: Manifests) -> Iterator[Warned]:
    declared = {plan.metadata.name for plan in resources.dial_plans}
    by_exchange_name = {plan.spec.name.casefold(): plan for plan in resources.dial_plans if plan.spec.name}
    for gateway in resources.gateways:
        for ref in gateway.spec.dial_plan_refs:
            meant = by_exchange_name.get(ref.name.casefold())
            if ref.name not in declared and meant is not None:
                yield (
                    gateway.key,
                    f'spec.dialPlanRefs: "{ref.name}" is a name in Exchange; write "{meant.metadata.name}"',
                )


def _gateway_holds_its_plan_back(resources: Resources, _: Manifests) -> Iterator[Warned]:
    for gateway, plan in _links(resources):
        security = plan.spec.voip_security
        if security == "Unsecured":
            continue
        if not is_fqdn(gateway.spec.address):
            yield gateway.key, f'spec.address is no FQDN, so "{plan.key}" stays unsecured'
        if security == "Secured" and gateway.spec.media != "SRTP":
            yield gateway.key, f'spec.media is not "SRTP", so "{plan.key}" stays unsecured'


def _tls_port_on_unsecured_plan(resources: Resources, _: Manifests) -> Iterator[Warned]:
    for gateway, plan in _links(resources):
        if gateway.spec.port == SIP_TLS_PORT and plan.spec.voip_security == "Unsecured":
            yield (
                gateway.key,
                f'spec.port "{SIP_TLS_PORT}" waits: "{plan.key}" is Unsecured, and its calls need plain SIP',
            )


def _self_signed_with_lync(resources: Resources, _: Manifests) -> Iterator[Warned]:
    for certificate, plan in _of_one_organization(resources):
        if certificate.spec.issuer.self_signed is not None and plan.spec.uri_type == "SipName":
            yield (
                certificate.key,
                f'spec.issuer.selfSigned: "{plan.key}" is for Lync, which trusts no self-signed certificate; '
                "use ca, or another issuer",
            )


def _mode_against_security(resources: Resources, _: Manifests) -> Iterator[Warned]:
    for certificate, plan in _of_one_organization(resources):
        mode, unsecured = certificate.spec.startup_mode, plan.spec.voip_security == "Unsecured"
        if mode == "TLS" and unsecured:
            yield certificate.key, f'spec.startupMode "TLS" waits: "{plan.key}" is Unsecured'
        if mode == "TCP" and not unsecured:
            yield certificate.key, f'spec.startupMode "TCP" waits: "{plan.key}" is to be secured'


def _service_claimed_twice(resources: Resources, _: Manifests) -> Iterator[Warned]:
    """Tell of servers that are known without asking Exchange: those that are named somewhere."""
    for desired in _desired(resources):
        named = {
            *(urlsplit(endpoint).hostname or "" for endpoint in desired.spec.exchange.endpoints),
            *(name for item in desired.certificates for name in item.servers.include if is_fqdn(name)),
        }
        services = dict.fromkeys(sorted(name.casefold() for name in named), SERVICES)
        for key, obstacle in services_claimed(desired, services, ()).items():
            yield key, obstacle.message


def _recipe_of_no_use(resources: Resources, manifests: Manifests) -> Iterator[Warned]:
    """Tell of recipes that are refused; one whose ConfigMap is in no folder is looked for when it is used."""
    for gateway in resources.gateways:
        delivery = gateway.spec.trust.delivery if gateway.spec.trust else None
        if delivery is None:
            continue
        name = delivery.recipe_ref.name if delivery.recipe_ref else ""
        if name and name not in manifests.config_maps:
            continue
        try:
            bind(recipe_of(delivery, manifests.config_maps.get(name)), delivery.parameters)
        except RecipeError as error:
            yield gateway.key, str(error)


CHECKS: Final[Sequence[Check]] = (
    _nothing_is_changed,
    _any_time_is_a_window,
    _obstacles,
    _reference_by_exchange_name,
    _gateway_holds_its_plan_back,
    _tls_port_on_unsecured_plan,
    _self_signed_with_lync,
    _mode_against_security,
    _service_claimed_twice,
    secrets_not_filled_in,
    _recipe_of_no_use,
    *lync_advice.CHECKS,
)


def _desired(resources: Resources) -> Iterator[DesiredOrganization]:
    for organization in resources.organizations:
        yield resolve(resources, organization)


def _of_one_organization(resources: Resources) -> Iterator[tuple[UMCertificate, UMDialPlan]]:
    for certificate, plan in product(resources.certificates, resources.dial_plans):
        if certificate.spec.organization_ref == plan.spec.organization_ref:
            yield certificate, plan


def _links(resources: Resources) -> Iterator[tuple[UMIPGateway, UMDialPlan]]:
    plans = {plan.metadata.name: plan for plan in resources.dial_plans}
    for gateway in resources.gateways:
        for name in dict.fromkeys(ref.name for ref in gateway.spec.dial_plan_refs):
            if name in plans:
                yield gateway, plans[name]
