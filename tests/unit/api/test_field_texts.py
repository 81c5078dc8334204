from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests_support import (
    dial_plan,
    gateway,
    gateway_document,
    organization_document,
    plan_document,
    problems,
)
from um_operator.api.strings import is_fqdn, is_ip_address, parse_instant

FORBIDDEN = '"/\\[]:;|=,+*?<>'


@pytest.mark.parametrize(
    "address",
    [
        "sbc01",
        "sbc01.contoso.com",
        "SBC01.Contoso.COM.",
        "sbc_01.contoso.com",
        "10.1.2.3",
        "2001:db8::1",
        "::1",
    ],
)
def test_a_gateway_has_an_ip_address_or_a_host_name(address: str) -> None:
    assert gateway("sbc01", address=address).spec.address == address


@pytest.mark.parametrize(
    "address", ["", "10.1.2", "1.2.3.4.5", "sbc01:5061", "-sbc01", "sbc 01", "2001:db8::g", "ü.de"]
)
def test_anything_else_is_no_address(address: str) -> None:
    assert len(problems(gateway_document("sbc01", address=address))) == 1


@pytest.mark.parametrize(
    ("text", "fqdn"),
    [
        ("sbc01.contoso.com", True),
        ("sbc01.contoso.com.", True),
        ("sbc01", False),
        ("10.1.2.3", False),
        ("::1", False),
    ],
)
def test_an_fqdn_is_a_name_with_a_domain(text: str, fqdn: bool) -> None:
    assert is_fqdn(text) is fqdn


def test_ip_addresses_are_of_both_versions() -> None:
    assert is_ip_address("10.1.2.3")
    assert is_ip_address("2001:db8::1")
    assert not is_ip_address("sbc01")


@given(
    st.text(
        st.characters(exclude_characters=FORBIDDEN, exclude_categories=["C", "Z"]), min_size=1, max_size=49
    )
)
def test_exchange_takes_every_name_without_its_forbidden_characters(name: str) -> None:
    assert dial_plan("pbx", name=name).spec.name == name


@pytest.mark.parametrize("letter", [*FORBIDDEN, "\t", "\n", "\x00"])
def test_a_forbidden_character_is_refused_wherever_it_stands(letter: str) -> None:
    for name in (letter, f"a{letter}", f"a{letter}b", f"{letter}b"):
        assert len(problems(plan_document("pbx", name=name))) == 1, name


def test_a_name_may_have_spaces_inside_only() -> None:
    assert dial_plan("pbx", name="Zürich Süd 2").spec.name == "Zürich Süd 2"
    assert len(problems(plan_document("pbx", name="Zürich "))) == 1


@pytest.mark.parametrize("zone", ["Europe", "../etc/passwd", "Europe/Munich", "europe/berlin "])
def test_a_directory_or_a_path_is_no_time_zone(zone: str) -> None:
    window = {"name": "night", "schedule": "0 22 * * *", "duration": "4h", "timeZone": zone}
    assert len(problems(organization_document(maintenanceWindows=[window]))) == 1


def test_an_empty_code_means_that_it_is_to_be_empty() -> None:
    assert dial_plan("pbx", operatorExtension="", outsideLineAccessCode="").spec.operator_extension == ""


def test_instants_are_compared_across_offsets() -> None:
    assert parse_instant("2026-12-18T17:00:00+01:00") == datetime(2026, 12, 18, 16, tzinfo=UTC)
    with pytest.raises(ValueError, match="not an RFC 3339 instant"):
        parse_instant("2026-12-18")
