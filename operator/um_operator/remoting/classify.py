"""The one place that knows what pypsrp, requests, spnego, krb5 and parsers raise (field notes 3 and 8)."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Iterator
from functools import singledispatch
from typing import TypeAlias

import requests.exceptions
from pypsrp.exceptions import (
    AuthenticationError,
    InvalidPipelineStateError,
    InvalidPSRPOperation,
    InvalidRunspacePoolStateError,
    WinRMTransportError,
    WSManFaultError,
)
from spnego.exceptions import ContextExpiredError, FeatureMissingError, SpnegoError

from um_operator.remoting.credentials import CredentialsError
from um_operator.remoting.endpoint import EndpointError
from um_operator.remoting.errors import (
    AuthenticationFailed,
    EndpointNotFound,
    Forbidden,
    NotTrusted,
    ProtocolError,
    RemotingError,
    SessionConfigurationNotFound,
    SessionLost,
    Throttled,
    Unreachable,
)

Verdict: TypeAlias = tuple[type[RemotingError], str]
"""A kind of error and the words that follow the endpoint's URL."""


class HttpRefusal(requests.exceptions.RequestException):
    """An HTTP answer that carries no SOAP: the request never reached the shell."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


SHELL_NOT_FOUND = 2150858843
_NO_CONFIGURATION: Verdict = (SessionConfigurationNotFound, "has no such session configuration")
_QUOTA: Verdict = (Throttled, "has reached a quota of shells, users or operations")
_MALFORMED: Verdict = (ProtocolError, "calls our request malformed")
# wsmerror.h; each says that the request was refused, not that it was begun
_FAULTS: dict[int, Verdict] = {
    5: (Forbidden, "denies the account access"),
    SHELL_NOT_FOUND: (SessionLost, "no longer has this shell"),
    2150858802: (Throttled, "is still busy with this shell"),
    **dict.fromkeys((2150858803, 2150858811), _NO_CONFIGURATION),
    **dict.fromkeys((2150858767, 2150858801, 2150858805, 2150858819), _MALFORMED),
    **dict.fromkeys((2150858815, *range(2150859173, 2150859177), 2150859179), _QUOTA),
    **dict.fromkeys(range(2150859236, 2150859243), _QUOTA),
}
_STATUS: dict[int, Verdict] = {
    400: (SessionLost, "no longer understands this connection (HTTP 400)"),
    401: (AuthenticationFailed, "refused the account (HTTP 401)"),
    403: (Forbidden, "does not let the account in (HTTP 403)"),
    404: (EndpointNotFound, "has nothing at this path (HTTP 404)"),
    405: (EndpointNotFound, "takes no PowerShell at this path (HTTP 405)"),
    **{code: (Throttled, f"is too busy (HTTP {code})") for code in (425, 429, 503)},
}
_CONNECTING = frozenset({errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL})


def classify(exception: Exception, *, sent: bool, where: str) -> RemotingError:
    """Name what a library raised; ``where`` is the endpoint's URL, ``sent`` as in ``RemotingError``."""
    if isinstance(exception, RemotingError):
        return exception
    kind, what = _judge(exception)
    return kind(f'"{where}" {what}', sent=sent)


def never_ran(exception: Exception) -> bool:
    """Say whether the request that met this failure certainly had no effect on the server."""
    match exception:
        case WSManFaultError():
            return exception.code in _FAULTS
        case WinRMTransportError():
            return exception.code in _STATUS
        case HttpRefusal():
            return exception.status in _STATUS or exception.status // 100 == 3
        case AuthenticationError() | SpnegoError() | requests.exceptions.ConnectTimeout():
            return True
    return _from_kerberos(exception) or any(map(_before_connection, _causes(exception)))


@singledispatch
def _judge(exception: Exception) -> Verdict:
    if _from_kerberos(exception):
        reason = str(exception).partition("\n")[0]
        return AuthenticationFailed, f"can't be asked: Kerberos gave no ticket ({reason})"
    return ProtocolError, f"gave an answer that can't be read ({type(exception).__name__})"


