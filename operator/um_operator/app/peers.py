"""Looks at gateways as one of our servers, beside the passes: what they are, whether they trust us (R6)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from um_operator.api.ip_gateway import Probe
from um_operator.api.reasons import Reason
from um_operator.api.references import CARef
from um_operator.app.beside import Beside
from um_operator.app.guises import Guise
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.hosts import TLS, Closed, Listener
from um_operator.observed.peers import Asked, PeerKey, PeerLook, Unanswered
from um_operator.observed.revision import Revision
from um_operator.observed.snapshot import Snapshot
from um_operator.planning.places import Place, places
from um_operator.planning.rollout.peers import UNDER_WAY, shown_revision
from um_operator.planning.scope import Scope
from um_operator.probing.prober import Prober

PATIENCE: Final = 1.0
"""Seconds that a reading waits for looks: most answer in milliseconds, a black hole in none of a pass."""
FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(minutes=15)
"""After a look that a gateway refused, or did not answer: twice as long each time."""
JITTER: Final = 0.1
"""By which part such a pause may be shorter, so that gateways that failed together are not asked together."""

Guises = Callable[[Revision | None, CARef | None], Awaitable[Guise]]
"""Returns as whom to look: a revision or nobody; and by which ``trust.caRef`` to judge."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a gateway is looked at, and the revision as which; ``None``: as nobody."""

    key: PeerKey
    place: Place
    revision: Revision | None = None
    leaf: str | None = None

    @property
    def probe(self) -> Probe:
        """Return how it may be looked at."""
        return self.place.declared.probe if self.place.declared else Probe()

    @property
    def authorities(self) -> CARef | None:
        """Return where the CAs are that signed its certificate."""
        return self.place.declared.authorities if self.place.declared else None

    @property
    def asked(self) -> Asked | None:
        """Return what it is asked, ``None``: nothing; no handshake with what is to speak plain SIP."""
        method = self.probe.method
        if method == "None":
            return None
        return "TCP" if method == "TLS" and not self.place.tls else method


@dataclass(frozen=True, slots=True)
class _Seen:
    """What came of a look.

    Attributes:
        fact: what is told of the gateway.
        tries: how many looks in a row, this one included, it did not answer.
        failures: how many looks in a row, this one included, it refused us or did not answer.
        again_from: from when on it may be looked at again.
    """

    target: Target
    fact: Fact[PeerLook]
    tries: int
    failures: int
    again_from: datetime


