"""Every status that a plan of a ``Site`` leads to is held to the rules of kstatus."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest

import kstatus
import rollout_reading
from um_operator.desired.organization import DesiredOrganization
from um_operator.observed.ledger import Ledger
from um_operator.observed.snapshot import Snapshot
from um_operator.planning.conditions import statuses
from um_operator.planning.plan import Plan
from um_operator.planning.planner import make_plan


@contextmanager
def every_status_is_judged() -> Iterator[None]:
    """Judge whatever is planned, as long as the block lasts."""

    def judged(
        desired: DesiredOrganization, snapshot: Snapshot, ledger: Ledger, now: datetime, **other: Any
    ) -> Plan:
        plan = make_plan(desired, snapshot, ledger, now, **other)
        statuses(desired, snapshot, ledger, plan, {}, {}, now)
        return plan

    with pytest.MonkeyPatch.context() as patched, kstatus.watched():
        patched.setattr(rollout_reading, "make_plan", judged)
        yield
