"""Three years of short certificates: each renewal restarts each server once, and no telephone is silent.

Who runs the gateways renews theirs meanwhile.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from estate.rollouts import EX01, EX02, Rollout, estate, rollout, status
from um_operator.lab.exchange.builder import Secured

pytestmark = pytest.mark.timeout(3600)

YEARS = timedelta(days=3 * 365)
A_SOON_END = "2160h"
SOME_CALLS = timedelta(minutes=10)


async def test_renewals_go_on_for_years(tmp_path: Path) -> None:
    spec = estate(EX01, EX02, secured=Secured())
    async with rollout(tmp_path, spec, duration=A_SOON_END) as one:
        report = await one.run()
        began, first = one.lab.clock.now(), one.starts()
        renewals = 0
        while (due := datetime.fromisoformat(status(report).renewal_time or "")) < began + YEARS:
            calls = one.lab.calls.summary().total.answered
            await one.time.leap(SOME_CALLS)
            assert one.lab.calls.summary().total.answered > calls
            one.lab.clock.advance(due - one.lab.clock.now())
            for gateway in one.lab.calls.gateways.values():
                gateway.tls.renew(one.lab.clock.now())
            report = await one.run()
            renewals += 1
            assert status(report).revision == renewals + 1
            assert one.starts() - first == Counter(dict.fromkeys(first, renewals))
        assert renewals >= 17
        assert _thumbprints(one) <= 3, "certificates that nobody uses any more are removed"


def _thumbprints(one: Rollout) -> int:
    """Return how many certificates the stores have at most, the server's own from its set-up included."""
    return max(len(list(one.lab.host(fqdn).stores.my)) for fqdn in one.fqdns) - 1
