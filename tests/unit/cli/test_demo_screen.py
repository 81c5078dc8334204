"""What the demo prints fits into a line of a terminal."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from um_operator.api.meta import ObjectKey
from um_operator.api.status import UMIPGatewayStatus
from um_operator.cli.demo.screen import WIDTH, Screen


@pytest.fixture
def printed() -> StringIO:
    return StringIO()


@pytest.fixture
def screen(printed: StringIO) -> Screen:
    """A screen that is no terminal, on which the environment would have other ideas of its width."""
    return Screen(Console(file=printed, highlight=False, width=40))


def test_a_line_that_is_too_long_goes_on_further_to_the_right(screen: Screen, printed: StringIO) -> None:
    screen.line("  " + "word " * 30)
    first, second = printed.getvalue().splitlines()
    assert (len(first), first[:6], second[:10]) == (96, "  word", "      word")


def test_nothing_that_a_command_would_need_in_one_piece_is_broken(screen: Screen, printed: StringIO) -> None:
    address = "unifiedmessaging.dev/" + "x-" * 60
    screen.line(f"  say {address} now")
    assert address in printed.getvalue()


def test_the_widest_row_of_the_first_steps_fits_into_a_line(screen: Screen, printed: StringIO) -> None:
    status = UMIPGatewayStatus(
        address="kamailio01.contoso.com",
        port=5060,
        state="Enabled",
        dial_plans="Branch Office, Headquarters",
    )
    screen.statuses({ObjectKey("UMIPGateway", "kamailio01"): status})
    header, row = printed.getvalue().splitlines()
    assert header.startswith("  NAME        READY  REASON")
    assert len(row) + len("UpToDate") - len("REASON") <= WIDTH
