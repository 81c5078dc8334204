"""Ready: works, or could take over at once. Alive: every event loop turns."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from um_operator.web.health import PassFact, ReadinessFacts, liveness, readiness

KINDS = frozenset({"ExchangeOrganization", "UMDialPlan", "UMIPGateway"})
PASS = PassFact(organization="um/contoso", interval=timedelta(minutes=5), idle=timedelta(seconds=20))
WELL = ReadinessFacts(kinds=KINDS, served=KINDS, watched=KINDS, listed=KINDS, lease="Held", passes=(PASS,))


def failed(facts: ReadinessFacts) -> list[tuple[str, str]]:
    return [(check.name, check.message) for check in readiness(facts).checks if not check.passed]


def test_who_watches_lists_and_passes_is_ready() -> None:
    verdict = readiness(WELL)
    assert verdict.passed
    assert [(check.name, check.message) for check in verdict.checks] == [
        ("running", "the operator runs"),
        ("crds", "all 3 kinds are served"),
        ("watches", "all 3 kinds are watched"),
        ("lists", "all 3 kinds are listed"),
        ("lease", "the Lease is held"),
        ("pass um/contoso", "the last pass ended 20 s ago"),
    ]


def test_a_standby_is_ready_without_a_pass() -> None:
    assert readiness(replace(WELL, lease="Standby", passes=())).passed


@pytest.mark.parametrize(
    ("change", "name", "message"),
    [
        ({"served": KINDS - {"UMDialPlan"}}, "crds", "UMDialPlan: without a CRD; install the CRDs"),
        (
            {"watched": frozenset({"UMDialPlan"})},
            "watches",
            "ExchangeOrganization, UMIPGateway: not watched at present",
        ),
        ({"listed": KINDS - {"UMIPGateway"}}, "lists", "UMIPGateway: not listed to the end yet"),
        ({"lease": "Unknown"}, "lease", "the Lease could not be read yet"),
        ({"stopping": True}, "running", "the operator ends"),
        (
            {"passes": (replace(PASS, idle=timedelta(seconds=901)),)},
            "pass um/contoso",
            "the last pass ended 901 s ago, more than 900 s",
        ),
    ],
)
def test_what_is_missing_is_said(change: dict[str, Any], name: str, message: str) -> None:
    assert failed(replace(WELL, **change)) == [(name, message)]


def test_a_kind_that_this_build_does_not_know_does_not_matter() -> None:
    assert readiness(replace(WELL, served=KINDS | {"UMCertificate"})).passed


def test_one_organisation_that_hangs_is_named_among_others() -> None:
    stale = replace(PASS, organization="um/fabrikam", idle=timedelta(hours=1))
    assert [name for name, _ in failed(replace(WELL, passes=(PASS, stale)))] == ["pass um/fabrikam"]


def test_a_long_interval_is_given_its_time() -> None:
    daily = replace(PASS, interval=timedelta(hours=24), idle=timedelta(hours=60))
    assert readiness(replace(WELL, passes=(daily,))).passed


def test_loops_that_turn_are_alive() -> None:
    assert liveness({"operator": timedelta(), "watch": timedelta(seconds=30)}).passed


def test_a_loop_that_stands_still_is_named() -> None:
    verdict = liveness({"watch": timedelta(seconds=31), "operator": timedelta()})
    assert not verdict.passed
    assert [(check.name, check.passed, check.message) for check in verdict.checks] == [
        ("loop operator", True, "the event loop turns"),
        ("loop watch", False, "the event loop is 31 s late"),
    ]
