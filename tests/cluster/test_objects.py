"""What the API server does with our objects: defaults, status apart from spec, merging, selecting."""

from __future__ import annotations

from typing import Any

import pytest

from cluster_apiserver import APIServer
from cluster_client import Json
from cluster_objects import Objects
from manifests_support import gateway_document, organization_document, plan_document
from um_operator.api.select import Invalid, parse

MINIMAL = [organization_document("contoso"), plan_document("pbx"), gateway_document("sbc01")]
every_kind = pytest.mark.parametrize("document", MINIMAL, ids=lambda document: document["kind"])


@every_kind
def test_an_object_that_nobody_saw_counts_as_in_progress(document: Json, objects: Objects) -> None:
    made = objects.create(document)
    assert made.accepted, made
    stored = objects.get(document["kind"], document["metadata"]["name"])
    assert stored["status"] == {"observedGeneration": -1}
    assert stored["status"]["observedGeneration"] != stored["metadata"]["generation"]  # kstatus: InProgress


@every_kind
def test_the_server_fills_in_the_defaults_that_umctl_does(document: Json, objects: Objects) -> None:
    stored = objects.create(document).body
    here = parse(document)
    assert not isinstance(here, Invalid)
    assert stored["spec"] == here.declared()["spec"]


@every_kind
def test_what_the_server_returns_can_be_read(document: Json, objects: Objects) -> None:
    read = parse(objects.create(document).body)
    assert not isinstance(read, Invalid), read.problems
    assert read.metadata.generation == 1
    assert read.metadata.created_at is not None


@pytest.mark.parametrize("side", ["--server-side", "--server-side=false"])
def test_a_mistyped_field_is_refused_by_its_path(side: str, server: APIServer, namespace: str) -> None:
    manifest = (
        "{apiVersion: unifiedmessaging.dev/v1beta1, kind: UMIPGateway, metadata: {name: sbc01},"
        " spec: {address: sbc01.contoso.com, dialPlanRefs: [{name: pbx, pilot: '4900'}]}}"
    )
    applied = server.kubectl("apply", side, f"--namespace={namespace}", "--filename=-", input=manifest)
    assert applied.returncode == 1
    assert "pilot" in applied.stderr


def test_a_status_is_written_without_a_new_generation_and_alone(objects: Objects) -> None:
    assert objects.create(gateway_document("sbc01")).accepted
    assert objects.write_status("UMIPGateway", "sbc01", {"observedGeneration": 1, "port": 5060}).accepted
    stored = objects.get("UMIPGateway", "sbc01")
    assert (stored["status"]["port"], stored["metadata"]["generation"]) == (5060, 1)

    changed = {**stored, "spec": {**stored["spec"], "port": 5061}, "status": {"port": 1}}
    assert objects.replace(changed).accepted
    stored = objects.get("UMIPGateway", "sbc01")
    assert (stored["status"]["port"], stored["metadata"]["generation"]) == (5060, 2)


def test_a_status_that_breaks_the_schema_is_refused(objects: Objects) -> None:
    assert objects.create(gateway_document("sbc01")).accepted
    assert not objects.write_status("UMIPGateway", "sbc01", {"port": "5060"}).accepted


def test_objects_are_selected_by_their_organization(server: APIServer, objects: Objects) -> None:
    for document in (
        gateway_document("here", organizationRef={"name": "contoso"}),
        gateway_document("elsewhere", organizationRef={"name": "fabrikam"}),
        gateway_document("by-default"),
        plan_document("pbx", organizationRef={"name": "contoso"}),
    ):
        assert objects.create(document).accepted

    def selected(kinds: str, organization: str) -> list[str]:
        listed = server.kubectl(
            "get",
            kinds,
            f"--namespace={objects.namespace}",
            f"--field-selector=spec.organizationRef.name={organization}",
            "--output=name",
        )
        assert listed.returncode == 0, listed.stderr
        return listed.stdout.split()

    assert selected("umdp,umgw", "contoso") == [
        "umdialplan.unifiedmessaging.dev/pbx",
        "umipgateway.unifiedmessaging.dev/here",
    ]
    assert selected("umgw", "default") == ["umipgateway.unifiedmessaging.dev/by-default"]


def test_two_managers_share_the_hunt_groups_of_a_gateway(objects: Objects) -> None:
    def apply(manager: str, *refs: tuple[str, str]) -> list[tuple[str, str]]:
        entries = [{"name": name, "pilotIdentifier": pilot} for name, pilot in refs]
        applied = objects.apply(gateway_document("sbc01", dialPlanRefs=entries), manager)
        assert applied.accepted, applied
        return sorted((ref["name"], ref["pilotIdentifier"]) for ref in refs_of(applied.body))

    def refs_of(gateway: Json) -> list[Any]:
        refs: list[Any] = gateway["spec"].get("dialPlanRefs", [])
        return refs

    headquarters, branch, second = ("pbx", "4900"), ("branch", ""), ("pbx", "4950")
    assert apply("headquarters", headquarters) == [headquarters]
    assert apply("branch", branch, second) == [branch, headquarters, second]
    assert apply("branch", branch) == [branch, headquarters]
    assert apply("headquarters") == [branch]


def test_what_cannot_change_is_refused_by_kubectl(server: APIServer, objects: Objects) -> None:
    assert objects.create(plan_document("pbx", uriType="SipName")).accepted
    patch = '{"spec": {"uriType": "E164", "name": "other"}}'
    refused = server.kubectl(
        "patch", "umdp", "pbx", f"--namespace={objects.namespace}", "--type=merge", f"--patch={patch}"
    )
    assert refused.returncode == 1
    for field in ("spec.uriType", "spec.name"):
        line = f"{field}: Invalid value: cannot change; delete the resource and make another one"
        assert line in refused.stderr


def test_kubectl_waits_for_ready_of_the_newest_generation(server: APIServer, objects: Objects) -> None:
    def waits(timeout: str) -> bool:
        waited = server.kubectl(
            "wait",
            "umgw/sbc01",
            "--for=condition=Ready",
            f"--namespace={objects.namespace}",
            f"--timeout={timeout}",
        )
        return waited.returncode == 0

    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "UpToDate",
        "message": "as declared",
        "lastTransitionTime": "2026-11-14T22:31:12Z",
        "observedGeneration": 1,
    }
    assert objects.create(gateway_document("sbc01")).accepted
    assert not waits("1s")
    assert objects.write_status(
        "UMIPGateway", "sbc01", {"observedGeneration": 1, "conditions": [ready]}
    ).accepted
    assert waits("5s")
    stored = objects.get("UMIPGateway", "sbc01")
    assert objects.replace({**stored, "spec": {**stored["spec"], "port": 5061}}).accepted
    assert not waits("1s")
