"""The whole first procedure from one directory of manifests: factory defaults to calls over mutual TLS."""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.cut_overs import GATEWAYS, conditions, cut_over, of_gateway

pytestmark = pytest.mark.timeout(480)


async def test_from_factory_defaults_to_calls_over_mutual_tls(tmp_path: Path) -> None:
    async with cut_over(tmp_path) as estate:
        report = await estate.until("SIPSecured")
        await estate.calls_work()
        assert estate.securities == ["SIPSecured"]
        assert conditions(report) == {"Ready": "True/UpToDate"}
        assert {of_gateway(report, name).port for name in GATEWAYS} == {5061}
