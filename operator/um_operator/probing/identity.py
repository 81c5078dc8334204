"""As whom a probe shakes hands: one SSL context an identity, which is where the time of a probe goes."""

from __future__ import annotations

from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from OpenSSL import SSL

CIPHERS = b"ALL:!aNULL:!eNULL:@SECLEVEL=0"
"""Everything that proves a certificate: what is weak is for a finding, not for a handshake that fails."""


class IdentityError(ValueError):
    """A certificate and key that cannot be used; the message shows neither."""


class ClientIdentity:
    """Who we are to a peer that asks: a certificate with its issuers and key, or nobody.

    The handshake is as permissive as Unified Messaging's own, TLS 1.0 to 1.2 (field notes 2): with 1.3 a
    refusal of our certificate would come after the handshake, and the greeting is too long for some old gear.
    """

    def __init__(self, context: SSL.Context, *, certified: bool) -> None:
        self.context = context
        self.certified = certified
        """Whether there is a certificate to show."""

    @classmethod
    def nobody(cls) -> Self:
        """Return the identity without a certificate."""
        return cls(_context(), certified=False)

    @classmethod
    def of(cls, certificates: bytes, key: bytes) -> Self:
        """Return the identity of a certificate.

        Args:
            certificates: PEM, the leaf first, then its issuers, which are sent along.
            key: PEM, not encrypted.

        Raises:
            IdentityError: not PEM, or the key is not that of the leaf.
        """
        try:
            leaf, *issuers = x509.load_pem_x509_certificates(certificates)
            private_key = load_pem_private_key(key, password=None)
        except (ValueError, TypeError) as error:
            raise IdentityError("the client certificate or its key is not readable PEM") from error
        if not isinstance(private_key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise IdentityError("the key of the client certificate is neither RSA nor EC")
        context = _context()
        try:
            context.use_certificate(leaf)
            context.use_privatekey(private_key)
            context.check_privatekey()
        except SSL.Error as error:
            raise IdentityError("the key is not that of the client certificate") from error
        for issuer in issuers:
            context.add_extra_chain_cert(issuer)
        return cls(context, certified=True)


def _context() -> SSL.Context:
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(SSL.TLS1_VERSION)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(SSL.OP_LEGACY_SERVER_CONNECT)
    context.set_cipher_list(CIPHERS)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    # Whom to trust is judged from the chain; here a handshake goes on whatever it shows.
    context.set_verify(SSL.VERIFY_NONE, lambda *_: True)
    context.set_info_callback(_told)
    return context


def _told(connection: SSL.Connection, where: int, number: int) -> None:
    """Pass what OpenSSL tells of a handshake on to whom it belongs; one context serves many connections."""
    listener: Any = connection.get_app_data()
    if listener is not None:
        listener(connection.get_state_string(), where, number)
