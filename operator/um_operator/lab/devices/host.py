"""A Linux host that runs a SIP server: files over SFTP, a command that has it read its configuration anew.

What is in force is what was read last. A configuration file that somebody has edited since then takes effect
with the next reading, whoever causes it, finished or not.
"""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncssh
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from um_operator.lab.devices.box import COLLEAGUE, Box
from um_operator.lab.devices.spec import ManagedDevice
from um_operator.lab.devices.ssh import Process
from um_operator.lab.devices.trunk import CarrierTrunk
from um_operator.lab.gateways.device import Gateway
from um_operator.lab.journal import Journal

HALF_DONE = "# half done: the carrier's section has no certificate yet"
YESTERDAY = 86_400


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a product has things, and how it is told.

    Attributes:
        configuration: the file that names the CA file.
        authorities: the CA file; the carrier's CA is in it.
        started: a file that is as old as the process; reading the configuration anew does not touch it.
        text: the configuration, in which ``{authorities}`` stands for the CA file.
        reloads: commands that have the configuration read anew.
        reloaded: what they print.
        failed: what they print where it cannot be used; what was in force stays.
        cuts: whether the TLS transport is opened anew, which ends the calls on it.
    """

    configuration: str
    authorities: str
    started: str
    text: str
    reloads: tuple[tuple[str, ...], ...]
    reloaded: str
    failed: str
    cuts: bool = False


class FileHost(Box):
    """The host.

    Attributes:
        refuses_to_read: whether it cannot use what it is told to read: a fault.
        hangs_up: whether the connection breaks before a command is run: a fault.
        belongs_to_others: whether the CA file is root's, so that the account cannot make one that is.

    Args:
        layout: of its product.
        carrier_root: who issued the carrier's certificate.
    """

    def __init__(  # noqa: PLR0917 - what every box takes, and two of its own
        self,
        spec: ManagedDevice,
        gateway: Gateway,
        trunk: CarrierTrunk,
        journal: Journal,
        layout: Layout,
        carrier_root: x509.Certificate,
    ) -> None:
        super().__init__(spec, gateway, trunk, journal)
        self.layout = layout
        self.refuses_to_read = False
        self.hangs_up = False
        self.belongs_to_others = False
        self._carrier_root = carrier_root
        self._disk = TemporaryDirectory(prefix="um-lab-device-")
        self._read: dict[str, bytes] = {}
        self._since = time.time() - YESTERDAY

    def path(self, name: str) -> Path:
        """Where a file of the host really is."""
        return Path(self._disk.name, name.lstrip("/"))

    async def start(self) -> None:
        """Come up: what is stored is in force since yesterday."""
        layout = self.layout
        held = [*self.in_force(), self._carrier_root]
        pem = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in held)
        for name, content in (
            (layout.configuration, layout.text.format(authorities=layout.authorities).encode()),
            (layout.authorities, pem),
            (layout.started, b"4711\n"),
        ):
            path = self.path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            os.utime(path, (self._since,) * 2)
        self.put_in_force(held)
        self._read = self._configuration()
        await self.come_up()

    def close(self) -> None:
        """Leave no file behind."""
        self._disk.cleanup()

    def saved(self) -> Iterable[x509.Certificate]:
        """What is in the CA file now; nothing where it cannot be read."""
        try:
            return x509.load_pem_x509_certificates(self.path(self.layout.authorities).read_bytes())
        except (OSError, ValueError):
            return []

    def locked_by(self) -> str:
        """Somebody has the configuration open in an editor."""
        return COLLEAGUE if self._swap.exists() else ""

    def unsaved(self) -> list[str]:
        """What was edited by others since the configuration was read last."""
        now = self._configuration()
        return sorted(name for name in now if now[name] != self._read.get(name))

    async def lock_by_hand(self) -> None:
        """Have the colleague open the configuration in an editor."""
        async with self.effect("vi", COLLEAGUE):
            self._swap.write_bytes(b"b0VIM")

    async def unlock_by_hand(self) -> None:
        """Have him close it."""
        async with self.effect("vi", COLLEAGUE):
            self._swap.unlink(missing_ok=True)

    async def edit_by_hand(self) -> None:
        """Have him write an edit that is not finished: read now, it would end the carrier's trunk."""
        async with self.effect("vi", COLLEAGUE):
            path = self.path(self.layout.configuration)
            path.write_text(f"{path.read_text()}{HALF_DONE}\n")

    async def finish_by_hand(self) -> None:
        """Have him take his edit back: the file is as it was read, and as old."""
        async with self.effect("vi", COLLEAGUE):
            path = self.path(self.layout.configuration)
            path.write_bytes(self._read[self.layout.configuration])
            os.utime(path, (self._since,) * 2)

    async def session(self, process: Process) -> None:
        """Serve one command; a shell is not for sale."""
        if not process.command:
            process.stderr.write("This account is not available.\n")
            process.exit(1)
            return
        if self.hangs_up:
            process.get_extra_info("connection").abort()
            return
        words = tuple(shlex.split(process.command))
        words = words[1:] if words[:1] == ("sudo",) else words
        if words not in self.layout.reloads:
            process.stderr.write(f"sh: 1: {words[0] if words else ''}: not found\n")
            process.exit(127)
            return
        async with self.effect(" ".join(words)):
            done = await self._reload()
        process.stdout.write(self.layout.reloaded if done else self.layout.failed)
        process.exit(0 if done else 1)

    def files(self, channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        """Serve SFTP."""
        return _Files(channel, self)

    async def _reload(self) -> bool:
        """Read the configuration anew; one that cannot be used leaves in force what was."""
        try:
            held = x509.load_pem_x509_certificates(self.path(self.layout.authorities).read_bytes())
        except (OSError, ValueError):
            return False
        if self.refuses_to_read:
            return False
        self.put_in_force(held)
        self.interruptions += self.layout.cuts
        self._read = self._configuration()
        broken = HALF_DONE in self._read[self.layout.configuration].decode()
        await self.read_anew(broken=broken)
        return True

    def _configuration(self) -> dict[str, bytes]:
        name = self.layout.configuration
        return {name: self.path(name).read_bytes()}

    @property
    def _swap(self) -> Path:
        path = self.path(self.layout.configuration)
        return path.with_name(f".{path.name}.swp")


class _Files(asyncssh.SFTPServer):
    """The host's files; what changes something that matters stands in the journal."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], host: FileHost) -> None:
        super().__init__(channel, chroot=str(host.path("/")).encode())
        self._host = host

    def stat(self, path: bytes) -> asyncssh.SFTPAttrs:
        """Tell about a file, and whose it is."""
        attributes = asyncssh.SFTPAttrs.from_local(os.stat(self.map_path(path)))
        if self._host.belongs_to_others and path.decode() == self._host.layout.authorities:
            attributes.uid = (attributes.uid or 0) + 1
        return attributes

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Change a file's mode; nobody gives files away."""
        if attrs.uid is not None and attrs.uid != self.stat(path).uid:
            raise asyncssh.SFTPPermissionDenied("Operation not permitted")
        super().setstat(path, attrs)

    async def close(self, file_obj: object) -> None:
        """A file was written, if anything was."""
        async with self._host.effect("sftp close"):
            super().close(file_obj)

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Give a file a name that none has."""
        async with self._host.effect("sftp rename"):
            super().rename(oldpath, newpath)

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Put a file in the place of another one, at once."""
        async with self._host.effect("sftp posix-rename"):
            super().posix_rename(oldpath, newpath)

    async def remove(self, path: bytes) -> None:
        """Take a file away."""
        async with self._host.effect("sftp remove"):
            super().remove(path)
