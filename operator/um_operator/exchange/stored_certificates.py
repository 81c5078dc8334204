"""The certificates in a server's machine store.

Over remoting a certificate is its bytes and nothing else. What bytes cannot tell (Status, HasPrivateKey) a
Select-Object in the same pipeline may make plain on the server; whether it does is not documented (field
notes 1.5), so it is tried, and given up once it was seen not to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, cast

from um_operator.api.reasons import Reason
from um_operator.exchange import codecs
from um_operator.exchange.codecs import ReadError
from um_operator.exchange.reader import Reader
from um_operator.observed.certificates import CertificateFact, CertificateStatus, StoredCertificate
from um_operator.observed.fact import NotReadError
from um_operator.remoting.session import Command, PSRow
from um_operator.remoting.values import text_of

SELECT: Final = Command("Select-Object", {"Property": ["RawData", "Status", "HasPrivateKey", "Services"]})
NO_SERVICES: Final = frozenset({"None", ""})

_MAY_BE_SELECT: Final = frozenset({Reason.FORBIDDEN, Reason.NOT_READ})
"""What an endpoint says that does not take the pipeline, but the reading alone."""

_STATUS: Final = codecs.words(
    "DateInvalid",
    "Invalid",
    "PendingRequest",
    "RevocationCheckFailure",
    "Revoked",
    "Unknown",
    "Untrusted",
    "Valid",
)


@dataclass(slots=True)
class Selecting:
    """What is known of Select-Object behind Get-ExchangeCertificate; one for each connection."""

    useful: bool = True


@dataclass(frozen=True, slots=True)
class CertificateReader:
    """Reads machine stores.

    Attributes:
        parse: reads a certificate (DER); raises ValueError for one that it cannot read.
        selecting: shared by the readings of a connection.
    """

    parse: Callable[[bytes], CertificateFact]
    selecting: Selecting = field(default_factory=Selecting)

    async def store(self, reader: Reader, fqdn: str) -> tuple[StoredCertificate, ...]:
        """Read all certificates of a server."""
        rows = await self.rows(reader, fqdn)
        return tuple(self._certificate(row, fqdn) for row in rows)

    async def raw(self, reader: Reader, fqdn: str, thumbprint: str) -> bytes | None:
        """Return a certificate of a server in DER, ``None`` if the server does not have it for use.

        It has not what it is shown to lack the key of, and what stands for a request.
        """
        for row in await self.rows(reader, fqdn):
            if _thumbprint(_raw(row)) == thumbprint:
                found = self._certificate(row, fqdn)
                usable = found.has_private_key is not False and found.status != "PendingRequest"
                return _raw(row) if usable else None
        return None

    async def services(self, reader: Reader, fqdn: str, thumbprint: str) -> frozenset[str] | None:
        """Return the services that a certificate of a server is enabled for, ``None`` where it is not shown.

        Raises:
            NotReadError: the server does not show exactly that certificate.
        """
        for row in await self.rows(reader, fqdn):
            if self._certificate(row, fqdn).certificate.thumbprint == thumbprint:
                shown = text_of(row.properties.get("Services"))
                words = frozenset(word.strip() for word in shown.split(","))
                return words - NO_SERVICES if shown else None
        raise NotReadError(Reason.NOT_READ, f'"{fqdn}" has no certificate with thumbprint {thumbprint}')

    async def rows(self, reader: Reader, fqdn: str) -> tuple[PSRow, ...]:
        """Return the rows of all certificates of a server, with what Select-Object makes plain if it does.

        A machine store is no part of the directory, so no domain controller is named.
        """
        reader = replace(reader, domain_controller=None)
        if not self.selecting.useful:
            return await reader.rows("Get-ExchangeCertificate", Server=fqdn)
        try:
            rows = await reader.run(Command("Get-ExchangeCertificate", {"Server": fqdn}, then=(SELECT,)))
        except NotReadError as error:
            if error.reason not in _MAY_BE_SELECT:
                raise
            rows = await reader.rows("Get-ExchangeCertificate", Server=fqdn)
            self.selecting.useful = False
        else:
            self.selecting.useful = not rows or any(_told(row) for row in rows)
        return rows

    def _certificate(self, row: PSRow, fqdn: str) -> StoredCertificate:
        raw = _raw(row)
        try:
            certificate = self.parse(raw)
        except ValueError as error:
            message = f'"{fqdn}" has a certificate that cannot be read ({len(raw)} bytes)'
            raise NotReadError(Reason.NOT_READ, message) from error
        status = _STATUS.read("Status", row.properties.get("Status"))
        has_key = codecs.BOOL.read("HasPrivateKey", row.properties.get("HasPrivateKey"))
        return StoredCertificate(
            certificate, cast(CertificateStatus | None, status), cast(bool | None, has_key)
        )


def _raw(row: PSRow) -> bytes:
    raw = row.properties.get("RawData")
    if not isinstance(raw, bytes):
        raise ReadError("RawData", raw)
    return raw


def _thumbprint(der: bytes) -> str:
    return hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()


def _told(row: PSRow) -> bool:
    """Whether a row says anything that its bytes do not."""
    return any(row.properties.get(name) not in (None, "") for name in ("Status", "HasPrivateKey"))
