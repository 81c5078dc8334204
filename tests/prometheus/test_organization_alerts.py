"""Alerts about an organisation fire while nobody looks after it, and no longer."""

from __future__ import annotations

import pytest

from alert_scene import NEVER_SCRAPED, STALE, UNREACHABLE, Scene
from um_operator.lab.cluster.faults import ALWAYS

pytestmark = pytest.mark.timeout(300)

ENDPOINTS = ("ex01.contoso.com", "ex02.contoso.com")


async def test_whoever_is_on_call_is_told_of_an_organization_that_nobody_looks_after(scene: Scene) -> None:
    faults = scene.lab.faults
    await scene.only(NEVER_SCRAPED)
    async with scene.operator("one"):
        await scene.only()

        for server in ENDPOINTS:
            faults.take_down(server)
        await scene.only(UNREACHABLE)
        for server in ENDPOINTS:
            faults.bring_up(server)
        await scene.only()

        listed_again = scene.server.faults.fail_list_half_way("umipgateways", times=ALWAYS)
        await scene.only(STALE)
        listed_again()
        await scene.only()
