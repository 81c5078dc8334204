from dataclasses import fields

import pytest

from um_operator.lab.variants import Variants

ALL = dict(Variants.each())


def test_each_other_answer_is_tried_alone_and_all_together() -> None:
    departures = [name for name in ALL if name not in ("defaults", "others")]
    assert len(departures) >= len(fields(Variants))
    for choice in fields(Variants):
        assert getattr(ALL["others"], choice.name) != choice.default


@pytest.mark.parametrize("name", [name for name in ALL if "=" in name])
def test_a_departure_differs_from_the_defaults_in_that_one_choice(name: str) -> None:
    choice, _, answer = name.partition("=")
    differing = [f.name for f in fields(Variants) if getattr(ALL[name], f.name) != f.default]
    assert differing == [choice]
    assert getattr(ALL[name], choice).name == answer


@pytest.mark.parametrize("choice", [field.name for field in fields(Variants)])
def test_every_answer_says_what_it_is(choice: str) -> None:
    for answer in type(getattr(Variants(), choice)):
        assert answer.value
        assert type(answer).__doc__
