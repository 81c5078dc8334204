"""Progress of long work on stderr: a spinner on a terminal, plain lines otherwise."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from um_operator.cli.notices import notice
from um_operator.engine.ports import Event


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show what is being done until the block ends; nothing where nobody watches."""
    console = Console(file=sys.stderr)
    if not console.is_terminal:
        yield
        return
    with console.status(f"{what} …"):
        yield


def show_event(event: Event) -> None:
    """Print an event as one line."""
    mark = "warning" if event.type == "Warning" else "  "
    notice(f"{mark} {event.about} {event.reason}: {event.message}".strip())
