"""Certificates in a cluster: seen at once, watched, and of two for one server only one goes on."""

from __future__ import annotations

from typing import Any

import pytest

from estate.manifests import organization, resource
from incluster.harness import Cluster, Reference, at_work, condition, until
from um_operator.lab.estate import Lab

FIRST: Reference = ("UMCertificate", "a")
SECOND: Reference = ("UMCertificate", "b")
CA: dict[str, Any] = {"issuer": {"ca": {}}}


@pytest.mark.night
async def test_the_second_certificate_for_a_server_waits_until_the_first_is_gone(
    lab: Lab, cluster: Cluster
) -> None:
    await cluster.apply(organization(mode="Observe"), resource("UMCertificate", "a", **CA))
    async with at_work(cluster, lab.clock):
        await cluster.until_ready(("ExchangeOrganization", "default"))
        only = {"include": ["ex02.contoso.com"]}
        await cluster.apply(resource("UMCertificate", "b", **CA, servers=only))
        await cluster.until_ready(SECOND, reason="Claimed")
        stalled = condition(await cluster.get(*SECOND), "Stalled")
        assert stalled is not None
        assert "ex02.contoso.com" in stalled["message"]
        assert '"UMCertificate/a"' in stalled["message"]
        first = await cluster.get(*FIRST)
        assert first is not None
        assert first["status"]["observedGeneration"] == first["metadata"]["generation"]
        assert condition(first, "Stalled") is None

        await cluster.delete(*FIRST)

        async def is_free() -> bool:
            return condition(await cluster.get(*SECOND), "Stalled") is None

        await until(is_free, "the second has the server")
        assert await cluster.get(*FIRST) is None
    assert not lab.journal.effects
