"""Each rule is one row: its CEL text, evaluated by another implementation, says what its predicate says."""

from __future__ import annotations

from typing import Any

import cel
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from rules_support import GENERATED, SEARCH, objects_of, row
from um_operator.api.model import Model
from um_operator.api.rule import Rule, Transition
from um_operator.api.rules import RULES, TRANSITIONS

QUICK = settings(max_examples=30, deadline=None)


def says(text: str, **objects: Model) -> bool:
    result = cel.evaluate(text, {name: item.declared() for name, item in objects.items()})
    assert isinstance(result, bool), result
    return result


@pytest.mark.parametrize("rule", RULES, ids=row)
def test_a_rule_says_the_same_in_cel_and_in_python(rule: Rule[Any]) -> None:
    @QUICK
    @given(objects_of(rule.where))
    def agrees(item: Model) -> None:
        assert says(rule.cel, self=item) == rule.holds(item)

    agrees()


@pytest.mark.parametrize("expected", [True, False])
@pytest.mark.parametrize("rule", RULES, ids=row)
def test_the_generated_objects_keep_and_break_each_rule(rule: Rule[Any], expected: bool) -> None:
    find(objects_of(rule.where), lambda item: rule.holds(item) is expected, settings=SEARCH)


@pytest.mark.parametrize("rule", TRANSITIONS, ids=row)
def test_a_transition_rule_says_the_same_in_cel_and_in_python(rule: Transition[Any]) -> None:
    @QUICK
    @given(objects_of(rule.where), objects_of(rule.where))
    def agrees(new: Model, old: Model) -> None:
        assert says(rule.cel, self=new, oldSelf=old) == rule.holds(new, old)

    agrees()


@pytest.mark.parametrize("expected", [True, False])
@pytest.mark.parametrize("rule", TRANSITIONS, ids=row)
def test_the_generated_objects_keep_and_break_each_transition(rule: Transition[Any], expected: bool) -> None:
    pairs = st.tuples(objects_of(rule.where), objects_of(rule.where))
    find(pairs, lambda pair: rule.holds(*pair) is expected, settings=SEARCH)


def test_every_rule_is_tried() -> None:
    tried = {rule.where for rule in RULES} | {rule.where for rule in TRANSITIONS}
    assert tried == set(GENERATED)
