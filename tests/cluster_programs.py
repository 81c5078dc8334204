"""The programs of a real Kubernetes cluster: where they are, and running one no longer than the tests."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_BUILT = {
    "envtest": ("k8s.io/kubernetes", "cluster/apiserver/go.mod"),
    "gitops": ("github.com/fluxcd/kustomize-controller", "gitops/kustomize-controller/go.mod"),
}
"""Folders of the cache, the modules whose versions name the folders in them, and where these are pinned."""
_OF_GITOPS = frozenset({"kustomize-controller", "sops", "age-keygen"})
_NEEDED = ("etcd", "kube-apiserver", "kubectl")
_ENDS_WITH_STDIN = 'exec 3<&0; (read -r _ <&3; kill -KILL $$) & exec 3<&-; exec "$@" </dev/null'
"""A shell that becomes the program, and a second one that kills it when our end of the pipe is closed."""
_LINES_SHOWN = 15


def missing(*also: str) -> str:
    """Return why no API server (and what else is named) can run here; empty when it can."""
    absent = [name for name in (*_NEEDED, *also) if not _candidates(name)]
    gets = "tools/gitops.sh" if _OF_GITOPS.issuperset(absent) else f"tools/apiserver.sh {' '.join(also)}"
    return f"cluster: no {', '.join(absent)} ({gets})" if absent else ""


def program(name: str) -> Path:
    """Return a program: from ``KUBEBUILDER_ASSETS`` as envtest does, else as a script in tools got it.

    Raises:
        FileNotFoundError: it is in neither place.
    """
    found = _candidates(name)
    if not found:
        raise FileNotFoundError(f'no program "{name}"; run: tools/apiserver.sh {name}, or tools/gitops.sh')
    return found[0]


def cached(folder: str) -> Path:
    """Return a folder of the cache for the version that is pinned now; it may be missing."""
    module, pinned = _BUILT[folder]
    text = (Path(__file__).parent / pinned).read_text()
    version = re.search(rf"^\s*{re.escape(module)} v(\S+)", text, re.MULTILINE)
    assert version is not None
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home, "um-operator", folder, version[1])


def _candidates(name: str) -> list[Path]:
    named = os.environ.get("KUBEBUILDER_ASSETS")
    folders = [*([Path(named)] if named else []), *map(cached, _BUILT)]
    return [folder / name for folder in folders if os.access(folder / name, os.X_OK)]


class Running:
    """A program that runs until it is ended, and not longer than the process that started it."""

    def __init__(
        self, name: str, flags: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        with self.log.open("a") as output:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _ENDS_WITH_STDIN, name, str(program(name)), *flags],
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
