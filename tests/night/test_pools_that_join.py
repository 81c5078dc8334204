"""A pool that joins another one later, while that goes on calling."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from estate.harness import live
from estate.integration import told
from estate.pools import FIRST, POOL, estate_of, is_settled, pool_of, pool_site
from um_operator.api.reasons import Reason
from um_operator.lab.estate import EstateSpec
from um_operator.lab.lync.spec import Edition, PoolSpec, Release

LATER = PoolSpec("lyncse01.contoso.com", "Hamburg", Edition.STANDARD, users=120, mediation=False)
BY_SCRIPT = "1:2"
"""The name that ExchUcUtil.ps1 gave to the gateway of that pool."""


def linked_by_the_script_alone(spec: EstateSpec) -> EstateSpec:
    """Return the estate in which nobody has made a gateway for that pool, but ExchUcUtil.ps1."""
    gateways = tuple(one for one in spec.organization.gateways if one.name != LATER.fqdn)
    return replace(spec, organization=replace(spec.organization, gateways=gateways))


@pytest.mark.timeout(1200)
async def test_a_pool_that_joins_later_gets_what_it_lacks_and_the_other_one_is_not_restarted(
    tmp_path: Path,
) -> None:
    pools = pool_of(3, Release.SFB2015), LATER
    spec = linked_by_the_script_alone(estate_of(*pools))
    async with pool_site(tmp_path, *pools, spec=spec) as site:
        site.rollout.operator.declarations.scripted = {LATER.fqdn: BY_SCRIPT}
        site.share(FIRST, pools=(POOL,))
        await site.adopted()
        assert live(site.lab, "UMIPGateway", BY_SCRIPT)["OutcallsAllowed"] is False

        site.share(FIRST, pools=(POOL, LATER.fqdn))
        await site.run(is_settled)
        report = await site.passes(timedelta(minutes=10))
        assert told(report)["RestartPending"] == f"True/{Reason.POOL_TOO_SMALL}"
        assert live(site.lab, "UMIPGateway", BY_SCRIPT)["Port"] == 5061

        site.rollout.beside(site.restart_by_hand(LATER.fqdn))
        await site.run(lambda one: told(one).get("Ready", "").startswith("True/"))
        assert site.effects() == [], "front ends of the first pool know all that they are to find"
        assert site.failed_calls() == {}
