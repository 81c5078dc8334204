"""YAML is read as kubectl reads it; where loaders differ it is refused."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from um_operator.local.yaml_nodes import MAX_DEPTH, DocumentError, read_yaml


def read(text: str) -> Any:
    documents = list(read_yaml(text))
    assert len(documents) == 1
    return documents[0].value


@pytest.mark.parametrize(
    "scalar",
    [
        *("y", "Y", "n", "N", "yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF"),
        *("22:00", "1:30:00", "190:20:30.15", "1e5", "1E5", "1.5e3", "1.5e+3", "089", "010", "-010", "+00"),
        *(
            "2026-11-23",
            "2026-11-23T08:00:00Z",
            "2026-1-2 3:04:05",
            "0o10",
            "0x1F",
            "0b11",
            ".5",
            "5.",
            "-.5",
        ),
        *("1_000", ".inf", "-.INF", ".nan", "01.5", "=", "18446744073709551616", "4989555004900495049504950"),
    ],
)
def test_a_plain_scalar_on_which_loaders_differ_is_a_problem_with_its_line_and_the_remedy(
    scalar: str,
) -> None:
    [document] = read_yaml(f"a: 1\nb:\n- {scalar}\n- also {scalar}\n")
    [problem] = document.problems
    assert str(problem) == f'b[0] "{scalar}": YAML loaders read it in different ways; put it in quotes'
    assert document.lines[problem.path] == 3
    assert document.value == {"a": 1, "b": [scalar, f"also {scalar}"]}


@pytest.mark.parametrize("style", ['"{}"', "'{}'", "!!str {}"])
def test_a_quoted_or_tagged_scalar_is_text_whatever_it_looks_like(style: str) -> None:
    for text in ("y", "22:00", "010", "2026-11-23", "null", "true", "7"):
        assert read("a: " + style.format(text)) == {"a": text}


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        *(("", None), ("~", None), ("null", None), ("true", True), ("False", False), ("TRUE", True)),
        *(("0", 0), ("42", 42), ("-7", -7), ("+4989555004900", 4989555004900), ("1.5", 1.5)),
        *(("Enforce", "Enforce"), ("30m", "30m"), ("ex01.contoso.com", "ex01.contoso.com"), ("nein", "nein")),
        *(
            ("00xxxxxxxxx*", "00xxxxxxxxx*"),
            ("10.0.0.1", "10.0.0.1"),
            ("fe80::1", "fe80::1"),
            ("Yes!", "Yes!"),
        ),
        *(("15.1.2507.6", "15.1.2507.6"), ("1.5.", "1.5."), ("5061/tls", "5061/tls"), ("e1", "e1")),
    ],
)
def test_a_plain_scalar_on_which_loaders_agree_has_their_value(scalar: str, value: object) -> None:
    assert read(f"a: {scalar}") == {"a": value}
    assert type(read(f"a: {scalar}")["a"]) is type(value)


@given(st.text(alphabet="0123456789+-._:eExXobynNYOofF~T ", min_size=1, max_size=12))
def test_whatever_is_accepted_reads_the_same_in_a_yaml_1_1_loader(scalar: str) -> None:
    text = f"[{scalar}]"
    try:
        document = next(iter(read_yaml(text)))
    except DocumentError:
        return
    if document.problems:
        return
    ours = document.value
    theirs = yaml.safe_load(text)
    assert ours == theirs
    assert [type(item) for item in ours] == [type(item) for item in theirs]


def test_block_scalars_keep_their_lines() -> None:
    assert read("a: |\n  one\n  two\n") == {"a": "one\ntwo\n"}
    assert read("a: >-\n  one\n  two\n") == {"a": "one two"}


def test_a_key_that_stands_twice_is_a_problem() -> None:
    [document] = read_yaml("spec:\n  port: 5060\n  address: a\n  port: 5061\n")
    [problem] = document.problems
    assert str(problem) == "spec.port: stands here twice"
    assert document.lines[problem.path] == 4


def test_all_problems_of_a_document_are_told() -> None:
    first, second = read_yaml("a: no\nb: [010, {c: 22:00}]\n---\nd: y\n")
    assert [(str(p).partition(":")[0], first.lines[p.path]) for p in first.problems] == [
        ('a "no"', 1),
        ('b[0] "010"', 2),
        ('b[1].c "22', 2),
    ]
    assert [p.path for p in second.problems] == [("d",)]


@pytest.mark.parametrize("key", ["5060", "true", "~", "1.5", "no", "010"])
def test_a_key_that_is_not_text_is_refused(key: str) -> None:
    with pytest.raises(DocumentError, match="is not text; quote it"):
        list(read_yaml(f"{key}: a\n"))


def test_anchors_and_merges_mean_what_they_mean_to_kubectl() -> None:
    text = """
