"""The figures of benchmarks/README.md measured anew; what must hold of them on any machine is asserted."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from estate.test_scale import BYTES_A_RECEIVE

LARGEST_SHARE = 0.2
"""What an estate may cost that answers a full pass, of what it costs the operator."""
REPOSITORY = Path(__file__).parents[2]


@pytest.mark.timeout(3600)
def test_the_cost_of_a_pass_depends_on_the_result_and_not_on_the_objects(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    subprocess.run(
        [sys.executable, "benchmarks/scale.py", "--json", figures],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": "tests"},
        check=True,
    )
    small, large = json.loads(figures.read_text())
    assert (large["plans"], large["gateways"]) == (200, 1000)
    few, much = small["unchanged"], large["unchanged"]
    assert much["invocations"] == few["invocations"]
    assert much["effects"] == few["effects"] == 0
    receives = math.ceil((much["result_bytes"] - few["result_bytes"]) / BYTES_A_RECEIVE)
    assert much["requests"] - few["requests"] <= receives
    for full_pass in (much, large["touched"]):
        assert full_pass["lab_cpu"] < LARGEST_SHARE * full_pass["cpu"]
