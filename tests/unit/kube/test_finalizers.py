"""The finalizer stands only where a deletion has something to do in Exchange."""

from __future__ import annotations

from typing import Any

import pytest

from um_operator.api.meta import FINALIZER
from um_operator.api.select import parse
from um_operator.kube import finalizers


def gateway(policy: str, *held: str, deleting: bool = False) -> Any:
    deleted = {"deletionTimestamp": "2026-11-23T12:00:00Z"} if deleting else {}
    return {
        "apiVersion": "unifiedmessaging.dev/v1beta1",
        "kind": "UMIPGateway",
        "metadata": {"name": "sbc01", "resourceVersion": "7", "finalizers": list(held), **deleted},
        "spec": {"address": "sbc01.contoso.com", "deletionPolicy": policy},
    }


@pytest.mark.parametrize(
    ("raw", "missing", "superfluous"),
    [
        (gateway("Delete"), True, False),
        (gateway("Delete", FINALIZER), False, False),
        (gateway("Orphan"), False, False),
        (gateway("Orphan", FINALIZER), False, True),
        (gateway("Delete", deleting=True), False, False),
        (gateway("Orphan", FINALIZER, deleting=True), False, False),
        (gateway("Delete", "other/finalizer"), True, False),
    ],
)
def test_it_is_added_for_delete_and_removed_for_orphan_but_not_while_the_resource_goes(
    raw: Any, missing: bool, superfluous: bool
) -> None:
    resource = parse(raw)
    assert (finalizers.missing(resource), finalizers.superfluous(resource)) == (missing, superfluous)


@pytest.mark.parametrize("present", [True, False])
def test_the_finalizers_of_others_stay(present: bool) -> None:
    patch = finalizers.patch(gateway("Delete", "other/finalizer", FINALIZER), present=present)
    names = patch["metadata"]["finalizers"]
    assert names == (["other/finalizer", FINALIZER] if present else ["other/finalizer"])


def test_it_is_changed_on_the_version_that_was_judged_only() -> None:
    assert finalizers.patch(gateway("Delete"), present=True)["metadata"]["resourceVersion"] == "7"


@pytest.mark.parametrize(
    ("raw", "held"),
    [
        (gateway("Delete", FINALIZER, deleting=True), True),
        (gateway("Delete", "other/finalizer", deleting=True), False),
        (gateway("Delete", FINALIZER), False),
    ],
)
def test_a_resource_is_held_while_it_goes_and_has_our_finalizer(raw: Any, held: bool) -> None:
    assert finalizers.is_held(raw) is held
