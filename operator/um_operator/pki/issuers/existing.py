"""``existing: {thumbprint, fromServer}``: a certificate that is on a server already."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from um_operator.observed.der import UnreadableCertificateError, fact_of
from um_operator.observed.fact import Unknown
from um_operator.pki import answers, certificates
from um_operator.pki.ports import Answer, Denied, Issued, Request, ServerCertificates


@dataclass(frozen=True, slots=True)
class ExistingIssuer:
    """Takes a certificate from the store of a server.

    Attributes:
        thumbprint: of the certificate.
        server: which has it.
        others: which other servers are to have it, too. It is exported only if one of them lacks it: a key
            that is not needed here does not come here.
        make_password: makes the password of the PFX in which it travels: random, used once.
    """

    server_certificates: ServerCertificates
    thumbprint: str
    server: str
    others: tuple[str, ...]
    now: Callable[[], datetime]
    make_password: Callable[[], bytes]
    takes_requests: ClassVar[bool] = False

    async def submit(self, request: Request) -> Answer:
        """Find it, and export it if it is fit and needed elsewhere."""
        found = await self.server_certificates.find(self.server, self.thumbprint)
        if isinstance(found, Unknown):
            return found
        if found.value is None:
            return Unknown(
                "CertificateNotFound",
                f'"{self.server}" has no certificate with thumbprint "{self.thumbprint}" and its private key',
                self.now(),
            )
        try:
            return self._refusal(found.value, request) or await self._where_needed(found.value)
        except UnreadableCertificateError as error:
            return Denied("IssuanceFailed", f'certificate of "{self.server}": {error}')

    async def poll(self, request: Request, _request_id: str) -> Answer:
        """Find it; nothing ever is pending here."""
        return await self.submit(request)

    def _refusal(self, certificate: bytes, request: Request) -> Denied | None:
        if fact_of(certificate).thumbprint != self.thumbprint.upper():
            return Denied("IssuanceFailed", f'"{self.server}" showed another certificate')
        names = request.asked.names
        checked = answers.check((certificate,), public_key_sha256=None, names=names, now=self.now())
        return checked if isinstance(checked, Denied) else None

    async def _where_needed(self, certificate: bytes) -> Answer:
        lacking = await self._lacking()
        if isinstance(lacking, Unknown):
            return lacking
        return await self._exported(certificate, lacking) if lacking else Issued((certificate,))

    async def _lacking(self) -> str | Unknown:
        """Return a server that is to have it and has not, empty if every one has it."""
        finding = (self.server_certificates.find(other, self.thumbprint) for other in self.others)
        found = await asyncio.gather(*finding)
        lacking = ""
        for other, fact in zip(self.others, found, strict=True):
            if isinstance(fact, Unknown):
                return fact
            lacking = lacking or (other if fact.value is None else "")
        return lacking

    async def _exported(self, certificate: bytes, lacking: str) -> Answer:
        password = self.make_password()
        exported = await self.server_certificates.export(self.server, self.thumbprint, password)
        if isinstance(exported, Unknown):
            return exported
        if exported.value is None:
            told = f'the key of certificate "{self.thumbprint[:8]}" cannot be exported from "{self.server}"'
            return Unknown("KeyNotExportable", f'{told}, so "{lacking}" cannot have it', self.now())
        opened = certificates.open_pfx(exported.value, password)
        return Issued((certificate, *opened.certificates), opened.key)
