"""Manifests get the metadata that an API server would give them; what vanishes is let go."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from um_operator.api.meta import FINALIZER, ObjectKey
from um_operator.api.select import AnyResource, Invalid, parse
from um_operator.local.declaration import Declaration, declare
from um_operator.local.record import Record

NOW = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)
SBC = ObjectKey("UMIPGateway", "sbc01")
NOTHING: frozenset[ObjectKey] = frozenset()


def gateway(name: str = "sbc01", annotations: dict[str, str] | None = None, **spec: Any) -> AnyResource:
    metadata = {"name": name, **({"annotations": annotations} if annotations else {})}
    parsed = parse(
        {
            "apiVersion": "unifiedmessaging.dev/v1beta1",
            "kind": "UMIPGateway",
            "metadata": metadata,
            "spec": {"address": f"{name}.contoso.com", **spec},
        }
    )
    assert not isinstance(parsed, Invalid)
    return parsed


class Estate:
    """Declares one set of manifests after another, an hour apart, and remembers."""

    def __init__(self) -> None:
        self.remembered: dict[ObjectKey, Record] = {}
        self._uids = itertools.count(1)
        self._hours = itertools.count()

    def declare(self, *manifests: AnyResource, delete: frozenset[ObjectKey] = NOTHING) -> Declaration:
        result = declare(
            manifests,
            self.remembered,
            delete=delete,
            now=NOW + timedelta(hours=next(self._hours)),
            new_uid=lambda: f"uid-{next(self._uids)}",
        )
        self.remembered.update((record.key, record) for record in result.records)
        return result

    def annotate(self, key: ObjectKey, **annotations: str) -> None:
        self.remembered[key] = replace(self.remembered[key], annotations=annotations)


def metadata(declaration: Declaration, index: int = 0) -> Any:
    resource = declaration.resources[index]
    assert not isinstance(resource, Invalid)
    return resource.metadata


def test_a_first_declaration_is_generation_one_with_uid_and_time() -> None:
    meta = metadata(Estate().declare(gateway()))
    assert (meta.uid, meta.generation, meta.creation_timestamp) == ("uid-1", 1, "2026-11-25T20:00:00Z")
    assert not meta.deleting


def test_the_same_manifest_again_changes_nothing() -> None:
    estate = Estate()
    estate.declare(gateway(port=5060))
    again = estate.declare(gateway(port=5060, deletionPolicy="Orphan"))
    assert again.records == ()
    assert metadata(again).generation == 1


def test_a_changed_spec_raises_the_generation_and_keeps_identity() -> None:
    estate = Estate()
    estate.declare(gateway(port=5060))
    meta = metadata(estate.declare(gateway(port=5061)))
    assert (meta.uid, meta.generation, meta.creation_timestamp) == ("uid-1", 2, "2026-11-25T20:00:00Z")
    assert metadata(estate.declare(gateway(port=5060))).generation == 3


def test_a_changed_annotation_does_not_raise_the_generation() -> None:
    estate = Estate()
    estate.declare(gateway())
    changed = estate.declare(gateway(annotations={"unifiedmessaging.dev/hold": "2026-12-01T00:00:00Z fire"}))
    assert metadata(changed).generation == 1
    assert len(changed.records) == 1


def test_what_a_command_annotated_stands_beside_what_the_manifest_says() -> None:
    estate = Estate()
    estate.declare(gateway(annotations={"a": "manifest"}))
    estate.annotate(SBC, b="command")
    again = estate.declare(gateway(annotations={"a": "manifest"}))
    assert metadata(again).annotations == {"a": "manifest", "b": "command"}
    assert again.records == ()


def test_of_a_command_and_the_manifest_the_last_word_about_an_annotation_counts() -> None:
    estate = Estate()
    estate.declare(gateway(annotations={"a": "first"}))
    estate.annotate(SBC, a="command")
    assert metadata(estate.declare(gateway(annotations={"a": "first"}))).annotations == {"a": "command"}
    assert metadata(estate.declare(gateway(annotations={"a": "second"}))).annotations == {"a": "second"}
    assert metadata(estate.declare(gateway())).annotations is None


def test_what_vanished_is_let_go_and_told() -> None:
    estate = Estate()
    estate.declare(gateway(), gateway("sbc02", deletionPolicy="Delete"))
    result = estate.declare(gateway())
    assert result.vanished == (ObjectKey("UMIPGateway", "sbc02"),)
    assert len(result.resources) == 1


def test_a_deletion_keeps_its_first_instant_and_needs_no_manifest_any_more() -> None:
    estate = Estate()
    estate.declare(gateway(deletionPolicy="Delete"))
    assert metadata(estate.declare(gateway(deletionPolicy="Delete"), delete=frozenset({SBC}))).deleting
    later = estate.declare()
    assert metadata(later).deletion_timestamp == "2026-11-25T21:00:00Z"
    assert metadata(later).finalizers == (FINALIZER,)
    assert later.vanished == ()


def test_what_is_no_longer_declared_can_be_deleted_by_name() -> None:
    estate = Estate()
    estate.declare(gateway())
    assert metadata(estate.declare(delete=frozenset({SBC}))).deletion_timestamp == "2026-11-25T21:00:00Z"


def test_declared_again_a_deletion_is_given_up_and_told() -> None:
    estate = Estate()
    estate.declare(gateway())
    estate.declare(delete=frozenset({SBC}))
    again = estate.declare(gateway())
    assert again.kept == (SBC,)
    assert not metadata(again).deleting
    assert estate.declare(gateway()).kept == ()
