"""A run that ended while it waited is taken up by the next one, however long nobody was at work."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from estate.harness import declaring, names
from estate.manifests import dial_plan, gateway, organization
from um_operator.api.meta import ObjectKey
from um_operator.lab.estate import Lab

GATEWAY = ObjectKey("UMIPGateway", "sbc01")


async def test_a_gateway_that_emptied_while_nobody_looked_goes_after_its_drain_timeout(
    lab: Lab, tmp_path: Path
) -> None:
    sbc = gateway("sbc01", ("hq", "4900"), deletionPolicy="Delete")
    operator = declaring(lab, tmp_path, organization(), dial_plan("hq"), sbc)
    await operator.apply()
    operator.declare(organization(), dial_plan("hq"))
    await operator.apply(delete={GATEWAY}, within=timedelta(0))
    assert "sbc01" in names(lab, "UMIPGateway")
    lab.clock.advance(timedelta(hours=2))
    report = await operator.apply(delete={GATEWAY})
    assert report.plan.steps == ()
    assert "sbc01" not in names(lab, "UMIPGateway")
