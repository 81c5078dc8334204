"""What can go wrong on the way to a server, as one small tree; ``classify`` sorts into it.

    RemotingError
    ├── Unreachable            refused, no such name, no connection in time
    │   └── NotTrusted         TLS: the server's certificate does not pass our CA
    ├── AuthenticationFailed   wrong account, password, keytab, SPN
    ├── Forbidden              known, but not allowed in (HTTP 403)
    ├── EndpointNotFound       no such path
    │   └── SessionConfigurationNotFound
    ├── Throttled              too busy, or our share of it is used up
    ├── SessionLost            shell gone, connection reset, security context expired
    ├── DeadlineExceeded       our own time is over
    └── ProtocolError          an answer that is none

``sent`` decides what a writer does next: False is a promise that the command did not run; True means that
it may have run, so that its effect must be read again.
"""

from __future__ import annotations

from typing import ClassVar


class RemotingError(Exception):
    """Why a server gave no result.

    Attributes:
        sent: whether the command may have run.
        code: one CamelCase word that says what kind of failure it is, as conditions and metrics name it.
        passing: whether a new session, or the next server, may do better with the same account.
    """

    passing: ClassVar[bool] = False
    code: ClassVar[str] = "EndpointUnreachable"

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


class Unreachable(RemotingError):
    """No connection: refused, an unknown name, or no answer in time."""

    passing = True


class NotTrusted(Unreachable):
    """The server's certificate does not pass the CA of the endpoint."""


class AuthenticationFailed(RemotingError):
    """The account was not accepted. Never tried again by itself: directories lock accounts."""

    code = "AuthenticationFailed"


class Forbidden(RemotingError):
    """The account is known but may not use this endpoint."""

    code = "Forbidden"


class EndpointNotFound(RemotingError):
    """The server has no such path."""

    passing = True
    code = "EndpointUnusable"


class SessionConfigurationNotFound(EndpointNotFound):
    """The server has WSMan, but no session configuration of this name, or none for this account."""

    code = "SessionConfigurationNotFound"


class Throttled(RemotingError):
    """The server is too busy, or the account's share of shells or operations is used up."""

    passing = True


class SessionLost(RemotingError):
    """The shell or its connection is gone; a new session is needed."""

    passing = True


class DeadlineExceeded(RemotingError):
    """The time given by the caller is over."""

    code = "DeadlineExceeded"


class ProtocolError(RemotingError):
    """The answer can't be understood."""

    passing = True
    code = "EndpointUnusable"
