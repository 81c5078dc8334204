"""The way into a device: SSH with a host key that is known; nothing is taken from this machine's files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from um_operator.api.reasons import Reason
from um_operator.trust.errors import NoWayInError

if TYPE_CHECKING:
    import asyncssh

SSH_PORT: Final = 22


@dataclass(frozen=True, slots=True)
class Account:
    """Who logs on: a password, a private key, or both.

    Attributes:
        user: the name.
        enable_password: what a command line asks for before it gives rights; ``None``: nothing.
    """

    user: str
    password: str | None = field(default=None, repr=False)
    private_key: str | None = field(default=None, repr=False)
    enable_password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class WayIn:
    """Where and as whom.

    Attributes:
        host: the name, by which its host key is known.
        port: of SSH.
        known_hosts: host keys, as OpenSSH keeps them.
    """

    host: str
    port: int
    account: Account
    known_hosts: str

    @property
    def shown(self) -> str:
        """Return how messages name it."""
        return f'"{self.host}"' if self.port == SSH_PORT else f'"{self.host}:{self.port}"'


def account_of(secret: Mapping[str, bytes], name: str) -> Account:
    """Return the account of a Secret: ``username`` with ``password`` or ``ssh-privatekey``.

    Raises:
        NoWayInError: a key is missing; no value is told.
    """
    try:
        text = {key: value.decode() for key, value in secret.items()}
    except UnicodeDecodeError:
        raise NoWayInError(f'Secret "{name}" holds something else than text', _LOGIN) from None
    user = text.get("username", "")
    if not user:
        raise NoWayInError(f'Secret "{name}" has no key "username"', _LOGIN)
    if not (text.get("password") or text.get("ssh-privatekey")):
        raise NoWayInError(f'Secret "{name}" has neither "password" nor "ssh-privatekey"', _LOGIN)
    return Account(user, text.get("password"), text.get("ssh-privatekey"), text.get("enable-password"))


@asynccontextmanager
async def connected(way_in: WayIn, deadline: float) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """Log on, and log off in the end.

    Args:
        way_in: where and as whom.
        deadline: seconds until one has to be logged on.

    Raises:
        NoWayInError: the device is not reached, is another one, or does not let us in.
    """
    connection = await _connect(way_in, deadline)
    try:
        yield connection
    finally:
        connection.abort()


async def _connect(way_in: WayIn, deadline: float) -> asyncssh.SSHClientConnection:
    import asyncssh  # noqa: PLC0415 - 0.3 s that only those pay who manage a device

    account, where = way_in.account, way_in.shown
    options: dict[str, Any] = {
        "username": account.user,
        "password": account.password,
        "client_keys": _keys(account, where),
        "known_hosts": _host_keys(way_in),
        "connect_timeout": deadline,
        "login_timeout": deadline,
        "keepalive_interval": 15,
        "config": None,
        "agent_path": None,
        "gss_host": None,
    }
    try:
        return await asyncssh.connect(way_in.host, way_in.port, **options)
    except asyncssh.HostKeyNotVerifiable:
        message = f"{where} shows a host key that knownHostsRef does not have for it"
        raise NoWayInError(message, Reason.HOST_KEY_UNKNOWN) from None
    except asyncssh.KeyExchangeFailed as error:
        message = f"{where} and its entry in knownHostsRef have no kind of key in common: {error.reason}"
        raise NoWayInError(message, Reason.HOST_KEY_UNKNOWN) from None
    except asyncssh.PermissionDenied:
        raise NoWayInError(f'{where} does not accept the account "{account.user}"', _LOGIN) from None
    except TimeoutError:
        raise NoWayInError(f"{where} did not answer in time", _UNREACHABLE) from None
    except (OSError, asyncssh.Error) as error:
        what = error.strerror if isinstance(error, OSError) else error.reason  # one line, no secrets
        raise NoWayInError(f"{where} cannot be reached: {what or error}", _UNREACHABLE) from None


def _keys(account: Account, where: str) -> list[asyncssh.SSHKey] | None:
    import asyncssh  # noqa: PLC0415 - see above

    if not account.private_key:
        return None
    try:
        return [asyncssh.import_private_key(account.private_key)]
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
        message = f'"ssh-privatekey" of the account for {where} is no private key without passphrase'
        raise NoWayInError(message, _LOGIN) from None


def _host_keys(way_in: WayIn) -> asyncssh.SSHKnownHosts:
    import asyncssh  # noqa: PLC0415 - see above

    try:
        return asyncssh.import_known_hosts(way_in.known_hosts)
    except ValueError:
        raise NoWayInError(
            'knownHostsRef: "known_hosts" cannot be read: a line is a name, a kind of key and the key',
            Reason.HOST_KEY_UNKNOWN,
        ) from None


_LOGIN: Final = Reason.LOGIN_REFUSED
_UNREACHABLE: Final = Reason.DEVICE_UNREACHABLE
