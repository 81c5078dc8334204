from __future__ import annotations

from datetime import timedelta

import pytest
import yaml

from manifests_support import EXAMPLES, dial_plan, example, gateway, organization
from um_operator.api.organization import ExchangeOrganization
from um_operator.api.select import Invalid


@pytest.mark.parametrize(
    ("folder", "least"),
    [("smallest", 4), ("first-steps", 6), ("first-certificate", 1), ("first-integration", 3), ("contoso", 6)],
)
def test_every_document_of_an_example_is_valid(folder: str, least: int) -> None:
    resources = example(folder)
    assert len(resources) >= least
    assert [item for item in resources if isinstance(item, Invalid)] == []


def test_what_is_left_out_of_a_dial_plan_is_not_managed() -> None:
    plan = dial_plan("pbx", faxEnabled=False)
    assert plan.declared()["spec"] == {
        "organizationRef": {"name": "default"},
        "deletionPolicy": "Orphan",
        "countryOrRegionCode": "49",
        "numberOfDigitsInExtension": 4,
        "voipSecurity": "Unsecured",
        "faxEnabled": False,
    }


def test_an_empty_list_is_declared_where_absent_means_not_managed() -> None:
    assert dial_plan("pbx", accessTelephoneNumbers=[]).declared()["spec"]["accessTelephoneNumbers"] == []
    assert "dialPlanRefs" not in gateway("sbc01").declared()["spec"]


def test_an_organisation_observes_until_somebody_says_otherwise() -> None:
    spec = organization().spec
    assert spec.mode == "Observe"
    assert spec.interval == timedelta(minutes=5)
    assert spec.disruption.drain_timeout == timedelta(minutes=30)
    assert spec.sessions.total == 12
    assert spec.exchange.authentication is not None
    assert spec.exchange.authentication.method == "Kerberos"


def test_a_hunt_group_without_pilot_takes_every_call() -> None:
    ref = gateway("sbc01", dialPlanRefs=[{"name": "pbx"}]).spec.dial_plan_refs[0]
    assert (ref.name, ref.pilot_identifier) == ("pbx", "")


def test_what_was_written_reads_back_as_the_same_resource() -> None:
    for resource in (*example("contoso"), *example("first-steps"), *example("smallest")):
        assert not isinstance(resource, Invalid)
        assert type(resource).model_validate(resource.declared()) == resource


def test_the_contoso_organisation_knows_its_window() -> None:
    found = next(item for item in example("contoso") if isinstance(item, ExchangeOrganization))
    window = found.spec.maintenance_windows[0]
    assert (window.name, window.time_zone, window.duration) == (
        "saturday-night",
        "Europe/Berlin",
        timedelta(hours=4),
    )


@pytest.mark.parametrize("folder", ["first-steps", "first-certificate", "first-integration", "contoso"])
def test_a_kustomization_lists_every_file_of_its_folder(folder: str) -> None:
    files = {path.name for path in (EXAMPLES / folder).glob("*.yaml")} - {"kustomization.yaml"}
    kustomization = yaml.safe_load((EXAMPLES / folder / "kustomization.yaml").read_text())
    assert set(kustomization["resources"]) == files


@pytest.mark.parametrize("folder", ["first-steps", "contoso"])
def test_everything_of_an_example_stands_in_one_namespace(folder: str) -> None:
    namespaces = {
        document["metadata"].get("namespace")
        for path in (EXAMPLES / folder).glob("*.yaml")
        for document in yaml.load_all(path.read_text(), yaml.CSafeLoader)
        if document["kind"] not in {"Kustomization", "Namespace"}
    }
    declared = yaml.safe_load((EXAMPLES / folder / "namespace.yaml").read_text())["metadata"]["name"]
    assert namespaces == {declared}
