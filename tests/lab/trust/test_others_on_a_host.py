"""Others at work on a host during a delivery: whatever they write in between stays theirs (R24)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from devices_support import Workshop, workshop
from planning_support import NOW
from trust_support import authority, bound, delivered, guards, way_in
from um_operator.api.reasons import Reason
from um_operator.lab.hosts.authority import CertificateAuthority
from um_operator.trust.delivery import deliver, opened, read
from um_operator.trust.errors import AnswerError, BusyError, NoWayInError
from um_operator.trust.pem import to_pem


def another() -> bytes:
    return CertificateAuthority("Another CA", NOW, intermediate=False).root.public_bytes(Encoding.DER)


def content(shop: Workshop) -> bytes:
    return shop.host.path(shop.host.layout.authorities).read_bytes()


def add_by_hand(shop: Workshop, ca: bytes) -> None:
    path = shop.host.path(shop.host.layout.authorities)
    path.write_bytes(path.read_bytes() + to_pem([ca]).encode())


async def held(shop: Workshop) -> frozenset[str]:
    return (await read(way_in(shop), bound("Kamailio"))).held


async def test_a_ca_that_somebody_adds_just_before_us_is_not_written_over() -> None:
    async with workshop("Kamailio") as shop, opened(way_in(shop), bound("Kamailio")) as device:
        await device.look()
        add_by_hand(shop, another())
        his = content(shop)
        with pytest.raises(BusyError, match="changed by somebody else meanwhile"):
            await device.add([authority(shop)])
        assert content(shop) == his


async def test_a_ca_that_somebody_adds_just_after_us_is_not_taken_back_with_ours() -> None:
    async with workshop("Kamailio") as shop, opened(way_in(shop), bound("Kamailio")) as device:
        await device.look()
        await device.add([authority(shop)])
        add_by_hand(shop, another())
        both = content(shop)
        with pytest.raises(BusyError, match="changed by somebody else meanwhile"):
            await device.take_back()
        assert content(shop) == both


async def test_taking_back_where_nothing_was_added_leaves_what_came_before() -> None:
    async with workshop("Kamailio") as shop:
        await delivered(shop, "Kamailio")
        before = content(shop)
        async with opened(way_in(shop), bound("Kamailio")) as device:
            await device.look()
            await device.take_back()
        assert content(shop) == before


async def test_an_edit_that_somebody_begins_during_a_delivery_is_never_read_by_us() -> None:
    async with workshop("Kamailio") as shop:
        usual, heard = guards(shop), 0

        async def listen(name: str) -> frozenset[str] | None:
            nonlocal heard
            heard += 1
            if heard == 2:
                await shop.host.edit_by_hand()
            return await usual.listen(name)

        with pytest.raises(BusyError) as refusal:
            await deliver(way_in(shop), bound("Kamailio"), [authority(shop)], replace(usual, listen=listen))
        assert refusal.value.reason == Reason.FOREIGN_CHANGES
        assert await shop.box.trunk.works()
        with pytest.raises(BusyError):
            await delivered(shop, "Kamailio")
        assert await shop.box.trunk.works()
        await shop.host.finish_by_hand()
        assert sha256(authority(shop)).hexdigest() in (await delivered(shop, "Kamailio")).held


async def test_what_is_taken_back_beside_the_edit_of_somebody_is_not_read_with_it() -> None:
    async with workshop("Kamailio") as shop, opened(way_in(shop), bound("Kamailio")) as device:
        before = content(shop)
        await device.look()
        await device.add([authority(shop)])
        await shop.host.edit_by_hand()
        with pytest.raises(BusyError, match=r'"/etc/kamailio/tls\.cfg" was changed'):
            await device.take_back()
        assert content(shop) == before
        assert shop.host.unsaved() == [shop.host.layout.configuration]
        assert await shop.box.trunk.works()
        await shop.host.finish_by_hand()
        await device.take_back()
        assert sha256(authority(shop)).hexdigest() not in shop.box.trusted


@pytest.mark.parametrize("product", ["CiscoCUBE", "Kamailio"])
async def test_a_delivery_that_is_cut_off_before_its_harm_was_seen_is_taken_back(product: str) -> None:
    async with workshop(product) as shop:  # type: ignore[arg-type]
        before, usual, heard = shop.box.trusted, guards(shop), 0
        shop.box.sensitive = True

        async def listen(name: str) -> frozenset[str] | None:
            nonlocal heard
            heard += 1
            if heard == 2:
                cut.set()
                await asyncio.Event().wait()
            return await usual.listen(name)

        cut, guarded = asyncio.Event(), replace(usual, listen=listen)
        recipe = bound(product)  # type: ignore[arg-type]
        task = asyncio.create_task(deliver(way_in(shop), recipe, [authority(shop)], guarded))
        await asyncio.wait_for(cut.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert shop.box.trusted == before
        assert await shop.box.trunk.works()


async def test_what_was_written_and_never_read_does_not_count_once_another_one_failed() -> None:
    async with workshop("Kamailio") as shop:
        before = content(shop)
        shop.host.hangs_up = True
        with pytest.raises(NoWayInError):
            await delivered(shop, "Kamailio")
        shop.host.hangs_up, shop.host.refuses_to_read = False, True
        with pytest.raises(AnswerError):
            await deliver(way_in(shop), bound("Kamailio"), [authority(shop), another()], guards(shop))
        assert content(shop) == before
        assert sha256(authority(shop)).hexdigest() not in await held(shop)


async def test_a_file_of_another_account_is_left_alone_if_it_could_not_stay_that_account_s() -> None:
    async with workshop("Kamailio") as shop:
        before = content(shop)
        shop.host.belongs_to_others = True
        with pytest.raises(AnswerError, match="belongs to another account or group") as refusal:
            await delivered(shop, "Kamailio")
        assert "um-ca.pem" in str(refusal.value)
        assert content(shop) == before
        shop.host.belongs_to_others = False
        assert sha256(authority(shop)).hexdigest() in (await delivered(shop, "Kamailio")).held
