"""Where a command finds certificates: in folders with their state, or in a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from um_operator.cli.run import Where
from um_operator.local.errors import LocalError


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster as the command line names it; what it does not name is as kubectl finds it."""

    namespace: str | None = None
    context: str | None = None
    kubeconfig: Path | None = None


Place: TypeAlias = Where | Cluster


def place_of(
    folders: Sequence[str] | None, state: str | None, connect_to: Sequence[str] | None, cluster: Cluster
) -> Place:
    """Return the place that a command line means: folders where it names any, else a cluster.

    Raises:
        LocalError: it means both.
    """
    if not folders:
        if state or connect_to:
            raise LocalError("--state and --connect-to go with folders of manifests; name one with -f")
        return cluster
    if cluster != Cluster():
        raise LocalError(
            "-f means folders of manifests, --namespace, --context and --kubeconfig mean a cluster; "
            "give one or the other"
        )
    return Where(folders, state, connect_to)


def where_of(place: Place, command: str) -> Where:
    """Return the folders that a place means.

    Raises:
        LocalError: it is a cluster, in which ``command`` does not work.
    """
    if isinstance(place, Cluster):
        raise LocalError(f"{command} works on folders of manifests; name one with -f")
    return place
