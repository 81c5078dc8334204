"""Deliveries to the lab's devices, as the operator makes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding

from devices_support import Workshop
from um_operator.lab.devices.spec import Product
from um_operator.trust.bound import Bound, bind
from um_operator.trust.delivery import Guards, deliver
from um_operator.trust.device import Look
from um_operator.trust.presets import preset
from um_operator.trust.way_in import Account, WayIn

GIVEN: Final[Mapping[Product, Mapping[str, str]]] = {
    "CiscoCUBE": {"trustpoint": "CONTOSO-UM"},
    "Kamailio": {},
    "Asterisk": {},
}


def bound(product: Product) -> Bound:
    """A preset with the values of the example."""
    return bind(preset(product), GIVEN[product])


def way_in(shop: Workshop, *, by_key: bool = False) -> WayIn:
    """The way into a device of the lab."""
    spec, keys = shop.managed.spec, shop.managed.private_key if by_key else None
    password = None if by_key else spec.password
    account = Account(spec.user, password, keys, spec.enable_password or None)
    return WayIn(spec.fqdn, 22, account, shop.managed.known_hosts)


def authority(shop: Workshop) -> bytes:
    """The company's root."""
    return shop.company.root.public_bytes(Encoding.DER)


def guards(shop: Workshop) -> Guards:
    """The carrier's trunk is protected; whether it answers is asked of the carrier."""

    async def listen(_: str) -> frozenset[str] | None:
        return frozenset({"works"}) if await shop.box.trunk.works() else None

    async def pause() -> None:
        return

    return Guards((f"{shop.managed.spec.carrier}:5061",), listen, pause)


async def delivered(shop: Workshop, product: Product, *, by_key: bool = False) -> Look:
    """Deliver the company's root."""
    return await deliver(way_in(shop, by_key=by_key), bound(product), [authority(shop)], guards(shop))
