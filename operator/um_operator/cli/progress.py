"""Progress of long work on stderr: a spinner on a terminal, plain lines otherwise."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from rich.console import Console

from um_operator.cli.notices import notice
from um_operator.cli.render_plan import instant
from um_operator.engine.one_pass import Report
from um_operator.engine.ports import Event

_WORTH_SAYING: Final = frozenset({"WaitingForCalls", "WaitingForReplication"})


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show what is being done until the block ends; nothing where nobody watches."""
    console = Console(file=sys.stderr)
    if not console.is_terminal:
        yield
        return
    with console.status(f"{what} …"):
        yield


class Waits:
    """Says once what a run waits for that ends by itself, so that nobody takes patience for a hang."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._said: set[str] = set()

    def passed(self, report: Report) -> None:
        """Take the report of a pass."""
        for planned in report.plan.steps:
            for wait in planned.waits:
                if wait.reason in _WORTH_SAYING:
                    self._once(f"{planned.step.owner} waits: {wait.message}", wait.until)

    def _once(self, line: str, until: datetime | None) -> None:
        if line not in self._said:
            self._said.add(line)
            self._say(f"{line}, until {instant(until)}" if until else line)


def show_event(event: Event) -> None:
    """Print an event as one line."""
    mark = "warning" if event.type == "Warning" else "  "
    notice(f"{mark} {event.about} {event.reason}: {event.message}".strip())
