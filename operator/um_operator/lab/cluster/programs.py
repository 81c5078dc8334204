"""Programs of a real Kubernetes cluster: where they are, and running one no longer than its starter."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

ASSETS: Final = "KUBEBUILDER_ASSETS"
"""The environment variable that names a folder of programs, as envtest has it."""
_ENDS_WITH_STDIN: Final = 'exec 3<&0; (read -r _ <&3; kill -KILL $$) & exec 3<&-; exec "$@" </dev/null'
"""A shell that becomes the program, and a second one that kills it when our end of the pipe is closed."""
_LINES_SHOWN: Final = 15


@dataclass(frozen=True, slots=True)
class Programs:
    """What an API server is made of, and kubectl where it is there."""

    etcd: Path
    apiserver: Path
    kubectl: Path | None

    @classmethod
    def found(cls) -> Self | None:
        """Return those of the first folder that has both: the one that is named, else the newest built."""
        for folder in _folders():
            etcd, apiserver = folder / "etcd", folder / "kube-apiserver"
            if is_program(etcd) and is_program(apiserver):
                kubectl = folder / "kubectl"
                return cls(etcd, apiserver, kubectl if is_program(kubectl) else None)
        return None


def cache() -> Path:
    """Return where this project's scripts keep programs that they got (``tools/apiserver.sh``)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "um-operator")


def is_program(path: Path) -> bool:
    """Tell whether it is there and may be run."""
    return path.is_file() and os.access(path, os.X_OK)


def _folders() -> Iterator[Path]:
    if named := os.environ.get(ASSETS):
        yield Path(named)
    yield from sorted(cache().glob("envtest/*"), key=_version, reverse=True)


def _version(folder: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in folder.name.split(".") if part.isdecimal())


class Running:
    """A program that runs until it is ended, and not longer than the process that started it."""

    def __init__(
        self, program: Path, flags: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = program.name
        self.log = folder / f"{self.name}.log"
        with self.log.open("a") as output:
            self._process = subprocess.Popen(  # noqa: S603 - the program was looked up, the flags are ours
                ["/bin/sh", "-c", _ENDS_WITH_STDIN, self.name, str(program), *flags],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                cwd=folder,
                env=environment,
            )

    @property
    def pid(self) -> int:
        """The program's process id."""
        return self._process.pid

    def check(self) -> None:
        """Raise RuntimeError, with the last lines of the log, if the program ended by itself."""
        if self._process.poll() is not None:
            raise RuntimeError(f"{self.name} exited {self._process.returncode}:\n{self.last_lines()}")

    def last_lines(self) -> str:
        """Return the end of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-_LINES_SHOWN:])

    def kill(self) -> None:
        """End the program at once; nothing that it does at its end is wanted here."""
        self._process.kill()
        self._process.communicate(timeout=10)
