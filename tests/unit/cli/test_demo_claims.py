"""Each claim of the demo is denied by a journal that does not hold it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from um_operator.cli.demo.claims import Story
from um_operator.lab.journal import Effect, Entry, Occurrence

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
OPERATOR = "CONTOSO\\svc-um-operator"


def effect(kind: str, name: str, before: Any, after: Any, caller: str = OPERATOR) -> Effect:
    return Effect(0, NOW, "ex01", "dc01", caller, "Microsoft.Exchange", "", kind, name, before, after)


def numbered(*effects: Effect) -> list[Entry]:
    return [replace(one, index=index) for index, one in enumerate(effects, start=1)]


GOOD = [
    *(effect("UMDialPlan", name, None, {}) for name in ("Headquarters", "Branch Office")),
    *(effect("UMIPGateway", name, None, {}) for name in ("sbc01", "cube01", "kamailio01")),
    *(effect("UMHuntGroup", f"{name}\\group", None, {}) for name in ("sbc01", "cube01", "kamailio01")),
    effect("UMIPGateway", "cube01", {"Port": 5060}, {"Port": 5070}, "administrator"),
    effect("UMIPGateway", "cube01", {"Port": 5070}, {"Port": 5060}),
    effect("UMIPGateway", "kamailio01", {"Status": "Enabled"}, {"Status": "NoNewCalls"}),
    effect("UMHuntGroup", "kamailio01\\group", {}, None),
    effect("UMIPGateway", "kamailio01", {}, None),
]


def denied(entries: list[Entry]) -> list[str]:
    return [claim.sentence for claim in Story.of(entries, OPERATOR).claims() if not claim.confirmed]


def test_the_story_as_it_should_go_is_confirmed_with_the_numbers_of_its_effects() -> None:
    claims = list(Story.of(numbered(*GOOD), OPERATOR).claims())
    assert all(claim.confirmed for claim in claims)
    assert [claim.effects for claim in claims][-4:-2] == [(9, 10), (11, 12, 13)]


@pytest.mark.parametrize("missing", range(len(GOOD)))
def test_every_effect_of_the_story_is_needed(missing: int) -> None:
    assert len(denied(numbered(*GOOD[:missing], *GOOD[missing + 1 :]))) >= 1


def test_a_gateway_that_was_linked_before_it_was_made_is_denied() -> None:
    assert denied(numbered(*GOOD[5:6], *GOOD[:5], *GOOD[6:])) == [
        'gateway "sbc01" was created, and linked to a dial plan only afterwards'
    ]


def test_a_repair_by_somebody_else_is_denied() -> None:
    by_hand = replace(GOOD[9], caller="administrator")
    (sentence,) = denied(numbered(*GOOD[:9], by_hand, *GOOD[10:]))
    assert "changed back by the operator" in sentence


def test_a_call_that_was_cut_is_denied() -> None:
    cut = Occurrence(NOW, "ex01", "CallCut", {})
    assert denied([*numbered(*GOOD), cut]) == ["no call in progress was cut"]


def test_a_change_of_something_undeclared_is_denied() -> None:
    foreign = effect("UMIPGateway", "legacy-pbx", {"Port": 5060}, {"Port": 5061})
    assert denied(numbered(*GOOD, foreign)) == ["nothing that is not declared was touched"]
