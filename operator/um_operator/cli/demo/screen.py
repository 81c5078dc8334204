"""What the demo shows: a table that changes in place on a terminal, plain lines otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from textwrap import wrap
from typing import Final, get_args

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table

from um_operator.api.certificate_status import UMCertificateStatus
from um_operator.api.meta import KindName, ObjectKey
from um_operator.api.status import Status
from um_operator.cli.render_status import status_rows, table_lines
from um_operator.lab.gateways.tally import Counts

WIDTH: Final = 100
"""Where lines end that go to no terminal."""
GAP: Final = "  "
"""Between columns: kubectl has one blank more, and a gateway's row would not fit into a line."""
_KINDS: tuple[KindName, ...] = get_args(KindName)


class Screen:
    """Prints the story. Where the output is no terminal nothing moves and nothing has colour."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._live: Live | None = None
        self._width = self._console.width if self._console.is_terminal else WIDTH

    def chapter(self, title: str) -> None:
        """Begin a part of the story."""
        self._print("")
        self._console.print(title, style="bold", markup=False, soft_wrap=True)

    def line(self, text: str) -> None:
        """Say something; what does not fit into a line goes on in the next one, further to the right."""
        indent = " " * (len(text) - len(text.lstrip()))
        further = f"{indent}    " if indent else ""
        lines = wrap(
            text.strip(),
            self._width,
            initial_indent=indent,
            subsequent_indent=further,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in lines:
            self._print(line)

    def rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Show a table, its header first."""
        for text in table_lines(rows, GAP):
            self._print(f"  {text}")

    def growing(self, widths: Sequence[int], rows: Sequence[Sequence[str]]) -> None:
        """Show lines of a table that grows line by line, so that the widths of its columns are known."""
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self._print(f"  {'  '.join(cells).rstrip()}")

    def calls(self, counts: Counts) -> None:
        """Show what became of the calls so far."""
        causes = "".join(f", {number} {cause}" for cause, number in sorted(counts.failed.items()))
        self.line(
            f"  Calls so far: {counts.placed} placed, {counts.answered} answered, {counts.cut} cut{causes}."
        )

    def missed(self, number: int) -> None:
        """Say what no order of steps can avoid, so that nobody believes the contrary."""
        if number:
            self.line("")
            self.line(
                f"  {number} more calls, for mailboxes of a server whose services just restarted, found no "
                "answer: no other server has these mailboxes. The plan says so before each restart."
            )

    def statuses(self, statuses: Mapping[ObjectKey, Status]) -> None:
        """Show the tables of ``kubectl get``."""
        tables = [rows for kind in _KINDS if (rows := status_rows(kind, statuses))]
        for number, rows in enumerate(tables):
            if number:
                self._print("")
            self.rows(rows)

    @contextmanager
    def live(self) -> Iterator[None]:
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

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False, soft_wrap=True)


def _tables(statuses: Mapping[ObjectKey, Status]) -> Group:
    tables = [_table(rows) for kind in _KINDS if (rows := status_rows(kind, statuses))]
    servers = [
        _table([["SERVER", "SERVES IT", "STATE"], *_servers(status)])
        for status in statuses.values()
        if isinstance(status, UMCertificateStatus) and status.servers
    ]
    return Group(*tables, *servers)


def _servers(status: UMCertificateStatus) -> Iterator[list[str]]:
    for server in sorted(status.servers, key=lambda server: server.name):
        serves = bool(server.wanted) and all(one.served == server.wanted for one in server.services)
        yield [server.name, str(serves), server.state]


def _table(rows: list[list[str]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in rows[0]:
        table.add_column(title)
    for row in rows[1:]:
        table.add_row(*row, style="green" if row[1] == "True" else "yellow")
    return table
