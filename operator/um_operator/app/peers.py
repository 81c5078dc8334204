"""Looks at gateways as one of our servers, beside the passes: whether they trust its certificate (R6)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from um_operator.api.ip_gateway import Probe
from um_operator.api.reasons import Reason
from um_operator.observed.certificates import RevisionFact
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.hosts import TLS
from um_operator.observed.peers import PeerKey, PeerLook
from um_operator.observed.revision import Revision
from um_operator.observed.snapshot import Snapshot
from um_operator.observed.values import name_key
from um_operator.planning.rollout.peers import UNDER_WAY, secured_gateways, shown_revision
from um_operator.planning.scope import Scope
from um_operator.probing.identity import ClientIdentity
from um_operator.probing.prober import Prober

PATIENCE: Final = 1.0
"""Seconds that a reading waits for looks: most answer in milliseconds, a black hole in none of a pass."""
FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(minutes=15)
"""After a look that a gateway refused, or did not answer: twice as long each time."""
NO_HANDSHAKE: Final = frozenset({"TCP", "None"})
"""Methods of ``spec.probe`` that forbid one."""

Identities = Callable[[Revision], Awaitable[ClientIdentity | None]]
"""Returns who a revision is towards a peer, ``None`` if its key is not here."""


@dataclass(frozen=True, slots=True)
class Target:
    """A gateway, where it is, and the certificate as which it is looked at."""

    key: PeerKey
    host: str
    port: int
    probe: Probe
    leaf: str
    revision: Revision

    @property
    def shown(self) -> str:
        """Return how messages name it."""
        return f'"{self.host}:{self.port}"'


@dataclass(frozen=True, slots=True)
class _Seen:
    """What came of a look.

    Attributes:
        failures: how many looks in a row, this one included, the gateway refused or did not answer.
        again_from: from when on it may be looked at again.
    """

    target: Target
    fact: Fact[PeerLook]
    failures: int
    again_from: datetime


class Peers:
    """What gateways of secured plans show to the newest certificate.

    A look takes as long as the peer takes, up to its deadline; no pass waits for that. Each full reading
    looks at everybody again, any reading at whom nobody has looked at in this way. One that refuses us or
    does not answer is left alone for longer each time.

    Args:
        prober: what looks; its own turns are the bound of looks at the same time.
        identities: the only reader of private keys here.
        now: the present instant.
    """

    def __init__(self, prober: Prober, identities: Identities, now: Callable[[], datetime]) -> None:
        self._prober = prober
        self._identities = identities
        self._now = now
        self._looks: dict[PeerKey, tuple[Target, asyncio.Task[Fact[PeerLook]]]] = {}
        self._seen: dict[PeerKey, _Seen] = {}

    async def read(self, scope: Scope, snapshot: Snapshot) -> Mapping[PeerKey, Fact[PeerLook]]:
        """Return what was seen last; who is looked at for the first time is Unknown until it answers."""
        wanted = {target.key: target for target in _targets(scope, snapshot)}
        await self._forget(wanted)
        due = [
            target
            for key, target in wanted.items()
            if key not in self._looks and self._is_due(key, everything=scope.everything)
        ]
        begun = {one.key: (one, task) for one, task in self._begun(due)}
        self._looks |= begun
        if begun:
            await asyncio.wait([task for _, task in begun.values()], timeout=PATIENCE)
        for key, (target, task) in tuple(self._looks.items()):
            if task.done():
                self._seen[key] = self._after(target, task.result())
                del self._looks[key]
        return {key: self._fact(target) for key, target in wanted.items()}

    async def again(self, gateways: Collection[str]) -> None:
        """Look at gateways (``name_key`` of their names) anew: whom they trust has changed."""
        self._seen = {key: seen for key, seen in self._seen.items() if key[0] not in gateways}
        for key in [key for key in self._looks if key[0] in gateways]:
            task = self._looks.pop(key)[1]
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def close(self) -> None:
        """End every look."""
        await self._forget({})

    def _begun(self, due: list[Target]) -> Iterator[tuple[Target, asyncio.Task[Fact[PeerLook]]]]:
        """Begin to look; each key is read once, however many gateways it is shown to."""
        shown = {target.revision for target in due if target.probe.method not in NO_HANDSHAKE}
        identities = {
            revision: asyncio.ensure_future(self._identities(revision)) for revision in sorted(shown, key=str)
        }
        for target in due:
            yield target, asyncio.create_task(self._look(target, identities.get(target.revision)))

    def _is_due(self, key: PeerKey, *, everything: bool) -> bool:
        seen = self._seen.get(key)
        return seen is None or (everything and self._now() >= seen.again_from)

    def _after(self, target: Target, fact: Fact[PeerLook]) -> _Seen:
        if not _failed(fact):
            return _Seen(target, fact, 0, self._now())
        before = self._seen.get(target.key)
        failures = before.failures + 1 if before else 1
        return _Seen(
            target, fact, failures, self._now() + min(FIRST_PAUSE * 2 ** min(failures - 1, 8), LONGEST_PAUSE)
        )

    async def _look(
        self, target: Target, identity_of: asyncio.Future[ClientIdentity | None] | None
    ) -> Fact[PeerLook]:
        if target.probe.method in NO_HANDSHAKE or identity_of is None:
            message = f'{target.shown} is not looked at, for spec.probe.method is "{target.probe.method}"'
            return Unknown(Reason.NOT_PROBED, message, self._now())
        identity = await asyncio.shield(identity_of)  # others wait for it as well
        seen = await self._prober.handshake(
            target.host, target.port, identity=identity, deadline=target.probe.timeout.total_seconds()
        )
        if isinstance(seen, Unknown):
            return seen
        return Known(PeerLook(seen.value, target.leaf if identity else None), seen.read_at)

    def _fact(self, target: Target) -> Fact[PeerLook]:
        seen = self._seen.get(target.key)
        if seen is not None:
            return seen.fact
        return Unknown(UNDER_WAY, f"{target.shown} is being looked at", self._now())

    async def _forget(self, wanted: Mapping[PeerKey, Target]) -> None:
        """Drop what was seen, and is being looked at, as somebody else or elsewhere."""
        self._seen = {key: seen for key, seen in self._seen.items() if wanted.get(key) == seen.target}
        stale = [key for key, (target, _) in self._looks.items() if wanted.get(key) != target]
        tasks = [self._looks.pop(key)[1] for key in stale]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _failed(fact: Fact[PeerLook]) -> bool:
    """Whether a gateway turned us away, or could not be looked at."""
    if isinstance(fact, Unknown):
        return fact.reason != Reason.NOT_PROBED
    return not isinstance(fact.value.listener, TLS) or bool(fact.value.listener.refusal)


def _targets(scope: Scope, snapshot: Snapshot) -> Iterator[Target]:
    probes = {name_key(gateway.name): gateway.probe for gateway in scope.gateways}
    for certificate in scope.certificates:
        fact = snapshot.revisions.get(certificate.key)
        shown: RevisionFact | None = shown_revision(fact) if fact is not None else None
        if shown is None or shown.leaf is None:
            continue
        revision = Revision(certificate.key.name, shown.number, shown.server)
        for gateway in secured_gateways(snapshot):
            key = name_key(gateway.name)
            yield Target(
                (key, certificate.key),
                gateway.address,
                gateway.port,
                probes.get(key, Probe()),
                shown.leaf.sha256,
                revision,
            )
