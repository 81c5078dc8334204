"""Every status that a plan of these tests leads to is held to the rules of kstatus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import kstatus
import rollout_support
from um_operator.observed.ledger import Ledger
from um_operator.observed.snapshot import Snapshot
from um_operator.planning.conditions import statuses
from um_operator.planning.plan import Plan
from um_operator.planning.planner import make_plan


@pytest.fixture(autouse=True)
def every_status_is_judged(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def judged(desired: Any, snapshot: Snapshot, ledger: Ledger, now: Any, **other: Any) -> Plan:
        plan = make_plan(desired, snapshot, ledger, now, **other)
        statuses(desired, snapshot, ledger, plan, {}, {}, now)
        return plan

    monkeypatch.setattr(rollout_support, "make_plan", judged)
    with kstatus.watched():
        yield
