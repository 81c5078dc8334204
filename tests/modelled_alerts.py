"""A real Prometheus that scrapes what passes over modelled estates leave in the metrics.

Days go by at once, for nobody has to do anything in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from board_support import BUILD
from planning_support import NOW, World
from prometheus_support import Labels, watching
from rollout_support import Site
from troubled_sites import DAY, shown_after
from um_operator.lab.clock import Clock
from um_operator.observability.alert import Alert
from um_operator.observability.board import LeaseSample
from um_operator.observability.recorder import Metrics
from um_operator.web.listener import BindAddress, listening
from um_operator.web.serving import metrics_app


async def fire_and_resolve(
    folder: Path,
    troubles: Mapping[str, Callable[[], Site | World]],
    sound: Callable[[], Site | World],
    alerts: Iterable[Alert],
    expected: Iterable[Labels],
) -> None:
    """See that just the expected ones of some alerts fire while there is trouble, and none once all is sound.

    Args:
        folder: for Prometheus.
        troubles: an estate by the namespace in which it is in trouble.
        sound: the estate that each of them becomes.
        alerts: those that count: nobody makes passes here, which others tell of.
        expected: the labels that fire.

    Raises:
        AssertionError: others fire, or these do not.
    """
    names = {alert.name for alert in alerts}
    wanted = set(expected)

    def counted(firing: set[Labels]) -> set[Labels]:
        return {labels for labels in firing if dict(labels)["alertname"] in names}

    metrics, clock = Metrics(BUILD), Clock(NOW + 2 * DAY, rate=300.0)
    metrics.show_lease(LeaseSample(namespace="um-operator", name="um-operator", held=True))
    kept = {name: metrics.organization(name, "default") for name in troubles}
    for name, trouble in troubles.items():
        kept[name].show(shown_after(trouble(), namespace=name))
    async with (
        listening(metrics_app(metrics), BindAddress("127.0.0.1", 0)) as port,
        watching(folder, [f"127.0.0.1:{port}"], clock) as seen,
    ):
        await seen.until(lambda firing: counted(firing) == wanted)
        for name, one in kept.items():
            one.show(shown_after(sound(), namespace=name))
        await seen.until(lambda firing: counted(firing) == set())
