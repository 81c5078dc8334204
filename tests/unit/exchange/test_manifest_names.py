from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from um_operator.exchange.manifest_names import manifest_names


@pytest.mark.parametrize(
    ("name", "manifest"),
    [
        ("sbc01", "sbc01"),
        ("Contoso PBX", "contoso-pbx"),
        ("sbc01.contoso.com", "sbc01-contoso-com"),
        ("Élan (Zürich) #2", "elan-zurich-2"),
        ("-_-", "gateway"),
        ("電話", "gateway"),
        ("n" * 64, "n" * 63),
    ],
)
def test_a_name_keeps_what_a_dns_label_can_hold(name: str, manifest: str) -> None:
    assert manifest_names([name], "gateway") == {name.casefold(): manifest}


def test_names_that_come_out_the_same_are_told_apart_whatever_their_order() -> None:
    names = manifest_names(["Main PBX", "Main_PBX", "other"], "dial-plan")
    assert names == manifest_names(["other", "Main_PBX", "Main PBX"], "dial-plan")
    assert names["other"] == "other"
    assert all(re.fullmatch(r"main-pbx-[0-9a-f]{10}", names[key]) for key in ("main pbx", "main_pbx"))
    assert names["main pbx"] != names["main_pbx"]


@given(st.lists(st.text(max_size=64), unique_by=str.casefold, max_size=30))
def test_every_name_has_a_manifest_name_of_its_own_that_kubernetes_takes(names: list[str]) -> None:
    made = manifest_names(names, "gateway")
    assert made.keys() == {name.casefold() for name in names}
    assert len(set(made.values())) == len(made)
    assert all(re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", name) for name in made.values())
