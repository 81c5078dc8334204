"""What servers report against a rollout since they were restarted in it (R16): only what is new.

A gateway that is switched off, or two that share an address, were reported before, and each restart reports
them again. What a server had reported before its sequence began, or another one reports that is not touched
yet, has other reasons than ours. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from um_operator.observed.fact import Known
from um_operator.observed.hosts import HostEvent, HostFacts
from um_operator.observed.rollout import Issuance
from um_operator.planning.rollout.server import ServerCase

NEVER: Final = datetime.max.replace(tzinfo=UTC)


def new_events(
    servers: Mapping[str, ServerCase], hosts: Mapping[str, HostFacts], issuance: Issuance | None
) -> Iterator[tuple[ServerCase, HostEvent]]:
    """Yield what speaks against the rollout of a revision, with the server that reports it.

    Args:
        servers: all that are in scope, by ``name_key`` of their FQDN.
        hosts: what each shows of itself, likewise.
        issuance: what is remembered of the revision; ``None``: of no one in particular.
    """
    reported = {key: events for key in servers if (events := _events(hosts.get(key)))}
    told = [
        (servers[key], event)
        for key, events in reported.items()
        if (since := _activated_at(servers[key], issuance)) is not None
        for event in events
        if event.at >= since
    ]
    known = {
        _content(event)
        for key, events in (reported if told else {}).items()
        for event in events
        if event.at < _touched_at(servers[key], issuance)
    }
    yield from ((server, event) for server, event in told if _content(event) not in known)


def _content(event: HostEvent) -> tuple[int, str]:
    return event.event_id, event.message


def _events(host: HostFacts | None) -> tuple[HostEvent, ...]:
    return host.events.value if host is not None and isinstance(host.events, Known) else ()


def _activated_at(server: ServerCase, issuance: Issuance | None) -> datetime | None:
    """Return when a server came back to service with the revision, ``None`` if it did not."""
    at = server.entry.activated_at
    return None if at is None or (issuance is not None and at < issuance.started_at) else at


def _touched_at(server: ServerCase, issuance: Issuance | None) -> datetime:
    """Return from when what a server reports may be because of us."""
    if _activated_at(server, issuance) is None and not server.in_hand:
        return NEVER
    started = issuance.started_at if issuance is not None else None
    written = [one.at for one in server.entry.bound.values() if started is None or one.at >= started]
    return min(written, default=NEVER)
