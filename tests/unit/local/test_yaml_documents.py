"""Folders and files become documents with file, place and line."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from um_operator.local import yaml_documents
from um_operator.local.yaml_documents import Unreadable, read_documents


def write(folder: Path, **files: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return str(folder)


def test_a_folder_gives_its_yaml_yml_and_json_in_order_and_nothing_below_it(tmp_path: Path) -> None:
    folder = write(tmp_path, b__yml="name: b", a__yaml="name: a", c__json='{"name": "c"}', d__txt="name: d")
    write(tmp_path / "below", e__yaml="name: e")
    documents, problems = read_documents([folder])
    assert [document.value["name"] for document in documents] == ["a", "b", "c"]
    assert problems == []


def test_documents_know_source_file_place_and_line(tmp_path: Path) -> None:
    one = write(tmp_path / "one", a__yaml="x: 1\n---\ny1: 2\n")
    two = write(tmp_path / "two", b__yaml="z:\n  w: 3\n")
    documents, _ = read_documents([one, f"{two}/b.yaml"])
    assert [(d.source, Path(d.file).name, d.index, d.line) for d in documents] == [
        (0, "a.yaml", 1, 1),
        (0, "a.yaml", 2, 3),
        (1, "b.yaml", 1, 1),
    ]
    assert documents[2].line_of(("z", "w")) == 2
    assert documents[2].line_of(("z", "missing", 4)) == 1


def test_standard_input_is_read_by_its_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"kind: A\n---\nkind: B\n")))
    documents, problems = read_documents(["-"])
    assert [document.value["kind"] for document in documents] == ["A", "B"]
    assert problems == []


def test_every_bad_file_is_told_and_the_good_ones_are_read(tmp_path: Path) -> None:
    folder = write(tmp_path, a__yaml="a: 1\nb: c: d\n", b__yaml="kind: B", c__json='{\n"a": 1,\n}')
    documents, problems = read_documents([folder, str(tmp_path / "absent")])
    assert [document.value for document in documents] == [{"kind": "B"}]
    assert [(Path(p.file).name, p.line) for p in problems] == [("a.yaml", 2), ("c.json", 3), ("absent", 0)]
    assert problems[2].message == "cannot be read: No such file or directory"


def test_a_folder_without_manifests_is_a_problem_and_not_an_empty_wish(tmp_path: Path) -> None:
    documents, problems = read_documents([str(tmp_path)])
    assert documents == []
    assert problems == [Unreadable(str(tmp_path), 0, "holds no *.yaml, *.yml or *.json file")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1, "b": 2, "a": 3}', '"a" stands twice in one object'),
        ('{"a": NaN}', '"NaN" is not JSON'),
        ("[" * 100_000, "nested too deeply"),
        ("1" * 5_000, "a number has too many digits"),
        ('["\\ud800"]', "half of a surrogate pair stands alone, which is no text"),
        ("{'a': 1}", "not JSON: Expecting property name enclosed in double quotes"),
    ],
)
def test_json_is_as_strict_as_yaml(tmp_path: Path, text: str, message: str) -> None:
    _, problems = read_documents([write(tmp_path, a__json=text) + "/a.json"])
    assert [problem.message for problem in problems] == [message]


def test_json_may_be_indented_by_tabs(tmp_path: Path) -> None:
    documents, problems = read_documents([write(tmp_path, a__json='{\n\t"a": "b"\n}')])
    assert documents[0].value == {"a": "b"}
    assert problems == []


def test_a_byte_order_mark_is_passed_over_and_other_encodings_are_told_with_their_line(
    tmp_path: Path,
) -> None:
    (tmp_path / "bom.yaml").write_bytes(b"\xef\xbb\xbfname: a\n")
    (tmp_path / "latin.yaml").write_bytes("a: 1\nname: Zürich\n".encode("latin-1"))
    documents, problems = read_documents([str(tmp_path)])
    assert documents[0].value == {"name": "a"}
    assert [(problem.line, problem.message) for problem in problems] == [(2, "not UTF-8")]


def test_a_file_beyond_the_bound_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_documents, "MAX_FILE_BYTES", 1 << 20)
    folder = write(tmp_path, a__yaml="a: " + "x" * (1 << 20))
    _, problems = read_documents([folder])
    assert [problem.message for problem in problems] == ['larger than "1" MiB']


def test_a_link_that_leads_nowhere_is_not_taken_for_a_manifest_that_vanished(tmp_path: Path) -> None:
    (tmp_path / "gateways.yaml").symlink_to(tmp_path / "moved.yaml")
    _, problems = read_documents([write(tmp_path, a__yaml="a: 1")])
    assert [problem.message for problem in problems] == ["cannot be read: No such file or directory"]
