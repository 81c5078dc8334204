"""Startup mode and binding: loaded at start, from the directory of the server's own site."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gateways_support import DC1, DC2, EX01, EX02, Telephones
from secured_support import authority, bind, on_tls, restart, served, write
from um_operator.lab.exchange.objects import Kind
from um_operator.lab.exchange.um_settings import STARTUP_MODE
from um_operator.lab.gateways.desks import settings_of
from um_operator.lab.hosts.host import UM, UM_CALL_ROUTER
from um_operator.lab.hosts.stores import StoredCertificate
from um_operator.lab.variants import Reload, Variants

PORTS = (5060, 5061, 5062, 5063, 5065, 5066, 5067, 5068)


def open_ports(estate: Telephones, fqdn: str = EX01) -> list[int]:
    return [port for port in PORTS if estate.calls.network.hears(fqdn, port)]


@pytest.mark.parametrize(
    ("mode", "ports"),
    [
        ("TCP", [5060, 5062, 5065, 5066]),
        ("TLS", [5061, 5063, 5065, 5066]),
        ("Dual", list(PORTS)),
    ],
)
async def test_what_is_open_depends_on_the_startup_mode(mode: str, ports: list[int]) -> None:
    async with on_tls(mode) as estate:
        assert open_ports(estate) == ports
        await estate.stop(EX01)
        assert open_ports(estate) == []


async def test_a_call_router_listens_where_its_settings_say() -> None:
    async with on_tls() as estate:
        write(estate, EX01, UM_CALL_ROUTER, SipTlsListeningPort=5161)
        assert estate.calls.network.hears(EX01, 5061)
        await restart(estate)
        assert (estate.calls.network.hears(EX01, 5061), estate.calls.network.hears(EX01, 5161)) == (
            False,
            True,
        )


@pytest.mark.parametrize("mode", ["TLS", "Dual"])
@pytest.mark.parametrize("service", [UM, UM_CALL_ROUTER])
@pytest.mark.parametrize(
    ("defect", "why"),
    [
        ("unbound", "without a certificate"),
        ("gone", "is not in the store My"),
        ("keyless", "has no private key"),
        ("unusable", "whose key can't be used"),
        ("expired", "is not valid at this time"),
    ],
)
async def test_without_a_usable_certificate_a_service_does_not_start(
    mode: str, service: str, defect: str, why: str
) -> None:
    async with on_tls(mode) as estate:
        spoil(estate, service, defect)
        await restart(estate)
        services = estate.organization.host(EX01).services
        assert {name: s.status.value for name, s in services.items()} == {
            name: "Stopped" if name == service else "Running" for name in services
        }
        [note] = estate.notes("ServiceNotStarted")
        assert why in str(note.details["why"])
        assert [e.id for e in estate.organization.host(EX01).events.after() if "Control" in e.source] == [
            7024
        ]


def spoil(estate: Telephones, service: str, defect: str) -> None:
    """Take away what a service needs."""
    my = estate.organization.host(EX01).stores.my
    bound = my.find(thumbprint_of(estate, service))
    assert bound is not None
    match defect:
        case "unbound":
            write(estate, EX01, service, UMCertificateThumbprint=None)
        case "gone":
            other = authority(estate).issue(EX01)
            write(estate, EX01, service, UMCertificateThumbprint=other.thumbprint)
        case "keyless":
            other = authority(estate).issue(EX01)
            bind(estate, StoredCertificate(other.certificate), EX01, service)
        case "unusable":
            estate.organization.host(EX01).refuses_key = lambda entry: entry is other
            other = authority(estate).issue(EX01)
            bind(estate, other, EX01, service)
        case "expired":
            bind(estate, authority(estate).issue(EX01, lifetime=timedelta(days=1)), EX01, service)


def thumbprint_of(estate: Telephones, service: str) -> str:
    kind = Kind.UM_SERVICE if service == UM else Kind.CALL_ROUTER
    settings = settings_of(estate.organization.um_servers[EX01], kind)
    assert settings is not None
    return str(settings["UMCertificateThumbprint"])


async def test_in_tcp_a_service_needs_no_certificate() -> None:
    async with on_tls("TCP", "Unsecured", transport="tcp") as estate:
        write(estate, EX01, UMCertificateThumbprint=None)
        await restart(estate)
        assert (await estate.call()).answered == 1


async def test_a_new_binding_counts_from_the_next_start() -> None:
    async with on_tls() as estate:
        before = await served(estate)
        renewed = authority(estate).issue(EX01)
        bind(estate, renewed)
        estate.everywhere()
        assert await served(estate) == before
        await estate.stop(EX01, UM)
        await estate.start(EX01, UM)
        assert await served(estate) == renewed.thumbprint
        assert await served(estate, port=5066) == renewed.thumbprint
        assert await served(estate, port=5061) == before, "the call router was not started again"


async def test_with_hot_reload_a_new_binding_counts_from_the_next_poll() -> None:
    async with on_tls(variants=replace(Variants(), reload=Reload.RUNNING)) as estate:
        estate.clock.advance(timedelta(seconds=1))
        before = await served(estate)
        renewed = authority(estate).issue(EX01)
        bind(estate, renewed)
        assert await served(estate) == before
        estate.everywhere()
        assert await served(estate) == renewed.thumbprint


async def test_a_service_reads_the_directory_of_its_own_site_when_it_starts() -> None:
    async with on_tls() as estate:
        before = await served(estate)
        renewed = authority(estate).issue(EX01)
        estate.organization.host(EX01).stores.my.add(renewed)
        settings = settings_of(estate.organization.um_servers[EX01], Kind.UM_SERVICE)
        assert settings is not None
        estate.organization.directory.delay(DC2, DC1, timedelta(minutes=3))
        estate.organization.directory.modify(
            DC2, settings.guid, {"UMCertificateThumbprint": renewed.thumbprint}
        )
        await restart(estate)
        assert await served(estate) == before, "what was written elsewhere has not arrived"
        estate.clock.advance(timedelta(minutes=3))
        await restart(estate)
        assert await served(estate) == renewed.thumbprint


async def test_a_mode_and_its_certificate_that_arrive_apart_are_as_bad_as_no_certificate() -> None:
    async with on_tls("TCP", "Unsecured", transport="tcp") as estate:
        write(estate, EX02, UMCertificateThumbprint=None, UMStartupMode=STARTUP_MODE("Dual"))
        await restart(estate, EX02)
        assert open_ports(estate, EX02) == []
        assert (await estate.call()).answered == 1, "the other server works"


async def test_a_service_goes_on_with_a_certificate_that_was_taken_out_of_the_store() -> None:
    async with on_tls() as estate:
        bound = thumbprint_of(estate, UM)
        estate.organization.host(EX01).stores.my.remove(bound)
        assert await served(estate) == bound
        await restart(estate)
        assert open_ports(estate) == []
