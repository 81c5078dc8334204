from __future__ import annotations

import pytest

from um_operator.api.values import PropertyValue, display, name_key


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (1800, "1800"),
        ("Contoso PBX", "Contoso PBX"),
        ((), ""),
        (("4900", "4950"), "4900, 4950"),
        ((("World", "00*", "00*", "abroad"),), "World 00* 00* abroad"),
    ],
)
def test_a_value_is_shown_as_one_text(value: PropertyValue, text: str) -> None:
    assert display(value) == text


def test_names_in_exchange_have_no_case() -> None:
    assert name_key("Contoso-PBX") == name_key("CONTOSO-pbx")
    assert name_key("Zürich") == name_key("ZÜRICH")
    assert name_key("Contoso") != name_key("Contoso ")