class Peers:
    """What gateways show, to the newest certificate where they are to speak TLS.

    A look takes as long as the peer takes, up to its deadline; no pass waits for that. Each full reading
    looks at everybody again, any reading at whom nobody has looked at in this way. One that refuses us or
    does not answer is left alone for longer each time; what it showed before it stopped answering counts
    until as many tries in a row failed as its manifest says.

    Args:
        prober: what looks; its own turns are the bound of looks at the same time.
        guises: the only reader of private keys here.
        now: the present instant.
        chance: a number from 0 to 1, another each time.
    """

    def __init__(
        self, prober: Prober, guises: Guises, now: Callable[[], datetime], chance: Callable[[], float]
    ) -> None:
        self._prober = prober
        self._guises = guises
        self._now = now
        self._chance = chance
        self._looks = Beside[PeerKey, Target, Fact[PeerLook]]()
        self._seen: dict[PeerKey, _Seen] = {}

    async def read(self, scope: Scope, snapshot: Snapshot) -> Mapping[PeerKey, Fact[PeerLook]]:
        """Return what was seen last; who is looked at for the first time is Unknown until it answers."""
        lists = (snapshot.dial_plans, snapshot.gateways, snapshot.hunt_groups)
        if any(isinstance(fact, Unknown) for fact in lists):
            return {}  # who they are is not known now; what was seen of them stays remembered
        wanted = {target.key: target for target in _targets(scope, snapshot)}
        await self._forget(wanted)
        due = [
            target
            for key, target in wanted.items()
            if key not in self._looks and self._is_due(key, everything=scope.everything)
        ]
        self._begin(due)
        await self._looks.wait(PATIENCE, {target.key for target in due})
        for key, target, fact in self._looks.collect():
            self._seen[key] = self._after(target, fact)
        return {key: self._fact(target) for key, target in wanted.items()}

    async def again(self, gateways: Collection[str]) -> None:
        """Look at gateways (``name_key`` of their names) anew: whom they trust has changed."""
        self._seen = {key: seen for key, seen in self._seen.items() if key[0] not in gateways}
        await self._looks.end(key for key in self._looks if key[0] in gateways)

    async def close(self) -> None:
        """End every look."""
        await self._forget({})

    def _begin(self, due: list[Target]) -> None:
        """Begin to look; each key and CA is read once, however many gateways it is for."""
        wanted = {(one.revision, one.authorities) for one in due if one.asked in {"Options", "TLS"}}
        guises = {pair: asyncio.ensure_future(self._guises(*pair)) for pair in sorted(wanted, key=str)}
        for target in due:
            guise = guises.get((target.revision, target.authorities))
            self._looks.begin(target.key, target, self._look(target, guise))

    def _is_due(self, key: PeerKey, *, everything: bool) -> bool:
        seen = self._seen.get(key)
        return seen is None or (everything and self._now() >= seen.again_from)

    def _after(self, target: Target, fact: Fact[PeerLook]) -> _Seen:
        before = self._seen.get(target.key)
        silent = isinstance(fact, Unknown) and fact.reason != Reason.NOT_PROBED
        if not silent and not _refused(fact):
            return _Seen(target, fact, 0, 0, self._now())
        tries = (before.tries if before else 0) + 1 if silent else 0
        failures = (before.failures if before else 0) + 1
        pause = min(FIRST_PAUSE * 2 ** min(failures - 1, 8), LONGEST_PAUSE) * (1 - JITTER * self._chance())
        if isinstance(fact, Unknown) and silent:
            fact = _silent(fact, tries, before.fact if before else None, target.probe.failure_threshold)
        return _Seen(target, fact, tries, failures, self._now() + pause)

    async def _look(self, target: Target, guise_of: asyncio.Future[Guise] | None) -> Fact[PeerLook]:
        if target.asked is None:
            message = f'{target.place} is not looked at, for spec.probe.method is "{target.probe.method}"'
            return Unknown(Reason.NOT_PROBED, message, self._now())
        guise = await asyncio.shield(guise_of) if guise_of else None  # others wait for it as well
        seen = await self._ask(target, target.asked, guise)
        if isinstance(seen, Unknown):
            return seen
        if isinstance(seen.value, Closed):
            message = f"{target.place} refuses connections"
            return Unknown(Reason.CONNECTION_REFUSED, message, seen.read_at)
        place = target.place
        look = PeerLook(
            listener=seen.value,
            shown=target.leaf if guise and guise.identity.certified else None,
            host=place.host,
            port=place.port,
            tls=place.tls,
            asked=target.asked,
            anchors=guise.anchors if guise and isinstance(seen.value, TLS) else None,
        )
        return Known(look, seen.read_at)

    async def _ask(self, target: Target, asked: Asked, guise: Guise | None) -> Fact[Listener]:
        host, port = target.place.host, target.place.port
        deadline, identity = target.probe.timeout.total_seconds(), guise.identity if guise else None
        if asked == "TCP":
            return await self._prober.connection(host, port, deadline=deadline)
        if asked == "TLS":
            return await self._prober.handshake(host, port, identity=identity, deadline=deadline)
        if target.place.tls:
            return await self._prober.tls(host, port, identity=identity, deadline=deadline, whole=True)
        return await self._prober.plain(host, port, deadline=deadline)

    def _fact(self, target: Target) -> Fact[PeerLook]:
        seen = self._seen.get(target.key)
        if seen is not None:
            return seen.fact
        return Unknown(UNDER_WAY, f"{target.place} is being looked at", self._now())

    async def _forget(self, wanted: Mapping[PeerKey, Target]) -> None:
        """Drop what was seen, and is being looked at, as somebody else or elsewhere."""
        self._seen = {key: seen for key, seen in self._seen.items() if wanted.get(key) == seen.target}
        await self._looks.keep(wanted)


def _refused(fact: Fact[PeerLook]) -> bool:
    """Whether a gateway turned us away."""
    return (
        isinstance(fact, Known) and isinstance(fact.value.listener, TLS) and bool(fact.value.listener.refusal)
    )


def _silent(fact: Unknown, tries: int, before: Fact[PeerLook] | None, threshold: int) -> Fact[PeerLook]:
    """Return what is told of a gateway that did not answer: what it showed before, as long as that counts."""
    if isinstance(before, Known) and tries < threshold:
        return before
    since = before.since if isinstance(before, Unanswered) else fact.since
    return Unanswered(fact.reason, fact.message, since, tries)


def _targets(scope: Scope, snapshot: Snapshot) -> Iterator[Target]:
    issued = {
        certificate.key: revision
        for certificate in scope.certificates
        if (fact := snapshot.revisions.get(certificate.key)) and (revision := shown_revision(fact))
    }
    for place in places(scope, snapshot):
        if not (place.tls and issued):
            yield Target((place.gateway, None), place)
            continue
        for key, shown in issued.items():
            showing = Revision(key.name, shown.number, shown.server)
            yield Target((place.gateway, key), place, showing, shown.leaf.sha256 if shown.leaf else None)
