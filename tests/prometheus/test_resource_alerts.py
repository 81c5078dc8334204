"""Alerts about resources, the account and the Lease fire while their trouble lasts, and no longer."""

from __future__ import annotations

import base64
import signal
from typing import Any

import pytest

from alert_scene import DRIFT, LOCKED_OUT, NO_LEADER, NOT_READY, STALLED, Scene
from estate.manifests import dial_plan, gateway
from incluster.harness import secret

pytestmark = pytest.mark.timeout(300)


def wrong(account: dict[str, Any]) -> dict[str, Any]:
    """Return the account's Secret with a password that somebody changed."""
    return {**account, "data": {**account["data"], "password": base64.b64encode(b"of yesterday").decode()}}


async def test_whoever_is_on_call_is_told_of_resources_of_the_account_and_that_nobody_leads(
    scene: Scene,
) -> None:
    lab, cluster = scene.lab, scene.cluster
    lab.change("New-UMIPGateway", Name="sbc01", Address="sbc01.contoso.com")
    lab.change("New-UMDialPlan", Name="branch", NumberOfDigitsInExtension=3, CountryOrRegionCode="49")
    await cluster.apply(gateway("sbc01", mode="Observe", port=5060))
    async with scene.operator("one") as one:
        await cluster.until_ready(("UMIPGateway", "sbc01"))
        lab.change("Set-UMIPGateway", Identity="sbc01", Port=5070)
        await cluster.apply(dial_plan("branch"), gateway("cube01", ("later", "4901")))
        await scene.only(DRIFT, STALLED, NOT_READY)
        assert scene.alerts.said[DRIFT]["summary"] == "UMIPGateway um/sbc01 differs from what is declared"

        lab.change("Set-UMIPGateway", Identity="sbc01", Port=5060)
        await cluster.delete("UMDialPlan", "branch")
        await cluster.apply(dial_plan("later"))
        await scene.only()

        await cluster.apply(wrong(secret(lab)))
        await scene.only(LOCKED_OUT)
        await cluster.apply(secret(lab))
        await scene.only()

        one.send(signal.SIGSTOP)
        await scene.only(NO_LEADER)
        one.send(signal.SIGKILL)
        await one.ended()
    async with scene.operator("two"):
        await scene.only()
