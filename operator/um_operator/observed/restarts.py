"""What the ledger remembers of front ends: what was stopped there, and whether they know of UM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Stopped:
    """Services of a front end that ran when it was told to stop them: they are ours to start again (R22).

    Attributes:
        pool: FQDN of its pool.
        services: their names.
        since: when it was told.
        process_start: of the Front-End service that ran then, ``None``: not known.
        started_at: when it was last told to start them, ``None`` before.
        starting: the names of those that it was told to start then.
        refused: whether it did not stop; what depends on the Front-End service may have.
        arrived: whether it is known to have heard the order; it may stop hours later.
        taken_back_at: when it was told to go on, before it had stopped.
    """

    pool: str
    services: tuple[str, ...]
    since: datetime
    process_start: datetime | None = None
    started_at: datetime | None = None
    starting: tuple[str, ...] = ()
    refused: bool = False
    arrived: bool = False
    taken_back_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FrontEndEntry:
    """A front end since the pool's last integration.

    Attributes:
        process_start: of the Front-End service that ran then; another process has found UM.
        restarted_at: when a start after it was seen, whoever made it; ``None``: that is still owed.
        heard: record id of the last event that a person has heard of, and had restarts go on.
    """

    process_start: datetime | None = None
    restarted_at: datetime | None = None
    heard: int = 0


@dataclass(frozen=True, slots=True)
class Integrated:
    """What of Unified Messaging the front ends of a pool find, or are to find, when they start.

    Attributes:
        dial_plans: names in Exchange, in order.
        chain: what UM's certificates are trusted by, as SHA-256; empty: none is known.
        since: when all of it was in place; ``None``: it never was.
        front_ends: by ``name_key`` of their FQDN.
    """

    dial_plans: tuple[str, ...] = ()
    chain: str = ""
    since: datetime | None = None
    front_ends: Mapping[str, FrontEndEntry] = field(default_factory=dict)
