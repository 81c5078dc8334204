"""Rules across fields: each row is the CEL text of the CRD and the same in Python.

A range of one field stands at the field (``durations.Between``). Core CEL only, so that every evaluator
agrees; a rule about an object with a default of ``{}`` stands one level up, for the API server evaluates it
against the bare ``{}`` when the CRD is made.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from um_operator.api.certificate_rules import CERTIFICATE_RULES
from um_operator.api.connection import Product
from um_operator.api.dial_plan import DIAL_PLAN_NAME_MAX, DialingGroup, UMDialPlan, UMDialPlanSpec
from um_operator.api.gateway_trust import TrustDelivery
from um_operator.api.ip_gateway import GATEWAY_NAME_MAX, UMIPGateway
from um_operator.api.lync_rules import LYNC_RULES
from um_operator.api.maintenance import Blackout
from um_operator.api.model import Model
from um_operator.api.organization import ExchangeOrganizationSpec
from um_operator.api.owned import OwnedSpec
from um_operator.api.rule import M, Rule, Transition
from um_operator.api.strings import parse_instant

HTTPS_PRESETS: Final = ("AudioCodes", "RibbonEdge", "OracleSBC")


def _encrypted(product: Product | None) -> bool:
    if product is None or product.authentication is None:
        return True
    if product.authentication.method not in {"Basic", "Certificate"}:
        return True
    return product.hosts.scheme == "HTTPS" and all(url.startswith("https://") for url in product.endpoints)


def _encrypted_in_cel(product: str) -> str:
    return (
        f"!has(self.{product}) || !has(self.{product}.authentication) || "
        f"!(self.{product}.authentication.method in ['Basic', 'Certificate']) || "
        f"(self.{product}.endpoints.all(e, e.startsWith('https://')) && "
        f"self.{product}.hosts.scheme == 'HTTPS')"
    )


ENCRYPTED: Final = "Basic and Certificate ask for https endpoints and hosts.scheme HTTPS"


def _configured(allowed: tuple[str, ...] | None, groups: tuple[DialingGroup, ...] | None) -> bool:
    return allowed is None or groups is None or {group.name for group in groups}.issuperset(allowed)


def _configured_in_cel(which: str) -> str:
    return (
        f"!has(self.allowed{which}) || !has(self.configured{which}) || "
        f"self.allowed{which}.all(g, self.configured{which}.exists(r, r.name == g))"
    )


def _delivered_over_its_scheme(delivery: TrustDelivery) -> bool:
    if delivery.preset is None:
        return True
    return delivery.endpoint.startswith("https://" if delivery.preset in HTTPS_PRESETS else "ssh://")


RULES: Final[tuple[Rule[Any], ...]] = (
    Rule(
        ExchangeOrganizationSpec,
        "sessions.perServer",
        "self.sessions.perServer <= self.sessions.total",
        lambda self: self.sessions.per_server <= self.sessions.total,
        "must not be more than sessions.total",
    ),
    Rule(
        ExchangeOrganizationSpec,
        "exchange.authentication",
        "has(self.exchange.authentication)",
        lambda self: self.exchange.authentication is not None,
        "is required",
    ),
    Rule(
        ExchangeOrganizationSpec,
        "exchange.authentication.method",
        _encrypted_in_cel("exchange"),
        lambda self: _encrypted(self.exchange),
        ENCRYPTED,
    ),
    Rule(
        ExchangeOrganizationSpec,
        "lync.authentication.method",
        _encrypted_in_cel("lync"),
        lambda self: _encrypted(self.lync),
        ENCRYPTED,
    ),
    Rule(
        ExchangeOrganizationSpec,
        "maintenanceWindows",
        "!has(self.maintenanceWindows) || self.maintenanceWindows.all(w, "
        "duration(w.duration) > duration(self.disruption.drainTimeout))",
        lambda self: all(w.duration > self.disruption.drain_timeout for w in self.maintenance_windows),
        "each must be longer than disruption.drainTimeout",
    ),
    Rule(
        Blackout,
        "endsAt",
        "timestamp(self.startsAt) < timestamp(self.endsAt)",
        lambda self: parse_instant(self.starts_at) < parse_instant(self.ends_at),
        "must be later than startsAt",
    ),
    Rule(
        UMDialPlan,
        "spec.name",
        f"has(self.spec.name) || self.metadata.name.size() <= {DIAL_PLAN_NAME_MAX}",
        lambda self: self.spec.name is not None or len(self.metadata.name) <= DIAL_PLAN_NAME_MAX,
        f"is required when metadata.name is longer than {DIAL_PLAN_NAME_MAX} characters",
    ),
    Rule(
        UMDialPlanSpec,
        "allowedInCountryOrRegionGroups",
        _configured_in_cel("InCountryOrRegionGroups"),
        lambda self: _configured(
            self.allowed_in_country_or_region_groups, self.configured_in_country_or_region_groups
        ),
        "each must be a name of configuredInCountryOrRegionGroups",
    ),
    Rule(
        UMDialPlanSpec,
        "allowedInternationalGroups",
        _configured_in_cel("InternationalGroups"),
        lambda self: _configured(self.allowed_international_groups, self.configured_international_groups),
        "each must be a name of configuredInternationalGroups",
    ),
    Rule(
        UMIPGateway,
        "spec.name",
        f"has(self.spec.name) || self.metadata.name.size() <= {GATEWAY_NAME_MAX}",
        lambda self: self.spec.name is not None or len(self.metadata.name) <= GATEWAY_NAME_MAX,
        f"is required when metadata.name is longer than {GATEWAY_NAME_MAX} characters",
    ),
    Rule(
        TrustDelivery,
        "preset",
        "has(self.preset) != has(self.recipeRef)",
        lambda self: (self.preset is None) != (self.recipe_ref is None),
        "exactly one of preset and recipeRef is required",
    ),
    Rule(
        TrustDelivery,
        "endpoint",
        f"!has(self.preset) || (self.preset in {list(HTTPS_PRESETS)} "
        "? self.endpoint.startsWith('https://') : self.endpoint.startsWith('ssh://'))",
        _delivered_over_its_scheme,
        "AudioCodes, RibbonEdge and OracleSBC are reached by https://, the other presets by ssh://",
    ),
    Rule(
        TrustDelivery,
        "knownHostsRef",
        "!self.endpoint.startsWith('ssh://') || has(self.knownHostsRef)",
        lambda self: not self.endpoint.startswith("ssh://") or self.known_hosts_ref is not None,
        "is required for an ssh endpoint",
    ),
    *CERTIFICATE_RULES,
    *LYNC_RULES,
)

SAME_NAME: Final = (
    "(has(self.spec.name) ? self.spec.name : self.metadata.name) == "
    "(has(oldSelf.spec.name) ? oldSelf.spec.name : oldSelf.metadata.name)"
)
CANNOT_CHANGE: Final = "cannot change; delete the resource and make another one"


def _same_name(new: UMDialPlan | UMIPGateway, old: UMDialPlan | UMIPGateway) -> bool:
    return (new.spec.name or new.metadata.name) == (old.spec.name or old.metadata.name)


def _unchanged(where: type[M], field: str, value: Callable[[M], object]) -> Transition[M]:
    return Transition(
        where,
        field,
        f"!has(self.{field}) || !has(oldSelf.{field}) || self.{field} == oldSelf.{field}",
        lambda new, old: value(new) is None or value(old) is None or value(new) == value(old),
        CANNOT_CHANGE,
    )


TRANSITIONS: Final[tuple[Transition[Any], ...]] = (
    _unchanged(OwnedSpec, "organizationRef", lambda spec: spec.organization_ref),
    _unchanged(UMDialPlanSpec, "uriType", lambda spec: spec.uri_type),
    _unchanged(UMDialPlanSpec, "numberOfDigitsInExtension", lambda spec: spec.number_of_digits_in_extension),
    Transition(UMDialPlan, "spec.name", SAME_NAME, _same_name, CANNOT_CHANGE),
    Transition(UMIPGateway, "spec.name", SAME_NAME, _same_name, CANNOT_CHANGE),
)


@cache
def rules_of(model: type[Model]) -> tuple[Rule[Any], ...]:
    """Return the rules about objects of a model."""
    return tuple(rule for rule in RULES if issubclass(model, rule.where))


@cache
def transitions_of(model: type[Model]) -> tuple[Transition[Any], ...]:
    """Return the transition rules about objects of a model."""
    return tuple(rule for rule in TRANSITIONS if issubclass(model, rule.where))
