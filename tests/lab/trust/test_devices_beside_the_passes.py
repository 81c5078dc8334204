"""Devices as the operator reads and changes them: from what is declared to a fact, an outcome, a pause."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, cast

import pytest
import yaml
from cryptography.hazmat.primitives.serialization import Encoding

from devices_support import Workshop, workshop
from planning_support import NOW
from trust_support import authority, bound
from um_operator.api.gateway_trust import TrustDelivery
from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.app.deliveries import AT_A_TIME, Deliveries
from um_operator.app.listeners import ProtectedListeners
from um_operator.lab.hosts.authority import CertificateAuthority
from um_operator.local.secrets import LocalSecrets
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.planning.outcome import Outcome
from um_operator.planning.scope import CertificateScope, GatewayScope, Scope
from um_operator.planning.steps import DeliverTrust
from um_operator.trust.pem import to_pem
from um_operator.trust.presets import preset

SBC, UM = ObjectKey("UMIPGateway", "kamailio01"), ObjectKey("UMCertificate", "um")
LISTENER = "kamailio01-carrier.contoso.com:5061"


@dataclass
class Hands:
    """A clock that a test moves; whoever sleeps lets it jump."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    async def sleep_until(self, instant: datetime) -> None:
        self.at = max(self.at, instant)


class Desk:
    """What is declared of the device, and who works on it."""

    def __init__(self, shop: Workshop, **spec: Any) -> None:
        login = shop.managed.spec
        self.shop = shop
        self.clock = Hands()
        self.spec = spec or {"preset": "Kamailio"}
        self.secrets: dict[str, Mapping[str, bytes]] = {
            "account": {"username": login.user.encode(), "password": login.password.encode()}
        }
        self.config_maps: dict[str, Mapping[str, bytes]] = {
            "keys": {"known_hosts": shop.managed.known_hosts.encode()},
            "um-trust": {"ca.crt": to_pem([authority(shop)]).encode()},
        }
        self.listening: asyncio.Event | None = None
        listeners = cast("ProtectedListeners", self)
        self.deliveries = Deliveries(LocalSecrets(self.secrets, self.config_maps), listeners, self.clock)

    async def heard(self, _: str) -> frozenset[str] | None:
        """Tell what the carrier's trunk shows; nothing in time, once somebody listens for the question."""
        if self.listening is not None:
            self.listening.set()
            await asyncio.Event().wait()
        return frozenset({"TLS"}) if await self.shop.box.trunk.works() else None

    @property
    def scope(self) -> Scope:
        declared = {
            "endpoint": f"ssh://{self.shop.managed.spec.fqdn}",
            "secretRef": {"name": "account"},
            "knownHostsRef": {"name": "keys"},
            "protectedListeners": [LISTENER],
            **self.spec,
        }
        delivery = TrustDelivery.model_validate(declared)
        return Scope(
            certificates=(CertificateScope(UM, cast("Any", None), frozenset()),),
            gateways=(GatewayScope(SBC, "kamailio01", delivery=delivery),),
        )

    async def read(self) -> Fact[Any]:
        return (await self.deliveries.read(self.scope))[SBC]

    async def deliver(self, ca: bytes | None = None) -> Outcome:
        step = DeliverTrust(
            owner=SBC,
            gateway="kamailio01",
            endpoint="ssh://kamailio01.contoso.com",
            config_map="um-trust",
            revision="um/1",
            missing=(sha256(ca or authority(self.shop)).hexdigest(),),
            procedure=bound("Kamailio").procedure(),
        )
        return await self.deliveries.carry(step, None)


async def test_a_device_is_read_changed_and_read_again() -> None:
    async with workshop("Kamailio") as shop:
        desk = Desk(shop)
        ours = sha256(authority(shop)).hexdigest()
        before = await desk.read()
        assert isinstance(before, Known)
        assert ours not in before.value.held
        assert not before.value.interrupts
        assert "sudo kamcmd tls.reload" in before.value.procedure
        assert await desk.deliver() == Outcome("Done")
        after = await desk.read()
        assert isinstance(after, Known)
        assert ours in after.value.held
        await desk.deliveries.close()


async def test_a_device_that_lets_nobody_in_is_asked_again_later_or_when_the_account_changes() -> None:
    async with workshop("Kamailio") as shop:
        desk = Desk(shop)
        right = desk.secrets["account"]
        desk.secrets["account"] = {**right, "password": b"guessed"}
        first = await desk.read()
        assert isinstance(first, Unknown)
        assert first.reason == Reason.LOGIN_REFUSED
        desk.clock.at += timedelta(minutes=1)
        assert await desk.read() == first, "it was asked again at once"
        desk.clock.at += timedelta(minutes=5)
        again = await desk.read()
        assert isinstance(again, Unknown)
        assert again.since == desk.clock.at
        desk.secrets["account"] = right
        assert isinstance(await desk.read(), Known)


async def test_a_pass_about_something_else_asks_for_no_secret() -> None:
    async with workshop("Kamailio") as shop:
        desk = Desk(shop)
        read = await desk.read()
        desk.secrets.clear()
        about_servers = replace(desk.scope, fields=frozenset({"hosts"}))
        assert (await desk.deliveries.read(about_servers))[SBC] == read
        assert isinstance(await desk.read(), Unknown)
        await desk.deliveries.close()


