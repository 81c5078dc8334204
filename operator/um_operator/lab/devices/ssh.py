"""The SSH server of a device: asyncssh as the server side, a host key of its own, password or public key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import asyncssh

from um_operator.lab.devices.spec import ManagedDevice

PORT = 22
KEY_TYPE = "ssh-ed25519"
Process: TypeAlias = "asyncssh.SSHServerProcess[str]"
Session: TypeAlias = Callable[[Process], Awaitable[None]]
Files: TypeAlias = Callable[["asyncssh.SSHServerChannel[bytes]"], asyncssh.SFTPServer]


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one device.

    Attributes:
        host: what it shows.
        user: what its user may show in place of the password.
    """

    host: asyncssh.SSHKey
    user: asyncssh.SSHKey

    @classmethod
    def new(cls) -> Keys:
        """Make them."""
        return cls(asyncssh.generate_private_key(KEY_TYPE), asyncssh.generate_private_key(KEY_TYPE))

    @property
    def public(self) -> str:
        """The host key as known_hosts has it, without a name."""
        return self.host.export_public_key().decode().strip()


class _Door(asyncssh.SSHServer):
    """Lets one user in."""

    def __init__(self, spec: ManagedDevice, keys: Keys) -> None:
        self._spec = spec
        self._keys = keys

    def begin_auth(self, _username: str) -> bool:
        """Nobody comes in unasked."""
        return True

    def password_auth_supported(self) -> bool:
        """Where the user has one."""
        return bool(self._spec.password)

    def validate_password(self, username: str, password: str) -> bool:
        """Only that user's."""
        return (username, password) == (self._spec.user, self._spec.password)

    def public_key_auth_supported(self) -> bool:
        """Always."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Only that user's."""
        return username == self._spec.user and key.public_data == self._keys.user.public_data


async def listening(
    place: tuple[str, int], spec: ManagedDevice, keys: Keys, session: Session, files: Files | None = None
) -> asyncssh.SSHAcceptor:
    """Take connections.

    Args:
        place: address and port.
        spec: who may come in.
        keys: of the device.
        session: serves a shell or a command.
        files: serves SFTP, where the device has any.
    """
    options: dict[str, Any] = {"sftp_factory": files} if files else {}
    address, port = place
    return await asyncssh.create_server(
        lambda: _Door(spec, keys),
        address,
        port,
        server_host_keys=[keys.host],
        process_factory=session,
        line_editor=False,
        login_timeout=30,
        **options,
    )
