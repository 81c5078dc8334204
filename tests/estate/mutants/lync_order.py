"""More operators that do wrong to pools: what they do is right by itself, but too early, or not theirs.

Those of the documented order, which nobody can follow as it is written, are among them (field notes 11).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from estate.mutants.lync_mutants import DECLARED, SERVER, LyncMutant, LyncMutantHands, run_script
from estate.pools import FIRST, POOL
from um_operator.lab.exchange.objects import Kind
from um_operator.lab.hosts.authority import CertificateAuthority
from um_operator.lab.lync.services import FRONT_END

IN_SERVICE: Final = replace(DECLARED, served=frozenset({POOL}))
"""Calls of the pool have to succeed."""
OF_SERVERS: Final = replace(DECLARED, servers=frozenset({SERVER}))
LAST: Final = "RTCRGS"
"""A service that needs the Front-End service."""
LATE: Final = timedelta(hours=1)


async def front_ends_before_the_script(hands: LyncMutantHands) -> None:
    """Restarts front ends as the last step, and runs ExchUcUtil.ps1 because of a note behind it."""
    forbid(hands)
    for front_end in hands.front_ends:
        await hands.restart(front_end.fqdn)
        hands.lab.clock.advance(LATE)
    run_script(hands)


async def less_secure_than_the_pool_demands(hands: LyncMutantHands) -> None:
    """Takes SIPSecured for as good as Secured."""
    hands.done("Set-UMDialPlan", FIRST, VoIPSecurity="SIPSecured")
    hands.lab.directory.replicate_now()
    hands.lab.clock.advance(timedelta(minutes=11))


async def bound_before_lync_trusts(hands: LyncMutantHands) -> None:
    """Binds a certificate of a new CA that gateways believe, and forgets that pools have to."""
    new = CertificateAuthority("Next CA", hands.lab.clock.now())
    leaf = new.issue(SERVER)
    stores = hands.lab.host(SERVER).stores
    *issuers, root = new.chain
    stores.root.trust(root)
    for issuer in issuers:
        stores.ca.trust(issuer)
    stores.my.add(leaf)
    hands.done("Enable-ExchangeCertificate", leaf.thumbprint, Server=SERVER, Services=["UM", "UMCallRouter"])


async def before_the_topology_has_arrived(hands: LyncMutantHands) -> None:
    """Does not wait for the Central Management store."""
    assert hands.lab.lync is not None
    first, *_, last = hands.front_ends
    hands.lab.lync.deployment.store.delay(last.fqdn, LATE)
    hands.lab.lync.deployment.store.publish()
    await hands.restart(first.fqdn)


async def unread_groups_taken_for_whole(hands: LyncMutantHands) -> None:
    """Takes routing groups that it could not read for none."""
    assert hands.lab.lync is not None
    pool = hands.lab.lync.deployment.pools[POOL]
    first, second, *_ = pool.front_ends
    torn = replace(pool.groups[0], replicas=(first.fqdn, second.fqdn))
    pool.groups = (torn, *pool.groups[1:])
    await hands.restart(first.fqdn)


async def down_to_the_quorum(hands: LyncMutantHands) -> None:
    """Takes an approval of restarts for one that lets the next failure stop the pool."""
    await hands.restart(hands.front_ends[0].fqdn)


async def beside_a_server(hands: LyncMutantHands) -> None:
    """Goes on with front ends while a server is drained."""
    drain(hands)
    await hands.restart(hands.front_ends[0].fqdn)


async def a_server_beside_a_front_end(hands: LyncMutantHands) -> None:
    """Goes on with a server while a front end has not come back."""
    first = hands.front_ends[0].fqdn
    await hands.at(first, "Stop-CsWindowsService", FRONT_END, ComputerName=first)
    drain(hands)
    await hands.at(first, "Start-CsWindowsService", ComputerName=first)


async def what_a_person_stopped_started(hands: LyncMutantHands) -> None:
    """Starts everything on a front end, though a person keeps a service down."""
    assert hands.lab.lync is not None
    first = hands.front_ends[0].fqdn
    await hands.lab.lync.console(first).change("Stop-CsWindowsService", LAST)
    hands.lab.clock.advance(LATE)
    await hands.restart(first)


async def restarted_while_held(hands: LyncMutantHands) -> None:
    """Does not read the annotation of the integration."""
    await hands.restart(hands.front_ends[0].fqdn)


async def restarted_in_observe(hands: LyncMutantHands) -> None:
    """Takes an approval for leave to write, in whatever mode."""
    await hands.restart(hands.front_ends[0].fqdn)


def forbid(hands: LyncMutantHands) -> None:
    """Take the rights on UM's containers away from Lync; front ends notice when they start."""
    directory = hands.lab.directory
    controller = directory.domain_controllers[0]
    for entry in directory.copy(controller).all(Kind.PERMISSION):
        directory.remove(controller, entry.guid)
    directory.replicate_now()


def drain(hands: LyncMutantHands) -> None:
    """Take a server out of service."""
    hands.done(
        "Set-ServerComponentState",
        SERVER,
        Component="UMCallRouter",
        State="Draining",
        Requester="Sidelined",
    )


LYNC_MUTANTS_OF_ORDER: Final[tuple[LyncMutant, ...]] = (
    LyncMutant(front_ends_before_the_script, "calls", "DialPlanUnknownToPool", IN_SERVICE),
    LyncMutant(less_secure_than_the_pool_demands, "calls", "IncompatibleSecuritySetting", IN_SERVICE),
    LyncMutant(bound_before_lync_trusts, "R6", declared=OF_SERVERS),
    LyncMutant(before_the_topology_has_arrived, "R23"),
    LyncMutant(unread_groups_taken_for_whole, "R23"),
    LyncMutant(down_to_the_quorum, "R23", front_ends=3),
    LyncMutant(beside_a_server, "R22", declared=OF_SERVERS),
    LyncMutant(a_server_beside_a_front_end, "R22", declared=OF_SERVERS),
    LyncMutant(what_a_person_stopped_started, "R14"),
    LyncMutant(
        restarted_while_held,
        "R25",
        declared=replace(DECLARED, held=dict.fromkeys(DECLARED.front_ends)),
    ),
    LyncMutant(restarted_in_observe, "R3", declared=replace(DECLARED, writes=False)),
)
