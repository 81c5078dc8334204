"""What a lab hands to whoever works on it: accounts, CA, mapped connections, its control port, its clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import platformdirs

from um_operator.cli.output import to_yaml
from um_operator.local.errors import LocalError
from um_operator.local.state_directory import make_private

CA: Final = "contoso-root-ca"
"""The name of the company CA's ConfigMap in the examples."""
ISSUER: Final = "contoso-issuing-ca"
"""The name of the issuing CA's Secret in the examples."""
HOST_KEYS: Final = "gateway-host-keys"
"""The name of the ConfigMap with the host keys of devices in the examples."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account of the lab, as the Secret that the examples name has it."""

    secret: str
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DeviceAccess:
    """How a device of the lab is logged on to.

    Attributes:
        name: of the device.
        user: who logs on.
        password: his, unless he shows a key.
        private_key: his, unless he has a password.
        known_hosts: the line by which the device is known.
        ca_pem: who signed the device's own certificate.
    """

    name: str
    user: str
    password: str = field(repr=False)
    private_key: str = field(repr=False)
    known_hosts: str
    ca_pem: str

    def documents(self) -> Iterator[dict[str, Any]]:
        """Yield the Secret and the ConfigMap that the examples name."""
        secret = {"username": self.user}
        if self.private_key:
            secret["ssh-privatekey"] = self.private_key
        else:
            secret["password"] = self.password
        yield _secret(f"{self.name}-management", "ssh-auth" if self.private_key else "basic-auth", secret)
        yield _config_map(f"{self.name}-certificate", {"ca.crt": self.ca_pem})


@dataclass(frozen=True, slots=True)
class LabFolder:
    """A folder that ``umctl -f`` reads after the manifests, and beside it what is no manifest."""

    path: Path

    @classmethod
    def default(cls) -> LabFolder:
        """Return where a lab puts its files unless it is told otherwise: the user's runtime folder."""
        return cls(platformdirs.user_runtime_path("um-operator") / "lab")

    @property
    def manifests(self) -> Path:
        """Return the Secrets and ConfigMaps of the examples' names, as they hold for this lab."""
        return self.path / "estate.yaml"

    @property
    def connect_to(self) -> Path:
        """Return the mapped connections, for ``--connect-to @FILE``."""
        return self.path / "connect-to"

    @property
    def control(self) -> Path:
        """Return where ``umctl lab change`` finds the lab."""
        return self.path / "control"

    def write(
        self,
        *,
        accounts: Iterable[Credentials],
        ca_pem: str,
        issuer: Mapping[str, str],
        connect_to: list[str],
        devices: Iterable[DeviceAccess] = (),
    ) -> None:
        """Write what the examples need to run on the lab; ``issuer`` has the PEM of a CA, as a Secret has it.

        Raises:
            LocalError: the folder cannot be written.
        """
        devices = tuple(devices)
        documents = [
            *(
                _secret(one.secret, "basic-auth", {"username": one.username, "password": one.password})
                for one in accounts
            ),
            _config_map(CA, {"ca.crt": ca_pem}),
            _secret(ISSUER, "tls", dict(issuer)),
            *(document for device in devices for document in device.documents()),
        ]
        if devices:
            keys = "".join(f"{device.known_hosts}\n" for device in devices)
            documents.append(_config_map(HOST_KEYS, {"known_hosts": keys}))
        make_private(self.path, self.path)
        try:
            self.manifests.write_text("---\n".join(to_yaml(document) for document in documents))
            self.connect_to.write_text("".join(f"{rule}\n" for rule in connect_to))
        except OSError as error:
            raise LocalError(f'lab folder "{self.path}" cannot be written: {error.strerror}') from None

    def control_address(self) -> str:
        """Return where the running lab takes requests.

        Raises:
            LocalError: no lab has written there.
        """
        try:
            return self.control.read_text().strip()
        except OSError:
            raise LocalError(
                f'no lab runs with folder "{self.path}"; start one with umctl lab, or name its --folder'
            ) from None


def _secret(name: str, kind: str, data: dict[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name},
        "type": f"kubernetes.io/{kind}",
        "stringData": data,
    }


def _config_map(name: str, data: dict[str, str]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
