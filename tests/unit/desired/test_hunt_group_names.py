from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from um_operator.desired.hunt_groups import hunt_group_name, identity

names = st.text(min_size=1, max_size=64)
pilots = st.text(max_size=128)


def test_a_hunt_group_is_named_after_its_plan_and_pilot() -> None:
    assert hunt_group_name("cube01", "Contoso-PBX", "4900") == "Contoso-PBX-4900-4aaa37"


def test_without_a_pilot_only_the_hash_follows() -> None:
    assert hunt_group_name("cube01", "Contoso-PBX", "") == "Contoso-PBX-331fd0"


def test_only_letters_and_digits_of_the_pilot_are_shown() -> None:
    name = hunt_group_name("cube01", "Contoso", "+49 (89) 555:4900")
    assert name.startswith("Contoso-49895554900-")


def test_gateways_plans_and_pilots_give_names_of_their_own() -> None:
    made = {hunt_group_name(g, p, n) for g in ("a", "b") for p in ("p", "q") for n in ("", "1", "+1", "11")}
    assert len(made) == 16


def test_case_of_names_makes_no_other_hunt_group() -> None:
    assert identity("CUBE01", "Contoso-PBX", "1") == identity("cube01", "CONTOSO-pbx", "1")
    assert hunt_group_name("CUBE01", "Contoso", "1") == hunt_group_name("cube01", "Contoso", "1")


@given(names, names, pilots)
def test_a_name_fits_into_exchange_and_is_always_the_same(gateway: str, plan: str, pilot: str) -> None:
    name = hunt_group_name(gateway, plan, pilot)
    assert len(name) <= 64
    assert name == hunt_group_name(gateway, plan, pilot)


def test_a_long_plan_is_cut_and_never_the_pilot_or_the_hash() -> None:
    name = hunt_group_name("g", "P" * 64, "4900")
    assert len(name) == 64
    assert "PPP-4900-" in name
