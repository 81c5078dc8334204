"""The Secrets and ConfigMaps that runs make, in the state directory: a private file each, whole or absent."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import quote

from um_operator.local import durable, state_directory
from um_operator.local.errors import LocalError, StateDamagedError

Kind: TypeAlias = Literal["Secret", "ConfigMap"]
FOLDERS: Final[Mapping[Kind, str]] = {"Secret": ".secrets", "ConfigMap": ".configmaps"}
"""Beside the folders of a namespace's organisations, none of which can have such a name."""


class SecretFiles:
    """The Secrets, or ConfigMaps, of one namespace as files, each a manifest that kubectl would take.

    Args:
        state: the state directory.
        namespace: of the run; ``None``: the default one.
        kind: of which kind.
    """

    def __init__(self, state: Path, namespace: str | None, kind: Kind = "Secret") -> None:
        self._state = state
        self._kind: Kind = kind
        self._folder = state / (namespace or state_directory.DEFAULT_NAMESPACE) / FOLDERS[kind]

    def read(self, name: str) -> dict[str, bytes] | None:
        """Return the data of one, ``None`` if there is no file of it.

        Raises:
            LocalError: the file cannot be read, or holds something else.
        """
        manifest = self._manifest(name)
        return self._data(manifest, self._path(name)) if manifest is not None else None

    def create(self, name: str, data: Mapping[str, bytes], kind: str, labels: Mapping[str, str]) -> None:
        """Write a new file. ``kind``: the type of a Secret; a ConfigMap has none.

        Raises:
            LocalError: it cannot be written.
        """
        head: dict[str, Any] = {"apiVersion": "v1", "kind": self._kind}
        head["metadata"] = {"name": name, "labels": dict(labels)}
        self._write(name, {**head, **({"type": kind} if self._kind == "Secret" else {})}, data)

    def replace(self, name: str, data: Mapping[str, bytes]) -> None:
        """Write what one holds; its labels and type stay.

        Raises:
            LocalError: it cannot be read or written.
        """
        manifest = self._manifest(name)
        if manifest is None:
            self.create(name, data, "Opaque", {})
        else:
            self._write(name, manifest, data)

    def delete(self, name: str) -> None:
        """Remove the file of one, if it is there.

        Raises:
            LocalError: it cannot be removed.
        """
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as error:
            raise LocalError(
                f'{self._kind} "{self._path(name)}" cannot be removed: {error.strerror}'
            ) from None

    def _path(self, name: str) -> Path:
        return self._folder / f"{quote(name, safe='')}.json"

    def _manifest(self, name: str) -> dict[str, Any] | None:
        path = self._path(name)
        try:
            found = json.loads(path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise LocalError(f'{self._kind} "{path}" cannot be read: {error.strerror}') from None
        except ValueError:
            raise self._damaged(path) from None
        if not isinstance(found, dict):
            raise self._damaged(path)
        return found

    def _write(self, name: str, manifest: Mapping[str, Any], data: Mapping[str, bytes]) -> None:
        text = {key: self._encoded(value) for key, value in data.items()}
        state_directory.make_private(self._folder, self._state)
        content = json.dumps({**manifest, "data": text}, indent=2).encode() + b"\n"
        durable.replace(self._path(name), content)

    def _encoded(self, value: bytes) -> str:
        return value.decode() if self._kind == "ConfigMap" else base64.b64encode(value).decode()

    def _data(self, manifest: Mapping[str, Any], path: Path) -> dict[str, bytes]:
        try:
            return {key: self._decoded(text) for key, text in manifest["data"].items()}
        except (KeyError, AttributeError, TypeError, ValueError):
            raise self._damaged(path) from None

    def _decoded(self, text: str) -> bytes:
        return text.encode() if self._kind == "ConfigMap" else base64.b64decode(text, validate=True)

    def _damaged(self, path: Path) -> StateDamagedError:
        return StateDamagedError(f'{self._kind} "{path}" is damaged: put back the file from a backup')
