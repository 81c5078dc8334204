"""Manifests for tests, as plain data: just what is named, nothing else."""

from __future__ import annotations

from typing import Any

API_VERSION = "unifiedmessaging.dev/v1beta1"


def resource(
    kind: str, metadata_name: str, annotations: dict[str, str] | None = None, **spec: Any
) -> dict[str, Any]:
    """Return a resource of ours."""
    metadata: dict[str, Any] = {"name": metadata_name}
    if annotations:
        metadata["annotations"] = annotations
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}


def organization(annotations: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    """Return the organisation of the lab, in mode Enforce unless the test says otherwise."""
    exchange = {
        "endpoints": ["http://ex01.contoso.com/PowerShell/", "http://ex02.contoso.com/PowerShell/"],
        "authentication": {"method": "NTLM", "secretRef": {"name": "exchange-operator"}},
    }
    defaults = {"exchange": exchange, "mode": "Enforce", "servers": {"exclude": ["exold.contoso.com"]}}
    return resource("ExchangeOrganization", "default", annotations, **{**defaults, **spec})


def dial_plan(metadata_name: str, annotations: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    """Return an Unsecured plan of four digits unless the test says otherwise."""
    defaults = {"countryOrRegionCode": "49", "numberOfDigitsInExtension": 4, "voipSecurity": "Unsecured"}
    return resource("UMDialPlan", metadata_name, annotations, **{**defaults, **spec})


def gateway(
    metadata_name: str, *refs: tuple[str, str], annotations: dict[str, str] | None = None, **spec: Any
) -> dict[str, Any]:
    """Return a gateway at its own FQDN with one hunt group a (plan, pilot)."""
    links = [{"name": plan, "pilotIdentifier": pilot} for plan, pilot in refs]
    defaults: dict[str, Any] = {"address": f"{metadata_name}.contoso.com"}
    if links:
        defaults["dialPlanRefs"] = links
    return resource("UMIPGateway", metadata_name, annotations, **{**defaults, **spec})
