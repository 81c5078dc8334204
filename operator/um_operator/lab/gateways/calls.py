"""All calls of an estate: who places them, what became of them, and what cuts them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from um_operator.lab.exchange.objects import Kind
from um_operator.lab.exchange.organization import Organization
from um_operator.lab.exchange.um_server import UMServer
from um_operator.lab.gateways.device import Device, Gateway
from um_operator.lab.gateways.device_tls import DeviceTLS
from um_operator.lab.gateways.network import Network
from um_operator.lab.gateways.outbound import Outbound
from um_operator.lab.gateways.services import Surroundings, install
from um_operator.lab.gateways.tally import Counts, Tally
from um_operator.lab.gateways.wires import Wires
from um_operator.lab.hosts import chains
from um_operator.lab.hosts.authority import CertificateAuthority
from um_operator.lab.journal import Effect
from um_operator.lab.variants import GatewayFallback


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of the calls so far.

    Attributes:
        gateways: calls that devices placed, by the device's name; every device is in it.
        dial_plans: the same calls, by the plan that should answer.
        outcalls: calls that UM placed through a gateway, by its name.
        probes: OPTIONS that UM sent to a gateway, by its name.
        total: the calls that devices placed, together.
    """

    gateways: Mapping[str, Counts]
    dial_plans: Mapping[str, Counts]
    outcalls: Mapping[str, Counts]
    probes: Mapping[str, Counts]
    total: Counts


Distrust = Callable[[x509.Certificate, tuple[x509.Certificate, ...]], list[str]]
"""Says who, beside devices, would not believe a leaf with what is sent with it."""


