from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from manifests_support import dial_plan, gateway_document, organization, valid, with_metadata
from um_operator.api.annotations import HOLD, Hold
from um_operator.api.ip_gateway import UMIPGateway
from um_operator.desired.care import care_of, more_careful
from um_operator.desired.organization import Care

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("modes", "mode"),
    [
        (("Enforce", "Enforce"), "Enforce"),
        (("Enforce", "Plan"), "Plan"),
        (("Plan", "Enforce"), "Plan"),
        (("Observe", "Enforce"), "Observe"),
        (("Enforce", None), "Enforce"),
        (("Enforce", "enforce"), "Observe"),
        (("Enforce", "Whatever"), "Observe"),
        ((None, None), "Observe"),
        ((), "Observe"),
    ],
)
def test_the_more_careful_mode_holds_and_an_unknown_one_only_observes(
    modes: tuple[str | None, ...], mode: str
) -> None:
    assert more_careful(*modes) == mode


@pytest.mark.parametrize(
    ("above", "own", "suspended"),
    [(None, None, False), (True, None, True), (None, True, True), (True, False, True), (False, False, False)],
)
def test_either_suspension_suspends(above: bool | None, own: bool | None, suspended: bool) -> None:
    plan = dial_plan("pbx", suspend=own)
    care = care_of(plan.metadata, plan.spec.mode, plan.spec.suspend, Care("Enforce", bool(above)))
    assert care.suspended is suspended


def test_a_hold_on_the_organisation_holds_every_resource() -> None:
    above = Care("Enforce", suspended=False, holds=(Hold(NOON + HOUR, "all"),))
    held = valid(
        with_metadata(gateway_document("sbc01"), annotations={HOLD: "2026-11-25T14:00:00Z one"}), UMIPGateway
    )
    care = care_of(held.metadata, None, None, above)
    assert care.hold_at(NOON) == Hold(NOON + 2 * HOUR, "one")
    assert care.hold_at(NOON + 2 * HOUR) is None


def test_of_several_holds_the_one_without_end_is_named() -> None:
    care = Care("Enforce", suspended=False, holds=(Hold(NOON + HOUR, "short"), Hold(None, "unreadable")))
    assert care.hold_at(NOON) == Hold(None, "unreadable")


def test_an_organisation_only_observes_by_default() -> None:
    spec = organization().spec
    care = care_of(organization().metadata, spec.mode, spec.suspend)
    assert care == Care("Observe", suspended=False)
