"""``secret: {secretRef}``: people, or cert-manager, put certificate and key into a Secret."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from um_operator.observed.certificates import CertificateFact
from um_operator.observed.der import UnreadableCertificateError, fact_of
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.pki import answers, certificates, keys
from um_operator.pki.keys import UnreadableKeyError
from um_operator.pki.ports import Answer, Data, Denied, Issued, Pending, Request, SecretStore
from um_operator.pki.record import CERTIFICATE, KEY, ROOT, answer_in


@dataclass(frozen=True, slots=True)
class SecretIssuer:
    """Takes certificate and key from a Secret: PEM under ``tls.crt``, ``tls.key``, ``ca.crt``, or a PFX.

    What it lacks is told and waited for: whoever fills the Secret may put it right at any time.

    Attributes:
        secret: its name.
        pfx_key: under which key the PFX is; ``None``: PEM.
        password_key: under which key the PFX's password is; ``None``: it has none.
    """

    secrets: SecretStore
    secret: str
    now: Callable[[], datetime]
    pfx_key: str | None = None
    password_key: str | None = None
    takes_requests: ClassVar[bool] = False

    async def submit(self, request: Request) -> Answer:
        """Take what the Secret holds now, if that is what was asked for."""
        return await self.poll(request, self.secret)

    async def poll(self, request: Request, _request_id: str) -> Answer:
        """Take what the Secret holds now, if that is what was asked for."""
        content = await self._content()
        if isinstance(content, Unknown):
            return Pending(self.secret, content.message, content.reason)
        checked = answers.check(
            content.certificates,
            public_key_sha256=_own(content),
            names=request.asked.names,
            now=self.now(),
        )
        if isinstance(checked, Denied):
            return Pending(self.secret, f'Secret "{self.secret}": {checked.message}', checked.reason)
        return content

    async def offered(self) -> Fact[CertificateFact]:
        """Return the certificate that the Secret holds now: one that is new there is a reason to renew."""
        content = await self._content()
        if isinstance(content, Unknown):
            return content
        own = _own(content)
        facts = map(fact_of, content.certificates)
        leaf = next((fact for fact in facts if fact.public_key_sha256 == own), None)
        if leaf is None:
            return self._unusable(f'Secret "{self.secret}" holds no certificate of the key beside it')
        return Known(leaf, self.now())

    async def _content(self) -> Issued | Unknown:
        data = await self.secrets.secret(self.secret)
        if data is None:
            return Unknown("CertificateNotFound", f'there is no Secret "{self.secret}"', self.now())
        try:
            return self._pfx(data) if self.pfx_key is not None else _pem(data)
        except (UnreadableCertificateError, UnreadableKeyError) as error:
            return self._unusable(f'Secret "{self.secret}": {error}')

    def _pfx(self, data: Data) -> Issued:
        assert self.pfx_key is not None
        password = data.get(self.password_key) if self.password_key is not None else None
        try:
            opened = certificates.open_pfx(data.get(self.pfx_key, b""), password)
        except UnreadableCertificateError as error:
            raise UnreadableCertificateError(f"{self.pfx_key}: {error}") from None
        return Issued(opened.certificates, opened.key)

    def _unusable(self, message: str) -> Unknown:
        return Unknown("InvalidIssuer", message, self.now())


def _own(content: Issued) -> str:
    """Return the SHA-256 of the public half of the Secret's key."""
    assert content.key is not None
    return keys.public_key_sha256(content.key.public_key())


def _pem(data: Data) -> Issued:
    try:
        every = answer_in(data)
    except UnreadableCertificateError as error:
        raise UnreadableCertificateError(f"{CERTIFICATE} or {ROOT}: {error}") from None
    try:
        return Issued(every, keys.from_pem(data.get(KEY, b"")))
    except UnreadableKeyError as error:
        raise UnreadableKeyError(f"{KEY}: {error}") from None
