"""Calls between pools and Unified Messaging, and the services that carry them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta

from cryptography import x509

from um_operator.lab.chance import chance
from um_operator.lab.exchange.objects import Kind
from um_operator.lab.exchange.organization import Organization
from um_operator.lab.gateways.calling import CallError, Cause
from um_operator.lab.gateways.calls import Calls
from um_operator.lab.gateways.network import Listener
from um_operator.lab.gateways.tally import Leg
from um_operator.lab.gateways.tasks import end
from um_operator.lab.hosts import chains
from um_operator.lab.hosts.stores import MachineStores
from um_operator.lab.lync.deployment import Deployment, FrontEnd, Pool
from um_operator.lab.lync.front_end import FrontEndProgram, Idle
from um_operator.lab.lync.knowledge import FRONT_PORT, Knowledge
from um_operator.lab.lync.services import FRONT_END, MEDIATION, REPLICA, SERVICES
from um_operator.lab.lync.sessions import first_of
from um_operator.lab.lync.spec import Edition
from um_operator.lab.variants import UnknownServer

TALK = timedelta(seconds=45)
PAUSE = timedelta(seconds=30)
SERVING = (Edition.STANDARD, Edition.ENTERPRISE)
"""Editions whose users have voice mail: their pools call Unified Messaging."""


class Telephones:
    """The calls of all pools.

    Attributes:
        programs: the Front-End service of each computer.
        numbers: what is called, beside the numbers of contacts that there are; a missing contact shows so.
    """

    def __init__(self, organization: Organization, deployment: Deployment, calls: Calls) -> None:
        self._deployment = deployment
        self._calls = calls
        self._organization = organization
        self.programs: dict[str, FrontEndProgram] = {}
        self.numbers: dict[str, tuple[str, str]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._spread: list[Listener] = []
        self._turn = 0
        for pool in deployment.pools.values():
            for front_end in pool.front_ends:
                self._install(pool, front_end)
            if [one.fqdn for one in pool.front_ends] != [pool.fqdn]:
                calls.network.gather(pool.fqdn, tuple(one.fqdn for one in pool.front_ends))

    async def start(self) -> None:
        """Have every computer run since long ago, and pools place calls."""
        for pool in self._deployment.pools.values():
            if pool.fqdn != pool.front_ends[0].fqdn:
                listener = await self._calls.network.spread(
                    pool.fqdn, FRONT_PORT, lambda host: self.programs[host].takes_new_sessions
                )
                self._spread.append(listener)
        hosts = [one.host for one in self._deployment.front_ends if one.host.up]
        await asyncio.gather(*(service.run() for host in hosts for service in host.services.values()))
        self._tasks += [
            asyncio.create_task(self._keep_calling(pool))
            for pool in self._deployment.pools.values()
            if pool.spec.edition in SERVING
        ]

    async def stop(self) -> None:
        """End all calls and services."""
        try:
            await end(self._tasks)
        finally:
            for listener in self._spread:
                await listener.close()
            for pool in self._deployment.pools.values():
                await pool.membership.end()
                for front_end in pool.front_ends:
                    await front_end.services.end()
                    await front_end.host.shut_down()

    async def call(self, pool: str, number: str, extension: str = "", talk: timedelta = TALK) -> Cause | None:
        """Have a pool place one call; why it failed, or None. The tally and the journal have it, too."""
        dial_plan = self._dial_plan(number)
        leg = Leg(pool.lower(), dial_plan)
        tally, clock = self._calls.placed, self._deployment.clock
        tally.placed(leg)
        program = self._next(self._deployment.pools[pool.lower()])
        try:
            if program is None:
                raise CallError(Cause.UNREACHABLE, pool)
            dialog, session = await program.call(number, extension)
        except CallError as failure:
            if program is not None:
                program.log(number, failure)
            self._note("CallFailed", leg, number, failure)
            await tally.failed(leg, failure.cause)
            return failure.cause
        ends = clock.now() + talk
        await tally.answered(leg)
        cut = False
        try:
            await dialog.hold(first_of(clock.sleep_until(ends), session.dropped.wait()))
            if session.dropped.is_set():
                raise CallError(Cause.CALL_CUT, program.front_end.fqdn)
        except CallError as failure:
            cut = True
            self._note("CallCut", leg, number, failure)
        finally:
            program.front_end.sessions.end(session)
            await tally.ended(leg, cut=cut)
        return Cause.CALL_CUT if cut else None

    def believes(self, pool: Pool, leaf: x509.Certificate, sent: Iterable[x509.Certificate]) -> bool:
        """Whether every front end of a pool would build a path from a leaf to a root of its own."""
        return all(_believes(one.host.stores, leaf, tuple(sent)) for one in pool.front_ends)

    def distrusting(self, leaf: x509.Certificate, sent: Iterable[x509.Certificate]) -> list[str]:
        """Pools that speak TLS with Unified Messaging and would not believe a leaf."""
        shown = tuple(sent)
        return [
            pool.fqdn
            for pool in self._deployment.pools.values()
            if pool.spec.edition in SERVING and self._speaks(pool) and not self.believes(pool, leaf, shown)
        ]

    def _speaks(self, pool: Pool) -> bool:
        """Whether a gateway of the pool is linked to a plan that is secured."""
        directory = self._organization.directory
        copy = directory.copy(directory.domain_controllers[0])
        for gateway in copy.all(Kind.IP_GATEWAY):
            if str(gateway["Address"]).lower() != pool.fqdn:
                continue
            groups = copy.referring(Kind.HUNT_GROUP, "Parent", gateway.guid)
            plans = [copy.get(group["UMDialPlan"]) for group in groups]
            if any(plan is not None and plan["VoIPSecurity"].name != "Unsecured" for plan in plans):
                return True
        return False

    def _install(self, pool: Pool, front_end: FrontEnd) -> None:
        deployment, host = self._deployment, front_end.host
        self._calls.network.add(host.fqdn)
        self._calls.network.reserve(host.fqdn, FRONT_PORT)
        self.programs[host.fqdn] = program = FrontEndProgram(
            front_end,
            pool,
            Knowledge(
                self._organization.directory,
                pool.spec.site,
                deployment.contacts,
                deployment.variants.contacts_seen,
            ),
            network=self._calls.network,
            wires=self._calls.wires,
            encryption=lambda: deployment.media.of(pool.fqdn, pool.spec.site),
            answers_strangers=deployment.variants.unknown_server is UnknownServer.ANSWERED,
        )
        for name, kind in SERVICES.items():
            if _has(pool, name):
                host.install(name, program if name == FRONT_END else Idle(), kind.display_name)

    def _next(self, pool: Pool) -> FrontEndProgram | None:
        """The front end that places the next call: those that take sessions, in turn."""
        able = [p for one in pool.front_ends if (p := self.programs[one.fqdn]).takes_new_sessions]
        self._turn += 1
        return able[self._turn % len(able)] if able else None

    def _dial_plan(self, number: str) -> str:
        contact = self._deployment.contacts.with_number(number)
        return contact.dial_plan if contact is not None else self.numbers.get(number, ("", ""))[0]

    async def _keep_calling(self, pool: Pool) -> None:
        """Call the numbers of contacts that are homed there, as long as there are any."""
        clock = self._deployment.clock
        random = chance(self._deployment.seed, f"calls of {pool.fqdn}")
        while True:
            await clock.sleep(PAUSE * random.uniform(0.5, 1.5))
            own = sorted(c.number for c in self._deployment.contacts if c.pool == pool.fqdn)
            numbers = [*own, *sorted(n for n, (_, home) in self.numbers.items() if home == pool.fqdn)]
            if numbers:
                await self.call(pool.fqdn, random.choice(numbers), talk=TALK * random.uniform(0.5, 1.5))

    def _note(self, what: str, leg: Leg, number: str, failure: CallError) -> None:
        self._deployment.journal.note(
            what,
            server=failure.where.partition(":")[0],
            gateway=leg.gateway,
            dial_plan=leg.dial_plan,
            pilot=number,
            extension="",
            cause=failure.cause.value,
            where=failure.where,
            transport="tls",
            text=failure.text,
        )


def _has(pool: Pool, service: str) -> bool:
    if service == MEDIATION:
        return pool.spec.mediation
    return service in (FRONT_END, REPLICA) or pool.spec.edition in SERVING


def _believes(stores: MachineStores, leaf: x509.Certificate, sent: tuple[x509.Certificate, ...]) -> bool:
    above = chains.path(leaf, stores, sent)
    return stores.root.holds(above[-1] if above else leaf) is not None
