from __future__ import annotations

from collections import UserDict
from enum import IntEnum, StrEnum
from typing import Any

import pytest
from pypsrp.serializer import Serializer, TaggedValue

from um_operator.remoting.runspace import encode, holds_secret
from um_operator.remoting.session import Argument, Secret


class Port(IntEnum):
    TLS = 5061


class Mode(StrEnum):
    DUAL = "Dual"


def tag(argument: Any) -> str:
    element = Serializer().serialize(encode(argument))
    assert element is not None
    return element.tag


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        (None, "Nil"), (True, "B"), ("x", "S"), (b"x", "BA"), (5061, "I32"), (Port.TLS, "I32"),
        (Mode.DUAL, "S"), (2**31 - 1, "I32"), (2**31, "I64"), (-(2**31) - 1, "I64"), (2**63 - 1, "I64"),
    ],
)  # fmt: skip
def test_a_parameter_travels_with_its_type(argument: Any, expected: str) -> None:
    assert tag(argument) == expected


def test_an_integer_beyond_64_bits_and_a_foreign_type_are_refused() -> None:
    with pytest.raises(ValueError, match="64 bits"):
        encode(2**63)
    with pytest.raises(ValueError, match='"float"'):
        encode([0.5])  # type: ignore[list-item]  # the types say so, too


def test_mappings_are_hashtables_and_sequences_lists_also_inside() -> None:
    add: Argument = {"Add": ("Berlin", 2**40), "Remove": UserDict({"a": 1})}
    encoded = encode(add)
    assert encoded["Add"][0] == "Berlin"
    assert isinstance(encoded["Add"][1], TaggedValue)
    assert encoded["Remove"] == {"a": 1}


def test_a_secret_is_found_wherever_it_hides_and_never_shown() -> None:
    secret = Secret("Blue-Harbour-7")
    assert holds_secret({"a": ["x", secret]})
    assert not holds_secret({"a": ["x", b"y", 1, None]})
    assert "Harbour" not in repr(secret)
