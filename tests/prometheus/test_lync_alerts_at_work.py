"""Alerts about Lync with an operator at work: whoever is called reads what is wrong, until it is mended.

One scene for all: each test makes the trouble of its own, sees it told, and mends it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from alert_scene import FIRST_FRONT_END
from estate.pools import NUMBERS, POOL, SECOND
from lync_alert_scene import PoolScene, about, looked_after
from prometheus_support import missing

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.night,
    pytest.mark.skipif(bool(missing()), reason=missing()),
    pytest.mark.timeout(300),
]

DAY = timedelta(days=1)
WAITS = about("UmOperatorManualActionRequired", "warning")
UNCONTACTED = about("UmOperatorContactsMissing", "warning")
AT_QUORUM = about("UmOperatorPoolAtQuorum", "critical", pool=POOL)
ENDS_SOON = about("UmOperatorFrontEndCertificateExpiring", "warning", server=FIRST_FRONT_END)
ENDS_NOW = about("UmOperatorFrontEndCertificateExpiring", "critical", server=FIRST_FRONT_END)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PoolScene]:
    async with looked_after(tmp_path_factory.mktemp("scene")) as scene:
        await scene.only()
        yield scene


async def test_who_is_called_for_a_missing_contact_reads_how_many_and_finds_what_to_type(
    scene: PoolScene,
) -> None:
    contacts = scene.deployment.contacts
    [contact] = (one for one in contacts if one.dial_plan != SECOND)
    contacts.remove(contact)
    await scene.looks()
    await scene.only(UNCONTACTED)
    assert scene.said(UNCONTACTED).startswith(
        "LyncIntegration um/lync: Lync lacks contacts: Contacts are missing (1), so Lync cannot reach"
    )
    assert NUMBERS[contact.dial_plan] in await scene.message("ManualActionRequired")

    contacts.add(contact)
    await scene.looks()
    await scene.only()


async def test_who_is_called_after_a_day_finds_what_only_a_person_does(scene: PoolScene) -> None:
    scene.forbid()
    await scene.looks()
    await scene.looks(after=DAY - timedelta(hours=1))
    await scene.only()
    await scene.looks(after=timedelta(hours=1))
    await scene.only(WAITS)
    assert scene.said(WAITS).startswith("LyncIntegration um/lync waits for a person: ")
    assert "ExchUcUtil.ps1" in await scene.message("ManualActionRequired")

    await scene.permit()
    await scene.looks()
    await scene.only()


async def test_who_is_called_for_a_pool_without_a_front_end_to_spare_knows_which(scene: PoolScene) -> None:
    await scene.fail()
    await scene.looks()
    await scene.only(AT_QUORUM)
    assert f"Lync pool {POOL} has no front end to spare" in scene.said(AT_QUORUM)

    await scene.start()
    await scene.looks()
    await scene.only()


async def test_who_is_called_for_a_certificate_of_a_front_end_knows_which_and_how_long_it_lasts(
    scene: PoolScene,
) -> None:
    scene.assign(left=8 * DAY)
    await scene.looks()
    await scene.only(ENDS_SOON)
    assert f"Front end {FIRST_FRONT_END} uses a certificate that ends soon" in scene.said(ENDS_SOON)
    assert "ends in 7d 23h" in scene.said(ENDS_SOON)
    await scene.looks(after=2 * DAY)
    await scene.only(ENDS_SOON, ENDS_NOW)
    assert "within days" in scene.said(ENDS_NOW)

    scene.assign(left=700 * DAY)
    await scene.looks()
    await scene.only()
