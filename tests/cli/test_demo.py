"""The demo: what it claims the estate bears out, and it fails when that is not so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from um_operator.lab.cluster.programs import Programs

if TYPE_CHECKING:
    from cli.conftest import Umctl

pytestmark = pytest.mark.timeout(600)

WIDTH = 100
ROW = re.compile(r"^  (ex0[12])\.contoso\.com  none +(\w{8})  (\w{8})  2027-\d\d-\d\d  4 +0$", re.MULTILINE)
"""Of the table in the end: nothing served before, then two certificates, four restarts, no call lost."""


@pytest.mark.parametrize(
    "options",
    [("--api", "simulator"), pytest.param((), marks=pytest.mark.night)],
    ids=["simulated", "as for whoever tries it"],
)
def test_every_claim_of_the_demo_is_confirmed(umctl: Umctl, options: tuple[str, ...]) -> None:
    ran = umctl("demo", *options)
    is_real = not options and Programs.found()
    assert ran.out.startswith("A real Kubernetes API (" if is_real else "A simulated Kubernetes API, ")
    assert "NOT SO" not in ran.out
    assert ran.code == 0
    assert ran.out.count("confirmed  ") == 14
    assert 'gateway "kamailio01" was closed to new calls, parted from its dial plan, and removed' in ran.out
    assert 'port: want "5060", have "5070"' in ran.out
    rows = ROW.findall(ran.out)
    assert [server for server, *_ in rows] == ["ex01", "ex02"]
    assert len({thumbprint for _, *both in rows for thumbprint in both}) == 4
    assert "\x1b" not in ran.out
    assert [line for line in ran.out.splitlines() if len(line) > WIDTH] == []


@pytest.mark.night
def test_with_repair_switched_off_the_demo_fails_and_says_what_is_not_so(umctl: Umctl) -> None:
    ran = umctl("demo", "--no-repair", "--api", "simulator")
    assert ran.out.startswith("A simulated Kubernetes API, ")
    assert ran.code == 1
    assert "It took too long" in ran.out
    (wrong,) = [line for line in ran.out.splitlines() if "NOT SO" in line]
    assert 'port of gateway "cube01"' in wrong


def test_a_real_api_that_is_asked_for_and_not_there_says_how_to_get_it(
    umctl: Umctl, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    ran = umctl("demo", "--api", "real")
    assert ran.code == 1
    assert "there is no kube-apiserver with etcd beside it" in ran.err
    assert umctl("demo", "--api", "real", "--context", "mine").code == 1


@pytest.mark.night
def test_every_claim_of_the_demo_with_lync_is_confirmed(umctl: Umctl) -> None:
    ran = umctl("demo", "--lync", "--api", "simulator")
    assert "NOT SO" not in ran.out
    assert ran.code == 0
    assert ran.out.count("confirmed  ") == 23
    assert 'calls "+4989555004900": answered' in ran.out
    assert [line for line in ran.out.splitlines() if len(line) > WIDTH and not line.startswith("$ ")] == []
