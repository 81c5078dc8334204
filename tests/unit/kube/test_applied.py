"""A folder applied to a namespace, as the API server and whoever applies it would do it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from manifests_support import (
    dial_plan,
    document,
    gateway,
    gateway_document,
    organization_document,
    plan_document,
)
from um_operator.api.ip_gateway import UMIPGateway
from um_operator.api.meta import FINALIZER, ObjectKey
from um_operator.api.select import AnyResource, Invalid
from um_operator.kube.applied import Applied, What, applied
from um_operator.kube.objects import Held, Objects

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SBC = ObjectKey("UMIPGateway", "sbc01")
ORGANIZATION = ObjectKey("ExchangeOrganization", "default")
CUBE = ObjectKey("UMIPGateway", "cube01")
FLUX = {
    "kustomize.toolkit.fluxcd.io/name": "telephony",
    "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
}
OTHERS = {**FLUX, "kustomize.toolkit.fluxcd.io/name": "platform"}


def live(*documents: Mapping[str, Any]) -> Mapping[ObjectKey, Held]:
    """Return objects as a cluster has them."""
    objects = Objects()
    for number, one in enumerate(documents, start=1):
        set_by_server = {
            "namespace": "um",
            "uid": f"uid-{number}",
            "resourceVersion": str(number),
            "generation": 4,
            "creationTimestamp": "2026-01-01T00:00:00Z",
        }
        objects.put({**one, "metadata": {**set_by_server, **one["metadata"]}})
    return objects.of_namespace("um")


def apply(*manifests: AnyResource, to: Mapping[ObjectKey, Held] | None = None, prune: bool = True) -> Applied:
    return applied(manifests, to or {}, namespace="um", prune=prune, now=NOW)


def labelled(labels: Mapping[str, str], one: Mapping[str, Any], **metadata: Any) -> dict[str, Any]:
    return {**one, "metadata": {**one["metadata"], "labels": dict(labels), **metadata}}


def whats(result: Applied) -> dict[str, What]:
    return {change.key.name: change.what for change in result.changes}


def the(result: Applied, key: ObjectKey) -> AnyResource:
    [found] = [one for one in result.resources if one.key == key]
    assert not isinstance(found, Invalid)
    return found


def test_what_is_new_is_created_now() -> None:
    result = apply(gateway())
    metadata = the(result, SBC).metadata
    assert whats(result) == {"sbc01": "Created"}
    assert (metadata.namespace, metadata.generation) == ("um", 1)
    assert metadata.created_at == NOW


def test_what_is_the_same_keeps_generation_age_and_status() -> None:
    status = {"observedGeneration": 4, "origin": "Created", "appliedGeneration": 4}
    result = apply(gateway(), to=live({**gateway_document(), "status": status}))
    found = the(result, SBC)
    assert isinstance(found, UMIPGateway)
    assert whats(result) == {"sbc01": "Unchanged"}
    assert (found.metadata.generation, found.metadata.uid) == (4, "uid-1")
    assert found.metadata.creation_timestamp == "2026-01-01T00:00:00Z"
    assert found.status is not None
    assert found.status.origin == "Created"


def test_defaults_that_the_api_server_filled_in_are_no_change() -> None:
    filled = gateway_document(deletionPolicy="Orphan", organizationRef={"name": "default"})
    assert whats(apply(gateway(), to=live(filled))) == {"sbc01": "Unchanged"}


def test_a_changed_spec_is_a_new_generation_and_what_it_no_longer_says_is_told() -> None:
    result = apply(gateway(port=5070), to=live(gateway_document(suspend=True, outcallsAllowed=False)))
    assert the(result, SBC).metadata.generation == 5
    [change] = result.changes
    assert (change.what, change.dropped) == ("Changed", ("outcallsAllowed", "suspend"))


def test_annotations_of_others_stay_and_those_that_were_applied_go() -> None:
    last = {"metadata": {"annotations": {"by-kubectl": "x"}}}
    annotations = {
        "by-hand": "stays",
        "by-kubectl": "goes",
        "by-flux": "goes",
        "own": "old",
        "kubectl.kubernetes.io/last-applied-configuration": json.dumps(last),
    }
    managed = [
        {
            "manager": "kustomize-controller",
            "operation": "Apply",
            "fieldsV1": {"f:metadata": {"f:annotations": {"f:by-flux": {}}}, "f:spec": {"f:address": {}}},
        },
        {
            "manager": "umctl",
            "operation": "Update",
            "fieldsV1": {"f:metadata": {"f:annotations": {"f:by-hand": {}}}},
        },
    ]
    there = document(
        "UMIPGateway", "sbc01", gateway_document()["spec"], annotations=annotations, managedFields=managed
    )
    own = gateway().model_copy(
        update={"metadata": gateway().metadata.model_copy(update={"annotations": {"own": "new"}})}
    )
    left = the(apply(own, to=live(there)), SBC).metadata.annotations or {}
    assert {name: value for name, value in left.items() if "kubectl.kubernetes.io" not in name} == {
        "by-hand": "stays",
        "own": "new",
    }


def test_only_annotations_of_ours_make_a_change() -> None:
    def there(name: str) -> Mapping[ObjectKey, Held]:
        last = json.dumps({"metadata": {"annotations": {name: "x"}}})
        kubectl = {"kubectl.kubernetes.io/last-applied-configuration": last}
        return live(
            document("UMIPGateway", "sbc01", gateway_document()["spec"], annotations={**kubectl, name: "x"})
        )

    assert whats(apply(gateway(), to=there("tool.example.com/sync"))) == {"sbc01": "Unchanged"}
    assert whats(apply(gateway(), to=there("unifiedmessaging.dev/hold"))) == {"sbc01": "Changed"}


def test_what_is_pruned_is_deleted_by_its_policy() -> None:
    there = live(
        plan_document(),
        gateway_document(deletionPolicy="Delete"),
        gateway_document("cube01", deletionPolicy="Orphan"),
    )
    result = apply(dial_plan(), to=there)
    assert whats(result) == {"pbx": "Unchanged", "sbc01": "Deleted", "cube01": "LetGo"}
    going = the(result, SBC).metadata
    assert (going.deleting, going.finalizers) == (True, (FINALIZER,))
    assert CUBE not in {one.key for one in result.resources}
    assert whats(apply(dial_plan(), to=there, prune=False))["sbc01"] == "Kept"


def test_an_organisation_that_is_pruned_stays_while_it_is_held_for_what_is_out_of_service() -> None:
    document = organization_document("default")
    held = {**document, "metadata": {**document["metadata"], "finalizers": [FINALIZER]}}
    result = apply(gateway(), to=live(gateway_document(), held))
    assert whats(result) == {"sbc01": "Unchanged", "default": "LetGo"}
    assert the(result, ORGANIZATION).metadata.deleting
    assert the(result, ORGANIZATION).metadata.has_finalizer
    free = apply(gateway(), to=live(gateway_document(), document))
    assert ORGANIZATION not in {one.key for one in free.resources}


def test_what_another_applier_or_nobody_applied_is_not_pruned() -> None:
    there = live(
        labelled(FLUX, plan_document()),
        labelled(FLUX, gateway_document()),
        labelled(OTHERS, gateway_document("cube01")),
        gateway_document("by-hand"),
    )
    result = apply(dial_plan(), to=there)
    assert whats(result) == {"pbx": "Unchanged", "sbc01": "LetGo", "cube01": "Kept", "by-hand": "Kept"}
    assert {change.applier for change in result.changes if change.what == "Kept"} == {
        "flux-system/platform",
        None,
    }


def test_a_folder_that_was_never_applied_prunes_nothing() -> None:
    there = live(organization_document(), gateway_document(deletionPolicy="Delete"))
    assert whats(apply(gateway("cube01"), to=there)) == {
        "default": "Kept",
        "sbc01": "Kept",
        "cube01": "Created",
    }


def test_what_is_being_deleted_is_not_brought_back_by_being_declared() -> None:
    going = labelled({}, gateway_document(), deletionTimestamp="2026-11-25T11:00:00Z", finalizers=[FINALIZER])
    result = apply(gateway(), to=live(going))
    assert whats(result) == {"sbc01": "Deleting"}
    assert the(result, SBC).metadata.deleting


def test_what_is_not_valid_in_the_cluster_is_made_valid_by_the_folder() -> None:
    broken = {**gateway_document(), "spec": {"address": 7}}
    result = apply(gateway(), to=live(broken))
    assert whats(result) == {"sbc01": "Changed"}
    assert the(result, SBC).metadata.generation == 5
