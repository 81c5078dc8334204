"""Keys and certificates of a server's store for those who issue: found, made, shown, exported."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

from um_operator.exchange import certificates
from um_operator.exchange.errors import not_complete, not_read
from um_operator.exchange.reader import Reader
from um_operator.exchange.stored_certificates import CertificateReader
from um_operator.observed.certificates import StoredCertificate
from um_operator.observed.fact import Fact
from um_operator.planning.asked import Asked
from um_operator.remoting.error_records import failure_category
from um_operator.remoting.errors import RemotingError
from um_operator.remoting.session import Command, Result, Secret

T = TypeVar("T")

_KEPT: Final = re.compile("NotExportable")
"""In the FailureCategory of an export whose key may not leave its server."""


@dataclass(frozen=True, slots=True)
class ServerKeys:
    """Asks servers of an organisation. Nothing in it raises.

    Attributes:
        reader: where commands run; its deadline is that of each command.
        certificates: reads machine stores.
    """

    reader: Reader
    certificates: CertificateReader

    async def stored(self, server: str) -> Fact[frozenset[str]]:
        """Return the SHA-256 of each public key in a server's store, those of pending requests included."""

        async def read(reader: Reader) -> frozenset[str]:
            store = await self.certificates.store(reader, server)
            return frozenset(entry.certificate.public_key_sha256 for entry in store)

        return await self._fact(read)

    async def make(self, server: str, asked: Asked, friendly_name: str) -> Fact[bytes]:
        """Have a server make a key and return its request in DER; never repeated when it is unclear."""
        command = certificates.request_certificate(
            server,
            subject=certificates.subject_name(_subject(asked)),
            names=asked.names,
            key_size=asked.key_size,
            name=certificates.friendly_name(friendly_name.removeprefix(certificates.OURS)),
        )
        command = Command(command.name, {**command.parameters, "Confirm": False})

        async def make(_: Reader) -> bytes:
            return certificates.file_data(await self._run(command, write=True))

        return await self._fact(make)

    async def request(self, server: str, public_key_sha256: str) -> Fact[bytes | None]:
        """Return the request in DER that is pending on a server for a key, ``None``: there is none."""

        async def read(reader: Reader) -> bytes | None:
            store = await self.certificates.store(reader, server)
            entry = next(
                (one for one in store if one.certificate.public_key_sha256 == public_key_sha256), None
            )
            if entry is None or not _may_be_pending(entry):
                return None
            command = certificates.export_request(server, entry.certificate.thumbprint)
            return certificates.file_data(await self._run(command))

        return await self._fact(read)

    async def find(self, server: str, thumbprint: str) -> Fact[bytes | None]:
        """Return a certificate of a server's store in DER, ``None`` if it is not there with its key."""
        return await self._fact(lambda reader: self.certificates.raw(reader, server, thumbprint.upper()))

    async def export(self, server: str, thumbprint: str, password: bytes) -> Fact[bytes | None]:
        """Return it with its key as a PFX under a password, ``None`` if the key may not leave the server."""
        command = certificates.export_certificate(server, thumbprint, Secret(password.decode()))

        async def read(_: Reader) -> bytes | None:
            result = await self._result(command)
            if result.errors and _KEPT.search(failure_category(result.errors[0]) or ""):
                return None
            return certificates.file_data(_whole(command, result))

        return await self._fact(read)

    async def _run(self, command: Command, *, write: bool = False) -> Result:
        return _whole(command, await self._result(command, write=write))

    async def _result(self, command: Command, *, write: bool = False) -> Result:
        try:
            return await self.reader.invoker.invoke(command, deadline=self.reader.deadline, write=write)
        except RemotingError as error:
            raise not_read(error) from error

    async def _fact(self, read: Callable[[Reader], Awaitable[T]]) -> Fact[T]:
        return await self.reader.fact(None, read)


def _whole(command: Command, result: Result) -> Result:
    if result.errors:
        raise not_complete(command, result.errors)
    return result


def _may_be_pending(entry: StoredCertificate) -> bool:
    """Tell whether an entry may stand for a request; where its status is not shown only asking tells."""
    return entry.status in (None, "PendingRequest")


def _subject(asked: Asked) -> Iterator[tuple[str, str]]:
    """Yield the subject's attributes by the names that Windows has for them."""
    parts = asked.subject
    for key, values in (
        ("C", parts.countries),
        ("S", parts.provinces),
        ("L", parts.localities),
        ("O", parts.organizations),
        ("OU", parts.organizational_units),
    ):
        yield from ((key, value) for value in values)
    if asked.common_name is not None:
        yield "CN", asked.common_name
