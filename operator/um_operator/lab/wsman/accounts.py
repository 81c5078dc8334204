"""The accounts of the simulated domain, and how each kind of credential names one."""

from __future__ import annotations

import hmac
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier

_USER_PRINCIPAL_NAME: Final = ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
_UTF8_STRING: Final = 0x0C


@dataclass(frozen=True)
class Account:
    r"""One account: ``name`` is ``DOMAIN\user``, ``upn`` the user principal name ``user@domain``."""

    name: str
    password: str = field(repr=False)
    upn: str = ""


class Accounts:
    """Looks accounts up by password, NTLM name, Kerberos principal or certificate; names without case.

    NTLM's and Kerberos' libraries read their secrets from files that environment variables name: these are
    set by ``lend_secrets`` and put back by ``close``.
    """

    def __init__(self, accounts: Sequence[Account], keytab: Path | None = None) -> None:
        self._by_name = {name.lower(): account for account in accounts for name in _names(account)}
        self._folder = tempfile.TemporaryDirectory(prefix="wsman-")
        self._environment = {"NTLM_USER_FILE": str(self._write(accounts)), "KRB5RCACHENAME": "none:"}
        if keytab is not None:
            self._environment["KRB5_KTNAME"] = f"FILE:{keytab}"
        self._before = {name: os.environ[name] for name in self._environment if name in os.environ}

    def close(self) -> None:
        """Remove the file with the passwords, and put the environment back."""
        for name, value in self._environment.items():
            if os.environ.get(name) == value:
                os.environ.pop(name)
                os.environ.update({name: self._before[name]} if name in self._before else {})
        self._folder.cleanup()

    def named(self, name: str) -> str | None:
        r"""Return the account of ``DOMAIN\user`` or of a principal name."""
        account = self._by_name.get(name.lower())
        return account.name if account else None

    def with_password(self, name: str, password: str) -> str | None:
        """Return the account of a name and its password."""
        account = self._by_name.get(name.lower())
        if account is None or not hmac.compare_digest(account.password.encode(), password.encode()):
            return None
        return account.name

    def with_certificate(self, der: bytes) -> str | None:
        """Return the account that a verified client certificate maps to, by the UPN in its SAN."""
        for upn in _principal_names(der):
            return self.named(upn)
        return None

    def lend_secrets(self) -> None:
        """Name the password file and the keytab to the libraries, before a step of a handshake.

        The environment is touched only when it names another lab's: a client in the same process may be
        reading it in a thread.
        """
        for name, value in self._environment.items():
            if os.environ.get(name) != value:
                os.environ[name] = value

    def _write(self, accounts: Sequence[Account]) -> Path:
        path = Path(self._folder.name, "ntlm")
        path.touch(mode=0o600)
        lines = [
            f"{domain}:{user}:{account.password}\n"
            for account in accounts
            for domain, user in (account.name.split("\\"), ("", account.upn))
            if user
        ]
        path.write_text("".join(lines))
        return path


def _names(account: Account) -> tuple[str, ...]:
    return (account.name, account.upn) if account.upn else (account.name,)


def _principal_names(der: bytes) -> Iterator[str]:
    certificate = x509.load_der_x509_certificate(der)
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return
    for other in names.get_values_for_type(x509.OtherName):
        if other.type_id == _USER_PRINCIPAL_NAME and other.value[0] == _UTF8_STRING:
            yield other.value[2:].decode()
