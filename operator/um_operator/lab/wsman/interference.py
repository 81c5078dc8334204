"""Where trouble enters: the server asks before each request what shall happen to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol


class Disturbance(Enum):
    """What happens to one request."""

    NONE = auto()
    RESET_BEFORE = auto()
    """The connection is reset; nothing was done."""
    RESET_AFTER = auto()
    """Done, and for a command run to its end; then the connection is reset instead of a reply."""
    HANG = auto()
    """Nothing is done and no reply comes until the client goes away."""
    UNAVAILABLE = auto()
    """HTTP 503; nothing was done."""
    QUOTA = auto()
    """The user's load quota is exceeded: a fault; nothing was done."""
    TRUNCATED = auto()
    """Done, but the reply ends in the middle and the connection with it."""
    MALFORMED = auto()
    """Done, but the reply is no XML."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One WSMan request as far as trouble needs to know it.

    ``cmdlets`` are the commands that a Command request starts; empty for other requests and for a pipeline
    whose description does not fit one envelope.
    """

    server: str
    account: str
    verb: str
    number: int
    cmdlets: tuple[str, ...] = ()


class Interference(Protocol):
    """Trouble between client and server, in the hands of ``lab/faults.py`` or a test."""

    def accepts(self, server: str) -> bool:
        """Say whether the server takes a new connection; if not, it is reset at once."""

    async def before(self, seen: Seen) -> Disturbance:
        """Decide about one request; the time this takes is the request's latency."""