@_judge.register
def _fault(exception: WSManFaultError) -> Verdict:
    return _FAULTS.get(exception.code) or (ProtocolError, f"answered with the fault {exception.code}")


@_judge.register
def _http_error(exception: WinRMTransportError) -> Verdict:
    return _by_status(exception.code)


@_judge.register
def _http_refusal(exception: HttpRefusal) -> Verdict:
    return _by_status(exception.status)


@_judge.register
def _not_accepted(_: AuthenticationError) -> Verdict:
    return _STATUS[401]


@_judge.register
def _no_account(exception: CredentialsError) -> Verdict:
    return AuthenticationFailed, f"can't be authenticated to: {exception}"


@_judge.register
def _no_ca(exception: EndpointError) -> Verdict:
    return NotTrusted, f"can't be trusted: {exception}"


@_judge.register
def _expired(_: ContextExpiredError) -> Verdict:
    return SessionLost, "can't be used: the ticket of this session has expired"


@_judge.register
def _no_token(exception: SpnegoError) -> Verdict:
    return AuthenticationFailed, f"can't be authenticated to ({type(exception).__name__})"


@_judge.register(FeatureMissingError)
@_judge.register(ImportError)
def _not_installed(_: Exception) -> Verdict:
    return AuthenticationFailed, 'needs Kerberos, which is not installed here: install the extra "kerberos"'


@_judge.register(InvalidRunspacePoolStateError)
@_judge.register(InvalidPipelineStateError)
@_judge.register(InvalidPSRPOperation)
def _broken(_: Exception) -> Verdict:
    return SessionLost, "broke the runspace"


@_judge.register
def _network(exception: OSError) -> Verdict:
    """Judge requests' errors as well: its RequestException is an OSError."""
    for cause in _causes(exception):
        verdict = _connecting(cause)
        if verdict:
            return verdict
    if isinstance(exception, requests.exceptions.ConnectTimeout):
        return Unreachable, "can't be reached: no connection in time"
    if isinstance(exception, requests.exceptions.Timeout):
        return SessionLost, "gave no answer in time"
    return SessionLost, "closed the connection"


def _connecting(cause: BaseException) -> Verdict | None:
    match cause:
        case ssl.SSLCertVerificationError():
            return NotTrusted, f"shows a certificate that is not trusted ({_of_tls(cause, 'verify_message')})"
        case ssl.SSLError():
            return Unreachable, f"can't be reached: TLS failed ({_of_tls(cause, 'reason')})"
        case socket.gaierror():
            return Unreachable, "can't be reached: the name does not resolve"
        case OSError() if cause.errno in _CONNECTING:
            return Unreachable, f"can't be reached: {os.strerror(cause.errno or 0)}"
    return None


def _of_tls(cause: ssl.SSLError, name: str) -> str:
    """Return OpenSSL's own word; an error that Python made has none."""
    return getattr(cause, name, None) or "no reason given"


def _before_connection(cause: BaseException) -> bool:
    if isinstance(cause, ssl.SSLCertVerificationError | socket.gaierror):
        return True
    return isinstance(cause, OSError) and cause.errno in _CONNECTING


def _by_status(status: int) -> Verdict:
    if status // 100 == 3:
        return EndpointNotFound, f"sends us elsewhere (HTTP {status})"
    if status in (502, 504):
        return Unreachable, f"is a gateway that does not reach the server behind it (HTTP {status})"
    return _STATUS.get(status) or (ProtocolError, f"answered with HTTP {status}")


def _from_kerberos(exception: Exception) -> bool:
    """Recognise the raw errors of the Kerberos libraries, which are an extra and may not be installed."""
    return type(exception).__module__.partition(".")[0] in {"krb5", "gssapi"}


def _causes(exception: BaseException) -> Iterator[BaseException]:
    """Yield what lies below: requests and urllib3 wrap in arguments, in ``reason``, and as causes."""
    seen: set[int] = set()
    waiting: list[BaseException] = [exception]
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        below = (getattr(current, "reason", None), *current.args, current.__cause__, current.__context__)
        waiting.extend(cause for cause in below if isinstance(cause, BaseException))
