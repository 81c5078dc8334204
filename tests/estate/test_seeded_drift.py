"""The next full pass finds every change by hand of what is declared, and none of what nobody declared."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from estate import hands
from estate.fields import GATEWAY, PLAN
from estate.harness import declaring
from estate.manifests import organization
from um_operator.api.meta import ObjectKey
from um_operator.api.status import ExchangeOrganizationStatus, Status
from um_operator.exchange import fields
from um_operator.lab.estate import Lab
from um_operator.lab.exchange import dial_plan_properties, ip_gateways

CHANGES = 50
SEEDS = (1,)
"""Twenty that nobody has drawn before by night."""


@pytest.mark.parametrize("seed", SEEDS)
async def test_all_changes_of_what_is_declared_are_found_and_no_others(
    lab: Lab, tmp_path: Path, seed: int
) -> None:
    await expect_all_found(lab, tmp_path, seed)


async def expect_all_found(lab: Lab, folder: Path, seed: int) -> None:
    """Change as many declared as undeclared things by hand, in an order and choice drawn by a seed."""
    operator = declaring(lab, folder, organization(), *hands.manifests())
    report = await operator.apply()
    assert not report.plan.findings
    operator.declare(organization(mode="Observe"), *hands.manifests())
    assert not (await operator.one_pass()).plan.findings

    changes = hands.drawn(lab, random.Random(seed), CHANGES, CHANGES)
    for change in changes:
        change.make(lab)
    effects = len(lab.journal.effects)
    report = await operator.one_pass()

    expected = {change.found for change in changes if change.found}
    assert len(expected) == CHANGES
    assert {(finding.owner, finding.path) for finding in report.plan.findings} == expected
    assert set(_shown(report.memory.statuses)) == expected
    assert len(lab.journal.effects) == effects


def _shown(statuses: Mapping[ObjectKey, Status]) -> Iterator[hands.Found]:
    """Yield what the statuses say: a renamed object is no drift that could be repaired, but it is told."""
    for key, status in statuses.items():
        if any(condition.reason == "Renamed" for condition in status.conditions):
            yield key, "name"
        if not isinstance(status, ExchangeOrganizationStatus):
            yield from ((key, drift.path) for drift in status.drift)


def test_the_changes_are_drawn_over_every_field_that_exchange_lets_change() -> None:
    for ours, noun, theirs in (
        (PLAN, fields.DIAL_PLAN, dial_plan_properties.PROPERTIES),
        (GATEWAY, fields.GATEWAY, ip_gateways.PROPERTIES),
    ):
        assert {field.path for field in ours} == {f.name for f in noun.fields.values() if f.changed}
        parameters = {noun.fields[field.path].parameter for field in ours}
        assert parameters == {row.name for row in theirs if row.on_set}
