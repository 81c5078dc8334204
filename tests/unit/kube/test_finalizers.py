"""The finalizer stands only where a deletion has something to do in Exchange."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from manifests_support import organization_document
from um_operator.api.meta import FINALIZER
from um_operator.api.select import Invalid
from um_operator.kube import finalizers
from um_operator.kube.objects import Objects
from um_operator.kube.remembered import fields_of
from um_operator.observed.ledger import ObjectEntry
from um_operator.observed.restarts import Stopped
from um_operator.observed.rollout import Hold, Previous, Restart, ServerEntry


def gateway(policy: str, *held: str, deleting: bool = False) -> Any:
    deleted = {"deletionTimestamp": "2026-11-23T12:00:00Z"} if deleting else {}
    return {
        "apiVersion": "unifiedmessaging.dev/v1beta1",
        "kind": "UMIPGateway",
        "metadata": {"name": "sbc01", "resourceVersion": "7", "finalizers": list(held), **deleted},
        "spec": {"address": "sbc01.contoso.com", "deletionPolicy": policy},
    }


def judged(raw: Any) -> tuple[bool, bool]:
    objects = Objects()
    objects.put({**raw, "metadata": {**raw["metadata"], "namespace": "um", "uid": "1", "generation": 1}})
    (held,) = objects.of_namespace("um").values()
    assert not isinstance(held.parsed, Invalid), held.parsed
    return finalizers.missing(held), finalizers.superfluous(held)


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
    assert judged(raw) == (missing, superfluous)


AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
DRAINED = ObjectEntry(servers={"ex01.contoso.com": ServerEntry(Hold("UMCallRouter", "Sidelined", AT))})
RESTARTING = ObjectEntry(servers={"ex01.contoso.com": ServerEntry(restarts={"UM": Restart(AT, None)})})
WRITING = ObjectEntry(servers={"ex01.contoso.com": ServerEntry(previous={"UM": Previous(None, "TCP")})})
STOPPED = ObjectEntry(stopped={"fe01.contoso.com": Stopped("pool.contoso.com", ("RTCSRV",), AT)})
DONE = ObjectEntry(servers={"ex01.contoso.com": ServerEntry(activated_at=AT)})


def organization(entry: ObjectEntry, *held: str, deleting: bool = False) -> Any:
    raw = gateway("Orphan", *held, deleting=deleting)
    spec = organization_document("default")["spec"]
    fields = fields_of("ExchangeOrganization", entry)
    status = {name: value for name, value in fields.items() if value is not None}
    return {**raw, "kind": "ExchangeOrganization", "spec": spec, "status": status}


@pytest.mark.parametrize(
    ("raw", "missing", "superfluous"),
    [
        (organization(ObjectEntry()), False, False),
        (organization(RESTARTING), True, False),
        (organization(WRITING), True, False),
        (organization(DRAINED), True, False),
        (organization(STOPPED), True, False),
        (organization(DRAINED, FINALIZER), False, False),
        (organization(DONE, FINALIZER), False, True),
        (organization(DRAINED, deleting=True), False, False),
        (organization(DONE, FINALIZER, deleting=True), False, False),
    ],
)
def test_an_organisation_has_it_while_something_is_out_of_service_by_us(
    raw: Any, missing: bool, superfluous: bool
) -> None:
    assert judged(raw) == (missing, superfluous)


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
