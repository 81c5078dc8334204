"""What is remembered of Lync's front ends, in the organisation's status and back. Pure.

The start of a process is kept to the microsecond, for it is compared with what the front end shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from um_operator.api.front_end_ledger import IntegratedEntry, IntegratedFrontEnd, StoppedEntry
from um_operator.api.strings import parse_instant
from um_operator.observed.restarts import FrontEndEntry, Integrated, Stopped
from um_operator.planning.status.instants import instant


def stopped_of(entries: Iterable[StoppedEntry]) -> Mapping[str, Stopped]:
    """Return the front ends that an organisation's status remembers as stopped."""
    return {
        entry.computer: Stopped(
            entry.pool,
            tuple(entry.services),
            parse_instant(entry.since),
            _parsed(entry.process_start),
            _parsed(entry.started_at),
            tuple(entry.starting),
            bool(entry.refused),
            bool(entry.arrived),
            _parsed(entry.taken_back_at),
        )
        for entry in entries
    }


def stopped_entries(stopped: Mapping[str, Stopped]) -> tuple[StoppedEntry, ...]:
    """Return how an organisation's status holds that."""
    return tuple(
        StoppedEntry(
            computer=computer,
            pool=one.pool,
            services=one.services,
            since=instant(one.since),
            process_start=_exactly(one.process_start),
            started_at=_written(one.started_at),
            starting=one.starting,
            refused=one.refused or None,
            arrived=one.arrived or None,
            taken_back_at=_written(one.taken_back_at),
        )
        for computer, one in sorted(stopped.items())
    )


def integrated_of(entries: Iterable[IntegratedEntry]) -> Mapping[str, Integrated]:
    """Return what an organisation's status remembers of each pool."""
    return {
        entry.pool: Integrated(
            tuple(entry.dial_plans),
            entry.chain,
            _parsed(entry.since),
            {
                one.name: FrontEndEntry(_parsed(one.process_start), _parsed(one.restarted_at), one.heard or 0)
                for one in entry.front_ends
            },
        )
        for entry in entries
    }


def integrated_entries(integrated: Mapping[str, Integrated]) -> tuple[IntegratedEntry, ...]:
    """Return how an organisation's status holds that."""
    return tuple(
        IntegratedEntry(
            pool=pool,
            dial_plans=one.dial_plans,
            chain=one.chain,
            since=_written(one.since),
            front_ends=tuple(
                IntegratedFrontEnd(
                    name=name,
                    process_start=_exactly(front_end.process_start),
                    restarted_at=_written(front_end.restarted_at),
                    heard=front_end.heard or None,
                )
                for name, front_end in sorted(one.front_ends.items())
            ),
        )
        for pool, one in sorted(integrated.items())
    )


def _parsed(text: str | None) -> datetime | None:
    return parse_instant(text) if text else None


def _written(at: datetime | None) -> str | None:
    return instant(at) if at else None


def _exactly(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None
