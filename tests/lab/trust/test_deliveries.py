"""CAs brought to devices over real SSH: what is there afterwards, and what is left alone (R7, R24)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from devices_support import Workshop, workshop
from trust_support import authority, bound, delivered, way_in
from um_operator.api.reasons import Reason
from um_operator.lab.devices.cube import Cube
from um_operator.lab.devices.host import FileHost
from um_operator.lab.devices.spec import Product
from um_operator.trust.delivery import ListenerLostError, read
from um_operator.trust.errors import AnswerError, BusyError, DeliveryError, NoWayInError
from um_operator.trust.way_in import Account, WayIn

OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN8pXcbRz8REIrkSkEVciowVO+YKSPpbYV6A1xfdc9nc"
PRODUCTS: tuple[Product, ...] = ("CiscoCUBE", "Kamailio", "Asterisk")


def box(shop: Workshop) -> Cube | FileHost:
    assert isinstance(shop.box, Cube | FileHost)
    return shop.box


def ours(shop: Workshop) -> str:
    return sha256(authority(shop)).hexdigest()


@pytest.mark.parametrize("product", PRODUCTS)
async def test_a_ca_gets_onto_a_device_once_and_is_kept_there(product: Product) -> None:
    async with workshop(product) as shop:
        before = shop.box.trusted
        look = await delivered(shop, product, by_key=product == "Kamailio")
        assert ours(shop) in look.held
        assert shop.box.trusted == before | {ours(shop)}
        assert ours(shop) in {sha256(one.public_bytes(Encoding.DER)).hexdigest() for one in shop.box.saved()}
        assert await shop.box.trunk.works()
        written = len(shop.effects)
        assert ours(shop) in (await delivered(shop, product)).held
        assert len(shop.effects) == written


@pytest.mark.parametrize("product", PRODUCTS)
async def test_a_device_with_edits_of_a_colleague_is_left_untouched(product: Product) -> None:
    async with workshop(product) as shop:
        await box(shop).edit_by_hand()
        with pytest.raises(BusyError) as refusal:
            await delivered(shop, product)
        assert refusal.value.reason == Reason.FOREIGN_CHANGES
        assert not shop.effects
        await box(shop).finish_by_hand()
        assert ours(shop) in (await delivered(shop, product)).held


@pytest.mark.parametrize("product", PRODUCTS)
async def test_a_device_that_has_the_ca_has_it_whatever_a_colleague_is_at(product: Product) -> None:
    async with workshop(product) as shop:
        await delivered(shop, product)
        await box(shop).edit_by_hand()
        assert ours(shop) in (await delivered(shop, product)).held
        await box(shop).lock_by_hand()
        assert ours(shop) in (await delivered(shop, product)).held


@pytest.mark.parametrize("product", PRODUCTS)
async def test_a_locked_device_is_waited_for(product: Product) -> None:
    async with workshop(product) as shop:
        await box(shop).lock_by_hand()
        with pytest.raises(BusyError) as refusal:
            await delivered(shop, product)
        assert refusal.value.reason == Reason.DEVICE_LOCKED
        assert not shop.effects
        await box(shop).unlock_by_hand()
        assert ours(shop) in (await delivered(shop, product)).held


@pytest.mark.parametrize("product", PRODUCTS)
async def test_a_trunk_that_a_delivery_ends_is_brought_back(product: Product) -> None:
    async with workshop(product) as shop:
        before = shop.box.trusted
        shop.box.sensitive = True
        with pytest.raises(ListenerLostError) as loss:
            await delivered(shop, product)
        assert loss.value.restored
        assert await shop.box.trunk.works()
        assert shop.box.trusted == before
        assert ours(shop) not in (await read(way_in(shop), bound(product))).held
        shop.box.sensitive = False
        assert ours(shop) in (await delivered(shop, product)).held


async def test_a_file_that_the_host_cannot_read_is_put_back() -> None:
    async with workshop("Kamailio") as shop:
        before = shop.host.path(shop.host.layout.authorities).read_bytes()
        shop.host.refuses_to_read = True
        with pytest.raises(AnswerError, match="TLS configuration"):
            await delivered(shop, "Kamailio")
        assert shop.host.path(shop.host.layout.authorities).read_bytes() == before
        shop.host.refuses_to_read = False
        assert ours(shop) in (await delivered(shop, "Kamailio")).held


async def test_what_was_interrupted_between_writing_and_reading_is_gone_on_with() -> None:
    async with workshop("Kamailio") as shop:
        shop.host.hangs_up = True
        with pytest.raises(NoWayInError):
            await delivered(shop, "Kamailio")
        assert ours(shop) not in shop.box.trusted
        shop.host.hangs_up = False
        assert ours(shop) in (await delivered(shop, "Kamailio")).held
        assert ours(shop) in shop.box.trusted


async def test_a_dialogue_that_broke_off_before_saving_is_gone_on_with() -> None:
    async with workshop("CiscoCUBE") as shop:
        shop.cube.hangs_up_at = "write memory"
        with pytest.raises(DeliveryError):
            await delivered(shop, "CiscoCUBE")
        assert ours(shop) in shop.box.trusted
        shop.cube.hangs_up_at = ""
        assert ours(shop) in (await delivered(shop, "CiscoCUBE")).held


async def test_rights_are_asked_for_with_a_password_that_no_message_has() -> None:
    async with workshop("CiscoCUBE", enable_password="very secret") as shop:
        assert ours(shop) in (await delivered(shop, "CiscoCUBE")).held
        wrong = way_in(shop)
        wrong = replace(wrong, account=replace(wrong.account, enable_password="guessed"))
        with pytest.raises(AnswerError) as refusal:
            await read(wrong, bound("CiscoCUBE"))
        assert "guessed" not in str(refusal.value)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda way: replace(way, known_hosts=""), Reason.HOST_KEY_UNKNOWN),
        (lambda way: replace(way, known_hosts="nonsense"), Reason.HOST_KEY_UNKNOWN),
        (lambda way: replace(way, known_hosts=f"{way.host} {OTHER_KEY}"), Reason.HOST_KEY_UNKNOWN),
        (lambda way: replace(way, account=Account("um-operator", "guessed")), Reason.LOGIN_REFUSED),
        (lambda way: replace(way, account=Account("um-operator", None, "no key")), Reason.LOGIN_REFUSED),
        (lambda way: replace(way, host="127.0.0.1", port=1), Reason.DEVICE_UNREACHABLE),
    ],
)
async def test_a_device_that_is_another_one_or_lets_nobody_in_is_told_in_one_line(
    change: Callable[[WayIn], WayIn], reason: Reason
) -> None:
    async with workshop("Kamailio") as shop:
        with pytest.raises(NoWayInError) as refusal:
            await read(change(way_in(shop)), bound("Kamailio"))
        assert refusal.value.reason == reason
        assert "\n" not in str(refusal.value)
        assert "guessed" not in str(refusal.value)
