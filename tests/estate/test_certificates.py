"""Certificates: from one manifest to servers that serve the wanted one on the wire, while calls go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.rollouts import EX01, estate, rollout, status, told
from estate.wire import on_the_wire

pytestmark = pytest.mark.timeout(600)

FQDN = "ex01.contoso.com"


async def test_a_server_serves_a_new_certificate_and_then_its_renewal(tmp_path: Path) -> None:
    async with rollout(tmp_path, estate(EX01)) as one:
        [row] = status(await one.run()).servers
        first = row.wanted
        assert row.name == FQDN
        assert [await on_the_wire(one.lab, FQDN, port) for port in (5061, 5063)] == [first, first]

        effects = len(one.lab.journal.effects)
        again = await one.run()
        assert again.plan.steps == ()
        assert len(one.lab.journal.effects) == effects, "a second run changed something"

        report = await one.renewed(2)
        assert told(report) == {"Ready": "True/Deployed"}
        [row] = status(report).servers
        assert row.wanted != first
        assert [await on_the_wire(one.lab, FQDN, port) for port in (5061, 5063)] == [row.wanted, row.wanted]
