"""Generated objects that keep and break each rule of ``api/rules.py``, as they would stand in a manifest."""

from __future__ import annotations

from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st

from manifests_support import gateway_document, plan_document
from um_operator.api.certificate import UMCertificateSpec
from um_operator.api.dial_plan import UMDialPlan, UMDialPlanSpec
from um_operator.api.gateway_trust import TrustDelivery
from um_operator.api.ip_gateway import UMIPGateway
from um_operator.api.issuers import CertificateInSecret
from um_operator.api.lync_integration import LyncIntegrationSpec
from um_operator.api.maintenance import Blackout
from um_operator.api.model import Model
from um_operator.api.organization import ExchangeOrganizationSpec
from um_operator.api.owned import OwnedSpec
from um_operator.api.rule import Rule, Transition

SEARCH = settings(max_examples=500, deadline=None, phases=[Phase.generate], database=None)

Documents = st.SearchStrategy[dict[str, Any]]


def optional(**fields: st.SearchStrategy[Any]) -> Documents:
    return st.fixed_dictionaries({}, optional=fields)


names = st.sampled_from(["a", "b", "c"])
group_names = st.lists(names, unique=True, max_size=3)
groups = group_names.map(
    lambda chosen: [{"name": n, "rules": [{"numberMask": "0", "dialedNumber": "0"}]} for n in chosen]
)
lengths = st.sampled_from(["15m", "29m", "30m", "31m", "1h", "90m"])
instants = st.sampled_from(
    ["2026-01-01T12:00:00Z", "2026-01-01T12:30:00+01:00", "2026-01-01T13:00:00+01:00", "2026-01-02T00:00:00Z"]
)
secret = {"name": "secret"}
accounts = st.fixed_dictionaries(
    {"secretRef": st.just(secret)},
    optional={"method": st.sampled_from(["Kerberos", "NTLM", "Basic", "Certificate"])},
)
endpoints = st.lists(
    st.sampled_from(["http://ex01.contoso.com/", "https://ex01.contoso.com/"]), min_size=1, max_size=2
)
products = st.fixed_dictionaries(
    {"endpoints": endpoints},
    optional={"authentication": accounts, "hosts": optional(scheme=st.sampled_from(["HTTP", "HTTPS"]))},
)
windows = lengths.map(
    lambda length: [{"name": "night", "schedule": "0 22 * * *", "timeZone": "UTC", "duration": length}]
)
organizations = st.fixed_dictionaries(
    {"exchange": products},
    optional={
        "lync": products,
        "sessions": optional(perServer=st.integers(1, 8), total=st.integers(1, 8)),
        "maintenanceWindows": windows,
        "disruption": optional(drainTimeout=lengths),
    },
)
plan_fields = optional(
    name=names,
    uriType=st.sampled_from(["SipName", "E164"]),
    numberOfDigitsInExtension=st.integers(4, 5),
    organizationRef=st.fixed_dictionaries({"name": names}),
    allowedInCountryOrRegionGroups=group_names,
    configuredInCountryOrRegionGroups=groups,
    allowedInternationalGroups=group_names,
    configuredInternationalGroups=groups,
)
metadata_names = st.sampled_from(["a", "b", "a" * 49, "a" * 50, "a" * 64, "a" * 65])
deliveries = st.fixed_dictionaries(
    {
        "endpoint": st.sampled_from(["ssh://sbc01.contoso.com", "https://sbc01.contoso.com"]),
        "secretRef": st.just(secret),
    },
    optional={
        "preset": st.sampled_from(["CiscoCUBE", "Kamailio", "AudioCodes", "OracleSBC"]),
        "recipeRef": st.just({"name": "recipe", "key": "recipe.yaml"}),
        "knownHostsRef": st.just(secret),
    },
)
in_secret = st.fixed_dictionaries(
    {"secretRef": st.just(secret)},
    optional={"pfxKey": st.just("um.pfx"), "passwordKey": st.just("password")},
)
each_issuer: dict[str, st.SearchStrategy[Any]] = {
    "selfSigned": st.just({}),
    "ca": st.just({}),
    "secret": in_secret,
    "request": st.just({}),
    "certManager": st.just({"issuerRef": {"name": "a"}}),
    "existing": st.just({"thumbprint": "0A" * 20, "fromServer": "ex01.contoso.com"}),
}
issuers = st.one_of(
    optional(**each_issuer),
    *(st.fixed_dictionaries({name: issuer}) for name, issuer in each_issuer.items()),
)
lifetimes = st.sampled_from(["24h", "8759h", "8760h", "8761h", "43800h"])
certificates = st.fixed_dictionaries(
    {"issuer": issuers},
    optional={
        "scope": st.sampled_from(["PerServer", "Shared"]),
        "commonName": st.just("um.contoso.com"),
        "duration": lifetimes,
        "renewBefore": lifetimes,
        "renewBeforePercentage": st.integers(1, 99),
        "privateKey": optional(
            source=st.sampled_from(["Operator", "Exchange"]),
            rotationPolicy=st.sampled_from(["Always", "Never"]),
        ),
    },
)

fqdns = st.sampled_from(["pool01.contoso.com", "pool02.contoso.com"])
integrations = st.fixed_dictionaries(
    {
        "pools": st.lists(fqdns.map(lambda fqdn: {"fqdn": fqdn}), min_size=1, max_size=2),
        "dialPlanRefs": st.lists(
            st.fixed_dictionaries({"name": names}, optional={"outboundGateway": fqdns}),
            min_size=1,
            max_size=2,
        ),
    },
    optional={
        "contacts": optional(pool=fqdns),
        "permissions": optional(policy=st.sampled_from(["Verify", "Run"]), server=fqdns),
    },
)

GENERATED: dict[type[Model], Documents] = {
    ExchangeOrganizationSpec: organizations,
    Blackout: st.fixed_dictionaries({"name": st.just("x"), "startsAt": instants, "endsAt": instants}),
    LyncIntegrationSpec: integrations,
    UMCertificateSpec: certificates,
    CertificateInSecret: in_secret,
    UMDialPlan: st.builds(lambda name, spec: plan_document(name, **spec), metadata_names, plan_fields),
    UMDialPlanSpec: plan_fields.map(lambda fields: plan_document("pbx", **fields)["spec"]),
    UMIPGateway: st.builds(
        lambda name, spec: gateway_document(name, address="10.0.0.1", **spec),
        metadata_names,
        optional(name=names),
    ),
    TrustDelivery: deliveries,
    OwnedSpec: optional(organizationRef=st.fixed_dictionaries({"name": names})),
}


def objects_of(model: type[Model]) -> st.SearchStrategy[Model]:
    return GENERATED[model].map(model.model_validate)


def row(rule: Rule[Any] | Transition[Any]) -> str:
    """Name a rule in the name of a test."""
    return f"{rule.where.__name__}.{rule.field}"
