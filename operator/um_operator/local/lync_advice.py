"""What in manifests about Lync would surprise an admin. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from um_operator.api.dial_plan import UMDialPlan
from um_operator.api.lync_integration import IntegratedDialPlan, LyncIntegration
from um_operator.api.meta import ObjectKey
from um_operator.desired.resources import Resources
from um_operator.local.manifests import Manifests
from um_operator.planning.checks.lync_contacts import E164


def plan_that_lync_does_not_use(resources: Resources, _: Manifests) -> Iterator[tuple[ObjectKey, str]]:
    """Tell of plans with which an integration cannot work, or whose calls every pool refuses."""
    for item, ref, plan in _plans(resources):
        where, name = f'spec.dialPlanRefs[{ref.name}]: "{plan.key}"', plan.spec.name or plan.metadata.name
        if plan.spec.uri_type not in (None, "SipName"):
            yield item.key, f'{where} is "{plan.spec.uri_type}", and Lync works with SipName only'
        if plan.spec.uri_type is None:
            yield (
                item.key,
                f"{where} has no uriType: Exchange makes it TelephoneExtension, and Lync works with "
                "SipName only",
            )
        if " " in name:
            yield item.key, f'{where} is called "{name}", and Lync finds no plan with a space in its name'
        if plan.spec.voip_security == "Unsecured":
            yield item.key, f"{where} is Unsecured: pools are not linked to it, for they call over TLS only"


def number_without_contact(resources: Resources, _: Manifests) -> Iterator[tuple[ObjectKey, str]]:
    """Tell of numbers for which nobody can make a contact."""
    for item, _ref, plan in _plans(resources):
        if item.spec.contacts.policy == "Ignore":
            continue
        numbers = (*(plan.spec.access_telephone_numbers or ()), *(plan.spec.pilot_identifier_list or ()))
        for number in numbers:
            if not E164.fullmatch(number):
                yield (
                    plan.key,
                    f'number "{number}" is not in E.164, such as "+4989555004900", so OcsUmUtil.exe makes no '
                    f'contact for it, and "{item.key}" waits for one',
                )


def integration_without_certificate(resources: Resources, _: Manifests) -> Iterator[tuple[ObjectKey, str]]:
    """Tell of integrations whose plans nothing gets ready for TLS."""
    served = {one.spec.organization_ref.name for one in resources.certificates}
    for item in resources.lync_integrations:
        if item.spec.organization_ref.name not in served:
            yield (
                item.key,
                "there is no UMCertificate: unless servers serve certificates already, plans stay unsecured",
            )


def shared_certificate(resources: Resources, _: Manifests) -> Iterator[tuple[ObjectKey, str]]:
    """Tell of certificates whose common name cannot be that of each server."""
    integrated = {one.spec.organization_ref.name for one in resources.lync_integrations}
    for certificate in resources.certificates:
        if certificate.spec.scope == "Shared" and certificate.spec.organization_ref.name in integrated:
            yield (
                certificate.key,
                'spec.scope "Shared": Lync knows each server by the common name of its certificate, so it is '
                "refused on every server but the one of that name; use PerServer",
            )


CHECKS: Final = (
    plan_that_lync_does_not_use,
    number_without_contact,
    integration_without_certificate,
    shared_certificate,
)


def _plans(resources: Resources) -> Iterator[tuple[LyncIntegration, IntegratedDialPlan, UMDialPlan]]:
    """Yield the plans that integrations name, as far as they are declared."""
    plans: dict[str, UMDialPlan] = {plan.metadata.name: plan for plan in resources.dial_plans}
    for item in resources.lync_integrations:
        refs: Sequence[IntegratedDialPlan] = item.spec.dial_plan_refs
        yield from ((item, ref, plans[ref.name]) for ref in refs if ref.name in plans)
