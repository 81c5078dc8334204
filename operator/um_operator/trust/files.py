"""The way over SFTP: read, put beside, rename at once, have it read, read back.

What is in force is told by a file beside the CA file, in the format of sha256sum: what each file held when
the operator had them read last. A file of which that is not known is in force if it is older than the
process.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from um_operator.api.reasons import Reason
from um_operator.observed.der import UnreadableCertificateError
from um_operator.trust.bound import Bound
from um_operator.trust.device import Look
from um_operator.trust.errors import AnswerError, BusyError, NoWayInError
from um_operator.trust.pem import of_pem, to_pem

if TYPE_CHECKING:
    import asyncssh

OWN: Final = ".um-operator"
"""Ends the name of a file that is being written."""
PREVIOUS: Final = ".previous"
"""Ends the name of what the CA file was before the last write."""
READ: Final = ".loaded"
"""Ends the name of the file that tells what was read last."""
LARGEST: Final = 1 << 20
"""Bytes of a file."""
_LINE: Final = re.compile(r"([0-9a-f]{64})  (/.+)")


@dataclass(frozen=True, slots=True)
class _File:
    """A file as it was read; ``content`` empty where there is none."""

    content: bytes
    modified: int

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()


@dataclass
class FilesDevice:
    """A host, over one connection."""

    connection: asyncssh.SSHClientConnection
    sftp: asyncssh.SFTPClient
    bound: Bound
    deadline: float
    _seen: dict[str, _File] = field(default_factory=dict)
    _begun: bool = False
    _wrote: bool = False

    async def look(self) -> Look:
        """Read the files. What is in force does not depend on what others are at beside it."""
        read, started = await self._read_last(), await self._started()
        self._seen = {path: await self._get(path) for path in (self._authorities, *self._configuration)}
        own = self._seen[self._authorities]
        kept = frozenset(sha256(der).hexdigest() for der in self._certificates(own.content))
        current = self._in_force(self._authorities, read, started)
        self._begun = not current and read.get(self._authorities + OWN) == own.sha256
        self._wrote = self._begun
        foreign = [path for path in self._configuration if not self._in_force(path, read, started)]
        foreign += [] if current or self._begun else [self._authorities]
        reason, busy = await self._busy(foreign)
        return Look(kept if current else frozenset(), kept, reason, busy)

    async def add(self, certificates: Sequence[bytes]) -> None:
        """Write the CAs that are missing, and have the host read the file; if it cannot, put it back.

        What an interrupted delivery wrote is read first, by itself: each can be taken back by itself.
        """
        await self._refuse_changes()
        if self._begun:
            await self._read()
            await self._note()
        before = self._seen[self._authorities].content
        held = self._certificates(before)
        lacking = [der for der in certificates if der not in held]
        if lacking:
            after = _joined(before, lacking)
            await self._put(self._authorities + PREVIOUS, before)
            await self._announce(sha256(after).hexdigest())
            self._wrote = True
            await self._write(after)
            await self._read()

    async def keep(self) -> None:
        """Note what was read, unless somebody else has changed a file meanwhile."""
        await self._refuse_changes()
        await self._note()

    async def take_back(self) -> None:
        """Put the CA file back to what it was, and have the host read it."""
        if not self._wrote:
            return  # or it would be what it was before an earlier delivery
        await self._put_back()
        await self._refuse_changed(self._configuration)  # a reading would finish what others have not
        await self._reload()

    async def _read(self) -> None:
        try:
            await self._reload()
        except AnswerError:
            await self._put_back()
            raise

    async def _put_back(self) -> None:
        """Put the CA file back, unless that would take away what others have written there meanwhile."""
        await self._refuse_changed([self._authorities])
        await self._write((await self._get(self._authorities + PREVIOUS)).content)
        await self._note()

    async def _write(self, content: bytes) -> None:
        self._seen[self._authorities] = await self._put(self._authorities, content)

    @property
    def _authorities(self) -> str:
        assert self.bound.recipe.files is not None
        return self.bound.fill(self.bound.recipe.files.authorities)

    @property
    def _configuration(self) -> tuple[str, ...]:
        assert self.bound.recipe.files is not None
        return tuple(map(self.bound.fill, self.bound.recipe.files.configuration))

    def _in_force(self, path: str, read: Mapping[str, str], started: int) -> bool:
        file = self._seen[path]
        return read.get(path) == file.sha256 or file.modified <= started

    def _certificates(self, content: bytes) -> tuple[bytes, ...]:
        try:
            return of_pem(content) if content.strip() else ()
        except UnreadableCertificateError as error:
            raise AnswerError(f'"{self._authorities}" cannot be read: {error}; it is left as it is') from None

    async def _busy(self, foreign: Sequence[str]) -> tuple[Reason | None, str]:
        if holder := await self._open_in_an_editor():
            return Reason.DEVICE_LOCKED, holder
        if foreign:
            names = ", ".join(f'"{path}"' for path in foreign)
            return Reason.FOREIGN_CHANGES, f"{names} was changed by somebody else since it was read last"
        return None, ""

    async def _refuse_changes(self) -> None:
        """Read before, read after: what others write meanwhile is theirs (R24)."""
        if holder := await self._open_in_an_editor():
            raise BusyError(holder, Reason.DEVICE_LOCKED)
        await self._refuse_changed([self._authorities, *self._configuration])

    async def _refuse_changed(self, paths: Iterable[str]) -> None:
        for path in paths:
            if await self._get(path) != self._seen[path]:
                raise BusyError(f'"{path}" was changed by somebody else meanwhile', Reason.FOREIGN_CHANGES)

    async def _open_in_an_editor(self) -> str:
        for path in (self._authorities, *self._configuration):
            file = PurePosixPath(path)
            for swap in (f".{file.name}.swp", f".#{file.name}"):
                if await self.sftp.lexists(str(file.with_name(swap))):
                    return f'somebody has "{path}" open in an editor ("{swap}" is beside it)'
        return ""

    async def _read_last(self) -> dict[str, str]:
        content = (await self._get(self._authorities + READ)).content.decode(errors="replace")
        return {found[2]: found[1] for line in content.splitlines() if (found := _LINE.fullmatch(line))}

    async def _started(self) -> int:
        assert self.bound.recipe.files is not None
        path = self.bound.fill(self.bound.recipe.files.started)
        with _told(f'"{path}" tells since when the process runs, and cannot be read'):
            return (await self.sftp.stat(path)).mtime or 0

    async def _announce(self, digest: str) -> None:
        """Say before a write that it is ours, so that an interrupted one is gone on with."""
        read = await self._read_last()
        await self._put(self._authorities + READ, _lines({**read, self._authorities + OWN: digest}))

    async def _note(self) -> None:
        """Note what was read last: what was seen then, not what others may have made of it since."""
        files = {path: self._seen[path].sha256 for path in (self._authorities, *self._configuration)}
        await self._put(self._authorities + READ, _lines(files))

    async def _get(self, path: str) -> _File:
        with _told(f'"{path}" cannot be read'):
            if not await self.sftp.exists(path):
                return _File(b"", 0)
            attributes = await self.sftp.stat(path)
            if (attributes.size or 0) > LARGEST:
                raise AnswerError(f'"{path}" is longer than {LARGEST} bytes')
            async with self.sftp.open(path, "rb") as file:
                return _File(await file.read(), attributes.mtime or 0)

    async def _put(self, path: str, content: bytes) -> _File:
        """Write beside, rename at once, read back."""
        beside = path + OWN
        with _told(f'"{path}" cannot be written'):
            async with self.sftp.open(beside, "wb") as writing:
                await writing.write(content)
            if await self.sftp.exists(path):
                await self._liken(beside, path)
            await self.sftp.posix_rename(beside, path)
        file = await self._get(path)
        if file.content != content:
            raise AnswerError(f'"{path}" reads otherwise than it was written')
        return file

    async def _liken(self, beside: str, path: str) -> None:
        """Give a file the mode and the owners of the one whose place it takes, or it takes none.

        A SIP server that may not read its CA file any more comes up without TLS, with all its trunks.
        """
        own, former = await self.sftp.stat(beside), await self.sftp.stat(path)
        uid, gid = former.uid, former.gid
        if uid is not None and gid is not None and (own.uid, own.gid) != (uid, gid):
            with _told(
                f'"{path}" belongs to another account or group, and would not any more; give it to the '
                "account, or make the account a member of its group"
            ):
                await self.sftp.chown(beside, uid=uid, gid=gid)
        await self.sftp.chmod(beside, (former.permissions or 0o644) & 0o777)

    async def _reload(self) -> None:
        assert self.bound.recipe.files is not None
        command = self.bound.fill(self.bound.recipe.files.reload)
        try:
            result = await self.connection.run(
                command, timeout=self.deadline, encoding="utf-8", errors="replace"
            )
        except TimeoutError:
            raise AnswerError(f'"{command}" did not come to its end in time') from None
        if result.exit_status is None:
            raise NoWayInError(f'it hung up on "{command}"', Reason.DEVICE_UNREACHABLE)
        if result.exit_status != 0:
            said = " ".join(f"{result.stdout!s} {result.stderr!s}".split())[:200].replace('"', "'")
            raise AnswerError(f'"{command}" failed: "{said}"')


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Say in one line what SFTP refuses; that the connection broke is told further out."""
    import asyncssh  # noqa: PLC0415 - whoever gets here has it loaded

    try:
        yield
    except (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection):
        raise
    except asyncssh.SFTPError as error:
        raise AnswerError(f"{what}: {error.reason}") from None


def _joined(content: bytes, added: Sequence[bytes]) -> bytes:
    before = content if not content or content.endswith(b"\n") else content + b"\n"
    return before + to_pem(added).encode() if added else content


def _lines(digests: Mapping[str, str]) -> bytes:
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(digests.items())).encode()
