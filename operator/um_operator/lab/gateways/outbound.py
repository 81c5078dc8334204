"""What one server's Unified Messaging sends to gateways: OPTIONS after each poll, and calls of its users.

It goes to the address and port that the server knows; wrong ones fail, and are counted.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import timedelta

from um_operator.lab.chance import chance
from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.exchange.replica import Replica
from um_operator.lab.exchange.um_server import POLL, UMServer
from um_operator.lab.gateways.admission import linked_gateways, word
from um_operator.lab.gateways.bindings import SOURCE, Binding
from um_operator.lab.gateways.calling import Attempt, Caller, CallError, Cause
from um_operator.lab.gateways.network import Network, UnreachableError
from um_operator.lab.gateways.sip import Uri
from um_operator.lab.gateways.tally import Leg, Tally
from um_operator.lab.journal import Journal

NOT_ANSWERING = 1400
"""Event id: a gateway does not answer OPTIONS (field notes 9)."""
SHARED_ADDRESS = 1175
"""Event id: two gateway names lead to one address (field notes 9)."""
UNSECURED = "Unsecured"
_OPTIONS_AT_ONCE = 8


class Outbound:
    """The calling side of one server.

    Args:
        pause: between two calls to gateways, on average.
        talk: length of such a call.
    """

    def __init__(
        self,
        server: UMServer,
        network: Network,
        journal: Journal,
        *,
        calls: Tally,
        probes: Tally,
        pause: timedelta,
        talk: timedelta,
        seed: int = 0,
    ) -> None:
        self._server = server
        self._network = network
        self._journal = journal
        self._calls = calls
        self._probes = probes
        self._pause = pause
        self._talk = talk
        self._random = chance(seed, f"calls of {server.fqdn}")
        self._caller = Caller(network, server.fqdn)
        self._events = server.host.events

    async def run(self, binding: Binding) -> None:
        """Probe after each poll and place calls in between, until cancelled."""
        self._caller = Caller(self._network, self._server.fqdn, binding.client)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_probing())
            group.create_task(self._keep_calling())

    async def probe(self) -> None:
        """Send OPTIONS to every linked gateway, and say which do not answer and which share an address."""
        configuration = self._server.configuration
        gateways = linked_gateways(configuration)
        self._note_shared_addresses(gateways)
        slots = asyncio.Semaphore(_OPTIONS_AT_ONCE)

        async def one(gateway: DirectoryObject) -> None:
            async with slots:
                await self._probe_one(gateway, configuration)

        async with asyncio.TaskGroup() as group:
            for gateway in gateways:
                group.create_task(one(gateway))

    async def call(self, gateway: DirectoryObject, dial_plan: str, number: str) -> None:
        """Place one call through a gateway."""
        leg = Leg(gateway.name, dial_plan)
        target = _target(gateway, number, self._security(dial_plan))
        self._calls.placed(leg)
        try:
            dialog = await self._caller.call(Attempt(target, number))
        except CallError as failure:
            self._note_failure("OutcallFailed", gateway, dial_plan, failure)
            await self._calls.failed(leg, failure.cause)
            return
        ends = self._server.clock.now() + self._talk
        await self._calls.answered(leg)
        cut = False
        try:
            await dialog.hold(self._server.clock.sleep_until(ends))
        except CallError as failure:
            cut = True
            self._note_failure("OutcallCut", gateway, dial_plan, failure)
        finally:
            await self._calls.ended(leg, cut=cut)

    def _security(self, dial_plan: str) -> str:
        plan = self._server.configuration.named(Kind.DIAL_PLAN, dial_plan)
        return word(plan, "VoIPSecurity") if plan else UNSECURED

    async def _keep_probing(self) -> None:
        while True:
            next_poll = self._server.last_poll + POLL
            await self.probe()
            await self._server.clock.sleep_until(next_poll)

    async def _keep_calling(self) -> None:
        while True:
            await self._server.clock.sleep(self._pause * self._random.uniform(0.5, 1.5))
            if choices := _ways_out(self._server.configuration):
                gateway, dial_plan = self._random.choice(choices)
                await self.call(gateway, dial_plan, "0815")

    async def _probe_one(self, gateway: DirectoryObject, configuration: Replica) -> None:
        groups = configuration.referring(Kind.HUNT_GROUP, "Parent", gateway.guid)
        plan = configuration.get(groups[0]["UMDialPlan"]) if groups else None
        leg = Leg(gateway.name, plan.name if plan else "")
        self._probes.placed(leg)
        try:
            security = word(plan, "VoIPSecurity") if plan else UNSECURED
            response = await self._caller.options(_target(gateway, "ping", security))
            if response.status != 200:
                raise CallError(Cause.REFUSED, f"{gateway['Address']}:{gateway['Port']}")
        except CallError as failure:
            self._events.write(
                SOURCE,
                NOT_ANSWERING,
                f"The gateway {gateway.name} at {failure.where} does not answer OPTIONS: {failure.cause}.",
                level="Warning",
                gateway=gateway.name,
                where=failure.where,
                cause=failure.cause.value,
            )
            await self._probes.failed(leg, failure.cause)
            return
        await self._probes.answered(leg)
        await self._probes.ended(leg)

    def _note_shared_addresses(self, gateways: list[DirectoryObject]) -> None:
        sharing: dict[str, list[str]] = defaultdict(list)
        for gateway in gateways:
            try:
                sharing[self._network.resolve(str(gateway["Address"]))].append(gateway.name)
            except UnreachableError:
                continue
        for address, names in sharing.items():
            if len(names) > 1:
                self._events.write(
                    SOURCE,
                    SHARED_ADDRESS,
                    f"The gateways {', '.join(names)} have one address, {address}.",
                    level="Warning",
                    address=address,
                    gateways=", ".join(names),
                )

    def _note_failure(self, what: str, gateway: DirectoryObject, dial_plan: str, failure: CallError) -> None:
        self._journal.note(
            what,
            server=self._server.fqdn,
            gateway=gateway.name,
            dial_plan=dial_plan,
            cause=failure.cause.value,
            where=failure.where,
        )


def _ways_out(configuration: Replica) -> list[tuple[DirectoryObject, str]]:
    """Each gateway that may be used for outgoing calls, with each plan that it is linked to."""
    return [
        (gateway, plan.name)
        for group in configuration.all(Kind.HUNT_GROUP)
        if (gateway := configuration.get(group["Parent"])) is not None
        and (plan := configuration.get(group["UMDialPlan"])) is not None
        and gateway["OutcallsAllowed"]
        and word(gateway, "Status") == "Enabled"
    ]


def _target(gateway: DirectoryObject, user: str, security: str) -> Uri:
    """The gateway, over what its plan asks for."""
    transport = "tcp" if security == UNSECURED else "tls"
    return Uri(user, str(gateway["Address"]), gateway["Port"] or None, transport)
