"""What the demo shows: a table that changes in place on a terminal, plain lines otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table

from um_operator.api.meta import KindName, ObjectKey
from um_operator.api.status import Status
from um_operator.cli.render_status import status_lines, status_rows
from um_operator.lab.gateways.tally import Counts

_KINDS: tuple[KindName, ...] = ("UMDialPlan", "UMIPGateway")


class Screen:
    """Prints the story. Where the output is no terminal nothing moves and nothing has colour."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._live: Live | None = None

    def chapter(self, title: str) -> None:
        """Begin a part of the story."""
        self.line("")
        self._console.print(title, style="bold", markup=False)

    def line(self, text: str) -> None:
        """Say something."""
        self._console.print(text, markup=False, soft_wrap=True)

    def calls(self, counts: Counts) -> None:
        """Show what became of the calls so far."""
        causes = "".join(f", {number} {cause}" for cause, number in sorted(counts.failed.items()))
        self.line(
            f"  Calls so far: {counts.placed} placed, {counts.answered} answered, {counts.cut} cut{causes}."
        )

    def statuses(self, statuses: Mapping[ObjectKey, Status]) -> None:
        """Show the tables of ``kubectl get``, and what each resource says of itself."""
        for text in status_lines(statuses):
            self.line(f"  {text}" if text else "")

    @contextmanager
    def table(self) -> Iterator[None]:
        """Show statuses as they change, until the block ends; ``seen`` feeds it."""
        if not self._console.is_terminal:
            yield
            return
        with Live(console=self._console, transient=True, refresh_per_second=8) as self._live:
            yield
        self._live = None

    def seen(self, statuses: Mapping[ObjectKey, Status], news: list[str]) -> None:
        """Take the statuses as they are, and what is new."""
        for text in news:
            self.line(f"  {text}")
        if self._live is not None:
            self._live.update(_tables(statuses))


def _tables(statuses: Mapping[ObjectKey, Status]) -> Group:
    return Group(*(_table(rows) for kind in _KINDS if (rows := status_rows(kind, statuses))))


def _table(rows: list[list[str]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in rows[0]:
        table.add_column(title)
    for row in rows[1:]:
        table.add_row(*row, style="green" if row[1] == "True" else "yellow")
    return table