async def test_a_recipe_of_ones_own_is_read_from_its_config_map_and_refused_in_one_line() -> None:
    async with workshop("Kamailio") as shop:
        desk = Desk(shop, recipeRef={"name": "recipes", "key": "own"})
        missing = await desk.read()
        assert isinstance(missing, Unknown)
        assert missing.message == 'trust.delivery.recipeRef: there is no ConfigMap "recipes" with key "own"'
        desk.config_maps["recipes"] = {"own": b"files: {}"}
        wrong = await desk.read()
        assert isinstance(wrong, Unknown)
        assert (wrong.reason, wrong.message) == (
            Reason.INVALID_RECIPE,
            'ConfigMap "recipes" with key "own": title: is required',
        )
        own = yaml.safe_dump(preset("Kamailio").declared())
        desk.config_maps["recipes"] = {"own": own.encode()}
        assert isinstance(await desk.read(), Known)
        assert (await desk.deliver()).kind == "Done"


async def test_what_was_planned_is_carried_out_and_nothing_else() -> None:
    async with workshop("Kamailio") as shop:
        own = preset("Kamailio").declared()
        desk = Desk(shop, recipeRef={"name": "recipes", "key": "own"})
        desk.config_maps["recipes"] = {"own": yaml.safe_dump(own).encode()}
        await desk.read()
        files = {**own["files"], "reload": "kamctl rpc tls.reload"}
        desk.config_maps["recipes"] = {"own": yaml.safe_dump({**own, "files": files}).encode()}
        outcome = await desk.deliver()
        assert (outcome.kind, outcome.message) == (
            "NotSent",
            "what is to be done there was changed meanwhile",
        )
        assert not shop.effects


async def test_what_a_preset_over_https_needs_is_refused_as_not_available() -> None:
    async with workshop("Kamailio") as shop:
        fact = await Desk(shop, preset="AudioCodes", endpoint="https://sbc01.contoso.com").read()
        assert isinstance(fact, Unknown)
        assert fact.reason == Reason.INVALID_RECIPE
        assert "not available yet" in fact.message


async def test_how_a_delivery_ended_is_told_by_what_became_of_the_device() -> None:
    async with workshop("Kamailio") as shop:
        desk = Desk(shop)
        await desk.read()
        await shop.host.lock_by_hand()
        assert (await desk.deliver()).kind == "NotSent"
        busy = await desk.read()
        assert isinstance(busy, Known)
        assert busy.value.reason == Reason.DEVICE_LOCKED
        await shop.host.unlock_by_hand()
        shop.box.sensitive = True
        lost = await desk.deliver()
        assert (lost.kind, lost.reason) == ("Refused", Reason.PROTECTED_LISTENER_LOST)
        shop.box.sensitive = False
        await shop.box.trunk.close()
        silent = await desk.deliver()
        assert (silent.kind, silent.reason) == ("Unclear", Reason.PROTECTED_LISTENER_SILENT)
        await shop.box.trunk.open()
        desk.config_maps["um-trust"] = {}
        gone = await desk.deliver()
        assert (gone.kind, gone.reason) == ("NotSent", Reason.INVALID_RECIPE)


async def test_two_deliveries_to_one_device_come_one_after_the_other() -> None:
    async with workshop("Kamailio") as shop:
        desk = Desk(shop)
        other = CertificateAuthority("Another CA", NOW, intermediate=False).root.public_bytes(Encoding.DER)
        both = [authority(shop), other]
        desk.config_maps["um-trust"] = {"ca.crt": to_pem(both).encode()}
        await desk.read()
        outcomes = await asyncio.gather(*(desk.deliver(ca) for ca in both))
        assert [one.kind for one in outcomes] == ["Done", "Done"]
        assert {sha256(ca).hexdigest() for ca in both} <= shop.box.trusted


async def test_a_reading_that_began_before_a_delivery_does_not_take_its_place() -> None:
    async with workshop("Kamailio") as shop:
        desk = Desk(shop)
        await desk.read()
        cut_off = asyncio.create_task(desk.read())
        for _ in range(3):
            await asyncio.sleep(0)
        cut_off.cancel()
        desk.clock.at += timedelta(seconds=1)
        assert (await desk.deliver()).kind == "Done"
        about_servers = replace(desk.scope, fields=frozenset({"hosts"}))
        after = (await desk.deliveries.read(about_servers))[SBC]
        assert isinstance(after, Known)
        assert sha256(authority(shop)).hexdigest() in after.value.held
        await desk.deliveries.close()


async def test_those_who_wait_for_one_device_keep_nobody_from_being_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("um_operator.app.deliveries.PATIENCE", 0.5)
    async with workshop("Kamailio") as shop:
        desk = Desk(shop)
        await desk.read()
        desk.listening = asyncio.Event()
        delivery = asyncio.create_task(desk.deliver())
        await asyncio.wait_for(desk.listening.wait(), 5)
        [gateway] = desk.scope.gateways
        assert gateway.delivery is not None
        elsewhere = gateway.delivery.model_copy(update={"endpoint": "ssh://127.0.0.1:1"})
        keys = [ObjectKey("UMIPGateway", f"gateway{number}") for number in range(AT_A_TIME)]
        other = ObjectKey("UMIPGateway", "other")
        gateways = (
            gateway,
            *(replace(gateway, key=key) for key in keys),
            replace(gateway, key=other, delivery=elsewhere),
        )
        fact = (await desk.deliveries.read(replace(desk.scope, gateways=gateways)))[other]
        assert isinstance(fact, Unknown)
        assert fact.reason == Reason.DEVICE_UNREACHABLE
        delivery.cancel()
        await asyncio.gather(delivery, return_exceptions=True)
        await desk.deliveries.close()
