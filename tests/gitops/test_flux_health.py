"""Flux's health check expressions for our kinds, on what the operator writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from gitops.argo_lua import CUSTOMIZATIONS
from gitops.flux_health import health
from gitops.situations import EXPECTED, SITUATIONS, live
from planning_support import World
from um_operator.api.meta import ObjectKey

OF_HEALTH = yaml.safe_load((CUSTOMIZATIONS / "health_test.yaml").read_text())["tests"]
SAME = {"Healthy": "Current", "Suspended": "Current", "Progressing": "InProgress", "Degraded": "Failed"}
TRIED_AGAIN = {
    "certificate-issuance-denied",
    "organization-account-refused",
    "organization-servers-unreadable",
}
"""Degraded in Argo CD, where a person looks; Flux goes on waiting, for it may come right by itself."""


@pytest.mark.parametrize(("situation", "world", "key"), SITUATIONS)
def test_the_health_of_what_the_operator_writes_when(
    situation: str, world: Callable[[], World], key: ObjectKey
) -> None:
    assert health(live(world(), key)) == EXPECTED[situation].flux


@pytest.mark.parametrize("test", OF_HEALTH, ids=lambda test: test["inputPath"])
def test_flux_and_argo_cd_agree_on(test: dict[str, Any]) -> None:
    path = CUSTOMIZATIONS / test["inputPath"]
    resource = yaml.safe_load(path.read_text())
    if "status" not in resource:  # the API server writes the default
        resource["status"] = {"observedGeneration": -1}
    said = SAME[test["healthStatus"]["status"]]
    assert health(resource) == ("InProgress" if path.stem in TRIED_AGAIN else said)
