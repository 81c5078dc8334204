"""The programs of a real Kubernetes cluster, of the versions that are pinned: where they are."""

from __future__ import annotations

import os
import re
from pathlib import Path

from um_operator.lab.cluster.programs import ASSETS, cache, is_program

_BUILT = {
    "envtest": ("k8s.io/kubernetes", "cluster/apiserver/go.mod"),
    "gitops": ("github.com/fluxcd/kustomize-controller", "gitops/kustomize-controller/go.mod"),
}
"""Folders of the cache, the modules whose versions name the folders in them, and where these are pinned."""
_OF_GITOPS = frozenset({"kustomize-controller", "sops", "age-keygen"})
_NEEDED = ("etcd", "kube-apiserver", "kubectl")


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
    return cache() / folder / version[1]


def _candidates(name: str) -> list[Path]:
    named = os.environ.get(ASSETS)
    folders = [*([Path(named)] if named else []), *map(cached, _BUILT)]
    return [folder / name for folder in folders if is_program(folder / name)]
