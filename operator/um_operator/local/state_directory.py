"""The state directory: where it lies, who may read it, and the one run that may write it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import platformdirs

from um_operator.local.errors import LocalError, StateLockedError

APPLICATION: Final = "um-operator"
DEFAULT_NAMESPACE: Final = "default"
_PRIVATE_FOLDER = 0o700
_PRIVATE_FILE = 0o600


def locate(given: str | None, sources: Iterable[str]) -> Path:
    """Return the state directory: the one given, else the user's (XDG: ``$XDG_STATE_HOME/um-operator``).

    Raises:
        LocalError: it lies in a folder of manifests, where it would be committed or read as a manifest.
    """
    path = Path(given) if given else platformdirs.user_state_path(APPLICATION)
    resolved = path.expanduser().resolve()
    for source in sources:
        folder = Path(source).resolve()
        if folder.is_dir() and resolved.is_relative_to(folder):
            raise LocalError(f'state directory "{path}" lies in "{source}"; give another one with --state')
    return resolved


def organization_folder(state: Path, namespace: str | None, organization: str) -> Path:
    """Return where the records of one organisation lie."""
    return state / (namespace or DEFAULT_NAMESPACE) / organization


def make_private(folder: Path, top: Path) -> None:
    """Make a folder, and those above it up to ``top``, readable by their owner only.

    Raises:
        LocalError: it cannot be made, or belongs to somebody else.
    """
    try:
        for part in (*reversed([p for p in folder.parents if p.is_relative_to(top)]), folder):
            part.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
            part.chmod(_PRIVATE_FOLDER)
    except OSError as error:
        raise LocalError(f'state directory "{folder}" cannot be used: {error.strerror}') from None


class StateLock:
    """The right of one run to write: a lock on the state directory that ends with the process.

    It is the engine's Lease: ``held`` also notices when the directory was removed or replaced meanwhile.
    """

    def __init__(self, state: Path) -> None:
        self._path = state / "lock"
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        """Take the lock.

        Raises:
            StateLockedError: another run has it.
            LocalError: the directory cannot be used.
        """
        make_private(self._path.parent, self._path.parent)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, _PRIVATE_FILE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(descriptor, 200).decode(errors="replace").strip()
            os.close(descriptor)
            raise StateLockedError(
                f'state directory "{self._path.parent}" is in use by {owner or "another run"}; '
                "wait for it, or give another one with --state"
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f'process "{os.getpid()}" on "{socket.gethostname()}"\n'.encode())
        self._descriptor = descriptor
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the lock back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def held(self) -> bool:
        """Whether this run still has the lock, and the lock still is the one of the directory."""
        if self._descriptor is None:
            return False
        with contextlib.suppress(OSError):
            return os.path.samestat(os.fstat(self._descriptor), self._path.stat())
        return False
