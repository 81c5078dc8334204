"""An estate on TLS: servers with certificates since long, a secured plan, a device that trusts them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from gateways_support import EX01, SPEC, Telephones, device, telephones
from um_operator.lab.exchange.builder import GatewaySpec, OrganizationSpec, PlanSpec, Secured
from um_operator.lab.exchange.dial_plan_properties import VOIP_SECURITY
from um_operator.lab.exchange.objects import Kind
from um_operator.lab.gateways.desks import settings_of
from um_operator.lab.hosts.authority import CertificateAuthority
from um_operator.lab.hosts.host import UM, UM_CALL_ROUTER
from um_operator.lab.hosts.stores import StoredCertificate, thumbprint
from um_operator.lab.hosts.times import INSTANT, ServiceTimes
from um_operator.lab.variants import Variants

KINDS = {UM: Kind.UM_SERVICE, UM_CALL_ROUTER: Kind.CALL_ROUTER}
"""Whose settings a service loads."""


def secured(mode: str = "Dual", security: str = "SIPSecured") -> OrganizationSpec:
    gateway = GatewaySpec("sbc01", "sbc01.contoso.com", (("main", "Contoso-PBX", "4900"),), {"Port": 5061})
    plan = PlanSpec("Contoso-PBX", {"VoIPSecurity": VOIP_SECURITY(security)})
    return replace(SPEC, plans=(plan,), gateways=(gateway,), secured=Secured(mode=mode))


@asynccontextmanager
async def on_tls(
    mode: str = "Dual",
    security: str = "SIPSecured",
    *,
    variants: Variants | None = None,
    times: ServiceTimes = INSTANT,
    **configured: object,
) -> AsyncIterator[Telephones]:
    """Start it; ``configured`` is what the device sbc01 has otherwise."""
    sbc01 = device(**{"transport": "tls", **configured})  # type: ignore[arg-type]
    async with telephones(secured(mode, security), sbc01, variants=variants, times=times) as estate:
        yield estate


def authority(estate: Telephones) -> CertificateAuthority:
    found = estate.organization.authority
    assert found is not None
    return found


def bind(estate: Telephones, entry: StoredCertificate, fqdn: str = EX01, *services: str) -> None:
    """Put a certificate into a server's store and bind services to it, known everywhere at once."""
    estate.organization.host(fqdn).stores.my.add(entry)
    write(estate, fqdn, *services, UMCertificateThumbprint=entry.thumbprint)


def write(estate: Telephones, fqdn: str, *services: str, **attributes: object) -> None:
    """Write attributes of a server's services on its own domain controller, past every cmdlet."""
    server = estate.organization.um_servers[fqdn]
    for service in services or tuple(KINDS):
        settings = settings_of(server, KINDS[service])
        assert settings is not None
        estate.organization.directory.modify(server.domain_controllers[0], settings.guid, attributes)
    estate.organization.directory.replicate_now()


async def served(estate: Telephones, fqdn: str = EX01, port: int = 5063) -> str:
    """Thumbprint of the leaf that a server shows to the device on a port."""
    secure = estate.calls.gateways["sbc01"].tls.client(fqdn)
    connection = await estate.calls.network.connect("sbc01.contoso.com", fqdn, port, secure)
    connection.close()
    assert connection.peer.certificate is not None
    return thumbprint(connection.peer.certificate)


async def restart(estate: Telephones, fqdn: str = EX01) -> None:
    """An administrator restarts both services."""
    await estate.stop(fqdn)
    await estate.start(fqdn)
