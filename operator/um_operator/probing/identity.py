"""As whom a probe shakes hands: one SSL context an identity, which is where the time of a probe goes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, Protocol, Self, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from OpenSSL import SSL, crypto

CIPHERS = b"ALL:!aNULL:!eNULL:@SECLEVEL=0"
"""Everything that proves a certificate: what is weak is for a finding, not for a handshake that fails."""

_NO_AUTO_CHAIN: Final = 0x8
"""SSL_MODE_NO_AUTO_CHAIN of OpenSSL's ssl.h, which pyOpenSSL has no name for: we send what we were given,
and nothing out of what we believe."""

KEPT: Final = 16
"""How many keys are not read again for each look: those of certificates that are looked with at present."""

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class Told(Protocol):
    """Whom OpenSSL tells of a handshake."""

    def told(self, where: int, number: int) -> None:
        """Hear that a handshake has come to another state, or of an alert."""

    def distrusted(self, code: int, depth: int) -> None:
        """Hear why the peer's chain is not believed."""


class IdentityError(ValueError):
    """A certificate and key that cannot be used; the message shows neither."""


class ClientIdentity:
    """Who we are to a peer that asks: a certificate with its issuers and key, or nobody; and whom we believe.

    The handshake is as permissive as Unified Messaging's own, TLS 1.0 to 1.2 (field notes 2): with 1.3 a
    refusal of our certificate would come after the handshake, and the greeting is too long for some old gear.
    It goes on whatever the peer shows; what is wrong with its chain is told to whoever probes.
    """

    def __init__(
        self, certificates: tuple[x509.Certificate, ...], key: PrivateKey | None, anchors: tuple[bytes, ...]
    ) -> None:
        self._certificates = certificates
        self._key = key
        self.context = _context(judging=bool(anchors))
        self.judges = bool(anchors)
        """Whether there is anybody to believe, so that a chain can be judged."""
        self._store = self.context.get_cert_store()
        if self._store is not None:
            for anchor in anchors:
                self._store.add_cert(crypto.X509.from_cryptography(x509.load_der_x509_certificate(anchor)))
        if key is not None:
            self._show(certificates, key)

    @classmethod
    def nobody(cls) -> Self:
        """Return the identity without a certificate."""
        return cls((), None, ())

    @classmethod
    def of(cls, certificates: bytes, key: bytes) -> Self:
        """Return the identity of a certificate.

        Args:
            certificates: PEM, the leaf first, then its issuers, which are sent along.
            key: PEM, not encrypted.

        Raises:
            IdentityError: not PEM, or the key is not that of the leaf.
        """
        return cls(*_loaded(certificates, key), ())

    def believing(self, anchors: Iterable[bytes]) -> Self:
        """Return the same identity that judges chains by these CAs, in DER.

        Raises:
            ValueError: one of them is no certificate.
        """
        return type(self)(self._certificates, self._key, tuple(anchors))

    @property
    def certified(self) -> bool:
        """Whether there is a certificate to show."""
        return self._key is not None

    def judge_as_of(self, instant: datetime) -> None:
        """Judge the dates of chains that are shown from now on by this instant."""
        if self._store is not None:
            self._store.set_time(instant.astimezone(UTC))

    def _show(self, certificates: tuple[x509.Certificate, ...], key: PrivateKey) -> None:
        leaf, *issuers = certificates
        try:
            self.context.use_certificate(leaf)
            self.context.use_privatekey(key)
            self.context.check_privatekey()
        except SSL.Error as error:
            raise IdentityError("the key is not that of the client certificate") from error
        for issuer in issuers:
            self.context.add_extra_chain_cert(issuer)


@lru_cache(maxsize=KEPT)
def _loaded(certificates: bytes, key: bytes) -> tuple[tuple[x509.Certificate, ...], PrivateKey]:
    """Return what PEM holds; OpenSSL takes a tenth of a second for an RSA key, whose numbers it proves.

    Raises:
        IdentityError: not PEM, or a key of another kind.
    """
    try:
        chain = tuple(x509.load_pem_x509_certificates(certificates))
        private_key = load_pem_private_key(key, password=None)
    except (ValueError, TypeError) as error:
        raise IdentityError("the client certificate or its key is not readable PEM") from error
    if not isinstance(private_key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise IdentityError("the key of the client certificate is neither RSA nor EC")
    return chain, private_key


def _context(*, judging: bool) -> SSL.Context:
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(SSL.TLS1_VERSION)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(SSL.OP_LEGACY_SERVER_CONNECT)
    context.set_mode(_NO_AUTO_CHAIN)
    context.set_cipher_list(CIPHERS)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_verify(SSL.VERIFY_PEER if judging else SSL.VERIFY_NONE, _go_on)
    context.set_info_callback(_told)
    return context


def _go_on(connection: SSL.Connection, _: crypto.X509, code: int, depth: int, _ok: int) -> bool:
    """Note what is wrong with a chain, and go on."""
    listener: Told | None = connection.get_app_data()
    if code and listener is not None:
        listener.distrusted(code, depth)
    return True


def _told(connection: SSL.Connection, where: int, number: int) -> None:
    """Pass what OpenSSL tells of a handshake on to whom it belongs; one context serves many connections."""
    listener: Told | None = connection.get_app_data()
    if listener is not None:
        listener.told(where, number)
