"""The nine steps of the first procedure: with one missing or done wrong calls fail, and a condition names it.

One estate on which all are done; for each row a person undoes or spoils one step on every server or gateway,
an operator in Observe looks at it, and then the person puts it right again.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.cut_overs import FQDNS, NAME
from estate.server_hands import POLLED
from estate.spoiling import GATEWAY, Hands, Row, complete, told
from um_operator.lab.exchange.objects import Kind
from um_operator.lab.hosts.authority import CertificateAuthority

pytestmark = pytest.mark.timeout(1500)


async def no_certificate(hands: Hands) -> None:
    for fqdn, leaf in hands.leaves.items():
        hands.lab.host(fqdn).stores.my.remove(leaf.thumbprint)
    await hands.restart()


async def for_another_name(hands: Hands) -> None:
    other = CertificateAuthority("Other", hands.lab.clock.now(), intermediate=False)
    leaves = {fqdn: other.issue("www.contoso.com") for fqdn in FQDNS}
    for fqdn, leaf in leaves.items():
        hands.lab.host(fqdn).stores.my.add(leaf)
        hands.lab.host(fqdn).stores.root.trust(other.root)
    hands.lab.calls.gateways[GATEWAY].tls.trusted.trust(other.root)
    hands.bind(lambda fqdn: leaves[fqdn].thumbprint)
    await hands.restart()


async def not_imported_on_the_second(hands: Hands) -> None:
    hands.lab.host(FQDNS[1]).stores.my.remove(hands.leaves[FQDNS[1]].thumbprint)
    await hands.restart()


async def not_enabled(hands: Hands) -> None:
    hands.bind(lambda _: None)
    await hands.restart()


async def enabled_by_thumbprint_of_another_server(hands: Hands) -> None:
    first = hands.leaves[FQDNS[0]]
    hands.lab.host(FQDNS[1]).stores.my.add(first)
    hands.bind(lambda _: first.thumbprint)
    await hands.restart()


async def peers_do_not_trust(hands: Hands) -> None:
    trusted = hands.lab.calls.gateways[GATEWAY].tls.trusted
    hands.estate.loads_ca = frozenset()
    for entry in tuple(trusted):
        trusted.remove(entry.thumbprint)


async def servers_do_not_trust_peers(hands: Hands) -> None:
    devices = hands.lab.calls.device_authority.root
    for fqdn in FQDNS:
        root = hands.lab.host(fqdn).stores.root
        entry = root.holds(devices)
        assert entry is not None
        root.remove(entry.thumbprint)


async def not_secured(hands: Hands) -> None:
    await hands.by_cmdlet("Set-UMDialPlan", NAME, VoIPSecurity="Unsecured")


async def secured_before_the_mode(hands: Hands) -> None:
    hands.write(UMStartupMode="TCP")
    hands.bind(lambda _: None)
    await hands.restart()


async def mode_not_set(hands: Hands) -> None:
    hands.write(UMStartupMode="TCP")
    await hands.restart()


async def mode_of_one_service_only(hands: Hands) -> None:
    hands.write((Kind.UM_SERVICE,), UMStartupMode="TCP")
    await hands.restart()


async def called_by_address(hands: Hands) -> None:
    """Past Exchange, which refuses that for a gateway of a secured plan."""
    address = hands.lab.calls.network.resolve(f"{GATEWAY}.contoso.com")
    controller = hands.lab.directory.domain_controllers[0]
    gateway = hands.lab.directory.copy(controller).named(Kind.IP_GATEWAY, GATEWAY)
    assert gateway is not None
    hands.lab.directory.modify(controller, gateway.guid, {"Address": address})
    hands.lab.directory.replicate_now()
    await hands.estate.work.time.leap(POLLED)


async def called_by_another_name(hands: Hands) -> None:
    hands.lab.calls.network.add("pbx.contoso.com", hands.lab.calls.network.resolve(f"{GATEWAY}.contoso.com"))
    await hands.by_cmdlet("Set-UMIPGateway", GATEWAY, Address="pbx.contoso.com")


async def on_the_plain_port(hands: Hands) -> None:
    await hands.by_cmdlet("Set-UMIPGateway", GATEWAY, Port=5060)


async def on_a_port_of_nobody(hands: Hands) -> None:
    await hands.by_cmdlet("Set-UMIPGateway", GATEWAY, Port=5070)


async def not_restarted(hands: Hands) -> None:
    hands.write(UMStartupMode="TCP")
    await hands.restart()
    hands.write(UMStartupMode="Dual")


async def one_service_not_restarted(hands: Hands) -> None:
    hands.write((Kind.UM_SERVICE,), UMStartupMode="TCP")
    await hands.restart()
    hands.write((Kind.UM_SERVICE,), UMStartupMode="Dual")


async def restarted_before_it_was_bound(hands: Hands) -> None:
    hands.bind(lambda _: None)
    await hands.restart()
    hands.bind(lambda fqdn: hands.leaves[fqdn].thumbprint)


CERTIFICATE, PLAN, SBC01 = "UMCertificate/um", "UMDialPlan/headquarters", "UMIPGateway/sbc01"

MATTERS: dict[str, tuple[Row, str, str]] = {
    "1 certificate, missing": (
        no_certificate, "Unreachable", f"{CERTIFICATE} Ready=False ObserveMode: 0 of 2 servers serve"
    ),
    "1 certificate, for another name": (
        for_another_name,
        "IncorrectNameInRemoteCertificate",
        f'{CERTIFICATE} Ready=False Drifted: MSExchangeUM on "ex01.contoso.com"',
    ),
    "2 import, missing on one server": (
        not_imported_on_the_second,
        "Unreachable",
        f'{CERTIFICATE} Ready=False ObserveMode: 1 of 2 servers serve a certificate that meets the spec; '
        '"ex02.contoso.com"',
    ),
    "2 import, of another server's": (
        enabled_by_thumbprint_of_another_server,
        "IncorrectNameInRemoteCertificate",
        f'{CERTIFICATE} Ready=False Drifted: MSExchangeUM on "ex02.contoso.com"',
    ),
    "3 enable, missing": (not_enabled, "Unreachable", 'is "Dual with no certificate, serving none"'),
    "3 enable, after the restart": (
        restarted_before_it_was_bound, "Unreachable", f"{CERTIFICATE} RestartPending=True"
    ),
    "4 trust, missing at the peer": (
        peers_do_not_trust, "UntrustedRemoteCertificate", f"{SBC01} probe ClientCertificateRejected"
    ),
    "4 trust, one way only": (
        servers_do_not_trust_peers,
        "RemoteDisconnected",
        f'{SBC01} Ready=False Drifted: "ex01.contoso.com" lacks CAs of gateway "sbc01"',
    ),
    "5 secured plan, missing": (
        not_secured, "PlanRefusesTLS", f'{PLAN} Ready=False Drifted: voipSecurity: want "SIPSecured"'
    ),
    "5 secured plan, before servers speak TLS": (
        secured_before_the_mode, "Unreachable", 'is "TCP with no certificate, serving none"'
    ),
    "6 startup mode, missing": (mode_not_set, "Unreachable", 'serving none"; MSExchangeUMCR'),
    "6 startup mode, of one service only": (
        mode_of_one_service_only, "Unreachable", f"{CERTIFICATE} Drifted=True ObserveMode: 2 fields differ"
    ),
    "7 FQDN, missing": (
        called_by_address,
        "IncorrectNameInRemoteCertificate",
        f'{SBC01} Ready=False Drifted: address: want "sbc01.contoso.com"',
    ),
    "7 FQDN, another one": (
        called_by_another_name,
        "IncorrectNameInRemoteCertificate",
        f'{SBC01} Ready=False Drifted: address: want "sbc01.contoso.com", have "pbx.contoso.com"',
    ),
    "8 port, missing": (
        on_the_plain_port, "Outgoing", f'{SBC01} Ready=False Drifted: port: want "5061", have "5060"'
    ),
    "8 port, another one": (
        on_a_port_of_nobody, "Outgoing", f'{SBC01} Ready=False Drifted: port: want "5061", have "5070"'
    ),
    "9 restart, missing": (not_restarted, "Unreachable", f"{CERTIFICATE} RestartPending=True RestartOwed"),
    "9 restart, of one service only": (
        one_service_not_restarted, "Unreachable", f"{CERTIFICATE} RestartPending=True RestartOwed"
    ),
}  # fmt: skip
"""By step: what a person does, why calls fail, and what a status says."""


async def test_with_a_step_missing_or_wrong_calls_fail_and_a_condition_names_it(tmp_path: Path) -> None:
    found, wanted = {}, {}
    async with complete(tmp_path) as hands:
        for step, (spoil, cause, words) in MATTERS.items():
            await spoil(hands)
            failed = await hands.call() or await hands.answer()
            said = told(await hands.estate.work.run(lambda _: True))
            found[step] = (failed, words in said or said)
            wanted[step] = (cause, True)
            await hands.mended()
            assert not await hands.call(), f"not mended after: {step}"
    assert found == wanted