base: &base {port: 5060, state: Enabled}
more: &more {port: 1, simulator: true}
one: {<<: *base, port: 5061}
two: {<<: [*base, *more]}
again: *base
"""
    value = read(text)
    assert value["one"] == {"port": 5061, "state": "Enabled"}
    assert value["two"] == {"port": 5060, "state": "Enabled", "simulator": True}
    assert value["again"] == {"port": 5060, "state": "Enabled"}


def test_a_key_after_a_merge_and_one_before_it_both_win_over_what_is_merged() -> None:
    assert read("a: &a {x: 1, y1: 1}\nb:\n  x: 2\n  <<: *a\n  y1: 2\n")["b"] == {"x": 2, "y1": 2}


@pytest.mark.parametrize("text", ["a: &a [*a]", "a: &a {b: *a}", "a: &a\n  <<: *a\n"])
def test_an_anchor_that_contains_itself_is_refused(text: str) -> None:
    with pytest.raises(DocumentError, match="contains itself"):
        list(read_yaml(text))


def test_aliases_that_multiply_are_refused_instead_of_expanded() -> None:
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(DocumentError, match="values in one document"):
        list(read_yaml("\n".join(["l0: &l0 [x]", *levels])))


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 100_000])
def test_deep_nesting_is_refused_instead_of_exhausting_the_stack(levels: int) -> None:
    with pytest.raises(DocumentError, match=r'nested deeper than "64" levels|maximum nesting depth'):
        list(read_yaml("[" * levels + "]" * levels))


@pytest.mark.parametrize(
    "text", ["a: !!int '5'", "a: !!binary aGk=", "a: !custom x", "a: !!set {b}", "a: !!omap []"]
)
def test_tags_other_than_text_are_refused(text: str) -> None:
    with pytest.raises(DocumentError, match="tag"):
        list(read_yaml(text))


def test_lines_are_kept_of_every_value_and_of_every_document() -> None:
    text = "kind: A\nspec:\n  ports:\n  - 1\n  -   b: 2\n---\n# nothing\n---\n\nkind: B\n"
    first, second = read_yaml(text)
    assert (first.line, second.line) == (1, 10)
    assert first.lines["spec", "ports"] == 3
    assert first.lines["spec", "ports", 0] == 4
    assert first.lines["spec", "ports", 1, "b"] == 5


@pytest.mark.parametrize(
    ("text", "line"),
    [("a: b: c", 1), ("a: 1\n\tb: 2", 2), ("a: 'x\n", 2), ("a:\n- b\n c: 1", 3), ("a: \x00", 1)],
)
def test_what_is_not_yaml_is_told_with_its_line(text: str, line: int) -> None:
    with pytest.raises(DocumentError, match="not YAML") as problem:
        list(read_yaml(text))
    assert problem.value.line == line
    assert "\n" not in problem.value.message


def test_a_tab_behind_a_value_is_no_part_of_it() -> None:
    [document] = read_yaml("kind: A\t\nspec:\t\n  port: 5060\t# SIP\n")
    assert document.value == {"kind": "A", "spec": {"port": 5060}}
