"""Accounts for PowerShell endpoints, from the keys of a Secret. Values are never shown, in no message.

Keys: username + password | username + keytab | tls.crt + tls.key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias


class Method(Enum):
    """How an endpoint authenticates us. Negotiate is left out: it asks any KDC first (field notes 8)."""

    KERBEROS = "Kerberos"
    NTLM = "NTLM"
    BASIC = "Basic"
    CERTIFICATE = "Certificate"


@dataclass(frozen=True, slots=True)
class Password:
    r"""An account with a password: user@REALM, DOMAIN\user, or a plain name."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Keytab:
    """A Kerberos principal (user@REALM) and the content of its keytab file."""

    principal: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """A certificate (with its chain) and its key without a passphrase, both PEM."""

    certificate: bytes
    key: bytes = field(repr=False)


Account: TypeAlias = Password | Keytab | ClientCertificate


@dataclass(frozen=True, slots=True)
class Authentication:
    """A method, the account for it, and the service part of the SPN that Kerberos asks for."""

    method: Method
    account: Account
    kerberos_service: str = "HTTP"


class CredentialsError(ValueError):
    """A Secret does not hold what the method needs; names the key, never a value."""


def authentication(
    method: Method, data: Mapping[str, bytes], *, kerberos_service: str = "HTTP"
) -> Authentication:
    """Make an Authentication of a Secret's data.

    Raises:
        CredentialsError: a key is missing, empty, or not readable as text.
    """
    return Authentication(method, _account(method, data), kerberos_service)


def _account(method: Method, data: Mapping[str, bytes]) -> Account:
    if method is Method.CERTIFICATE:
        return ClientCertificate(_pem(method, data, "tls.crt"), _pem(method, data, "tls.key"))
    username = _text(method, data, "username")
    if method is Method.KERBEROS:
        if "\\" in username:
            raise CredentialsError(
                'key "username" of the Secret has the form DOMAIN\\user; Kerberos needs "user@REALM"'
            )
        if data.get("keytab"):
            return Keytab(username, data["keytab"])
        if not data.get("password"):
            raise CredentialsError(
                'the Secret has neither key "password" nor key "keytab"; Kerberos needs one'
            )
    return Password(username, _text(method, data, "password"))


def _required(method: Method, data: Mapping[str, bytes], key: str) -> bytes:
    value = data.get(key)
    if not value:
        state = "is empty" if key in data else "is missing"
        raise CredentialsError(f'key "{key}" of the Secret {state}; {method.value} needs it')
    return value


def _text(method: Method, data: Mapping[str, bytes], key: str) -> str:
    try:
        text = _required(method, data, key).decode("utf-8")
    except UnicodeDecodeError:
        raise CredentialsError(f'key "{key}" of the Secret is not UTF-8 text') from None
    # a trailing newline is what `kubectl create secret --from-file` takes over from an editor
    return text.removesuffix("\n").removesuffix("\r")


def _pem(method: Method, data: Mapping[str, bytes], key: str) -> bytes:
    value = _required(method, data, key)
    if b"-----BEGIN " not in value:
        raise CredentialsError(f'key "{key}" of the Secret is not PEM')
    return value
