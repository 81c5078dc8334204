"""Devices of gateways to which our CAs are brought: read beside the passes, and changed by one carrier."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from um_operator.api.gateway_trust import TrustDelivery
from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.app.listeners import ProtectedListeners
from um_operator.engine.ports import Clock, PortError, SecretStore
from um_operator.observed.deliveries import DeliveryFact
from um_operator.observed.der import UnreadableCertificateError
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.trust import KEY
from um_operator.planning.outcome import Outcome
from um_operator.planning.scope import GatewayScope, Scope
from um_operator.planning.steps import DeliverTrust
from um_operator.planning.steps.base import BaseStep
from um_operator.trust import pem
from um_operator.trust.bound import Bound, bind
from um_operator.trust.delivery import Guards, ListenerLostError, deliver, read
from um_operator.trust.errors import BusyError, DeliveryError, NoWayInError, RecipeError
from um_operator.trust.presets import recipe_of
from um_operator.trust.way_in import SSH_PORT, WayIn, account_of

PATIENCE: Final = 3.0
"""Seconds that a reading waits for devices: most answer within one."""
READING: Final = 60.0
"""Seconds until a device has to be read."""
AT_A_TIME: Final = 8
"""Devices that are read at the same time."""
FIRST_PAUSE: Final = timedelta(minutes=5)
LONGEST_PAUSE: Final = timedelta(hours=1)
"""After a try that a device did not let in: twice as long each time, for devices lock accounts."""
KNOWN_HOSTS: Final = "known_hosts"
UNDER_WAY: Final = Reason.WAITING_FOR_READING
LOOKS: Final = 3
BETWEEN_LOOKS: Final = timedelta(seconds=2)
"""How often a protected listener is looked at before it counts as lost, and how long after one another."""


@dataclass(frozen=True, slots=True)
class Target:
    """A device as its manifest, its Secret and its recipe say at present."""

    way_in: WayIn
    bound: Bound
    protected: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    target: Target
    fact: Fact[DeliveryFact]
    failures: int = 0
    again_from: datetime | None = None


class Deliveries:
    """Reads devices, and carries out ``DeliverTrust``.

    A device is read by every full reading, and again after it was changed. What says how to get there, in
    Secrets and ConfigMaps, is read then and when a manifest changed: most passes are about something else.
    One that does not let us in is left alone for longer each time, unless what a person declared for it has
    changed.

    Args:
        store: Secrets and ConfigMaps by name.
        listeners: tells what protected listeners show.
        clock: the present instant, and pauses.
    """

    def __init__(self, store: SecretStore, listeners: ProtectedListeners, clock: Clock) -> None:
        self._store = store
        self._listeners = listeners
        self._clock = clock
        self._declared: dict[ObjectKey, TrustDelivery] = {}
        self._targets: Mapping[ObjectKey, Target | Unknown] = {}
        self._reading: dict[ObjectKey, tuple[Target, asyncio.Task[Fact[DeliveryFact]]]] = {}
        self._seen: dict[ObjectKey, _Seen] = {}
        self._turns = asyncio.Semaphore(AT_A_TIME)
        self._one_at_a_time: WeakValueDictionary[tuple[str, int], asyncio.Lock] = WeakValueDictionary()

    async def read(self, scope: Scope) -> Mapping[ObjectKey, Fact[DeliveryFact]]:
        """Return what was read last; a device that is read for the first time is Unknown until it answers."""
        declared = dict(_declared(scope.gateways)) if scope.certificates else {}
        again = scope.names("deliveries")
        if again or declared != self._declared:
            self._declared = declared
            self._targets = {key: await self._resolved(delivery) for key, delivery in declared.items()}
        usable = {key: target for key, target in self._targets.items() if isinstance(target, Target)}
        await self._forget(usable)
        if again:
            self._begin(usable)
            if tasks := [task for _, task in self._reading.values()]:
                await asyncio.wait(tasks, timeout=PATIENCE)
        self._collect()
        return {key: self._fact(key, target) for key, target in self._targets.items()}

    async def carry(self, step: BaseStep, domain_controller: str | None) -> Outcome:
        """Bring CAs to a device and say how that ended. Never raises."""
        del domain_controller  # it is none of the directory
        assert isinstance(step, DeliverTrust)
        try:
            target = await self._target(self._declared[step.owner])
            if target.bound.procedure() != step.procedure:
                raise BusyError("what is to be done there was changed meanwhile", UNDER_WAY)
            certificates = await self._certificates(step)
            guards = Guards(target.protected, self._listeners.heard, self._pause, LOOKS)
            async with self._alone_at(target):
                look = await deliver(target.way_in, target.bound, certificates, guards)
        except KeyError:
            return Outcome("NotSent", Reason.NOT_READ, "trust.delivery is not declared any more")
        except ListenerLostError as error:
            return Outcome("Refused", error.reason, str(error))
        except (BusyError, RecipeError) as error:
            return Outcome("NotSent", error.reason, str(error))
        except DeliveryError as error:
            return Outcome("Unclear", error.reason, str(error))
        except PortError as error:
            return Outcome("NotSent", Reason.NOT_READ, str(error))
        self._seen[step.owner] = _Seen(target, Known(_fact(look.held, target), self._clock.now()))
        return Outcome("Done")

    async def close(self) -> None:
        """End every reading."""
        await self._forget({})

    async def _certificates(self, step: DeliverTrust) -> list[bytes]:
        """Return what is brought to the device, from the ConfigMap for peers."""
        try:
            content = (await self._store.config_map(step.config_map) or {}).get(KEY, b"")
            found = {sha256(der).hexdigest(): der for der in pem.of_pem(content)}
        except UnreadableCertificateError as error:
            raise RecipeError(f'ConfigMap "{step.config_map}", key "{KEY}": {error}') from None
        if lacking := [one for one in step.missing if one not in found]:
            raise RecipeError(f'ConfigMap "{step.config_map}" does not have CA {lacking[0]} any more')
        return [found[one] for one in step.missing]

    async def _resolved(self, delivery: TrustDelivery) -> Target | Unknown:
        try:
            return await self._target(delivery)
        except DeliveryError as error:
            return Unknown(error.reason, str(error), self._clock.now())
        except PortError as error:
            return Unknown(Reason.NOT_READ, str(error), self._clock.now())

    async def _target(self, delivery: TrustDelivery) -> Target:
        reference = delivery.recipe_ref
        own = await self._store.config_map(reference.name) if reference else None
        bound = bind(recipe_of(delivery, own), delivery.parameters)
        url = urlsplit(delivery.endpoint)
        if url.scheme != "ssh" or url.hostname is None:
            raise RecipeError(
                f'trust.delivery.endpoint "{delivery.endpoint}": recipes work over ssh:// for the present'
            )
        name = delivery.secret_ref.name
        if (secret := await self._store.secret(name)) is None:
            raise NoWayInError(f'there is no Secret "{name}"', Reason.LOGIN_REFUSED)
        way_in = WayIn(
            url.hostname, url.port or SSH_PORT, account_of(secret, name), await self._keys(delivery)
        )
        return Target(way_in, bound, delivery.protected_listeners)

    async def _keys(self, delivery: TrustDelivery) -> str:
        reference = delivery.known_hosts_ref
        name = reference.name if reference else ""
        content = (await self._store.config_map(name) or {}).get(KNOWN_HOSTS) if name else None
        if content is None:
            message = f'knownHostsRef: there is no ConfigMap "{name}" with key "{KNOWN_HOSTS}"'
            raise NoWayInError(message, Reason.HOST_KEY_UNKNOWN)
        return content.decode(errors="replace")

    def _begin(self, usable: Mapping[ObjectKey, Target]) -> None:
        now = self._clock.now()
        for key, target in usable.items():
            seen = self._seen.get(key)
            waits = seen is not None and seen.again_from is not None and now < seen.again_from
            if key not in self._reading and not waits:
                self._reading[key] = (target, asyncio.create_task(self._look(target)))

    def _alone_at(self, target: Target) -> asyncio.Lock:
        """Return what keeps two of us from one device: of several gateways, or for several certificates.

        It lasts as long as anybody has it or waits for it.
        """
        return self._one_at_a_time.setdefault((target.way_in.host, target.way_in.port), asyncio.Lock())

    async def _look(self, target: Target) -> Fact[DeliveryFact]:
        async with self._alone_at(target), self._turns:  # whoever waits for a device takes nobody's turn
            return await self._look_now(target)

    async def _look_now(self, target: Target) -> Fact[DeliveryFact]:
        began = self._clock.now()
        try:
            async with asyncio.timeout(READING):
                look = await read(target.way_in, target.bound)
        except DeliveryError as error:
            return Unknown(error.reason, str(error), began)
        except TimeoutError:
            message = f"{target.way_in.shown} was not read in time"
            return Unknown(Reason.DEVICE_UNREACHABLE, message, began)
        return Known(_fact(look.held, target, look.reason, look.busy), began)

    def _collect(self) -> None:
        for key, (target, task) in tuple(self._reading.items()):
            if task.done():
                del self._reading[key]
                if not self._is_outdated(key, fact := task.result()):
                    self._seen[key] = self._after(key, target, fact)

    def _is_outdated(self, key: ObjectKey, fact: Fact[DeliveryFact]) -> bool:
        """Whether a reading began before the device was changed, and tells what was before."""
        seen = self._seen.get(key)
        if seen is None or not isinstance(seen.fact, Known):
            return False
        return (fact.since if isinstance(fact, Unknown) else fact.read_at) < seen.fact.read_at

    def _after(self, key: ObjectKey, target: Target, fact: Fact[DeliveryFact]) -> _Seen:
        if not isinstance(fact, Unknown):
            return _Seen(target, fact)
        before = self._seen.get(key)
        failures = before.failures + 1 if before else 1
        pause = min(FIRST_PAUSE * 2 ** min(failures - 1, 8), LONGEST_PAUSE)
        return _Seen(target, fact, failures, self._clock.now() + pause)

    def _fact(self, key: ObjectKey, target: Target | Unknown) -> Fact[DeliveryFact]:
        if isinstance(target, Unknown):
            return target
        seen = self._seen.get(key)
        if seen is not None:
            return seen.fact
        return Unknown(UNDER_WAY, f"{target.way_in.shown} is being read", self._clock.now())

    async def _forget(self, wanted: Mapping[ObjectKey, Target]) -> None:
        """Drop what was read, and is being read, elsewhere, as somebody else or by another recipe."""
        self._seen = {key: seen for key, seen in self._seen.items() if wanted.get(key) == seen.target}
        stale = [key for key, (target, _) in self._reading.items() if wanted.get(key) != target]
        tasks = [self._reading.pop(key)[1] for key in stale]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _pause(self) -> None:
        await self._clock.sleep_until(self._clock.now() + BETWEEN_LOOKS)


def _declared(gateways: Iterable[GatewayScope]) -> Iterable[tuple[ObjectKey, TrustDelivery]]:
    yield from ((one.key, one.delivery) for one in gateways if one.delivery is not None)


def _fact(held: frozenset[str], target: Target, reason: Reason | None = None, busy: str = "") -> DeliveryFact:
    recipe = target.bound.recipe
    return DeliveryFact(held, recipe.interrupts_calls, target.bound.procedure(), reason, busy)