class Calls:
    """The telephone traffic of an estate.

    Attributes:
        others: who beside devices has to believe what servers show.

    Args:
        organization: whose servers take the calls.
        devices: the gateways, PBXs and SBCs around it.
        network: names and addresses; a new one when absent.
        outcall_pause: between two calls that a server places to gateways, on average.
        outcall_talk: length of such a call.
    """

    def __init__(
        self,
        organization: Organization,
        devices: Iterable[Device] = (),
        *,
        network: Network | None = None,
        outcall_pause: timedelta = timedelta(minutes=1),
        outcall_talk: timedelta = timedelta(seconds=30),
    ) -> None:
        self._organization = organization
        self.network = network or Network()
        self.placed, self.outcalls, self.probes = Tally(), Tally(), Tally()
        self._pause, self._talk = outcall_pause, outcall_talk
        self.wires = Wires(organization.clock)
        self._programs = {
            fqdn: install(
                Surroundings(server, self.network, self.wires, organization.variants),
                organization.active_calls,
                self._outbound(server).run,
            )
            for fqdn, server in organization.um_servers.items()
            if server.runs_cmdlets
        }
        self.gateways: dict[str, Gateway] = {}
        self.others: list[Distrust] = []
        for device in devices:
            self.add(device)
        self._end_cutting: Callable[[], None] = lambda: None

    def add(self, device: Device) -> Gateway:
        """Put up a device; it takes part from :meth:`start` on."""
        organization = self._organization
        tls = DeviceTLS(
            device.fqdn,
            self.wires,
            lambda: self.device_authority,
            checks_names=device.checks_names,
            checks_usages=device.checks_usages,
        )
        gateway = Gateway(
            device,
            self.network,
            tls=tls,
            clock=organization.clock,
            journal=organization.journal,
            tally=self.placed,
            falls_back=organization.variants.gateway_fallback is GatewayFallback.TO_TCP,
            seed=organization.seed,
        )
        self.gateways[device.name] = gateway
        if organization.authority is not None:
            gateway.tls.trusted.trust(organization.authority.root)
        return gateway

    @cached_property
    def device_authority(self) -> CertificateAuthority:
        """Who issued the certificates of all devices: a root and nothing below it."""
        return CertificateAuthority("Devices Root CA", self._organization.clock.now(), intermediate=False)

    @property
    def device_pem(self) -> str:
        """Its root, for servers to trust."""
        return self.device_authority.root.public_bytes(Encoding.PEM).decode()

    def distrusting(self, server: str, thumbprint: str, everybody: bool = False) -> list[str]:
        """Devices on TLS, or all, and others that would not believe a certificate of a server's store."""
        stores = self._organization.host(server).stores
        if (found := stores.my.find(thumbprint)) is None:
            return []
        leaf, sent = found.certificate, chains.to_send(found.certificate, stores)
        asked = (one for one in self.gateways.values() if everybody or one.transport == "tls")
        devices = [gateway.device.name for gateway in asked if not gateway.tls.believes(leaf, sent)]
        return devices + [name for others in self.others for name in others(leaf, sent)]

    def recycle_worker(self, server: str) -> None:
        """Have another worker process of a server take the calls to come (field notes 2.5, 5.2)."""
        if (program := self._programs[server.lower()]) is not None:
            program.recycle_worker()

    async def start(self) -> None:
        """Have everybody listen, then place calls. Servers of other releases are no part of this."""
        self._end_cutting = self._organization.journal.subscribe(self._cut)
        if self._organization.authority is not None:
            for server in self._organization.um_servers.values():
                server.host.stores.root.trust(self.device_authority.root)
        for gateway in self.gateways.values():
            await gateway.listen()
        for server in self._organization.um_servers.values():
            if server.up and server.runs_cmdlets:
                await server.host.run()
        for gateway in self.gateways.values():
            gateway.begin()

    async def stop(self) -> None:
        """End all calls; nothing of this counts as a cut."""
        self._end_cutting()
        try:
            for gateway in self.gateways.values():
                await gateway.stop()
        finally:
            for server in self._organization.um_servers.values():
                await server.host.shut_down()

    def summary(self) -> Summary:
        """What became of the calls so far."""
        return Summary(
            gateways={name: Counts() for name in self.gateways} | dict(self.placed.by_gateway()),
            dial_plans=self.placed.by_dial_plan(),
            outcalls=self.outcalls.by_gateway(),
            probes=self.probes.by_gateway(),
            total=self.placed.total(),
        )

    async def until_each_gateway_called(
        self, times: int = 1, *, gateways: Iterable[str] = (), deadline: float = 30.0
    ) -> None:
        """Wait until each of the gateways, else all, has had that many more calls answered.

        Raises:
            TimeoutError: one of them has not within that many real seconds; the text says which, and why.
        """
        names = tuple(gateways) or tuple(self.gateways)
        before = self._answered()

        def missing() -> list[str]:
            now = self._answered()
            return [name for name in names if now.get(name, 0) < before.get(name, 0) + times]

        try:
            await self.placed.until(lambda: not missing(), deadline)
        except TimeoutError:
            counts = self.placed.by_gateway()
            late = ", ".join(f'"{name}" {dict(counts.get(name, Counts()).failed)}' for name in missing())
            raise TimeoutError(f"not {times} answered calls in {deadline} s: {late}") from None

    async def until(self, reached: Callable[[Summary], bool], *, deadline: float = 30.0) -> Summary:
        """Wait until the calls that devices placed satisfy a condition.

        Raises:
            TimeoutError: they did not within that many real seconds.
        """
        await self.placed.until(lambda: reached(self.summary()), deadline)
        return self.summary()

    def _outbound(self, server: UMServer) -> Outbound:
        organization = self._organization
        return Outbound(
            server,
            self.network,
            organization.journal,
            calls=self.outcalls,
            probes=self.probes,
            pause=self._pause,
            talk=self._talk,
            seed=organization.seed,
        )

    def _answered(self) -> dict[str, int]:
        return {name: counts.answered for name, counts in self.placed.by_gateway().items()}

    def _cut(self, effect: Effect) -> None:
        """What ends calls in progress: the gateway is gone, or was disabled at once (field notes 4.1)."""
        if effect.kind == Kind.IP_GATEWAY and (_is_removal(effect) or _is_disabling(effect)):
            self._organization.active_calls.cut(f"{effect.cmdlet} of the gateway", gateway_name=effect.name)


def _is_removal(effect: Effect) -> bool:
    return effect.after is None


def _is_disabling(effect: Effect) -> bool:
    return effect.before is not None and (effect.after or {}).get("Status") == "Disabled"
