import json
from pathlib import Path
from typing import Any

import pytest

from um_operator.lab.clock import EPOCH, Clock
from um_operator.lab.journal import Effect, Journal


def journal() -> Journal:
    return Journal(Clock.frozen())


def record(journal: Journal, **overrides: Any) -> Effect:
    journal.about_to_change("svc")
    values: dict[str, Any] = {
        "server": "ex01",
        "domain_controller": "dc01",
        "caller": "svc",
        "endpoint": "Microsoft.Exchange",
        "cmdlet": "Set-UMIPGateway",
        "kind": "UMIPGateway",
        "name": "sbc01",
        "before": {"Port": 5060, "Status": "Enabled"},
        "after": {"Port": 5061, "Status": "Enabled"},
    }
    return journal.record(**values | overrides)


def test_effects_are_numbered_from_one_and_dated() -> None:
    subject = journal()
    record(subject)
    assert (record(subject).index, subject.effects[0].index, subject.effects[0].time) == (2, 1, EPOCH)


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ({"Port": 1, "Name": "a"}, {"Port": 2, "Name": "a"}, {"Port"}),
        (None, {"Port": 2}, {"Port"}),
        ({"Port": 1, "Name": "a"}, None, {"Port", "Name"}),
    ],
)
def test_an_effect_knows_what_it_changed(before: Any, after: Any, changed: set[str]) -> None:
    assert record(journal(), before=before, after=after).changed == changed


def test_subscribers_hear_of_every_effect_until_they_leave() -> None:
    subject, heard = journal(), list[int]()
    leave = subject.subscribe(lambda effect: heard.append(effect.index))
    record(subject)
    record(subject)
    leave()
    record(subject)
    assert heard == [1, 2]


def test_a_guard_hears_of_an_effect_before_it_happens_and_can_prevent_it() -> None:
    subject = journal()

    def refuse(caller: str) -> None:
        raise PermissionError(caller)

    leave = subject.guard(refuse)
    with pytest.raises(PermissionError, match="svc"):
        record(subject)
    assert subject.effects == []
    leave()
    record(subject)
    assert len(subject.effects) == 1


def test_effects_and_occurrences_are_exported_in_order_as_json_lines(tmp_path: Path) -> None:
    subject = journal()
    subject.note("ServerDown", server="ex02", why="Überlast")
    record(subject)
    subject.write(tmp_path / "journal.jsonl")
    first, second = map(json.loads, (tmp_path / "journal.jsonl").read_text("utf-8").splitlines())
    assert (first["entry"], first["what"], first["details"]) == (
        "occurrence",
        "ServerDown",
        {"why": "Überlast"},
    )
    assert (second["entry"], second["index"], second["after"]["Port"]) == ("effect", 1, 5061)
    assert [json.loads(line)["entry"] for line in subject.lines(start=1, count=1)] == ["effect"]
