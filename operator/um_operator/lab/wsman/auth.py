"""Authentication of one connection: Basic, Negotiate and Kerberos as acceptor, client certificate.

A Negotiate context belongs to the TCP connection, so a client that reconnects starts anew, as with WinRM.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

import spnego
import spnego.channel_bindings
from cryptography import x509

from .accounts import Accounts

_MUTUAL: Final = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"


class Method(Enum):
    """An authentication method as ``WWW-Authenticate`` names it."""

    NEGOTIATE = "Negotiate"
    KERBEROS = "Kerberos"
    BASIC = "Basic"
    CERTIFICATE = "Certificate"


@dataclass(frozen=True)
class Policy:
    """What a listener accepts.

    ``principals`` are the service principal names of the server, in lower case and without realm: a ticket
    for any other name is refused. Without TLS and without ``allow_unencrypted`` only messages that the
    Negotiate context encrypts are answered. ``gap_in_boundary`` is Exchange's way to begin the parts of an
    encrypted reply, with a space after the dashes, which MIME does not allow (field notes 7.6).
    """

    methods: frozenset[Method]
    principals: frozenset[str] = frozenset()
    allow_unencrypted: bool = False
    require_channel_binding: bool = True
    gap_in_boundary: bool = False


@dataclass(frozen=True)
class Verdict:
    """What a request's credentials came to: an account, or a challenge; ``token`` goes back either way."""

    account: str | None = None
    scheme: str = ""
    token: bytes = b""

    @property
    def header(self) -> str:
        """The value of WWW-Authenticate that carries the token; empty when there is none."""
        return f"{self.scheme} {base64.b64encode(self.token).decode()}" if self.token else ""


@dataclass
class Authenticator:
    """The authentication state of one connection. ``leaf`` and ``client`` are certificates in DER."""

    policy: Policy
    accounts: Accounts
    leaf: bytes | None = None
    client: bytes | None = None
    context: Any = None
    _account: str | None = field(default=None, repr=False)

    def judge(self, authorization: str) -> Verdict:
        """Judge a request by its Authorization header and by what the connection has proven before."""
        scheme, _, credentials = authorization.partition(" ")
        if not scheme:
            return Verdict(self._account)
        if authorization == _MUTUAL:
            return Verdict(self._by_certificate())
        method = next((method for method in Method if method.value.lower() == scheme.lower()), None)
        data = _decode(credentials)
        if method is None or method not in self.policy.methods or data is None:
            return Verdict()
        if method is Method.BASIC:
            user, _, password = data.decode(errors="replace").partition(":")
            return Verdict(self.accounts.with_password(user, password))
        return self._step(method, data)

    def _by_certificate(self) -> str | None:
        if Method.CERTIFICATE not in self.policy.methods or self.client is None:
            return None
        return self.accounts.with_certificate(self.client)

    def _step(self, method: Method, token: bytes) -> Verdict:
        try:
            self.accounts.lend_secrets()
            if self.context is None or self.context.complete:
                self._account, self.context = None, self._accept(method)
            answer = self.context.step(token) or b""
        except Exception:  # noqa: BLE001 - a token comes from outside: each library raises what it meets
            self.context = None
            return Verdict()
        if not self.context.complete:
            return Verdict(None, method.value, answer)
        self._account = self._by_context()
        return Verdict(self._account, method.value, answer)

    def _accept(self, method: Method) -> Any:
        return spnego.server(
            protocol=method.value.lower(),
            channel_bindings=self._bindings(),
            options=spnego.NegotiateOptions.wrapping_winrm,
        )

    def _bindings(self) -> spnego.channel_bindings.GssChannelBindings | None:
        if self.leaf is None or not self.policy.require_channel_binding:
            return None
        return spnego.channel_bindings.GssChannelBindings(application_data=end_point(self.leaf))

    def _by_context(self) -> str | None:
        target = _target(self.context)
        if target is not None and target not in self.policy.principals:
            return None
        return self.accounts.named(str(self.context.client_principal))


def end_point(leaf: bytes) -> bytes:
    """Return the tls-server-end-point binding of a certificate (RFC 5929 4.1)."""
    algorithm = x509.load_der_x509_certificate(leaf).signature_hash_algorithm
    name = algorithm.name if algorithm is not None else "sha256"
    digest = hashlib.new("sha256" if name in ("md5", "sha1") else name, leaf)
    return b"tls-server-end-point:" + digest.digest()


def _target(context: Any) -> str | None:
    """Return the service principal that a Kerberos ticket is for, without realm; ``None`` for NTLM.

    pyspnego accepts a ticket for any key of the keytab (field notes 8), so the server compares by itself.
    """
    while context is not None and not hasattr(context, "target_name"):
        context = getattr(context, "_context", None)
    return None if context is None else str(context.target_name).rpartition("@")[0].lower()


def _decode(credentials: str) -> bytes | None:
    try:
        return base64.b64decode(credentials, validate=True)
    except binascii.Error:
        return None
