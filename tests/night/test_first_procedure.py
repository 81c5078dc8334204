"""The whole first procedure from one directory of manifests: factory defaults to calls over mutual TLS."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from estate.cut_overs import GATEWAYS, CutOver, conditions, cut_over, missing, of_gateway, told
from estate.deaths import Deaths, When
from um_operator.lab.journal import Occurrence
from um_operator.lab.variants import Variants

pytestmark = pytest.mark.timeout(900)

POLL_AND_REPLICATION = timedelta(minutes=25)


def failures(estate: CutOver, gateway: str, since: datetime) -> list[tuple[str, datetime]]:
    """Return why calls of a gateway failed or were cut since an instant, and when."""
    entries = (entry for entry in estate.work.lab.journal.entries if isinstance(entry, Occurrence))
    return [
        (str(entry.details["cause"]), entry.time)
        for entry in entries
        if entry.what in {"CallFailed", "CallCut"}
        and entry.details["gateway"] == gateway
        and entry.time >= since
    ]


async def test_from_factory_defaults_to_calls_over_mutual_tls_and_nothing_lost_but_what_was_announced(
    tmp_path: Path,
) -> None:
    async with cut_over(tmp_path, loads_ca=["sbc01"], follows=[]) as estate:
        waiting = await estate.settled()
        assert told(waiting).voip_security == "Unsecured"
        assert conditions(waiting) == {"Ready": "False/WaitingForGateways"}
        assert missing(waiting) == {("UMIPGateway/cube01", "ClientCertificateRejected")}
        assert {of_gateway(waiting, name).port for name in GATEWAYS} == {5060}

        estate.device("sbc01", "tls")
        begun = estate.work.lab.clock.now()
        await estate.calls_work()
        estate.loads_ca = frozenset(GATEWAYS)
        await estate.work.run(lambda report: told(report).voip_security == "SIPSecured")
        secured = estate.work.lab.clock.now()
        await estate.work.time.leap(timedelta(minutes=12))
        estate.device("cube01", "tls")
        done = await estate.until("SIPSecured")

        assert estate.securities == ["SIPSecured"]
        assert conditions(done) == {"Ready": "True/UpToDate"}
        assert {of_gateway(done, name).port for name in GATEWAYS} == {5061}
        assert failures(estate, "sbc01", begun) == []
        lost = failures(estate, "cube01", begun)
        assert {cause for cause, _ in lost} == {"PlanRequiresTLS"}
        assert all(secured - timedelta(minutes=1) <= at <= secured + timedelta(minutes=13) for _, at in lost)
        await estate.calls_work()


async def test_where_every_open_question_has_the_other_answer_it_comes_to_the_same(tmp_path: Path) -> None:
    async with cut_over(tmp_path, variants=Variants.others()) as estate:
        done = await estate.until("SIPSecured")
        await estate.calls_work()
        assert conditions(done) == {"Ready": "True/UpToDate"}
        assert {of_gateway(done, name).port for name in GATEWAYS} == {5061}


async def test_an_operator_that_dies_at_every_effect_of_a_cut_over_comes_to_the_same(tmp_path: Path) -> None:
    async with cut_over(tmp_path, loads_ca=["sbc01"]) as estate:
        await estate.settled()
        estate.loads_ca = frozenset(GATEWAYS)
        deaths = Deaths(estate.work)
        await deaths.at_every_effect(When.BEFORE, When.AFTER)
        assert deaths.count >= 2 * 3, "two ports, and the plan"

        done = await estate.until("SIPSecured")
        assert estate.securities == ["SIPSecured"]
        assert conditions(done) == {"Ready": "True/UpToDate"}
        assert {of_gateway(done, name).port for name in GATEWAYS} == {5061}
        await estate.calls_work()


async def test_what_fails_after_the_poll_goes_back_and_calls_work_again(tmp_path: Path) -> None:
    async with cut_over(tmp_path, follows=[]) as estate:
        back = await estate.work.run(lambda report: conditions(report).get("Stalled") == "True/NotSecured")
        back = await estate.settled()
        assert estate.securities == ["SIPSecured", "Unsecured"]
        assert conditions(back) == {"Ready": "False/NotSecured", "Stalled": "True/NotSecured"}
        assert told(back).not_secured is not None
        assert "rejects calls" in told(back).not_secured.message  # type: ignore[union-attr]
        assert {of_gateway(back, name).port for name in GATEWAYS} == {5060}
        await estate.work.time.leap(POLL_AND_REPLICATION)
        await estate.calls_work()
