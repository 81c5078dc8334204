"""``ca: {}`` and ``ca: {secretRef}``: a CA whose key lies in a Secret of type kubernetes.io/tls signs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from cryptography.hazmat.primitives.asymmetric import rsa

from um_operator.api.meta import GROUP
from um_operator.observed.der import UnreadableCertificateError, fact_of, loaded
from um_operator.observed.fact import Unknown
from um_operator.pki import certificates, chains, keys, requests, signing
from um_operator.pki.keys import UnreadableKeyError
from um_operator.pki.ports import Answer, Data, Issued, KeyMaker, Request, SecretStore
from um_operator.pki.record import CERTIFICATE, KEY, ROOT, answer_in
from um_operator.pki.signing import Authority

TYPE: Final = "kubernetes.io/tls"


class UnusableAuthorityError(ValueError):
    """A Secret does not hold a CA that can sign; the text says why."""


@dataclass(frozen=True, slots=True)
class AuthorityIssuer:
    """Signs with the CA of a Secret.

    Attributes:
        secret: its name.
        makes_it_for: the UMCertificate for which the operator makes the CA if there is none; ``None``: the CA
            is a person's, and its Secret is waited for.
        make_key: makes RSA keys, off the event loop.
    """

    secrets: SecretStore
    secret: str
    now: Callable[[], datetime]
    makes_it_for: str | None = None
    make_key: KeyMaker = keys.generate
    takes_requests: ClassVar[bool] = True

    async def submit(self, request: Request) -> Answer:
        """Sign at once; what is signed is what was asked, for the key of the request."""
        data = await self.secrets.secret(self.secret)
        if data is None and self.makes_it_for is not None:
            data = await self._made(self.makes_it_for)
        if data is None:
            return Unknown(
                "DependencyNotFound", f'there is no Secret "{self.secret}" with the CA', self.now()
            )
        try:
            authority = read(data, self.now())
        except UnusableAuthorityError as error:
            return Unknown("InvalidIssuer", f'Secret "{self.secret}": {error}', self.now())
        public_key = requests.read(request.csr).public_key()
        if not isinstance(public_key, rsa.RSAPublicKey):
            return Unknown("InvalidIssuer", "the request is not for an RSA key", self.now())
        leaf = signing.signed_by(authority, request.asked, public_key, request.at)
        return Issued(tuple(map(signing.to_der, (leaf, authority.certificate, *authority.issuers))))

    async def poll(self, request: Request, _request_id: str) -> Answer:
        """Sign; nothing ever is pending here."""
        return await self.submit(request)

    async def _made(self, certificate: str) -> Data | None:
        """Make a CA, unless somebody made it meanwhile, and return what the Secret holds."""
        key = await self.make_key(signing.AUTHORITY_KEY_SIZE)
        own = certificates.to_pem([signing.to_der(signing.make_authority(certificate, key, self.now()))])
        labels = {"app.kubernetes.io/managed-by": "um-operator"}
        if len(certificate) <= 63:
            labels[f"{GROUP}/certificate"] = certificate
        data = {CERTIFICATE: own, KEY: keys.to_pem(key), ROOT: own}
        await self.secrets.create_secret(self.secret, data, kind=TYPE, labels=labels)
        return await self.secrets.secret(self.secret)


def read(data: Mapping[str, bytes], now: datetime) -> Authority:
    """Return the CA that a Secret holds: ``tls.crt`` (the CA, then its issuers), ``tls.key``, ``ca.crt``.

    Raises:
        UnusableAuthorityError: it cannot sign.
    """
    try:
        key = keys.from_pem(data.get(KEY, b""))
        own, *others = answer_in(data)
        chain = chains.ordered(own, others)
    except UnreadableKeyError as error:
        raise UnusableAuthorityError(f"{KEY}: {error}") from None
    except UnreadableCertificateError as error:
        raise UnusableAuthorityError(f"{CERTIFICATE} or {ROOT}: {error}") from None
    fact = fact_of(own)
    if fact.public_key_sha256 != keys.public_key_sha256(key.public_key()):
        raise UnusableAuthorityError(f"{KEY} is not the key of the first certificate in {CERTIFICATE}")
    if not fact.is_ca:
        raise UnusableAuthorityError(f'"{fact.subject}" is not a CA')
    if not fact.valid_at(now):
        raise UnusableAuthorityError(
            f'CA "{fact.subject}" is valid from {fact.not_before:%Y-%m-%d} to {fact.not_after:%Y-%m-%d} only'
        )
    return Authority(loaded(own), tuple(map(loaded, chain.issuers)), key)
