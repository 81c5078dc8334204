"""Calls over TLS: who believes whom, as the device sees it that places the call."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateways_support import EX01, EX02, EXTENSION_ON_EX02, Telephones, eventually
from secured_support import authority, bind, on_tls, restart
from um_operator.lab.hosts.authority import SERVER_ONLY, CertificateAuthority
from um_operator.lab.hosts.factory import factory_certificate
from um_operator.lab.hosts.host import UM
from um_operator.lab.hosts.stores import thumbprint
from um_operator.lab.variants import GatewayFallback, TLSOnUnsecured, Variants


@pytest.mark.parametrize("mode", ["Dual", "TLS"])
@pytest.mark.parametrize("security", ["SIPSecured", "Secured"])
async def test_a_secured_call_is_answered_by_a_worker_on_the_server_of_the_mailbox(
    mode: str, security: str
) -> None:
    async with on_tls(mode, security) as estate:
        assert (await estate.call(extension=EXTENSION_ON_EX02)).answered == 1


async def test_a_device_that_does_not_trust_the_servers_ca_places_no_call() -> None:
    async with on_tls() as estate:
        estate.calls.gateways["sbc01"].tls.trusted.remove(
            next(iter(estate.calls.gateways["sbc01"].tls.trusted)).thumbprint
        )
        assert (await estate.call()).failed == {"UntrustedRemoteCertificate": 1}
        [note] = estate.notes("CallFailed")
        assert note.details["text"] == "certificate 1 of the chain: OpenSSL's error 20"


async def test_the_leaf_of_the_mailbox_server_counts_as_much_as_that_of_the_call_router() -> None:
    async with on_tls(call_routers=(EX01,)) as estate:
        stranger = CertificateAuthority("Another Root CA", estate.clock.now())
        bind(estate, stranger.issue(EX02), EX02, UM)
        await restart(estate, EX02)
        assert (await estate.call()).answered == 1
        assert (await estate.call(extension=EXTENSION_ON_EX02)).failed == {"UntrustedRemoteCertificate": 1}
        [note] = estate.notes("CallFailed")
        assert (note.server, note.details["where"]) == (EX02, f"{EX02}:5063")


async def test_an_intermediate_is_sent_only_if_it_is_in_the_servers_store() -> None:
    async with on_tls(call_routers=(EX01,)) as estate:
        [intermediate] = estate.organization.host(EX01).stores.ca
        estate.organization.host(EX01).stores.ca.remove(intermediate.thumbprint)
        assert (await estate.call()).failed == {"UntrustedRemoteCertificate": 1}
        estate.organization.host(EX01).stores.root.trust(intermediate.certificate)
        assert (await estate.call()).answered == 1


async def test_an_expired_leaf_is_refused_by_the_time_of_the_estate() -> None:
    async with on_tls(call_routers=(EX01,)) as estate:
        bind(estate, authority(estate).issue(EX01, lifetime=timedelta(days=31)), EX01)
        await restart(estate)
        assert (await estate.call()).answered == 1
        estate.clock.advance(timedelta(days=1, seconds=-1))
        assert (await estate.call()).answered == 1
        estate.clock.advance(timedelta(seconds=1))
        assert (await estate.call()).failed == {"CertificateExpired": 1}


async def test_a_leaf_counts_from_the_instant_of_its_beginning() -> None:
    async with on_tls(call_routers=(EX01,)) as estate:
        assert (await estate.call()).answered == 1
        estate.clock.advance(timedelta(minutes=10))
        soon = estate.clock.now() + timedelta(minutes=1)
        bind(estate, authority(estate).issue(EX01, begins=soon), EX01)
        await restart(estate)
        assert (await estate.call()).failed == {"Unreachable": 1}, "no service starts with it yet"
        estate.clock.advance(timedelta(minutes=1))
        await restart(estate)
        assert (await estate.call()).answered == 1


@pytest.mark.parametrize(("checks", "answered"), [(True, 0), (False, 1)])
async def test_a_leaf_for_another_host_is_refused_by_a_device_that_checks_names(
    checks: bool, answered: int
) -> None:
    async with on_tls(call_routers=(EX01,), checks_names=checks) as estate:
        bind(estate, authority(estate).issue("mail.contoso.com"), EX01)
        await restart(estate)
        call = await estate.call()
        assert (call.answered, dict(call.failed)) == (
            answered,
            {} if answered else {"IncorrectNameInRemoteCertificate": 1},
        )


@pytest.mark.parametrize(("checks", "answered"), [(True, 0), (False, 1)])
async def test_a_leaf_for_servers_only_is_refused_by_a_device_that_checks_usages(
    checks: bool, answered: int
) -> None:
    async with on_tls(call_routers=(EX01,), checks_usages=checks) as estate:
        bind(estate, authority(estate).issue(EX01, usages=SERVER_ONLY), EX01)
        await restart(estate)
        call = await estate.call()
        assert (call.answered, dict(call.failed)) == (
            answered,
            {} if answered else {"RemoteCertificateInvalidUsage": 1},
        )


async def test_a_self_signed_leaf_is_believed_where_it_is_in_the_devices_list_itself() -> None:
    async with on_tls(call_routers=(EX01,), checks_usages=False) as estate:
        own = factory_certificate(EX01, estate.clock.now())
        bind(estate, own, EX01)
        await restart(estate)
        assert (await estate.call()).failed == {"UntrustedRemoteCertificate": 1}
        estate.calls.gateways["sbc01"].tls.trusted.trust(own.certificate)
        assert (await estate.call()).answered == 1


async def test_a_server_that_does_not_trust_the_device_refuses_it_and_leaves_event_1113() -> None:
    async with on_tls(call_routers=(EX01,)) as estate:
        host = estate.organization.host(EX01)
        before = host.events.last_record_id
        host.stores.root.remove(_thumbprint_of_devices_root(estate))
        assert (await estate.call()).failed == {"RemoteDisconnected": 1}
        [event] = [event for event in host.events.after(before) if event.source != "Service Control Manager"]
        assert (event.id, event.insertions["reason"]) == (1113, "UntrustedRemoteCertificate")
        assert event.insertions["hresult"] == -2146762487


async def test_a_server_whose_leaf_a_gateway_turns_down_leaves_event_1112() -> None:
    async with on_tls(call_routers=(EX01,)) as estate:
        before = estate.organization.host(EX01).events.last_record_id
        bind(estate, CertificateAuthority("Another Root CA", estate.clock.now()).issue(EX01), EX01)
        await restart(estate)
        await estate.call()
        events = estate.organization.host(EX01).events
        await eventually(lambda: 1112 in {event.id for event in events.after(before)})


async def test_a_secured_plan_takes_no_call_over_tcp() -> None:
    async with on_tls(transport="tcp") as estate:
        assert (await estate.call()).failed == {"PlanRequiresTLS": 1}


async def test_a_server_in_tls_only_hears_no_tcp() -> None:
    async with on_tls("TLS", "Unsecured", transport="tcp") as estate:
        assert (await estate.call()).failed == {"Unreachable": 1}


@pytest.mark.parametrize(
    ("mode", "answer", "failed"),
    [
        ("Dual", TLSOnUnsecured.TAKEN, {}),
        ("Dual", TLSOnUnsecured.REFUSED, {"PlanRefusesTLS": 1}),
        ("TLS", TLSOnUnsecured.TAKEN, {"PlanRefusesTLS": 1}),
    ],
)
async def test_a_call_over_tls_for_an_unsecured_plan(
    mode: str, answer: TLSOnUnsecured, failed: dict[str, int]
) -> None:
    async with on_tls(mode, "Unsecured", variants=Variants(tls_on_unsecured=answer)) as estate:
        assert dict((await estate.call()).failed) == failed


@pytest.mark.parametrize(("fallback", "answered"), [(GatewayFallback.NONE, 0), (GatewayFallback.TO_TCP, 1)])
async def test_a_device_falls_back_to_tcp_or_does_not(fallback: GatewayFallback, answered: int) -> None:
    async with on_tls("TCP", "Unsecured", variants=Variants(gateway_fallback=fallback)) as estate:
        assert (await estate.call()).answered == answered


async def test_a_call_that_falls_back_in_vain_is_told_by_how_far_it_came() -> None:
    async with on_tls(variants=Variants(gateway_fallback=GatewayFallback.TO_TCP)) as estate:
        await estate.stop(EX02, UM)
        assert (await estate.call(extension=EXTENSION_ON_EX02)).failed == {"Unreachable": 1}


async def test_a_device_whose_certificate_is_for_another_name_is_not_taken_for_the_gateway() -> None:
    async with on_tls() as estate:
        estate.calls.network.add("alias.contoso.com", estate.calls.network.resolve("sbc01.contoso.com"))
        await estate.run("Set-UMIPGateway", "sbc01", Address="alias.contoso.com")
        estate.everywhere()
        assert (await estate.call()).failed == {"IncorrectNameInRemoteCertificate": 1}


async def test_a_call_in_progress_over_tls_is_cut_by_a_restart_of_its_um_service_alone() -> None:
    async with on_tls() as estate:
        calling = estate.calls.gateways["sbc01"].ring(
            estate.calls.gateways["sbc01"].device.lines[0], EXTENSION_ON_EX02, timedelta(hours=1)
        )
        await estate.calls.until(lambda s: s.total.in_progress == 1)
        await restart(estate, EX01)
        await estate.stop(EX02, "MSExchangeUMCR")
        assert estate.calls.summary().total.in_progress == 1
        await estate.stop(EX02, UM)
        await estate.calls.until(lambda s: s.total.cut == 1)
        await calling
        [note] = estate.notes("CallCut")
        assert note.details["cause"] == "CallCut"


def _thumbprint_of_devices_root(estate: Telephones) -> str:
    return thumbprint(estate.calls.device_authority.root)
