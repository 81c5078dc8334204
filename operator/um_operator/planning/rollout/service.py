"""One service of one server: what it is configured for, what it serves, and whether it is READY (R15).

Every question has three answers: yes, no, and ``None`` where what was read does not tell (R1).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from um_operator.observed.certificates import ServiceName
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.hosts import TLS, Closed, Listener, Plain, ServiceFact
from um_operator.observed.rollout import Bound, Previous, Restart
from um_operator.planning.rollout.comparison import Settings, equal, plain_as_wanted, tls_as_wanted
from um_operator.planning.rollout.target import Target

STABLE: Final = timedelta(seconds=30)
"""How long a service has to run before it counts as READY: a worker that crashes does so early (R15)."""
WARM: Final = timedelta(seconds=90)
"""The same where the service is drained: it answers 5xx for that, and so does not show its worker warm up."""
START_DEADLINE: Final = timedelta(minutes=5)
"""How long a service may take from its start until it is READY."""
MOST_STARTS: Final = 2
"""A start and one more: the first may have found the former binding (R9), or may never have been sent."""


@dataclass(frozen=True, slots=True)
class ServiceCase:
    """A service, as read and as remembered.

    Attributes:
        settings: as the organisation's domain controller shows them.
        own_view: as a domain controller of the server's own site shows them (R9).
        tcp: what its port for plain SIP is.
        tls: what its port for TLS is.
        bound: what we wrote last.
        previous: what stood there before.
        restart: the restart begun for what is bound.
        former: what it served before what is bound, once that is in force.
        drained: whether we closed it to new calls, so that it says so to whoever asks.
        ended: thumbprint of what it is bound to where that has ended and so keeps it down, whoever starts it.
    """

    server: str
    name: ServiceName
    settings: Fact[Settings]
    own_view: Fact[Settings]
    process: Fact[ServiceFact]
    tcp: Fact[Listener]
    tls: Fact[Listener]
    bound: Bound | None = None
    previous: Previous | None = None
    restart: Restart | None = None
    drained: bool = False
    former: Previous | None = None
    ended: str | None = None

    def configured(self, target: Target) -> bool | None:
        """Whether mode and binding are written as ``target`` says, as any domain controller shows.

        They are written at the server's own site, and others show them later. Where the server does not show
        its binding, what we wrote counts, or what is served (field notes 2.3).
        """
        written = self.bound.thumbprint if self.bound else self.leaf
        unshown = written == target.thumbprint
        answers = [equal(view, target, unshown=unshown) for view in (self.settings, self.own_view)]
        if True in answers:
            return True
        return False if False in answers else None

    def arrived(self, target: Target) -> bool | None:
        """Whether they read so from the server's own view (R9)."""
        return equal(self.own_view, target, unshown=True)

    def serves(self, target: Target) -> bool | None:
        """Whether its listeners are what ``target`` makes them."""
        answers = (plain_as_wanted(self.tcp, target.mode), tls_as_wanted(self.tls, target))
        if False in answers:
            return False
        return None if None in answers else True

    def restart_owed(self, target: Target) -> bool:
        """Whether it has to be restarted to serve ``target``; never because nothing is known of it."""
        served = self.serves(target)
        if served is not None:
            return not served
        if self.is_ours_to_start or self.configured(target) is False:
            return True
        if self.bound is None or not self.has_written(target):
            return False
        start = self.bound.process_start
        return start is not None and self.process_start == start

    def ready(self, target: Target, now: datetime) -> bool | None:
        """Whether it is READY: runs for some time, serves ``target``, and no answer is a 5xx (R15)."""
        if isinstance(self.process, Unknown):
            return None
        if self.process.value.status != "Running" or self.troubled:
            return False
        served = self.serves(target)
        if served is None and target.proof == "Bound" and not self.restart_owed(target):
            served = self.configured(target)
        if served and self.started_at is not None and now < self.started_at + self.settles_within:
            return False
        return served

    def failed(self, target: Target, now: datetime) -> bool:
        """Whether starts of ours did not make it serve ``target``, beyond doubt and in time (R4, R17)."""
        started_at = self.started_at
        if not self.in_sequence or not self.has_written(target) or started_at is None:
            return False
        if isinstance(self.process, Unknown):
            return False
        if self.is_stopped:
            return self.starts >= MOST_STARTS and now >= started_at + STABLE
        if now < started_at + START_DEADLINE:
            return False
        if self.process.value.status != "Running":
            return True
        return (self.restart_owed(target) or self.troubled) and not self.found_former_binding(target, now)

    def found_former_binding(self, target: Target, now: datetime) -> bool:
        """Whether it started with what stood there before: the new binding had not arrived (R9).

        Where that was plain SIP, a start that is not at its end looks the same until it has had its time.
        """
        former, started_at = self.previous, self.started_at
        if former is None or started_at is None or self.starts >= MOST_STARTS:
            return False
        if former == Previous(target.thumbprint, target.mode) or self.shown != former:
            return False
        return former.thumbprint is not None or now >= started_at + START_DEADLINE

    def start_ends_at(self, target: Target | None, now: datetime) -> datetime | None:
        """Return until when a start of ours has its time before anything else is done, ``None`` if it had.

        A service that is stopped again is started once more, for an order may have been lost.
        """
        started_at = self.started_at
        if started_at is None or (target and self.found_former_binding(target, now)):
            return None
        ends = started_at + (STABLE if self.is_stopped else START_DEADLINE)
        return ends if now < ends else None

    def has_written(self, target: Target) -> bool:
        """Whether ``target`` is what we wrote last."""
        written = (self.bound.thumbprint, self.bound.startup_mode) if self.bound else None
        return written == (target.thumbprint, target.mode)

    def to_be_written(self, target: Target) -> bool:
        """Whether mode and binding are to be written, or are not known to be as ``target`` says.

        What somebody else wrote, and is not in force yet, is written once more: so it is known what stood
        there before, and what is begun has an end and a way back like everything that we begin.
        """
        if self.configured(target) is not True:
            return True
        return self.restart_owed(target) and not self.has_written(target)

    def look_at(self, now: datetime) -> datetime | None:
        """Return when time alone tells more of a restart of ours, ``None`` if it does not."""
        begun = self.started_at
        ends = (begun + self.settles_within, begun + START_DEADLINE) if begun is not None else ()
        return next((end for end in ends if end > now), None)

    @property
    def settles_within(self) -> timedelta:
        """Return how long it has to run before it counts as READY; one that is drained does not say so."""
        return WARM if self.drained else STABLE

    @property
    def answers(self) -> bool | None:
        """Whether it takes calls on some port, whatever it serves there."""
        if isinstance(self.process, Unknown):
            return None
        if self.process.value.status != "Running" or self.troubled:
            return False
        known = [fact.value for fact in (self.tcp, self.tls) if isinstance(fact, Known)]
        if any(not isinstance(listener, Closed) for listener in known):
            return True
        return None if len(known) < 2 else False

    @property
    def troubled(self) -> bool:
        """Whether it answers OPTIONS with a 5xx, as before its worker is warm; while it is drained it may."""
        if self.drained:
            return False
        known = [fact.value for fact in (self.tcp, self.tls) if isinstance(fact, Known)]
        statuses = [listener.status for listener in known if isinstance(listener, Plain | TLS)]
        return any(status is not None and status >= 500 for status in statuses)

    @property
    def probed_at(self) -> datetime | None:
        """Return when its listeners were last seen, ``None`` if one was not."""
        if isinstance(self.tcp, Unknown) or isinstance(self.tls, Unknown):
            return None
        return min(self.tcp.read_at, self.tls.read_at)

    @property
    def read_at(self) -> tuple[datetime, ...]:
        """Return when each thing that is known of it on its host was read."""
        facts = (self.process, self.tcp, self.tls)
        return tuple(fact.read_at for fact in facts if isinstance(fact, Known))

    @property
    def leaf(self) -> str | None:
        """Return the thumbprint of what it serves, ``None`` if it serves none or nobody knows."""
        if isinstance(self.tls, Known) and isinstance(self.tls.value, TLS):
            return self.tls.value.leaf.thumbprint
        return None

    @property
    def process_start(self) -> datetime | None:
        """Return the start of its process in whole seconds, as the ledger keeps it, ``None`` if unknown."""
        at = self.process.value.started_at if isinstance(self.process, Known) else None
        return at.replace(microsecond=0) if at else None

    @property
    def started_at(self) -> datetime | None:
        """Return when we started it, for what is bound."""
        return self.restart.started_at if self.restart else None

    @property
    def is_stopped(self) -> bool:
        """Whether it is certainly stopped."""
        return isinstance(self.process, Known) and self.process.value.status == "Stopped"

    @property
    def runs(self) -> bool:
        """Whether it is certainly running."""
        return isinstance(self.process, Known) and self.process.value.status == "Running"

    @property
    def starts(self) -> int:
        """Return how often we told it to start, for what is bound."""
        return self.restart.count if self.restart else 0

    @property
    def may_be_down_by_us(self) -> bool:
        """Whether we stopped it, and it is not known to run again."""
        return self.restart is not None and not self.runs

    @property
    def in_sequence(self) -> bool:
        """Whether we wrote something that was not yet seen to be in force."""
        return self.bound is not None and self.previous is not None

    @property
    def is_half_written(self) -> bool:
        """Whether the startup mode of what we wrote stands there and its binding does not (R8)."""
        bound, previous = self.bound, self.previous
        if bound is None or previous is None or bound.startup_mode in {previous.startup_mode, "TCP"}:
            return False
        views = [view.value for view in (self.settings, self.own_view) if isinstance(view, Known)]
        changed = [view.binding for view in views if view.mode == bound.startup_mode]
        return any(one.shown for one in changed) and all(
            one.shown and one.thumbprint != bound.thumbprint for one in changed
        )

    @property
    def may_be_half_written(self) -> bool:
        """Whether that is so, or what stands there is not known."""
        return self.is_half_written or (self.in_sequence and isinstance(self.settings, Unknown))

    @property
    def is_ours_to_start(self) -> bool:
        """Whether it is down and we see to it: we stopped it, or what we wrote is not in force yet (R13)."""
        return self.is_stopped and (self.restart is not None or self.in_sequence)

    @property
    def down_for_good(self) -> bool:
        """Whether it is down until something else is bound; it has no calls that could be interrupted."""
        return self.ended is not None

    @property
    def is_stopped_by_others(self) -> bool:
        """Whether somebody stopped it who will start it again, or not."""
        return self.is_stopped and not (self.is_ours_to_start or self.down_for_good)

    @property
    def before(self) -> Previous:
        """Return what it ran with before what we wrote; the same all along its sequence."""
        return self.previous or self.running

    @property
    def running(self) -> Previous:
        """Return what it runs with: as its listeners show, else as it is configured."""
        if self.shown is not None:
            return self.shown
        if isinstance(self.settings, Known):
            return Previous(self.settings.value.binding.thumbprint, self.settings.value.mode)
        return Previous(None, "TCP")

    @property
    def shown(self) -> Previous | None:
        """Return what its listeners show it to run with, ``None`` if they do not tell."""
        if isinstance(self.tcp, Unknown) or isinstance(self.tls, Unknown):
            return None
        plain = not isinstance(self.tcp.value, Closed)
        if self.leaf is not None:
            return Previous(self.leaf, "Dual" if plain else "TLS")
        return Previous(None, "TCP") if plain else None
