"""The ten steps of the second procedure: with one missing or done wrong calls fail, and a condition names it.

One estate on which all are done; for each row a person undoes or spoils one step, an operator in Observe
looks at it, and then the person puts it right again.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from estate.integration import LYNC, NUMBER, PLAN, POOL
from estate.lync_spoiling import LATER_NUMBER, SERVER, LyncHands, Row, taken_over
from estate.spoiling import told
from um_operator.lab.exchange.objects import Kind

pytestmark = pytest.mark.timeout(1800)


async def made_by_set_up(hands: LyncHands) -> None:
    """The self-signed certificate, which is good enough for gateways."""
    [factory] = (
        one for one in hands.lab.host(SERVER).stores.my if one.certificate.issuer == one.certificate.subject
    )
    hands.bind(lambda _: factory.thumbprint)
    await hands.restart()


async def for_another_name(hands: LyncHands) -> None:
    authority = hands.lab.organization.authority
    assert authority is not None
    leaf = authority.issue("um.contoso.com", SERVER)
    hands.lab.host(SERVER).stores.my.add(leaf)
    hands.bind(lambda _: leaf.thumbprint)
    await hands.restart()


async def not_imported(hands: LyncHands) -> None:
    hands.lab.host(SERVER).stores.my.remove(hands.leaves[SERVER].thumbprint)
    await hands.restart()


async def imported_without_its_key(hands: LyncHands) -> None:
    hands.lab.host(SERVER).stores.my.trust(hands.leaves[SERVER].certificate)
    await hands.restart()


async def not_enabled(hands: LyncHands) -> None:
    hands.bind(lambda _: None)
    await hands.restart()


async def enabled_for_one_service_only(hands: LyncHands) -> None:
    hands.bind(lambda _: None, (Kind.CALL_ROUTER,))
    await hands.restart()


async def front_ends_do_not_trust(hands: LyncHands) -> None:
    hands.distrust()


async def root_in_the_wrong_store(hands: LyncHands) -> None:
    """An import that leaves it to Windows where a certificate belongs."""
    hands.distrust()
    authority = hands.lab.organization.authority
    assert authority is not None
    for front_end in hands.front_ends:
        front_end.host.stores.ca.trust(authority.root)


async def trust_one_way_only(hands: LyncHands) -> None:
    root = hands.lab.host(SERVER).stores.root
    entry = root.holds(hands.lync.deployment.authority.root)
    assert entry is not None
    root.remove(entry.thumbprint)


async def not_secured(hands: LyncHands) -> None:
    await hands.by_cmdlet("Set-UMDialPlan", PLAN, VoIPSecurity="Unsecured")


async def less_secure_than_the_pool_demands(hands: LyncHands) -> None:
    await hands.by_cmdlet("Set-UMDialPlan", PLAN, VoIPSecurity="SIPSecured")


async def mode_not_set(hands: LyncHands) -> None:
    hands.write(UMStartupMode="TCP")
    await hands.restart()


async def mode_of_one_service_only(hands: LyncHands) -> None:
    hands.write((Kind.CALL_ROUTER,), UMStartupMode="TCP")
    await hands.restart()


async def no_contact(hands: LyncHands) -> None:
    for contact in hands.contacts:
        hands.lync.deployment.contacts.remove(contact)


async def contact_at_a_director(hands: LyncHands) -> None:
    for contact in hands.contacts:
        hands.lync.deployment.contacts.add(replace(contact, pool="lyncdir01.contoso.com"))


async def exchange_not_restarted(hands: LyncHands) -> None:
    hands.write(UMStartupMode="TCP")
    await hands.restart()
    hands.write(UMStartupMode="Dual")


async def one_service_not_restarted(hands: LyncHands) -> None:
    hands.write((Kind.CALL_ROUTER,), UMStartupMode="TCP")
    await hands.restart()
    hands.write((Kind.CALL_ROUTER,), UMStartupMode="Dual")


async def no_front_end_restarted(hands: LyncHands) -> None:
    """For a plan that came later, with everything else of it done."""
    await hands.add_a_plan()


async def one_front_end_restarted(hands: LyncHands) -> None:
    await hands.add_a_plan()
    await hands.looks()
    await hands.restart_front_ends(hands.front_ends[0])


async def script_not_run(hands: LyncHands) -> None:
    hands.forbid()
    await hands.restart_front_ends()


async def only_one_group_may_read(hands: LyncHands) -> None:
    hands.forbid("RTCComponentUniversalServices")
    await hands.restart_front_ends()


CERTIFICATE, THE_PLAN = "UMCertificate/um", "UMDialPlan/lync"
OURS = f'MSExchangeUM on "{SERVER}" shall be "Dual with um/{SERVER}/1", is "'

MATTERS: dict[str, tuple[Row, str, str]] = {
    "1 certificate of a CA, missing": (
        made_by_set_up,
        "UntrustedRemoteCertificate",
        f"{CERTIFICATE} Ready=False Drifted: {OURS}Dual with",
    ),
    "1 certificate of a CA, for another name": (
        for_another_name,
        "IncorrectNameInRemoteCertificate",
        f"{CERTIFICATE} Ready=False Drifted: {OURS}Dual with",
    ),
    "2 import, missing": (
        not_imported,
        "Unreachable",
        f"{CERTIFICATE} Ready=False ObserveMode: 0 of 1 servers serve a certificate that meets the spec",
    ),
    "2 import, without the key": (
        imported_without_its_key,
        "Unreachable",
        f"{CERTIFICATE} Ready=False ObserveMode: 0 of 1 servers serve a certificate that meets the spec",
    ),
    "3 enable, missing": (
        not_enabled,
        "Unreachable",
        'is "Dual with no certificate, serving none"; MSExchangeUMCR on',
    ),
    "3 enable, for one service only": (
        enabled_for_one_service_only,
        "Unreachable",
        f'{CERTIFICATE} Ready=False Drifted: MSExchangeUMCR on "{SERVER}"',
    ),
    "4 trust, missing on the front ends": (
        front_ends_do_not_trust,
        "UntrustedRemoteCertificate",
        f'{LYNC} Ready=False Drifted: Lync host "lyncfe01.contoso.com" lacks CAs',
    ),
    "4 trust, in the wrong store": (
        root_in_the_wrong_store,
        "UntrustedRemoteCertificate",
        f'{LYNC} Ready=False Drifted: Lync host "lyncfe01.contoso.com" lacks CAs',
    ),
    "4 trust, one way only": (
        trust_one_way_only,
        "RemoteDisconnected",
        f'{LYNC} Ready=False Drifted: "{SERVER}" lacks CAs of Lync',
    ),
    "5 secured plan, missing": (
        not_secured,
        "IncompatibleSecuritySetting",
        f'{THE_PLAN} Ready=False Drifted: voipSecurity: want "Secured", have "Unsecured"',
    ),
    "5 secured plan, less than the pool demands": (
        less_secure_than_the_pool_demands,
        "IncompatibleSecuritySetting",
        f'{THE_PLAN} Ready=False Drifted: voipSecurity: want "Secured", have "SIPSecured"',
    ),
    "6 startup mode, missing": (
        mode_not_set,
        "Unreachable",
        f"{CERTIFICATE} Ready=False Drifted: {OURS}TCP with",
    ),
    "6 startup mode, of one service only": (
        mode_of_one_service_only,
        "Unreachable",
        f'{CERTIFICATE} Ready=False Drifted: MSExchangeUMCR on "{SERVER}"',
    ),
    "7 contact, missing": (
        no_contact,
        "NoContact",
        f"{LYNC} ManualActionRequired=True ContactsMissing: as a member",
    ),
    "7 contact, of another pool": (
        contact_at_a_director,
        "NoContact",
        'is registered with "lyncdir01.contoso.com", which is none of spec.pools',
    ),
    "8 restart of Exchange, missing": (
        exchange_not_restarted,
        "Unreachable",
        f"{CERTIFICATE} RestartPending=True RestartOwed",
    ),
    "8 restart of Exchange, of one service only": (
        one_service_not_restarted,
        "Unreachable",
        f"{CERTIFICATE} RestartPending=True RestartOwed",
    ),
    "9 restart of front ends, missing": (
        no_front_end_restarted,
        "DialPlanUnknownToPool",
        f'front ends of pool "{POOL}" have to be restarted: not every front end was started since',
    ),
    "9 restart of front ends, of one only": (
        one_front_end_restarted,
        "DialPlanUnknownToPool",
        f'front ends of pool "{POOL}" have to be restarted: not every front end was started since',
    ),
    "10 ExchUcUtil, missing": (
        script_not_run,
        "DialPlanUnknownToPool",
        f"{LYNC} Ready=False Drifted: Lync may not read objects of Unified Messaging",
    ),
    "10 ExchUcUtil, for one group only": (
        only_one_group_may_read,
        "DialPlanUnknownToPool",
        "Lync may not read objects of Unified Messaging: RTCComponentUniversalServices on",
    ),
}
"""By step: what a person does, why calls fail, and what a status says."""


async def test_with_a_step_missing_or_wrong_calls_fail_and_a_condition_names_it(tmp_path: Path) -> None:
    found, wanted = {}, {}
    async with taken_over(tmp_path) as hands:
        for step, (spoil, cause, words) in MATTERS.items():
            await spoil(hands)
            failed = await hands.call(LATER_NUMBER if step.startswith("9") else NUMBER)
            failed = failed or await hands.answer()
            said = told(await hands.looks())
            found[step] = (failed, words in said or said)
            wanted[step] = (cause, True)
            await hands.mended()
            assert (await hands.call(), await hands.answer()) == ("", ""), f"not mended after: {step}"
    assert found == wanted
