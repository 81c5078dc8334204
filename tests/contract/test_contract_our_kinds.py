"""Our own definitions, and the examples as people apply them."""

from pathlib import Path

import pytest
import yaml

from bad_manifests import BAD
from cluster_client import Client, Collection, until
from contract_support import DEFINITIONS, Kubectl
from manifests_support import EXAMPLES

CRDS = Path(__file__).parents[2] / "crds"
GROUP = "unifiedmessaging.dev"
ONLY_UMCTL_KNOWS = {
    "digits and dots that are no address",
    "a window of no known time zone",
    "a window at an hour that no day has",
}


@pytest.fixture
def served(client: Client) -> Client:
    """A client of a server that has our definitions."""
    files = sorted(CRDS.glob("*.yaml"))
    for file in files:
        assert client.request("POST", DEFINITIONS, yaml.load(file.read_text(), yaml.CSafeLoader)).code in (
            201,
            409,
        )
    collections = [f"/apis/{GROUP}/v1beta1/{file.stem}" for file in files]
    until(lambda: all(client.get(collection).code == 200 for collection in collections))
    return client


def test_a_manifest_that_umctl_refuses_is_refused(served: Client, namespace: str) -> None:
    accepted = set()
    for why, (manifest, _) in BAD.items():
        path = f"/apis/{GROUP}/v1beta1/namespaces/{namespace}/{manifest['kind'].lower()}s"
        query = {"dryRun": "All", "fieldValidation": "Strict"}
        answer = served.request("POST", path, manifest, query=query)
        assert answer.code in (201, 400, 404, 422), answer.text
        accepted |= {why} if answer.code == 201 else set()
    assert accepted == ONLY_UMCTL_KNOWS


SENT_EACH_TIME = "secret/"
"""What kubectl sends on each apply of a client: stringData."""


@pytest.mark.parametrize("example", [pytest.param("first-steps", marks=pytest.mark.night), "contoso"])
def test_an_example_is_applied_whole_and_then_nothing_is_left_to_apply(
    served: Client, kubectl: Kubectl, example: str
) -> None:
    folder = EXAMPLES / example
    made = kubectl.anywhere("apply", "-k", str(folder)).splitlines()
    assert made
    assert all(line.endswith("created") for line in made)
    again = kubectl.anywhere("apply", "-k", str(folder)).splitlines()
    changed = [line for line in again if not line.endswith("unchanged")]
    sent = [line for line in made if line.startswith(SENT_EACH_TIME)]
    assert sorted(changed) == sorted(line.replace("created", "configured") for line in sent)
    namespace = yaml.safe_load((folder / "namespace.yaml").read_text())["metadata"]["name"]
    plans = Collection(
        served,
        f"/apis/{GROUP}/v1beta1/namespaces/{namespace}/umdialplans",
        f"{GROUP}/v1beta1",
        "UMDialPlan",
    )
    assert all(plan["status"] == {"observedGeneration": -1} for plan in plans.listing().ok()["items"])
    name = plans.names()[0]
    assert plans.names(fieldSelector="spec.organizationRef.name=nobody") == []
    assert name in kubectl.anywhere("get", "um", "-n", namespace)
