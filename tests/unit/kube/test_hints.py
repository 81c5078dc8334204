"""Which watch events are worth a look."""

from __future__ import annotations

from typing import Any

import pytest

from um_operator.api.meta import FINALIZER
from um_operator.kube.hints import Hints


def body(**changes: Any) -> dict[str, Any]:
    metadata = {"uid": "1", "generation": 1, "resourceVersion": "1", **changes.pop("metadata", {})}
    return {"kind": "UMDialPlan", "metadata": metadata, **changes}


def test_an_object_is_worth_a_look_when_it_is_seen_first() -> None:
    assert Hints().tells(None, body())


@pytest.mark.parametrize(
    "echo",
    [
        body(metadata={"resourceVersion": "2"}, status={"observedGeneration": 1}),
        body(metadata={"labels": {"kustomize.toolkit.fluxcd.io/name": "um"}}),
        body(metadata={"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"}}),
        body(metadata={"finalizers": ["somebody/else"]}),
    ],
)
def test_echoes_of_status_writes_and_other_peoples_notes_are_not(echo: dict[str, Any]) -> None:
    hints = Hints()
    hints.tells("ADDED", body())
    assert not hints.tells("MODIFIED", echo)


@pytest.mark.parametrize(
    "change",
    [
        {"generation": 2},
        {"annotations": {"unifiedmessaging.dev/hold": "2026-12-01T00:00:00Z fire drill"}},
        {"deletionTimestamp": "2026-11-23T12:00:00Z"},
        {"finalizers": [FINALIZER]},
    ],
)
def test_what_people_change_is(change: dict[str, Any]) -> None:
    hints = Hints()
    hints.tells("ADDED", body())
    assert hints.tells("MODIFIED", body(metadata=change))
    assert not hints.tells("MODIFIED", body(metadata=change))


def test_a_deletion_is_and_so_is_an_object_that_comes_again() -> None:
    hints = Hints()
    hints.tells("ADDED", body())
    assert hints.tells("DELETED", body())
    assert hints.tells("ADDED", body())
