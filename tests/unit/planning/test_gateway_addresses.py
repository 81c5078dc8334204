"""An address that another gateway still has: waited for where it comes free, refused where it never does."""

from __future__ import annotations

from typing import Any

import pytest

from manifests_support import gateway
from model_estate import ModelEstate, gateway_fact
from planning_support import SBC01, World, findings, sentences
from um_operator.api.ip_gateway import UMIPGateway
from um_operator.api.meta import ObjectKey

CUBE01 = ObjectKey("UMIPGateway", "cube01")


def at(name: str, place: str, **spec: Any) -> UMIPGateway:
    return gateway(name, address=f"{place}.contoso.com", **spec)


def world(*manifests: UMIPGateway) -> World:
    """Each gateway is at the address of its own name."""
    names = ("sbc01", "cube01", "edge01")
    return World(manifests, ModelEstate.of(*(gateway_fact(name) for name in names))).seen()


def message(world: World, key: ObjectKey) -> str:
    (found,) = world.plan.findings_of(key)
    return found.message


def test_an_address_that_a_gateway_is_about_to_leave_is_waited_for_and_then_taken() -> None:
    moving = world(at("sbc01", "cube01"), at("cube01", "new"))
    assert findings(moving.plan, SBC01) == [("Pending", "WaitingForGateway")]
    told = 'still belongs to gateway "cube01", which moves to "new.contoso.com" first'
    assert message(moving, SBC01) == f'address "cube01.contoso.com" {told}'
    assert len(sentences(moving.plan)) == 1
    end = moving.settled()
    assert not end.plan.steps
    assert end.estate.gateways["sbc01"].address == "cube01.contoso.com"


def test_a_row_of_gateways_moves_one_after_the_other() -> None:
    row = world(at("sbc01", "cube01"), at("cube01", "edge01"), at("edge01", "new"))
    end = row.settled()
    assert [end.estate.gateways[name].address for name in ("sbc01", "cube01", "edge01")] == [
        "cube01.contoso.com",
        "edge01.contoso.com",
        "new.contoso.com",
    ]


def test_two_that_are_to_exchange_their_addresses_are_both_refused_and_told_what_to_do() -> None:
    both = world(at("sbc01", "cube01"), at("cube01", "sbc01"))
    assert not both.plan.steps
    for key, named in ((SBC01, '"sbc01", "cube01"'), (CUBE01, '"cube01", "sbc01"')):
        assert findings(both.plan, key) == [("Blocked", "AddressInUse")]
        assert message(both, key).startswith(f"gateways {named} are to have each other's addresses")
        assert "declare a free address for one of them" in message(both, key)


def test_with_a_free_address_between_the_exchange_goes_through() -> None:
    both = world(at("sbc01", "between"), at("cube01", "sbc01")).settled()
    assert both.estate.gateways["cube01"].address == "sbc01.contoso.com"
    done = both.declaring(at("sbc01", "cube01"), at("cube01", "sbc01")).settled()
    assert not done.plan.steps
    assert done.estate.gateways["sbc01"].address == "cube01.contoso.com"


def test_a_ring_of_three_is_refused_as_a_whole() -> None:
    ring = world(at("sbc01", "cube01"), at("cube01", "edge01"), at("edge01", "sbc01"))
    assert not ring.plan.steps
    assert {found.reason for found in ring.plan.findings} == {"AddressInUse"}


@pytest.mark.parametrize(
    "stays",
    [{"mode": "Observe"}, {"ignoreDrift": ["address"]}],
    ids=["it only observes", "its address is not managed"],
)
def test_who_does_not_move_keeps_its_address(stays: dict[str, Any]) -> None:
    held = world(at("sbc01", "cube01"), at("cube01", "new", **stays))
    assert findings(held.plan, SBC01) == [("Blocked", "AddressInUse")]


def test_an_undeclared_gateway_keeps_its_address() -> None:
    held = world(at("sbc01", "cube01"))
    assert message(held, SBC01) == (
        'address "cube01.contoso.com" belongs to gateway "cube01"; two gateways of one address take no calls'
    )


def test_a_new_gateway_waits_for_an_address_that_comes_free() -> None:
    new = world(at("new01", "cube01"), at("cube01", "new"))
    key = ObjectKey("UMIPGateway", "new01")
    assert findings(new.plan, key) == [("Pending", "WaitingForGateway")]
    end = new.settled()
    assert end.estate.gateways["new01"].address == "cube01.contoso.com"
