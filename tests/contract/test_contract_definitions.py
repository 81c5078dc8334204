"""CustomResourceDefinitions: what makes a kind be served, changed, and gone."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from cluster_client import JSON_PATCH, Client, Collection, Json, until
from contract_support import DEFINITIONS

GROUP = "things.example.com"


class Things:
    """A kind of the sentence's own."""

    def __init__(self, client: Client, namespace: str) -> None:
        self.plural = f"things{namespace.replace('-', '')}"
        self.name = f"{self.plural}.{GROUP}"
        self.definitions = Collection(
            client, DEFINITIONS, "apiextensions.k8s.io/v1", "CustomResourceDefinition"
        )
        path = f"/apis/{GROUP}/v1/namespaces/{namespace}/{self.plural}"
        self.objects = Collection(client, path, f"{GROUP}/v1", self.kind)

    @property
    def kind(self) -> str:
        return self.plural.capitalize()

    def manifest(self, **version: Any) -> Json:
        words = {"word": {"type": "string"}, "other": {"type": "string"}}
        spec = {"type": "object", "properties": words}
        schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
        one = {"name": "v1", "served": True, "storage": True, "schema": schema, **version}
        names = {"plural": self.plural, "kind": self.kind}
        return self.definitions.manifest(
            self.name, spec={"group": GROUP, "scope": "Namespaced", "names": names, "versions": [one]}
        )

    def define(self, **version: Any) -> Json:
        made = self.definitions.client.request("POST", DEFINITIONS, self.manifest(**version)).ok()
        until(lambda: self.objects.listing().code == 200)
        return made


@pytest.fixture
def things(client: Client, namespace: str) -> Iterator[Things]:
    things = Things(client, namespace)
    yield things
    things.definitions.delete(things.name)


def test_a_definition_is_established_and_its_kind_served_and_discovered(
    client: Client, things: Things
) -> None:
    assert things.objects.listing().code == 404
    things.define()
    until(lambda: client.get(f"/apis/{GROUP}/v1").code == 200)
    status = things.definitions.get(things.name).ok()["status"]
    conditions = {condition["type"]: condition["status"] for condition in status["conditions"]}
    assert conditions == {"NamesAccepted": "True", "Established": "True"}
    assert status["acceptedNames"]["listKind"] == f"{things.kind}List"
    assert status["storedVersions"] == ["v1"]
    resources = client.get(f"/apis/{GROUP}/v1").ok()["resources"]
    found = next(resource for resource in resources if resource["name"] == things.plural)
    assert (found["kind"], found["namespaced"], found["singularName"]) == (
        things.kind,
        True,
        things.kind.lower(),
    )
    assert {"create", "delete", "get", "list", "patch", "update", "watch"} <= set(found["verbs"])


def test_without_a_status_subresource_the_status_is_content(things: Things) -> None:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    things.define(schema={"openAPIV3Schema": schema})
    made = things.objects.create("t", spec={"a": 1}, status={"b": 2}).ok()
    assert made["status"] == {"b": 2}
    changed = things.objects.patch("t", {"status": {"b": 3}}).ok()
    assert (changed["status"], changed["metadata"]["generation"]) == ({"b": 3}, 2)
    assert things.objects.patch("t", {"status": {"b": 4}}, "status").code == 404


def test_an_update_may_leave_what_does_not_hold_any_more_as_it_is(things: Things) -> None:
    """A tighter definition does not stop other changes of what is there ("ratcheting")."""
    things.define()
    things.objects.create("t", spec={"word": "LOUD", "other": "a"}).ok()
    path = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/word/pattern"
    tighter = [{"op": "add", "path": path, "value": "^[a-z]*$"}]
    assert (
        things.definitions.patch(things.name, tighter, content_type=JSON_PATCH).ok()["metadata"]["generation"]
        == 2
    )
    until(lambda: things.objects.create("u", spec={"word": "LOUD"}, query={"dryRun": "All"}).code == 422)
    changed = things.objects.patch("t", {"spec": {"other": "b"}}).ok()
    assert changed["spec"] == {"word": "LOUD", "other": "b"}
    assert things.objects.patch("t", {"spec": {"word": "LOUDER"}}).refusal == (422, "Invalid")


def test_a_watch_ends_when_its_definition_changes(things: Things) -> None:
    things.define()
    begun = time.monotonic()
    with things.objects.client.watch(things.objects.path, timeoutSeconds="18") as events:
        path = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/word/maxLength"
        longer = [{"op": "add", "path": path, "value": 7}]
        things.definitions.patch(things.name, longer, content_type=JSON_PATCH).ok()
        assert list(events) == []
    assert time.monotonic() - begun < 15


def test_with_a_definition_its_objects_go(things: Things) -> None:
    things.define()
    things.objects.create("t", spec={"word": "a"}).ok()
    things.definitions.delete(things.name).ok()
    until(lambda: things.definitions.get(things.name).code == 404)
    until(lambda: things.objects.listing().code == 404)
    things.define()
    assert things.objects.names() == []


def test_an_object_that_is_held_holds_its_definition(things: Things) -> None:
    things.define()
    things.objects.create("t", metadata={"finalizers": ["example.com/hold"]}, spec={"word": "a"}).ok()
    things.definitions.delete(things.name).ok()
    until(lambda: "deletionTimestamp" in things.objects.get("t").ok()["metadata"])
    assert "deletionTimestamp" in things.definitions.get(things.name).ok()["metadata"]
    things.objects.patch("t", {"metadata": {"finalizers": None}}).ok()
    until(lambda: things.definitions.get(things.name).code == 404)


@pytest.mark.parametrize(
    "version",
    [
        {"schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-validations": [{"rule": "self +"}]}}},
        {"additionalPrinterColumns": [{"name": "A", "type": "string", "jsonPath": "{.a}"}]},
        {"storage": False},
    ],
)
def test_a_definition_that_cannot_be_served_is_refused(things: Things, version: Json) -> None:
    refused = things.definitions.client.request("POST", DEFINITIONS, things.manifest(**version))
    assert refused.refusal == (422, "Invalid")


def test_a_definition_is_named_by_plural_and_group(things: Things) -> None:
    manifest = things.manifest()
    manifest["metadata"]["name"] = f"other.{GROUP}"
    refused = things.definitions.client.request("POST", DEFINITIONS, manifest)
    assert refused.refusal == (422, "Invalid")
    assert ("metadata.name", "FieldValueInvalid") in refused.causes
