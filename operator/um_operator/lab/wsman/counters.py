"""What a server counted: the measure of round trips, and of sessions that a client left behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self


@dataclass
class Counters:
    """Counts since the server's start; a copy of ``http_requests`` before and after is a cost."""

    connections: int = 0
    http_requests: int = 0
    """Requests whose head and body arrived, those for authentication included."""
    refused_credentials: int = 0
    wsman: Counter[str] = field(default_factory=Counter)
    """WSMan requests by verb: Create, Command, Receive, Send, Signal, Delete, Get."""
    invocations: Counter[str] = field(default_factory=Counter)
    """Cmdlet invocations by name as sent."""
    result_bytes: int = 0
    """PSRP fragments handed out by Receives, before base64."""
    faults: Counter[int] = field(default_factory=Counter)
    """WSMan faults by code."""
    shells_expired: int = 0
    """Shells that reached their idle time-out: a client left them behind."""
    commands_abandoned: int = 0
    """Commands that ended with their shell and not by a Signal Terminate."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What the servers of an estate counted together; the console is not in it."""

    invocations: Counter[str]
    http_requests: int
    result_bytes: int
    connections: int
    shells_expired: int
    commands_abandoned: int

    @classmethod
    def of(cls, counters: Iterable[Counters]) -> Self:
        """The sums of what single servers counted."""
        counted = tuple(counters)
        return cls(
            invocations=sum((c.invocations for c in counted), Counter()),
            http_requests=sum(c.http_requests for c in counted),
            result_bytes=sum(c.result_bytes for c in counted),
            connections=sum(c.connections for c in counted),
            shells_expired=sum(c.shells_expired for c in counted),
            commands_abandoned=sum(c.commands_abandoned for c in counted),
        )
