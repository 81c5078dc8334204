"""Operators of a few lines that do wrong to pools, each with the rule by which it has to be caught."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from estate.mutants.hands import Hands
from estate.pools import FIRST, NUMBERS, POOL, estate_of, pool_of
from gateways_support import eventually
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.exchange.objects import Kind
from um_operator.lab.gateways.calling import Cause
from um_operator.lab.hosts.times import INSTANT
from um_operator.lab.invariants.declared import Declared, DialPlan, Gateway
from um_operator.lab.journal import Author
from um_operator.lab.lync.deployment import FrontEnd
from um_operator.lab.lync.exch_uc_util import ExchUcUtil
from um_operator.lab.lync.services import FRONT_END, MEDIATION
from um_operator.lab.lync.spec import Edition, PoolSpec
from um_operator.lab.powershell import Caller, Invocation, Value

SERVER, OPERATOR = "ex01.contoso.com", "CONTOSO\\svc-um-lync"
SE, DIRECTOR = "lyncse01.contoso.com", "lyncdir01.contoso.com"
POOLS: Final = (
    pool_of(4),
    PoolSpec(SE, "Hamburg", Edition.STANDARD, users=120, mediation=False),
    PoolSpec(DIRECTOR, "Berlin", Edition.DIRECTOR, mediation=False),
)
COMPUTERS: Final = frozenset(member for pool in POOLS for member in pool.members)
TALK: Final = timedelta(hours=1)
CALL: Final = timedelta(minutes=1)
"""Longer than a call of those who call all day."""

DECLARED = Declared(
    gateways={name: Gateway(frozenset({"Port", "OutcallsAllowed"})) for name in (POOL, SE)},
    dial_plans={FIRST: DialPlan(frozenset({"VoIPSecurity"}))},
    front_ends=COMPUTERS,
    approved_front_ends=COMPUTERS,
    outbound=frozenset({FIRST}),
    pools=frozenset({POOL, SE}),
    permissions=True,
)


class Nobody:
    """Reads nothing of what a cmdlet writes."""

    def output(self, _value: Value) -> None: ...

    def error(self, _error: Exception) -> None: ...

    def warning(self, _message: str) -> None: ...


@dataclass
class LyncMutantHands(Hands):
    """What an operator can do in both products."""

    calls: list[asyncio.Task[Cause | None]] = field(default_factory=list)

    @property
    def front_ends(self) -> tuple[FrontEnd, ...]:
        """Return the computers of the larger pool."""
        assert self.lab.lync is not None
        return self.lab.lync.deployment.pools[POOL].front_ends

    async def at(self, computer: str, cmdlet: str, *positional: Value, **parameters: Any) -> None:
        """Run a cmdlet of Lync as the operator's account.

        Raises:
            CmdletError: Lync refuses it.
        """
        assert self.lab.lync is not None
        caller = Caller(OPERATOR, computer, "Microsoft.PowerShell", session="mutant")
        await self.lab.lync.shell.run(
            Invocation(cmdlet, {"Confirm": False, **parameters}, positional), caller, Nobody()
        )

    async def restart(self, computer: str, *, graceful: bool = True) -> None:
        """Restart the Front-End service and what depends on it; time passes while its sessions go on."""
        given = {"Graceful": True} if graceful else {}
        assert self.lab.lync is not None
        front_end = self.lab.lync.deployment.front_end(computer)
        assert front_end is not None
        stopping = asyncio.create_task(
            self.at(computer, "Stop-CsWindowsService", FRONT_END, ComputerName=computer, **given)
        )
        while not (await asyncio.wait({stopping}, timeout=0.02))[0]:
            if len(front_end.sessions):
                self.lab.clock.advance(CALL)
        await stopping
        await self.at(computer, "Start-CsWindowsService", ComputerName=computer)

    async def ring(self) -> Cause | None:
        """Have the pool call, and return why that fails."""
        assert self.lab.lync is not None
        return await self.lab.lync.telephones.call(POOL, NUMBERS[FIRST], talk=timedelta(0))


@asynccontextmanager
async def pools_at_work(
    declared: Declared = DECLARED, front_ends: int = len(POOLS[0].members)
) -> AsyncIterator[LyncMutantHands]:
    """Start pools that have worked with Unified Messaging since long, and say what is declared."""
    spec = estate_of(pool_of(front_ends), *POOLS[1:])
    async with Lab.start(spec, clock=Clock.frozen(), times=INSTANT, seed=11) as lab:
        hands = LyncMutantHands(lab)
        lab.change("Set-UMIPGateway", "1:3", OutcallsAllowed=False)
        lab.directory.replicate_now()
        lab.clock.advance(timedelta(minutes=11))
        lab.invariants.declare(declared)
        yield hands


@dataclass(frozen=True, slots=True)
class LyncMutant:
    """A wrong operator.

    Attributes:
        wrong: what it does to pools that work.
        caught_by: the rule that must be broken.
        cause: why a call of the pool has to fail then; empty where none does yet.
        declared: what its manifests say.
        front_ends: how many the larger pool has.
    """

    wrong: Callable[[LyncMutantHands], Awaitable[None]]
    caught_by: str
    cause: str = ""
    declared: Declared = DECLARED
    front_ends: int = len(POOLS[0].members)


async def all_at_once(hands: LyncMutantHands) -> None:
    """Stops every front end, as the procedure says: "on every front end"."""
    for one in hands.front_ends:
        await hands.at(one.fqdn, "Stop-CsWindowsService", FRONT_END, ComputerName=one.fqdn)


async def without_asking(hands: LyncMutantHands) -> None:
    """Takes mode Enforce for an approval."""
    await hands.restart(hands.front_ends[0].fqdn)


async def under_sessions(hands: LyncMutantHands) -> None:
    """Leaves -Graceful out, for it may take hours."""
    assert hands.lab.lync is not None
    talking = hands.lab.lync.telephones.call(POOL, NUMBERS[FIRST], talk=TALK)
    hands.calls.append(asyncio.create_task(talking))
    await eventually(lambda: any(len(one.sessions) for one in hands.front_ends))
    [busy] = (one for one in hands.front_ends if len(one.sessions))
    await hands.restart(busy.fqdn, graceful=False)
    await hands.calls[0]


async def only_the_named_service_started(hands: LyncMutantHands) -> None:
    """Starts what it has stopped by name: what depended on it stays down."""
    first = hands.front_ends[0].fqdn
    await hands.at(first, "Stop-CsWindowsService", FRONT_END, ComputerName=first)
    await hands.at(first, "Start-CsWindowsService", FRONT_END, ComputerName=first)


async def standard_edition_restarted(hands: LyncMutantHands) -> None:
    """Restarts a pool of one, which goes down with it."""
    await hands.restart(SE)


async def everything_of_lync_stopped(hands: LyncMutantHands) -> None:
    """Stops all services of Lync on a computer, Mediation included."""
    first = hands.front_ends[0].fqdn
    await hands.at(first, "Stop-CsWindowsService", MEDIATION, ComputerName=first)


async def the_next_at_once(hands: LyncMutantHands) -> None:
    """Goes on with the next front end as soon as the last one runs."""
    for one in hands.front_ends[:2]:
        await hands.restart(one.fqdn)


async def one_more_beside_one_that_is_down(hands: LyncMutantHands) -> None:
    """Does not look at the other front ends."""
    assert hands.lab.lync is not None
    await hands.lab.lync.console(hands.front_ends[1].fqdn).change("Stop-CsWindowsService", FRONT_END)
    await hands.restart(hands.front_ends[0].fqdn)


async def outside_the_window(hands: LyncMutantHands) -> None:
    """Restarts whenever there is something to restart for."""
    await hands.restart(hands.front_ends[0].fqdn)


async def no_way_out(hands: LyncMutantHands) -> None:
    """Turns outgoing calls off where the procedure says so, before they are on anywhere else."""
    hands.done("Set-UMIPGateway", POOL, OutcallsAllowed=False)


async def out_through_a_director(hands: LyncMutantHands) -> None:
    """Lets calls out through the first gateway of a pool that it finds."""
    hands.done("Set-UMIPGateway", "1:3", OutcallsAllowed=True)


async def the_script_first(hands: LyncMutantHands) -> None:
    """Runs ExchUcUtil.ps1 before the pools have their gateways."""
    for group in hands.lab.change("Get-UMHuntGroup"):
        if str(getattr(group.properties["UMIPGateway"], "text", "")) == POOL:
            hands.by_hand("Remove-UMHuntGroup", f"{POOL}\\{group.text}", Confirm=False)
    hands.by_hand("Remove-UMIPGateway", POOL, Confirm=False)
    hands.lab.invariants.declare(DECLARED)
    run_script(hands)


async def the_script_unasked(hands: LyncMutantHands) -> None:
    """Runs ExchUcUtil.ps1 though permissions are only to be verified."""
    controller = hands.lab.directory.domain_controllers[0]
    for entry in hands.lab.directory.copy(controller).all(Kind.PERMISSION):
        hands.lab.directory.remove(controller, entry.guid)
    hands.lab.directory.replicate_now()
    run_script(hands)


def run_script(hands: LyncMutantHands) -> None:
    """Run ExchUcUtil.ps1 as the account that may do nothing else."""
    assert hands.lab.lync is not None
    author = Author("CONTOSO\\svc-um-exchucutil", SERVER, "UMOperatorPermissions", "Invoke-UmExchUcUtil")
    assert list(ExchUcUtil(hands.lab.organization, hands.lab.lync.deployment, author).run())


async def out_of_its_plans(hands: LyncMutantHands) -> None:
    """Writes the one plan that it knows over those that a server is a member of."""
    hands.done("Set-UMService", SERVER, DialPlans=[FIRST])


LYNC_MUTANTS: tuple[LyncMutant, ...] = (
    LyncMutant(all_at_once, "R23", "Unreachable"),
    LyncMutant(without_asking, "R22", declared=replace(DECLARED, approved_front_ends=frozenset())),
    LyncMutant(under_sessions, "R22"),
    LyncMutant(only_the_named_service_started, "R22"),
    LyncMutant(standard_edition_restarted, "R23"),
    LyncMutant(everything_of_lync_stopped, "R22"),
    LyncMutant(the_next_at_once, "R23"),
    LyncMutant(one_more_beside_one_that_is_down, "R23"),
    LyncMutant(outside_the_window, "R26", declared=replace(DECLARED, window=lambda _: False)),
    LyncMutant(no_way_out, "R20"),
    LyncMutant(out_through_a_director, "R20"),
    LyncMutant(the_script_first, "R2"),
    LyncMutant(the_script_unasked, "R2", declared=replace(DECLARED, permissions=False)),
    LyncMutant(out_of_its_plans, "R21"),
)
