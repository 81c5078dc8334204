"""Builders of manifests and resources: the smallest valid ones, changed by what a test is about."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml

from um_operator.api.certificate import UMCertificate
from um_operator.api.dial_plan import UMDialPlan
from um_operator.api.ip_gateway import UMIPGateway
from um_operator.api.lync_integration import LyncIntegration
from um_operator.api.meta import API_VERSION
from um_operator.api.organization import ExchangeOrganization
from um_operator.api.select import AnyResource, Invalid, is_ours, parse

R = TypeVar("R", ExchangeOrganization, LyncIntegration, UMCertificate, UMDialPlan, UMIPGateway)

EXAMPLES = Path(__file__).parent.parent / "examples"


def document(kind: str, name: str, spec: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    """Return a document of ours."""
    return {
        "apiVersion": API_VERSION,
        "kind": kind,
        "metadata": {"name": name, **metadata},
        "spec": spec,
    }


def organization_document(name: str = "default", /, **spec: Any) -> dict[str, Any]:
    exchange = {
        "endpoints": ["http://ex01.contoso.com/PowerShell/"],
        "authentication": {"secretRef": {"name": "exchange-operator"}},
    }
    return document("ExchangeOrganization", name, {"exchange": exchange, **spec})


def plan_document(name: str = "pbx", /, **spec: Any) -> dict[str, Any]:
    required = {"countryOrRegionCode": "49", "numberOfDigitsInExtension": 4, "voipSecurity": "Unsecured"}
    return document("UMDialPlan", name, {**required, **spec})


def gateway_document(name: str = "sbc01", /, **spec: Any) -> dict[str, Any]:
    return document("UMIPGateway", name, {"address": f"{name}.contoso.com", **spec})


def certificate_document(name: str = "um", /, **spec: Any) -> dict[str, Any]:
    return document("UMCertificate", name, {"issuer": {"selfSigned": {}}, **spec})


def lync_document(name: str = "lync", /, **spec: Any) -> dict[str, Any]:
    pools, plans = [{"fqdn": "lyncpool01.contoso.com"}], [{"name": "lync"}]
    return document("LyncIntegration", name, {"pools": pools, "dialPlanRefs": plans, **spec})


def with_metadata(manifest: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {**manifest, "metadata": {**manifest["metadata"], **metadata}}


def organization(name: str = "default", /, **spec: Any) -> ExchangeOrganization:
    return valid(organization_document(name, **spec), ExchangeOrganization)


def dial_plan(name: str = "pbx", /, **spec: Any) -> UMDialPlan:
    return valid(plan_document(name, **spec), UMDialPlan)


def gateway(name: str = "sbc01", /, **spec: Any) -> UMIPGateway:
    return valid(gateway_document(name, **spec), UMIPGateway)


def certificate(name: str = "um", /, **spec: Any) -> UMCertificate:
    return valid(certificate_document(name, **spec), UMCertificate)


def lync_integration(name: str = "lync", /, **spec: Any) -> LyncIntegration:
    return valid(lync_document(name, **spec), LyncIntegration)


def valid(manifest: dict[str, Any], kind: type[R]) -> R:
    resource = parse(manifest)
    assert isinstance(resource, kind), resource
    return resource


def problems(manifest: dict[str, Any]) -> list[str]:
    """Return what is wrong with a document, as lines."""
    result = parse(manifest)
    return [str(problem) for problem in result.problems] if isinstance(result, Invalid) else []


def example(folder: str) -> list[AnyResource | Invalid]:
    """Return what the documents of an example say."""
    documents = [
        item
        for path in sorted((EXAMPLES / folder).glob("*.yaml"))
        for item in yaml.load_all(path.read_text(), yaml.CSafeLoader)
    ]
    return [parse(item) for item in documents if is_ours(item)]
