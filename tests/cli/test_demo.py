"""The demo: what it claims is in the estate's journal, and it fails when it is not."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import Umctl

pytestmark = pytest.mark.timeout(180)

LONGEST = 60.0


def test_every_claim_of_the_demo_is_confirmed_within_a_minute(umctl: Umctl) -> None:
    started = time.monotonic()
    ran = umctl("demo")
    assert "NOT SO" not in ran.out
    assert ran.code == 0
    assert ran.out.count("confirmed  ") == 9
    assert 'port: want "5060", have "5070"' in ran.out
    assert "\x1b" not in ran.out
    assert time.monotonic() - started < LONGEST


def test_with_repair_switched_off_the_demo_fails_and_says_what_is_not_so(umctl: Umctl) -> None:
    ran = umctl("demo", "--no-repair")
    assert ran.code == 1
    (wrong,) = [line for line in ran.out.splitlines() if "NOT SO" in line]
    assert 'port of gateway "cube01"' in wrong
