"""All managed devices of an estate, started and stopped as one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from um_operator.lab.devices import ssh
from um_operator.lab.devices.box import Box
from um_operator.lab.devices.cube import Cube
from um_operator.lab.devices.host import FileHost
from um_operator.lab.devices.linux import LAYOUTS
from um_operator.lab.devices.spec import ManagedDevice
from um_operator.lab.devices.trunk import CarrierTrunk
from um_operator.lab.gateways.calls import Calls
from um_operator.lab.hosts.authority import CertificateAuthority
from um_operator.lab.journal import Journal


@dataclass(frozen=True, slots=True)
class Managed:
    """One device at work.

    Attributes:
        box: the device as its administrators see it.
        keys: of its SSH server, and of its user.
    """

    box: Box
    keys: ssh.Keys

    @property
    def spec(self) -> ManagedDevice:
        """How it is managed."""
        return self.box.spec

    @property
    def known_hosts(self) -> str:
        """The line by which a client knows it."""
        return f"{self.spec.fqdn} {self.keys.public}"

    @property
    def private_key(self) -> str:
        """The user's, as OpenSSH keeps it."""
        return self.keys.user.export_private_key().decode()


@asynccontextmanager
async def managed(
    specs: Iterable[ManagedDevice], calls: Calls, journal: Journal, carrier: CertificateAuthority
) -> AsyncIterator[dict[str, Managed]]:
    """Run the management of devices, by the device's name, for as long as the block lasts."""
    found: dict[str, Managed] = {}
    async with AsyncExitStack() as running:
        for spec in specs:
            found[spec.device] = await _start(spec, calls, journal, carrier, running)
        yield found


async def _start(
    spec: ManagedDevice,
    calls: Calls,
    journal: Journal,
    carrier: CertificateAuthority,
    running: AsyncExitStack,
) -> Managed:
    gateway = calls.gateways[spec.device]
    trunk = CarrierTrunk(
        spec.carrier,
        gateway,
        calls.network,
        calls.wires,
        devices=calls.device_authority,
        carrier=carrier,
    )
    box: Cube | FileHost
    if spec.product == "CiscoCUBE":
        box = Cube(spec, gateway, trunk, journal, carrier.root)
    else:
        box = FileHost(spec, gateway, trunk, journal, LAYOUTS[spec.product], carrier.root)
    running.callback(box.close)
    await box.start()
    running.push_async_callback(trunk.close)
    keys = ssh.Keys.new()
    files = box.files if isinstance(box, FileHost) else None
    place = calls.network.place(spec.fqdn, ssh.PORT)
    server = await ssh.listening(place, spec, keys, box.session, files)
    running.push_async_callback(server.wait_closed)
    running.callback(server.close)
    return Managed(box, keys)
