"""What a server counted: the measure of round trips, and of sessions that a client left behind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


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
