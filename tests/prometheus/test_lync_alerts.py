"""Alerts about integrations with Lync fire in a real Prometheus while their trouble lasts, and no longer.

What is scraped is what passes over modelled pools leave in the metrics, for days that go by at once.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from alert_scene import OF_LYNC
from modelled_alerts import fire_and_resolve
from prometheus_support import missing
from troubled_pools import POOLS_IN_TROUBLE, sound
from um_operator.observability.lync_alerts import LYNC

pytestmark = [pytest.mark.timeout(300), pytest.mark.skipif(bool(missing()), reason=missing())]


async def test_whoever_is_on_call_is_told_of_contacts_of_pools_and_of_what_waits_for_a_person(
    tmp_path: Path,
) -> None:
    await fire_and_resolve(tmp_path, POOLS_IN_TROUBLE, sound, LYNC, OF_LYNC)
