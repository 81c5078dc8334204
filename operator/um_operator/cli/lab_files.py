"""What a lab hands to whoever works on it: accounts, CA, mapped connections, its control port, its clock."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import platformdirs

from um_operator.cli.output import to_yaml
from um_operator.local.errors import LocalError
from um_operator.local.state_directory import make_private

ACCOUNT: Final = "exchange-operator"
"""The name of the account's Secret in the examples."""
CA: Final = "contoso-root-ca"
"""The name of the company CA's ConfigMap in the examples."""


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

    def write(self, *, username: str, password: str, ca_pem: str, connect_to: list[str]) -> None:
        """Write what the examples need to run on the lab.

        Raises:
            LocalError: the folder cannot be written.
        """
        documents = [
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": ACCOUNT},
                "type": "kubernetes.io/basic-auth",
                "stringData": {"username": username, "password": password},
            },
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": CA},
                "data": {"ca.crt": ca_pem},
            },
        ]
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
