"""Results in the form asked for; YAML that comes back as it was, in any loader."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from um_operator.cli.output import Format, show, to_yaml
from um_operator.local.yaml_nodes import read_yaml

DATA = {"name": "Zürich", "port": 5060, "waits": []}


def test_each_form_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    show(Format.TEXT, ["one", "two"], DATA)
    assert capsys.readouterr().out == "one\ntwo\n"
    show(Format.JSON, [], DATA)
    assert json.loads(capsys.readouterr().out) == DATA
    show(Format.YAML, [], DATA)
    assert yaml.safe_load(capsys.readouterr().out) == DATA


@pytest.mark.parametrize(
    "text", ["no", "y", "ON", "010", "+4989", "22:00", "2026-11-25", "~", "", "=", "1e5", ".5"]
)
def test_text_that_yaml_could_take_for_more_is_quoted(text: str) -> None:
    assert to_yaml({"a": text}) == f'a: "{text}"\n'


values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(st.characters(codec="utf-8", exclude_categories=["C"])),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.from_regex(r"[a-z]{2,8}x", fullmatch=True), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(values)
def test_whatever_is_printed_as_yaml_reads_back_as_it_was_here_and_elsewhere(value: Any) -> None:
    text = to_yaml({"value": value})
    assert yaml.safe_load(text) == {"value": value}
    assert next(iter(read_yaml(text))).value == {"value": value}
