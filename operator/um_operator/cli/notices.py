"""What a person should know besides the result, on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from um_operator.local.manifests import Manifests
from um_operator.local.workspace import Target


def notice(line: str) -> None:
    """Say something besides the result; above the spinner, where one turns."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def skipped_lines(manifests: Manifests) -> None:
    """Name the documents that are not for this run."""
    for line in manifests.skipped:
        notice(f"skipped: {line}")


def changed_declarations(targets: Iterable[Target]) -> None:
    """Say which resources were let go because nobody declares them any more, and what is kept after all."""
    for target in targets:
        for key in target.vanished:
            notice(f"{key} is no longer declared: it is let go, and stays in Exchange as it is")
        for key in target.kept:
            notice(f"{key} is declared again: its deletion is given up")
