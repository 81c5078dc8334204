"""What is remembered survives the process, and damage is told instead of forgotten."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from um_operator.api.condition import Condition
from um_operator.api.meta import ObjectKey
from um_operator.api.status import UMIPGatewayStatus
from um_operator.local.errors import LocalError, StateDamagedError
from um_operator.local.record import Record
from um_operator.local.records import FILE, LocalRecords
from um_operator.observed.ledger import Draining, Ledger, ObjectEntry

NOW = datetime(2026, 11, 25, 20, 0, 0, 123456, tzinfo=UTC)
SBC = ObjectKey("UMIPGateway", "sbc01")
ENTRY = ObjectEntry(
    origin="Created",
    guid="e69acdc5-de1a-4ec7-afd6-08d590e61295",
    applied_generation=3,
    corrections={"port": (NOW, NOW)},
    written_at=NOW,
    draining=Draining(NOW, "Enabled"),
    retried_at="once",
)
STATUS = UMIPGatewayStatus(
    observed_generation=3,
    conditions=(Condition(type="Ready", status="True", reason="UpToDate", message='"ü" is as declared'),),
    port=5061,
)


def record(name: str = "sbc01", **changes: object) -> Record:
    fields = {
        "uid": "1",
        "generation": 1,
        "created": "2026-11-25T20:00:00Z",
        "manifest": {"kind": "UMIPGateway"},
    }
    return Record(key=ObjectKey("UMIPGateway", name), **{**fields, **changes})  # type: ignore[arg-type]


def opened(folder: Path) -> LocalRecords:
    folder.mkdir(exist_ok=True)
    return LocalRecords(folder, writable=True)


async def test_ledger_statuses_and_domain_controller_are_read_back_as_they_were_kept(tmp_path: Path) -> None:
    records = opened(tmp_path)
    records.keep([record()])
    await records.remember({SBC: ENTRY})
    await records.save_statuses({SBC: STATUS})
    await records.remember_domain_controller("dc01.contoso.com", NOW)
    for again in (opened(tmp_path), opened(tmp_path), LocalRecords(tmp_path, writable=False)):
        assert await again.load_ledger() == Ledger("dc01.contoso.com", NOW, {SBC: ENTRY})
        assert await again.load_statuses() == {SBC: STATUS}
        assert again.records[SBC].uid == "1"


async def test_a_status_that_says_the_same_is_not_written_again(tmp_path: Path) -> None:
    records = opened(tmp_path)
    records.keep([record()])
    await records.save_statuses({SBC: STATUS})
    written = (tmp_path / FILE).read_bytes()
    await records.save_statuses({SBC: STATUS})
    assert (tmp_path / FILE).read_bytes() == written


async def test_annotations_are_read_back_and_a_new_value_takes_the_place_of_the_old_one(
    tmp_path: Path,
) -> None:
    records = opened(tmp_path)
    records.keep([record()])
    records.annotate(SBC, "a", "1")
    records.annotate(SBC, "b", "1")
    records.annotate(SBC, "a", "2")
    await records.remember({SBC: ENTRY})
    assert opened(tmp_path).records[SBC] == record(entry=ENTRY, annotations={"a": "2", "b": "1"})


def test_a_record_of_an_earlier_release_has_no_annotations_and_is_read_all_the_same(tmp_path: Path) -> None:
    opened(tmp_path).keep([record()])
    row = json.loads((tmp_path / FILE).read_text())
    del row["record"]["annotations"]
    (tmp_path / FILE).write_text(json.dumps(row) + "\n")
    assert opened(tmp_path).records[SBC] == record()


async def test_nothing_remembered_is_an_empty_ledger(tmp_path: Path) -> None:
    records = LocalRecords(tmp_path / "absent", writable=False)
    assert await records.load_ledger() == Ledger()
    assert not records.found


async def test_a_released_resource_is_forgotten(tmp_path: Path) -> None:
    records = opened(tmp_path)
    records.keep([record(), record("sbc02")])
    await records.release(SBC)
    assert [key.name for key in LocalRecords(tmp_path, writable=False).records] == ["sbc02"]
    assert [key.name for key in opened(tmp_path).records] == ["sbc02"]


async def test_a_released_resource_does_not_come_back_by_a_late_entry_or_status(tmp_path: Path) -> None:
    records = opened(tmp_path)
    records.keep([record()])
    await records.release(SBC)
    await records.remember({SBC: ENTRY})
    await records.save_statuses({SBC: STATUS})
    assert dict(opened(tmp_path).records) == {}


async def test_opened_for_reading_nothing_is_written(tmp_path: Path) -> None:
    opened(tmp_path).keep([record()])
    before = (tmp_path / FILE).read_bytes()
    reading = LocalRecords(tmp_path, writable=False)
    await reading.remember({SBC: ENTRY})
    await reading.remember_domain_controller("dc01", NOW)
    await reading.release(SBC)
    assert (tmp_path / FILE).read_bytes() == before
    LocalRecords(tmp_path / "absent", writable=False).keep([record()])
    assert not (tmp_path / "absent").exists()


def test_a_last_line_torn_by_a_crash_is_dropped_and_the_next_one_stands_on_its_own(tmp_path: Path) -> None:
    opened(tmp_path).keep([record()])
    with (tmp_path / FILE).open("ab") as file:
        file.write(b'{"version":1,"record":{"kind":"UMIPG')
    assert list(LocalRecords(tmp_path, writable=False).records) == [SBC]
    opened(tmp_path).keep([record("sbc02")])
    assert [key.name for key in opened(tmp_path).records] == ["sbc01", "sbc02"]


@pytest.mark.parametrize("cut", range(1, 12))
def test_wherever_a_write_is_cut_what_was_durable_before_is_still_there(tmp_path: Path, cut: int) -> None:
    opened(tmp_path).keep([record()])
    path = tmp_path / FILE
    durable = path.stat().st_size
    records = opened(tmp_path)
    records.keep([record("sbc02", uid="2")])
    whole = path.read_bytes()
    path.write_bytes(whole[: durable + (len(whole) - durable) * cut // 12])
    assert list(opened(tmp_path).records) == [SBC]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "null",
        json.dumps({"version": 2}),
        json.dumps({"version": 1, "record": {"kind": "UMIPGateway", "name": "x"}}),
        json.dumps({"version": 1, "released": {"kind": "Pod", "name": "x"}}),
        json.dumps({"version": 1}),
        json.dumps({"version": 1, "domainController": {"name": "dc", "since": "yesterday"}}),
    ],
)
def test_a_damaged_line_is_told_with_file_and_line_and_what_to_do(tmp_path: Path, line: str) -> None:
    opened(tmp_path).keep([record()])
    with (tmp_path / FILE).open("a") as file:
        file.write(line + "\n")
    content = (tmp_path / FILE).read_bytes()
    with pytest.raises(
        StateDamagedError, match=r'records\.jsonl" is damaged at line 2 .* restore it from a backup'
    ) as error:
        opened(tmp_path)
    assert "\n" not in str(error.value)
    assert (tmp_path / FILE).read_bytes() == content


def test_files_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    opened(tmp_path).keep([record()])
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


async def test_a_disk_that_takes_no_more_stops_the_run_with_one_line(tmp_path: Path) -> None:
    records = opened(tmp_path / "full")
    records.keep([record()])
    (tmp_path / "full" / FILE).unlink()
    (tmp_path / "full" / FILE).mkdir()
    with pytest.raises(LocalError, match=r'records\.jsonl" cannot be written: Is a directory'):
        await records.remember({SBC: ENTRY})
    assert records.records[SBC].entry == ObjectEntry()


def test_reopening_keeps_one_row_a_resource(tmp_path: Path) -> None:
    records = opened(tmp_path)
    for number in range(20):
        records.keep([record(uid=str(number))])
    assert len((tmp_path / FILE).read_text().splitlines()) == 20
    assert opened(tmp_path).records[SBC].uid == "19"
    assert len((tmp_path / FILE).read_text().splitlines()) == 1
