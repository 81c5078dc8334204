"""When a server, or an account, may be tried again."""

from __future__ import annotations

from dataclasses import dataclass

from um_operator.remoting.errors import DeadlineExceeded, ProtocolError, RemotingError, SessionLost

_MAY_BE_CHANCE = (DeadlineExceeded, SessionLost, ProtocolError)
"""A lost session or a slow cmdlet says little about the server; two in a row do."""


@dataclass
class Breaker:
    """Holds calls back after failures, each time twice as long; one success forgets them all.

    Attributes:
        first: seconds of the first pause.
        longest: seconds of the longest pause.
    """

    first: float
    longest: float
    strikes: int = 0
    not_before: float = float("-inf")
    last: RemotingError | None = None

    def wait(self, now: float) -> float:
        """Return the seconds until the next try; zero or less when there may be one."""
        return self.not_before - now

    def succeeded(self) -> None:
        """Forget what failed before."""
        self.strikes = 0

    def failed(self, error: RemotingError, now: float) -> None:
        """Count a failure and hold the next tries back, unless it may have been chance.

        What fails during a pause began before it, and is not counted again.
        """
        self.last = error
        if self.wait(now) > 0:
            return
        self.strikes += 1
        if self.strikes > 1 or not isinstance(error, _MAY_BE_CHANCE):
            self.not_before = now + min(self.longest, self.first * 2.0 ** min(self.strikes - 1, 32))

    def refusal(self) -> RemotingError:
        """Return what is said to callers meanwhile: the last failure, with nothing sent this time."""
        assert self.last is not None
        return type(self.last)(str(self.last), sent=False)
