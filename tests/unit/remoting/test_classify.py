from __future__ import annotations

import errno
import socket
import ssl
import xml.etree.ElementTree as ET

import pytest
import requests.exceptions
from pypsrp.exceptions import (
    AuthenticationError,
    FragmentError,
    InvalidPipelineStateError,
    InvalidPSRPOperation,
    WinRMTransportError,
    WSManFaultError,
)
from spnego.exceptions import ContextExpiredError, NoCredentialError

from um_operator.remoting import errors
from um_operator.remoting.classify import HttpRefusal, classify, never_ran
from um_operator.remoting.clixml import ClixmlError

WHERE = "https://ex01.contoso.com/PowerShell/"


def fault(code: int | str | None) -> WSManFaultError:
    return WSManFaultError(code, "ex01", "Der Text ist lokalisiert.", None, None, None)


def http(status: int) -> WinRMTransportError:
    return WinRMTransportError("http", status, "")


def wrapped(cause: Exception) -> requests.exceptions.ConnectionError:
    """A cause as deep as requests and urllib3 put it."""
    middle = RuntimeError("pool said no")
    middle.__cause__ = cause
    return requests.exceptions.ConnectionError(middle)


class Krb5Error(Exception):
    """As the krb5 library raises it, which may not be installed here."""


Krb5Error.__module__ = "krb5._exceptions"

REFUSED = wrapped(ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"))
RESET = wrapped(ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"))
UNKNOWN_NAME = wrapped(socket.gaierror(socket.EAI_NONAME, "Name or service not known"))
UNTRUSTED = wrapped(ssl.SSLCertVerificationError(1, "certificate verify failed"))
STATE = InvalidPipelineStateError(1, 2, "close a pipeline")

TABLE: list[tuple[Exception, type[errors.RemotingError], bool]] = [
    (fault(2150858843), errors.SessionLost, True),
    (fault(2150858811), errors.SessionConfigurationNotFound, True),
    (fault(2150859173), errors.Throttled, True),
    (fault(2150859175), errors.Throttled, True),
    (fault(2150859241), errors.Throttled, True),
    (fault(5), errors.Forbidden, True),
    (fault(2150858793), errors.ProtocolError, False),
    (fault(None), errors.ProtocolError, False),
    (fault("w:InternalError"), errors.ProtocolError, False),
    (
        AuthenticationError("Failed to authenticate the user svc-um with ntlm"),
        errors.AuthenticationFailed,
        True,
    ),
    (http(400), errors.SessionLost, True),
    (http(503), errors.Throttled, True),
    (http(500), errors.ProtocolError, False),
    (HttpRefusal(404), errors.EndpointNotFound, True),
    (HttpRefusal(403), errors.Forbidden, True),
    (HttpRefusal(302), errors.EndpointNotFound, True),
    (HttpRefusal(502), errors.Unreachable, False),
    (HttpRefusal(500), errors.ProtocolError, False),
    (REFUSED, errors.Unreachable, True),
    (UNKNOWN_NAME, errors.Unreachable, True),
    (UNTRUSTED, errors.NotTrusted, True),
    (RESET, errors.SessionLost, False),
    (wrapped(ssl.SSLError(1, "[SSL] record layer failure")), errors.Unreachable, False),
    (requests.exceptions.ConnectTimeout(), errors.Unreachable, True),
    (requests.exceptions.ReadTimeout(), errors.SessionLost, False),
    (requests.exceptions.ChunkedEncodingError(), errors.SessionLost, False),
    (NoCredentialError(), errors.AuthenticationFailed, True),
    (ContextExpiredError(), errors.SessionLost, True),
    (Krb5Error("Client 'svc@CONTOSO.COM' not found in Kerberos database"), errors.AuthenticationFailed, True),
    (ImportError("No module named 'gssapi'"), errors.AuthenticationFailed, False),
    (STATE, errors.SessionLost, False),
    (InvalidPSRPOperation("broken"), errors.SessionLost, False),
    (FragmentError("1 != 2"), errors.ProtocolError, False),
    (ClixmlError("malformed CLIXML"), errors.ProtocolError, False),
    (ET.ParseError("no element found"), errors.ProtocolError, False),
    (KeyError("12"), errors.ProtocolError, False),
    (AttributeError("x"), errors.ProtocolError, False),
]


@pytest.mark.parametrize(("exception", "kind", "harmless"), TABLE)
def test_each_library_error_has_its_kind_and_says_whether_the_request_ran(
    exception: Exception, kind: type[errors.RemotingError], harmless: bool
) -> None:
    error = classify(exception, sent=True, where=WHERE)
    assert type(error) is kind
    assert error.sent
    assert never_ran(exception) is harmless


@pytest.mark.parametrize("exception", [row[0] for row in TABLE])
def test_a_message_is_one_line_that_names_the_endpoint_and_nothing_random(exception: Exception) -> None:
    message = str(classify(exception, sent=False, where=WHERE))
    assert message.startswith(f'"{WHERE}" ')
    assert "\n" not in message
    assert "0x" not in message
    assert "lokalisiert" not in message


def test_an_error_of_ours_stays_as_it_is() -> None:
    error = errors.DeadlineExceeded("late", sent=True)
    assert classify(error, sent=False, where=WHERE) is error


def test_what_may_pass_is_what_a_new_session_or_another_server_may_better() -> None:
    kinds = {
        errors.Unreachable, errors.NotTrusted, errors.AuthenticationFailed, errors.Forbidden,
        errors.EndpointNotFound, errors.SessionConfigurationNotFound, errors.Throttled,
        errors.SessionLost, errors.DeadlineExceeded, errors.ProtocolError,
    }  # fmt: skip
    assert {kind for kind in kinds if not kind.passing} == {
        errors.AuthenticationFailed,
        errors.Forbidden,
        errors.DeadlineExceeded,
    }
