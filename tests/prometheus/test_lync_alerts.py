"""Alerts about integrations with Lync fire in a real Prometheus while their trouble lasts, and no longer.

What is scraped is what passes over modelled pools leave in the metrics, for days that go by at once.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from alert_scene import OF_LYNC
from board_support import BUILD
from planning_support import NOW
from prometheus_support import Labels, missing, watching
from troubled_pools import POOLS_IN_TROUBLE, sound
from troubled_sites import DAY, shown_after
from um_operator.lab.clock import Clock
from um_operator.observability.board import LeaseSample
from um_operator.observability.lync_alerts import LYNC
from um_operator.observability.recorder import Metrics
from um_operator.web.listener import BindAddress, listening
from um_operator.web.serving import metrics_app

pytestmark = [pytest.mark.timeout(300), pytest.mark.skipif(bool(missing()), reason=missing())]

NAMES = {alert.name for alert in LYNC}


def about_lync(firing: set[Labels]) -> set[Labels]:
    """Return the alerts that are about Lync: nobody makes passes here, which others tell of."""
    return {labels for labels in firing if dict(labels)["alertname"] in NAMES}


async def test_whoever_is_on_call_is_told_of_contacts_of_pools_and_of_what_waits_for_a_person(
    tmp_path: Path,
) -> None:
    metrics, clock = Metrics(BUILD), Clock(NOW + 2 * DAY, rate=300.0)
    metrics.show_lease(LeaseSample(namespace="um-operator", name="um-operator", held=True))
    kept = {name: metrics.organization(name, "default") for name in POOLS_IN_TROUBLE}
    for name, trouble in POOLS_IN_TROUBLE.items():
        kept[name].show(shown_after(trouble(), namespace=name))
    async with (
        listening(metrics_app(metrics), BindAddress("127.0.0.1", 0)) as port,
        watching(tmp_path, [f"127.0.0.1:{port}"], clock) as alerts,
    ):
        await alerts.until(lambda firing: about_lync(firing) == {*OF_LYNC})
        for name, one in kept.items():
            one.show(shown_after(sound(), namespace=name))
        await alerts.until(lambda firing: about_lync(firing) == set())
