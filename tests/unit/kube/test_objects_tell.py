"""What the store tells: each change once, to whom it concerns, by whatever way it got known."""

from __future__ import annotations

from typing import Any

import pytest

from um_operator.api.meta import FINALIZER, ObjectKey
from um_operator.kube.objects import Objects, Reference

REFERENCE = Reference("um", ObjectKey("UMIPGateway", "sbc01"))
UID = "first"


class Told:
    """A store, and which organisations it told of the gateway since the last question."""

    def __init__(self) -> None:
        self.objects = Objects(self._hear)
        self._heard: list[str] = []

    def put(self, **changes: Any) -> list[str]:
        self.objects.put(gateway(**changes))
        return self.heard()

    def heard(self) -> list[str]:
        heard, self._heard = sorted(self._heard), []
        return heard

    def _hear(self, reference: Reference, organization: str) -> None:
        assert reference == REFERENCE
        self._heard.append(organization)


@pytest.fixture
def told() -> Told:
    """A store that told of a gateway of the organisation "default" already."""
    store = Told()
    store.put()
    return store


def gateway(
    version: int = 1, *, uid: str = UID, organization: str = "default", status: Any = None, **metadata: Any
) -> dict[str, Any]:
    own = {"name": "sbc01", "namespace": "um", "uid": uid, "resourceVersion": str(version), "generation": 1}
    return {
        "apiVersion": "unifiedmessaging.dev/v1beta1",
        "kind": "UMIPGateway",
        "metadata": {**own, **metadata},
        "spec": {"address": "sbc01.contoso.com", "organizationRef": {"name": organization}},
        "status": status or {},
    }


def test_what_comes_is_told() -> None:
    assert Told().put() == ["default"]


@pytest.mark.parametrize(
    "changes",
    [
        {"generation": 2},
        {"annotations": {"unifiedmessaging.dev/hold": "2026-11-27T08:00:00Z audit"}},
        {"deletionTimestamp": "2026-11-26T20:00:00Z"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_change_is_told_once(told: Told, changes: dict[str, Any]) -> None:
    assert told.put(version=2, **changes) == ["default"]
    assert told.put(version=2, **changes) == []
    assert told.put(version=3, **changes) == []


def test_the_finalizer_is_no_change_before_the_object_is_deleted(told: Told) -> None:
    assert told.put(version=2, finalizers=[FINALIZER]) == []
    assert told.put(version=3) == []
    going = {"deletionTimestamp": "2026-11-26T20:00:00Z"}
    assert told.put(version=4, finalizers=[FINALIZER, "somebody/else"], **going) == ["default"]
    assert told.put(version=5, finalizers=["somebody/else"], **going) == ["default"]


def test_an_answer_to_a_write_of_the_status_is_no_change(told: Told) -> None:
    assert told.put(version=2, status={"observedGeneration": 1}) == []


def test_a_change_that_a_list_found_is_told_and_so_is_what_is_missing_in_one(told: Told) -> None:
    told.objects.replace("UMIPGateway", None, [gateway(2, generation=2)], "2")
    assert told.heard() == ["default"]
    told.objects.replace("UMIPGateway", None, [], "3")
    assert told.heard() == ["default"]


def test_what_went_is_told_to_the_organisation_that_it_belonged_to_and_only_once(told: Told) -> None:
    told.objects.drop(REFERENCE, UID)
    told.objects.drop(REFERENCE, UID)
    assert told.heard() == ["default"]


def test_one_that_was_made_anew_for_another_organisation_is_told_to_both(told: Told) -> None:
    assert told.put(version=2, uid="second", organization="contoso") == ["contoso", "default"]


def test_one_that_was_made_anew_as_it_was_is_a_change(told: Told) -> None:
    assert told.put(version=2, uid="second") == ["default"]
