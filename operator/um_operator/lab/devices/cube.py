"""A Cisco CUBE: running against startup configuration, trustpoints, the configuration lock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from um_operator.lab.devices.box import COLLEAGUE, Box
from um_operator.lab.devices.ios import Terminal
from um_operator.lab.devices.spec import ManagedDevice
from um_operator.lab.devices.ssh import Process
from um_operator.lab.devices.trunk import CarrierTrunk
from um_operator.lab.gateways.device import Gateway
from um_operator.lab.journal import Journal

HALF_DONE = " shutdown"
"""What the colleague is at, in the carrier's dial-peer: not finished."""
HEX_LINE = 32
GROUP = 8


@dataclass
class Trustpoint:
    """One trustpoint: it holds one CA.

    Attributes:
        lines: what stands below it.
        certificate: the CA, once it is authenticated.
        of_others: whether another administrator made it.
    """

    lines: list[str] = field(default_factory=list)
    certificate: x509.Certificate | None = None
    of_others: bool = False

    def copy(self) -> Trustpoint:
        """What is saved of it."""
        return Trustpoint([*self.lines], self.certificate, self.of_others)


@dataclass
class Configuration:
    """One configuration: trustpoints, and lines of all else."""

    trustpoints: dict[str, Trustpoint] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def copy(self) -> Configuration:
        """What saving or booting makes of it."""
        return Configuration({n: t.copy() for n, t in self.trustpoints.items()}, [*self.lines])

    def text(self) -> list[str]:
        """As ``show running-config`` prints it, certificates in hex."""
        found = ["version 17.9"]
        for name, trustpoint in self.trustpoints.items():
            found += [f"crypto pki trustpoint {name}", *(f" {line}" for line in trustpoint.lines), "!"]
        for name, trustpoint in self.trustpoints.items():
            if trustpoint.certificate is not None:
                found += chain_section(name, trustpoint.certificate)
        return [*found, *self.lines, "end"]


class Cube(Box):
    """The device; its administrators' dialogue is a ``Terminal``.

    Attributes:
        hangs_up_at: the line at which the connection breaks: a fault.

    Args:
        carrier_root: who issued the carrier's certificate.
    """

    def __init__(
        self,
        spec: ManagedDevice,
        gateway: Gateway,
        trunk: CarrierTrunk,
        journal: Journal,
        carrier_root: x509.Certificate,
    ) -> None:
        super().__init__(spec, gateway, trunk, journal)
        self.running = Configuration()
        self.startup = Configuration()
        self.hangs_up_at = ""
        self._carrier_root = carrier_root
        self._lock = ""

    async def start(self) -> None:
        """Come up: what is stored is running."""
        lines = ["sip-ua", " transport tcp tls v1.2", " crypto signaling default trustpoint CUBE"]
        self.startup.lines = [*lines, "dial-peer voice 200 voip", " session target dns:sip.carrier.example"]
        held = [("CARRIER-CA", self._carrier_root)]
        held += [(f"COMPANY-{number}", one) for number, one in enumerate(self.in_force(), 1)]
        for name, certificate in held:
            made = Trustpoint(["enrollment terminal", "revocation-check none"], certificate, of_others=True)
            self.startup.trustpoints[name] = made
        self.running = self.startup.copy()
        self._load()
        await self.come_up()

    def saved(self) -> Iterable[x509.Certificate]:
        """The CAs of the startup configuration."""
        return _held(self.startup)

    def locked_by(self) -> str:
        """Who holds the configuration lock."""
        return self._lock

    def unsaved(self) -> list[str]:
        """Lines of others that are running, and not saved."""
        return _differences(_of_others(self.startup), _of_others(self.running))

    def differences(self) -> list[str]:
        """What ``show archive config differences`` prints, startup against running."""
        return _differences(self.startup, self.running)

    async def lock_by_hand(self) -> None:
        """Have the colleague enter configuration mode exclusively."""
        async with self.effect("configure terminal lock", COLLEAGUE):
            self._lock = COLLEAGUE

    async def unlock_by_hand(self) -> None:
        """Have him leave it."""
        async with self.effect("end", COLLEAGUE):
            self._lock = ""

    async def edit_by_hand(self) -> None:
        """Have him change something that he does not save yet."""
        async with self.effect("configure terminal", COLLEAGUE):
            self.running.lines.append(HALF_DONE)

    async def finish_by_hand(self) -> None:
        """Have him save what he did."""
        async with self.effect("write memory", COLLEAGUE):
            self.save()

    def save(self) -> None:
        """Write memory."""
        self.startup = self.running.copy()

    async def boot(self) -> None:
        """Come up anew; what was not saved is gone."""
        self.running = self.startup.copy()
        await self.changed()

    async def changed(self) -> None:
        """Have TLS know the trustpoints as they are now: IOS needs no reload for that."""
        self._load()
        await self.read_anew()

    async def session(self, process: Process) -> None:
        """Serve a terminal."""
        await Terminal(self, process).run()

    def _load(self) -> None:
        self.put_in_force(_held(self.running))


def chain_section(name: str, certificate: x509.Certificate) -> list[str]:
    """A CA as the running configuration has it: DER in hex, eight digits a group."""
    der = certificate.public_bytes(Encoding.DER).hex().upper()
    rows = [der[start : start + 2 * HEX_LINE] for start in range(0, len(der), 2 * HEX_LINE)]
    grouped = [" ".join(row[at : at + GROUP] for at in range(0, len(row), GROUP)) for row in rows]
    serial = f"{certificate.serial_number:X}"
    return [
        f"crypto pki certificate chain {name}",
        f" certificate ca {serial}",
        *(f"  {row} " for row in grouped),
        "  \tquit",
    ]


def _of_others(configuration: Configuration) -> Configuration:
    trustpoints = {name: one for name, one in configuration.trustpoints.items() if one.of_others}
    return Configuration(trustpoints, configuration.lines)


def _differences(old: Configuration, new: Configuration) -> list[str]:
    """Section by section: + or - before what is new or gone, after the indentation."""
    before, after = _sections(old.text()), _sections(new.text())
    found: list[str] = []
    for header in dict.fromkeys((*after, *before)):
        sign = "" if header in before and header in after else "+" if header in after else "-"
        had, has = before.get(header, []), after.get(header, [])
        changed = [f" +{line.strip()}" for line in has if line not in had]
        changed += [f" -{line.strip()}" for line in had if line not in has]
        found += [f"{sign}{header}", *changed] if sign or changed else []
    return found


def _sections(lines: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    header = ""
    for line in lines:
        if line.startswith((" ", "\t")):
            found[header].append(line)
        elif line != "!":
            header = line
            found.setdefault(header, [])
    return found


def _held(configuration: Configuration) -> list[x509.Certificate]:
    return [one.certificate for one in configuration.trustpoints.values() if one.certificate is not None]
