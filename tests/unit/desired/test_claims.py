from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from um_operator.api.meta import ObjectKey
from um_operator.desired.claims import Claim, judge, organization_claimed

OLD = datetime(2026, 1, 1, tzinfo=UTC)
NEW = datetime(2026, 2, 1, tzinfo=UTC)


def claim(by: str, created_at: datetime | None = None, thing: str = "pbx") -> Claim[ObjectKey]:
    return Claim(ObjectKey("UMDialPlan", by), created_at, (thing,), f'the name "{thing}"')


def losers(*claims: Claim[ObjectKey], in_force: tuple[str, ...] = ()) -> set[str]:
    return {key.name for key in judge(claims, {ObjectKey("UMDialPlan", name) for name in in_force})}


def test_two_things_are_no_conflict() -> None:
    assert losers(claim("a", thing="x"), claim("b", thing="y")) == set()


def test_the_older_one_has_it() -> None:
    assert losers(claim("a", NEW), claim("b", OLD)) == {"a"}


def test_of_the_same_age_the_lesser_name_has_it() -> None:
    assert losers(claim("b", OLD), claim("a", OLD)) == {"b"}


def test_a_newcomer_does_not_take_from_the_one_in_force() -> None:
    assert losers(claim("a", OLD), claim("b", NEW), in_force=("b",)) == {"a"}


def test_of_two_in_force_the_older_one_has_it() -> None:
    assert losers(claim("a", NEW), claim("b", OLD), in_force=("a", "b")) == {"a"}


def test_one_whose_age_nobody_knows_comes_last() -> None:
    assert losers(claim("a"), claim("b", NEW)) == {"a"}


def test_the_loser_is_told_who_has_it() -> None:
    (obstacle,) = judge([claim("a", OLD), claim("b", NEW)], ())[ObjectKey("UMDialPlan", "b")]
    assert obstacle.reason == "Claimed"
    assert obstacle.stalled
    assert obstacle.message == 'the name "pbx" is claimed by "UMDialPlan/a", which has it'


claims = st.builds(
    claim, st.sampled_from("abcdef"), st.sampled_from([None, OLD, NEW]), st.sampled_from(["x", "y"])
)


@given(st.lists(claims, unique_by=lambda item: (item.by, item.thing)), st.sets(st.sampled_from("abcdef")))
def test_each_thing_has_one_holder_in_whatever_order_they_come(
    rivals: list[Claim[ObjectKey]], in_force: set[str]
) -> None:
    keys = {ObjectKey("UMDialPlan", name) for name in in_force}
    refused = judge(rivals, keys)
    assert judge(list(reversed(rivals)), keys).keys() == refused.keys()
    for thing in {item.thing for item in rivals}:
        wanting = [item for item in rivals if item.thing == thing]
        told = [o for item in wanting for o in refused.get(item.by, ()) if item.shown in o.message]
        assert len(told) == len(wanting) - 1


def standing_for(by: str, guid: str, created_at: datetime | None = OLD) -> Claim[str]:
    return Claim(by, created_at, (guid,), "CN=Contoso")


def claimed(own: str, *rivals: Claim[str], in_force: tuple[str, ...] = ()) -> str:
    obstacle = organization_claimed(own, rivals, in_force)
    return obstacle.message if obstacle else ""


def test_an_organization_of_its_own_is_no_conflict() -> None:
    assert claimed("voice/a", standing_for("voice/a", "1"), standing_for("voice/b", "2")) == ""


def test_of_two_for_one_organization_the_older_works_and_the_other_is_told() -> None:
    rivals = standing_for("voice/a", "1", NEW), standing_for("other/b", "1", OLD)
    assert claimed("other/b", *rivals) == ""
    assert claimed("voice/a", *rivals) == (
        'organization "CN=Contoso" belongs to ExchangeOrganization "other/b", which has it; '
        "nothing is written for this one"
    )


def test_of_the_same_age_the_lesser_namespace_and_name_has_the_organization() -> None:
    rivals = standing_for("b/x", "1"), standing_for("a/x", "1")
    assert [bool(claimed(one.by, *rivals)) for one in rivals] == [True, False]


def test_a_newcomer_does_not_take_an_organization_from_the_one_in_force() -> None:
    rivals = standing_for("voice/old", "1", OLD), standing_for("voice/new", "1", NEW)
    assert claimed("voice/old", *rivals, in_force=("voice/new",))
    assert not claimed("voice/new", *rivals, in_force=("voice/new",))
