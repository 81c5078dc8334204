"""On a terminal a spinner turns; what is said meanwhile stands on lines of its own."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from um_operator.cli import progress
from um_operator.cli.notices import notice
from um_operator.cli.progress import working


def test_a_notice_goes_past_the_spinner_and_not_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Console(file=io.StringIO(), force_terminal=True, width=60)
    monkeypatch.setattr(progress, "Console", lambda **_: terminal)
    with working("Reading"):
        notice("UMDialPlan/pbx Applied")
    assert isinstance(terminal.file, io.StringIO)
    assert "UMDialPlan/pbx Applied\n" in terminal.file.getvalue()


def test_where_nobody_watches_nothing_turns(capsys: pytest.CaptureFixture[str]) -> None:
    with working("Reading"):
        notice("UMDialPlan/pbx Applied")
    assert capsys.readouterr().err == "UMDialPlan/pbx Applied\n"
