"""``umctl plan --against live`` where nothing of ours is there yet."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from estate.harness import write
from incluster.harness import Cluster
from incluster.review import IN_FORCE, Review
from um_operator.cli.main import run
from um_operator.lab.cluster.server import ApiServer
from um_operator.lab.estate import Lab
from um_operator.local.clock import CLOCK_SETTING


async def test_an_empty_cluster_has_everything_before_it(
    lab: Lab,
    cluster: Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(CLOCK_SETTING, lab.clock.to_setting())
    review = Review(tmp_path / "folder", cluster, lab, capsys)
    review.propose(*IN_FORCE)
    code, out, _ = await review.check()
    assert code == 2
    assert 'Against namespace "um" of the cluster: 4 new.' in out
    assert "The cluster remembers nothing of it" in out


async def test_a_cluster_without_our_kinds_says_where_they_are(
    server: ApiServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path / "folder", IN_FORCE)
    access = ["--against", "live", "--kubeconfig", str(server.kubeconfig)]
    assert await asyncio.to_thread(run, ["plan", "-f", str(folder), *access]) == 1
    assert (
        "the cluster does not know our kinds; umctl crds prints their definitions" in capsys.readouterr().err
    )
