"""Routing groups out of text whose layout nobody documents."""

from __future__ import annotations

import pytest

from um_operator.lync import fabric
from um_operator.observed.front_ends import FabricState, RoutingGroup

ONE, TWO = "0a1b2c3d-0000-4000-8000-000000000001", "0a1b2c3d-0000-4000-8000-000000000002"
FE1, FE2, FE3 = (f"lyncfe0{n}.contoso.com" for n in (1, 2, 3))
TEXT = f"""Pool Fabric State for pool lyncpool01.contoso.com

Routing Group: {{{ONE.upper()}}}
    Primary: {FE1}
    Secondary: {FE2}
    Secondary: {FE3}
Routing Group: {{{TWO}}}
    Primary: None
"""
BOTH = (RoutingGroup(ONE, FE1, (FE2, FE3)), RoutingGroup(TWO, None))


@pytest.mark.parametrize("texts", [[TEXT], [TEXT.replace("\n", "\r\n")], TEXT.splitlines()])
def test_groups_are_read_from_one_text_or_line_by_line(texts: list[str]) -> None:
    assert fabric.read(texts) == FabricState(BOTH)


def test_a_group_without_primary_is_not_sound() -> None:
    assert [group.sound for group in fabric.read([TEXT]).groups] == [True, False]


@pytest.mark.parametrize(
    "line",
    [
        "Secondary replicas are being built",
        "Routing Group: (unknown)",
        f"    Primary: {FE2}",
        f"    Idle Secondary {FE2}",
    ],
)
def test_a_line_that_tells_of_replicas_and_is_not_understood_makes_it_incomplete(line: str) -> None:
    [first, second] = TEXT.split(f"Routing Group: {{{TWO}}}")
    assert not fabric.read([f"{first}{line}\nRouting Group: {{{TWO}}}{second}"]).complete


def test_text_without_any_group_tells_nothing() -> None:
    assert not fabric.read(["Pool Fabric State for pool lyncpool01.contoso.com"]).complete
    assert not fabric.read([]).complete


def test_other_lines_do_not_matter() -> None:
    assert fabric.read([f"Service: Routing\n\n{TEXT}Replicas: 4"]).complete
