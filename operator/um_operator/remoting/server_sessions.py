"""The sessions that the pool holds with one server, in use and at rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from um_operator.remoting.breaker import Breaker
from um_operator.remoting.endpoint import Endpoint
from um_operator.remoting.session import Command, Result, Session


@dataclass(frozen=True, slots=True)
class Limits:
    """How much the pool holds and how long; counts and seconds.

    A user may hold 18 shells (field notes 3), all replicas and people together: ``total`` stays well below.
    ``age`` stays below the 15 minutes after which Exchange ends an idle shell and below any ticket's life.
    """

    per_endpoint: int = 2
    total: int = 12
    waiting: int = 256
    commands: int = 500
    age: float = 600.0
    attempts: int = 4
    longest_pause: float = 30.0
    patience: float = 5.0
    """How long a command waits until a server may be tried again; after that it fails, as the servers did."""
    closing: float = 15.0


@dataclass
class PooledSession:
    """One session, what it has done, and how to tell when it has done enough."""

    session: Session
    opened: float
    commands: int = 0
    doubted: bool = False

    def worn(self, limits: Limits, now: float) -> bool:
        """Whether it shall be replaced before its next use."""
        return self.doubted or self.commands >= limits.commands or now - self.opened >= limits.age

    def invoke(self, command: Command, deadline: float) -> Result:
        """Run one command; blocking."""
        self.commands += 1
        return self.session.invoke(command, deadline)


@dataclass
class ServerSessions:
    """One endpoint: its sessions at rest, the slots for those in use, its breaker."""

    endpoint: Endpoint
    slots: asyncio.Semaphore
    breaker: Breaker
    at_rest: list[PooledSession] = field(default_factory=list)

    def take(self, limits: Limits, now: float) -> tuple[PooledSession | None, list[PooledSession]]:
        """Take the session used last, and those that are worn, which their taker closes."""
        worn = [session for session in self.at_rest if session.worn(limits, now)]
        self.at_rest = [session for session in self.at_rest if not session.worn(limits, now)]
        return (self.at_rest.pop() if self.at_rest else None), worn

    def take_all(self) -> list[PooledSession]:
        """Take every session that is at rest."""
        taken, self.at_rest = self.at_rest, []
        return taken

    def doubt_rested(self) -> None:
        """Use none of the sessions at rest again: one that rested beside them turned out to have ended."""
        for pooled in self.at_rest:
            pooled.doubted = True

    def put_back(self, lease: Lease) -> None:
        """Keep the session of a lease that ended well."""
        if lease.pooled is not None:
            self.at_rest.append(lease.pooled)


@dataclass
class Lease:
    """One use of a session by one worker thread: opens it if there is none, closes what is worn.

    ``rested`` says that the session was opened for an earlier use: that it is lost now says nothing about
    the server, which may end idle shells as it likes.
    """

    open_session: Callable[[Endpoint], Session]
    endpoint: Endpoint
    clock: Callable[[], float]
    pooled: PooledSession | None
    worn: list[PooledSession]
    rested: bool = field(init=False)

    def __post_init__(self) -> None:
        self.rested = self.pooled is not None

    def run(self, command: Command, limit: float) -> Result:
        """Run one command until ``limit`` of the clock; blocking."""
        while self.worn:
            self.worn.pop().session.close()
        if self.pooled is None:
            session = self.open_session(self.endpoint)
            self.pooled = PooledSession(session, self.clock())
            session.open(limit - self.clock())
        return self.pooled.invoke(command, limit - self.clock())

    def close(self) -> None:
        """Close everything that is still held; blocking, and bounded by the sessions' own time-outs."""
        while self.worn:
            self.worn.pop().session.close()
        if self.pooled is not None:
            self.pooled.session.close()
