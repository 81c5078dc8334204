"""Expressions of recipes are RE2's: whoever wrote them, and whatever a device answers, they end at once."""

from __future__ import annotations

import pytest

from um_operator.trust.errors import RecipeError
from um_operator.trust.patterns import compiled, escape

LONG = 1 << 20
"""Characters of the longest answer that is read."""


@pytest.mark.timeout(20)
def test_an_expression_that_would_try_every_way_ends_on_the_longest_answer() -> None:
    assert compiled("(a+)+$").search("a" * LONG + "b") is None


@pytest.mark.parametrize("pattern", [r"(?=prompt)", r"(.)\1", r"end\Z", "crypto ("])
def test_what_is_not_of_re2_is_refused_by_name(pattern: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RecipeError) as refused:
        compiled(pattern)
    assert f'"{pattern}" is no regular expression of RE2: ' in str(refused.value)
    assert "\n" not in str(refused.value)
    assert capfd.readouterr() == ("", "")


def test_a_group_says_who() -> None:
    found = compiled(r"(?s)User: (\S+).*LOCKED").search("User: anna\nState: LOCKED")
    assert found is not None
    assert (found[1], found.lastindex) == ("anna", 1)


def test_a_value_stands_for_itself() -> None:
    assert compiled(escape("a.b(c)")).fullmatch("a.b(c)")
    assert not compiled(escape("a.b(c)")).fullmatch("axb(c)")
