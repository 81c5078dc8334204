"""The store: lists and single readings cross each other, and nothing is lost or kept as a ghost."""

from __future__ import annotations

from typing import Any

from um_operator.api.meta import ObjectKey
from um_operator.api.select import Invalid
from um_operator.kube.objects import Objects, Reference, reference_of

NAMESPACE = "um"


def gateway(name: str, version: int, *, namespace: str = NAMESPACE, uid: str = "", **spec: Any) -> Any:
    return {
        "apiVersion": "unifiedmessaging.dev/v1beta1",
        "kind": "UMIPGateway",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": uid or f"uid-of-{name}",
            "resourceVersion": str(version),
            "generation": 1,
        },
        "spec": {"address": f"{name}.contoso.com", **spec},
    }


def reference(name: str, namespace: str = NAMESPACE) -> Reference:
    return Reference(namespace, ObjectKey("UMIPGateway", name))


def versions(objects: Objects) -> dict[str, str]:
    return {
        found.key.name: held.raw["metadata"]["resourceVersion"]
        for found in objects.references("UMIPGateway")
        if (held := objects.get(found))
    }


def test_a_complete_list_makes_what_is_not_in_it_absent() -> None:
    objects = Objects()
    objects.put(gateway("gone", 1))
    objects.replace("UMIPGateway", None, [gateway("stays", 2)], "5")
    assert versions(objects) == {"stays": "2"}


def test_a_list_does_not_make_absent_what_was_made_after_it() -> None:
    objects = Objects()
    objects.put(gateway("new", 9))
    objects.replace("UMIPGateway", None, [], "5")
    assert versions(objects) == {"new": "9"}


def test_a_list_does_not_bring_back_what_went_while_it_was_read() -> None:
    objects = Objects()
    objects.put(gateway("going", 3))
    objects.drop(reference("going"), "uid-of-going")
    objects.replace("UMIPGateway", None, [gateway("going", 3)], "5")
    assert versions(objects) == {}


def test_an_object_made_anew_under_the_name_of_one_that_went_is_known() -> None:
    objects = Objects()
    objects.put(gateway("again", 3, uid="first"))
    objects.drop(reference("again"), "first")
    objects.put(gateway("again", 7, uid="second"))
    assert versions(objects) == {"again": "7"}


def test_an_older_version_does_not_replace_a_newer_one() -> None:
    objects = Objects()
    objects.put(gateway("sbc01", 7))
    objects.put(gateway("sbc01", 6))
    objects.replace("UMIPGateway", None, [gateway("sbc01", 5)], "6")
    assert versions(objects) == {"sbc01": "7"}


def test_versions_are_compared_as_numbers() -> None:
    objects = Objects()
    objects.put(gateway("sbc01", 9))
    objects.put(gateway("sbc01", 10))
    assert versions(objects) == {"sbc01": "10"}


def test_a_list_of_one_namespace_says_nothing_of_another_one() -> None:
    objects = Objects()
    objects.put(gateway("sbc01", 1, namespace="other"))
    objects.replace("UMIPGateway", NAMESPACE, [], "5")
    assert versions(objects) == {"sbc01": "1"}


def test_a_status_that_nobody_can_read_does_not_make_a_resource_invalid() -> None:
    objects = Objects()
    objects.put({**gateway("sbc01", 1), "status": {"observedGeneration": "many"}})
    held = objects.get(reference("sbc01"))
    assert held is not None
    assert not isinstance(held.parsed, Invalid)


def test_what_the_status_remembers_is_read_with_the_resource() -> None:
    objects = Objects()
    objects.put({**gateway("sbc01", 1), "status": {"observedGeneration": 1, "guid": "1-2-3"}})
    [found] = objects.resources(NAMESPACE).gateways
    assert found.status.guid == "1-2-3"


def test_a_resource_that_breaks_a_rule_is_kept_as_invalid_with_its_organisation() -> None:
    objects = Objects()
    broken = gateway("sbc01", 1, port="5060", organizationRef={"name": "contoso"})
    objects.put(broken)
    assert objects.of_organization(NAMESPACE, "contoso").keys() == {reference_of(broken).key}
    assert objects.resources(NAMESPACE).is_invalid(ObjectKey("UMIPGateway", "sbc01"))
