"""CLIXML as the lab writes it, read back by psrpcore, which wrote none of it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import psrpcore.types as ps
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psrpcore import PSRemotingCrypto

from um_operator.lab.powershell import EnumValue, PSObject, SecureString, UInt32, Value
from um_operator.lab.wsman import clixml
from um_operator.lab.wsman.clixml import EnumStyle, to_clixml
from um_operator.lab.wsman.parameters import to_value

THING = ("Contoso.Thing", "System.Object")


def read(value: Value, enums: EnumStyle = EnumStyle.OBJECT) -> Any:
    """Write a value and read it with psrpcore."""
    return ps.deserialize(ET.fromstring(to_clixml(value, enums)), PSRemotingCrypto())


def returned(value: Value) -> Value:
    """Write a value, read it with psrpcore, and turn it into a value of the lab."""
    return to_value(read(value))


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0xFFFF)),
    st.binary(),
    st.uuids(),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(values)
def test_a_value_comes_back_as_it_was(value: Value) -> None:
    assert returned(value) == value


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.text("abcXYZ_ ", min_size=1), scalars, max_size=5))
def test_an_object_s_adapted_properties_come_back_under_their_names(properties: dict[str, Value]) -> None:
    found = read(PSObject(THING, "thing", properties))
    assert {
        item.name: to_value(item.get_value(found)) for item in found.PSObject.adapted_properties
    } == properties
    assert found.PSTypeNames == [f"Deserialized.{name}" for name in THING]


@pytest.mark.parametrize(
    "text", ["_x000A_", "a_x0041_b", "_X0041_", "\x00\x1b", "\r\n\t", "<&>\"'", "_x_", "￾"]
)
def test_text_that_xml_or_clixml_would_change_survives(text: str) -> None:
    assert returned(text) == text


def test_an_enum_is_an_object_with_its_number_or_plain_text() -> None:
    mode = EnumValue("Microsoft.Exchange.Data.UMStartupMode", "Dual", 2)
    assert int(read(mode)) == 2
    assert read(mode).PSObject.to_string == "Dual"
    assert read(mode, EnumStyle.TEXT) == "Dual"


def test_an_instant_keeps_its_kind() -> None:
    berlin = datetime(2026, 1, 5, 10, 30, 0, 500, tzinfo=timezone(timedelta(hours=1)))
    assert to_clixml(berlin) == "<DT>2026-01-05T10:30:00.0005000+01:00</DT>"
    assert to_clixml(berlin.astimezone(UTC)) == "<DT>2026-01-05T09:30:00.0005000Z</DT>"


def test_only_what_is_sent_of_an_object_leaves_the_server() -> None:
    shown = PSObject(THING, "", {"RawData": b"x", "Services": "UM"}, sent=frozenset({"RawData"}))
    assert to_clixml(shown).count(" N=") == 1
    assert "Services" not in to_clixml(shown)


def test_a_number_without_sign_says_so() -> None:
    assert to_clixml(UInt32(7)) == "<U32>7</U32>"
    assert returned(datetime(2026, 1, 5, 9, 30, tzinfo=UTC)) == datetime(2026, 1, 5, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("seconds", [0, 59.5, 3600, 90061, -90061])
def test_a_time_span_comes_back(seconds: float) -> None:
    assert returned(timedelta(seconds=seconds)) == timedelta(seconds=seconds)


def test_a_list_names_the_type_of_its_elements() -> None:
    ids = [
        PSObject(
            ("Microsoft.Exchange.Data.Directory.ADObjectId", "System.Object"), "Berlin", {"Name": "Berlin"}
        )
    ]
    assert "MultiValuedProperty`1[[System.String, mscorlib," in to_clixml(["a"])
    assert "MultiValuedProperty`1[[Microsoft.Exchange.Data.Directory.ADObjectId, " in to_clixml(ids)


def test_an_instance_used_twice_travels_once() -> None:
    plan = PSObject(THING, "Berlin", {"Name": "Berlin"})
    text = to_clixml(PSObject(THING, "gateway", {"First": plan, "Second": plan}))
    assert text.count('<S N="Name">Berlin</S>') == 1
    assert '<Ref N="Second" RefId="1" />' in text


def test_notes_and_collections_of_an_own_type_are_written() -> None:
    text = to_clixml(PSObject(("Contoso.List", "System.Object"), "", {}, items=[1], notes={"Count": 1}))
    assert text.endswith('<LST><I32>1</I32></LST><MS><I32 N="Count">1</I32></MS></Obj>')


@pytest.mark.parametrize(
    "value", [SecureString("geheim"), PSObject(THING, "", {"Key": SecureString("geheim")})]
)
def test_a_secret_cannot_leave_the_server(value: Value) -> None:
    with pytest.raises(TypeError) as refused:
        to_clixml(value)
    assert "geheim" not in str(refused.value)


def test_an_integer_beyond_64_bits_cannot_leave_the_server() -> None:
    with pytest.raises(TypeError):
        to_clixml(2**63)


def test_a_uuid_is_its_text() -> None:
    assert to_clixml(UUID(int=1)) == "<G>00000000-0000-0000-0000-000000000001</G>"


def test_an_object_that_is_shown_again_is_not_written_anew_and_is_forgotten_with_its_last_owner() -> None:
    shown = PSObject(THING, "thing", {"Kind": EnumValue("Contoso.Kind", "Big", 2)})
    texts = {style: to_clixml(shown, style) for style in EnumStyle}
    assert all(to_clixml(shown, style) is text for style, text in texts.items())
    assert len(set(texts.values())) == len(EnumStyle)
    keys = {(id(shown), style) for style in EnumStyle}
    assert keys <= clixml._texts.keys()
    del shown
    assert not keys & clixml._texts.keys()
