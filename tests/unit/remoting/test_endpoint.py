from __future__ import annotations

import pytest

from um_operator.remoting.credentials import Authentication, Method, Password
from um_operator.remoting.endpoint import EndpointError, Timeouts, parse

NTLM = Authentication(Method.NTLM, Password("CONTOSO\\svc", "Blue-Harbour-7"))
BASIC = Authentication(Method.BASIC, Password("svc@contoso.com", "Blue-Harbour-7"))


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("http://ex01.contoso.com/PowerShell/", ("http", "ex01.contoso.com", 80, "PowerShell/")),
        ("https://EX01.contoso.com/PowerShell", ("https", "ex01.contoso.com", 443, "PowerShell")),
        ("http://ex01:5985/wsman", ("http", "ex01", 5985, "wsman")),
        ("https://[fd00::1]:444/PowerShell/", ("https", "fd00::1", 444, "PowerShell/")),
    ],
)
def test_a_url_becomes_an_endpoint(url: str, parts: tuple[str, str, int, str]) -> None:
    endpoint = parse(url, NTLM)
    assert (endpoint.scheme, endpoint.host, endpoint.port, endpoint.path) == parts
    assert endpoint.url.lower() == url.lower()
    assert endpoint.configuration_name == "Microsoft.Exchange"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ex01.contoso.com", "does not begin with http:// or https://"),
        ("ftp://ex01/PowerShell", "does not begin with http:// or https://"),
        ("http:///PowerShell", "needs a host name"),
        ("http://svc:Blue-Harbour-7@ex01/PowerShell", "no account in it"),
        ("http://ex01:99999/PowerShell", "Port out of range"),
        ("http://ex01/PowerShell?serializationLevel=Full", "a path only"),
    ],
)
def test_what_is_no_endpoint_is_said_in_one_line(url: str, why: str) -> None:
    with pytest.raises(EndpointError) as caught:
        parse(url, NTLM)
    assert why in str(caught.value)
    assert "Harbour" not in str(caught.value)


def test_a_password_never_travels_in_the_clear() -> None:
    with pytest.raises(EndpointError, match="must be https: Basic does not encrypt"):
        parse("http://ex01/PowerShell/", BASIC)
    assert parse("https://ex01/PowerShell/", BASIC).tls


def test_a_server_may_hold_a_request_no_longer_than_we_wait_for_it() -> None:
    with pytest.raises(ValueError, match="longer than the operation time-out"):
        Timeouts(operation=30, read=30)
