"""What the ledger remembers of certificates and of the servers that they are brought to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from um_operator.observed.certificates import ServiceName
from um_operator.observed.exchange import StartupMode


@dataclass(frozen=True, slots=True)
class Attempts:
    """How often a certificate was asked for, for one server or for all, and when last."""

    count: int
    last: datetime


BY_A_PERSON: Final = "RollbackRequested"
"""The reason of a rejection that is a person's word and no server's failure."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A revision that a server could not serve, or that a person calls bad. It is not tried again (R17)."""

    revision: int
    reason: str
    message: str

    @property
    def by_a_person(self) -> bool:
        """Whether it is a person's word: the server may serve the revision well."""
        return self.reason == BY_A_PERSON


@dataclass(frozen=True, slots=True)
class Issuance:
    """The newest revision of a UMCertificate that was asked for.

    Attributes:
        revision: its number.
        asked: SHA-256 of what the spec asked of a certificate then.
        cause: why it was asked for, in words that do not change.
        started_at: when it was first asked for.
        renewed_at: the renew-requested-at value that it answers.
        attempts: by ``name_key`` of a server, ``""`` for a shared certificate.
        rejected: by ``name_key`` of a server.
        unreferenced_since: when a former revision (by number) was seen to be used by nobody any more.
        rolled_back_at: the rollback-requested-at value that was heeded last.
    """

    revision: int
    asked: str
    cause: str
    started_at: datetime
    renewed_at: str | None = None
    attempts: Mapping[str, Attempts] = field(default_factory=dict)
    rejected: Mapping[str, Rejection] = field(default_factory=dict)
    unreferenced_since: Mapping[int, datetime] = field(default_factory=dict)
    rolled_back_at: str | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """A server that we took out of service. ``component`` None: it has no call router to close."""

    component: str | None
    requester: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Bound:
    """A startup mode and binding that we wrote, and the process that ran then.

    Attributes:
        certificate: name of the revision, or thumbprint of a former certificate; ``None`` for none.
        thumbprint: of what was bound.
        process_start: start of the service's process when it was written, ``None`` if unknown or not running.
        at: when it was written.
    """

    certificate: str | None
    thumbprint: str | None
    startup_mode: StartupMode
    process_start: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Previous:
    """What a service had before the sequence in hand: the way back (R17)."""

    thumbprint: str | None
    startup_mode: StartupMode


@dataclass(frozen=True, slots=True)
class Restart:
    """A restart of a service that we began.

    Attributes:
        stopped_at: when it was told to stop; until it runs again it is ours to start (R13).
        process_start: of the process that was stopped.
        started_at: when it was last told to start, ``None`` before.
        count: how often the service was told to start, for what is bound now.
    """

    stopped_at: datetime
    process_start: datetime | None
    started_at: datetime | None = None
    count: int = 0


@dataclass(frozen=True, slots=True)
class Watch:
    """What a server is watched by after its restart (R16).

    Attributes:
        last_event: record id of the newest telling event when it was taken out of service; later ones count.
        rejected_usually: how many calls its call router rejected, as long as it ran before, in a time as long
            as the soak.
        rejected_before: how many it had rejected when it was first read in service again.
        rejected: the same when that was first seen to have risen above what is usual.
    """

    last_event: int | None = None
    rejected_usually: int | None = None
    rejected_before: int | None = None
    rejected: int | None = None


@dataclass(frozen=True, slots=True)
class ServerEntry:
    """What was done to one server.

    Attributes:
        hold: while it is out of service by us.
        gave_up_at: when it was last returned to service because calls did not end.
        activated_at: when it was last returned to service; the soak counts from then (R16).
        watch: what has been seen of failing calls since.
        bound: by service, what we wrote last.
        previous: by service, what stood there before; while what we wrote is not in force yet.
        restarts: by service, the restart begun last for what is bound.
        former: by service, what it served before what is bound, once that is in force: the way back on a
            person's word.
    """

    hold: Hold | None = None
    gave_up_at: datetime | None = None
    activated_at: datetime | None = None
    watch: Watch = Watch()
    bound: Mapping[ServiceName, Bound] = field(default_factory=dict)
    previous: Mapping[ServiceName, Previous] = field(default_factory=dict)
    restarts: Mapping[ServiceName, Restart] = field(default_factory=dict)
    former: Mapping[ServiceName, Previous] = field(default_factory=dict)

    @property
    def out(self) -> bool:
        """Whether something is down or out of service because of us."""
        return self.hold is not None or bool(self.restarts)

    @property
    def unfinished(self) -> bool:
        """Whether a sequence of ours is not over: what was written may be half written, too (R8)."""
        return self.out or bool(self.previous)
