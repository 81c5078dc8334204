"""Whether the operator is ready, and whether it is alive: pure functions of facts, with reasons in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal, TypeAlias

from um_operator.observability.alerts import STALE_AFTER

LeaseState: TypeAlias = Literal["Held", "Standby", "Unknown"]

MOST_LAG: Final = timedelta(seconds=30)
"""An event loop that is later than this will not recover by itself: a Lease has run out twice meanwhile."""


@dataclass(frozen=True, slots=True)
class Check:
    """One condition, and in words why it holds or does not."""

    name: str
    passed: bool
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a probe answers."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class PassFact:
    """How long ago a pass of an organisation ended.

    Attributes:
        organization: ``namespace/name``.
        interval: between two full passes, as declared.
        idle: since the last pass ended, else since the organisation is kept.
    """

    organization: str
    interval: timedelta
    idle: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadinessFacts:
    """What readiness is judged by.

    Attributes:
        kinds: that this build knows.
        served: those that the API server has a CRD for.
        watched: those whose watch is really open.
        listed: those that were listed to the end at least once.
        lease: whether this replica works, stands by, or could not read the Lease yet.
        passes: of each organisation that it keeps; none on standby.
        stopping: whether the process was told to end.
    """

    kinds: frozenset[str]
    served: frozenset[str]
    watched: frozenset[str]
    listed: frozenset[str]
    lease: LeaseState
    passes: tuple[PassFact, ...] = ()
    stopping: bool = False


def readiness(facts: ReadinessFacts) -> Verdict:
    """Say whether the operator does what it is there for: works, or could take over at once."""
    return Verdict(tuple(_readiness_checks(facts)))


def liveness(lags: Mapping[str, timedelta]) -> Verdict:
    """Say whether every event loop turns; only a restart helps one that does not.

    Args:
        lags: how late each loop is, by its name.
    """
    return Verdict(tuple(_turns(name, lag) for name, lag in sorted(lags.items())))


def _readiness_checks(facts: ReadinessFacts) -> Iterator[Check]:
    yield Check("running", not facts.stopping, "the operator ends" if facts.stopping else "the operator runs")
    yield _complete("crds", facts.kinds, facts.served, "are served", "without a CRD; install the CRDs")
    yield _complete("watches", facts.kinds, facts.watched, "are watched", "not watched at present")
    yield _complete("lists", facts.kinds, facts.listed, "are listed", "not listed to the end yet")
    yield Check("lease", facts.lease != "Unknown", _LEASE[facts.lease])
    yield from (_looked_after(fact) for fact in facts.passes)


_LEASE: Final[Mapping[LeaseState, str]] = {
    "Held": "the Lease is held",
    "Standby": "another replica holds the Lease",
    "Unknown": "the Lease could not be read yet",
}


def _complete(name: str, wanted: frozenset[str], found: frozenset[str], good: str, bad: str) -> Check:
    missing = ", ".join(sorted(wanted - found))
    return Check(name, not missing, f"{missing}: {bad}" if missing else f"all {len(wanted)} kinds {good}")


def _looked_after(fact: PassFact) -> Check:
    limit = STALE_AFTER * fact.interval
    ended = f"the last pass ended {_seconds(fact.idle)} ago"
    stale = fact.idle > limit
    return Check(
        f"pass {fact.organization}", not stale, f"{ended}, more than {_seconds(limit)}" if stale else ended
    )


def _turns(name: str, lag: timedelta) -> Check:
    late = f"the event loop is {_seconds(lag)} late"
    return Check(f"loop {name}", lag <= MOST_LAG, late if lag > MOST_LAG else "the event loop turns")


def _seconds(time: timedelta) -> str:
    return f"{time.total_seconds():.0f} s"
