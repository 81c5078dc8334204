from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import um_operator
from um_operator.api.condition import ConditionType
from um_operator.api.reason_table import ROWS
from um_operator.api.reason_table.row import ALL, Place
from um_operator.api.reasons import Reason


def test_a_reason_is_its_word() -> None:
    assert str(Reason.UP_TO_DATE) == "UpToDate"
    assert {"UpToDate": 1}[Reason.UP_TO_DATE] == 1


def test_every_reason_says_where_it_stands_what_it_means_and_what_to_do() -> None:
    places = {*get_args(ConditionType), "waitingFor", "probe"}
    assert places == set(get_args(get_args(Place)[0])) | set(get_args(get_args(Place)[1]))
    for reason in Reason:
        assert re.fullmatch(r"[A-Z][A-Za-z]+", reason), reason
        assert set(reason.places) <= places
        assert reason.places
        assert set(reason.kinds) <= set(ALL)
        assert reason.kinds
        assert reason.meaning.endswith(".")
        assert reason.action.endswith(".")


def test_every_row_is_of_a_reason() -> None:
    assert set(ROWS) == set(Reason)


def test_what_is_stalled_is_not_ready_for_the_same_reason() -> None:
    assert [r for r in Reason if "Stalled" in r.places and not {"Ready", "waitingFor"} & set(r.places)] == []


def test_every_reason_is_given_by_somebody() -> None:
    """A reason that nothing gives is a promise of the documentation that nobody keeps."""
    package = Path(um_operator.__file__).parent
    tables = {package / "api" / "reasons.py", *(package / "api" / "reason_table").glob("*.py")}
    code = "".join(path.read_text() for path in package.rglob("*.py") if path not in tables)
    given = {*re.findall(r"Reason\.([A-Z_]+)", code)} | {*re.findall(r'"([A-Z][A-Za-z]+)"', code)}
    assert [reason.name for reason in Reason if not {reason.name, reason.value} & given] == []
