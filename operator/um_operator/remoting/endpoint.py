"""Where a session connects to and as whom."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from um_operator.remoting.credentials import Authentication, Method

EXCHANGE = "Microsoft.Exchange"
POWERSHELL = "Microsoft.PowerShell"
_PORTS = {"http": 80, "https": 443}
_NEEDS_TLS = frozenset({Method.BASIC, Method.CERTIFICATE})


class EndpointError(ValueError):
    """An endpoint that can't be used, said in one line."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds that one session may take for its parts, always within the caller's own deadline.

    ``operation`` is the longest a server holds a Receive before it says that nothing came yet; a server
    that is silent for ``read`` is taken for gone, so ``read`` is the longer one.
    """

    connect: float = 10.0
    operation: int = 20
    read: float = 30.0
    close: float = 5.0

    def __post_init__(self) -> None:
        if self.read <= self.operation:
            raise ValueError("the read time-out must be longer than the operation time-out")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A PowerShell endpoint of one server: its name as certificates and SPNs have it, and the account.

    ``address`` is where connections go instead of the name; everything else stays the name's.
    """

    scheme: str
    host: str
    port: int
    path: str
    configuration_name: str
    authentication: Authentication
    ca_pem: str | None = None
    timeouts: Timeouts = Timeouts()
    address: str | None = None

    @property
    def url(self) -> str:
        """The endpoint as people write it; the default port is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}/{self.path}"

    @property
    def tls(self) -> bool:
        """Whether the connection itself is encrypted; otherwise NTLM and Kerberos encrypt each message."""
        return self.scheme == "https"


def parse(
    url: str,
    authentication: Authentication,
    *,
    configuration_name: str = EXCHANGE,
    ca_pem: str | None = None,
    timeouts: Timeouts | None = None,
    address: str | None = None,
) -> Endpoint:
    """Make an Endpoint of a URL such as ``http://ex01.contoso.com/PowerShell/``.

    Raises:
        EndpointError: no http(s) URL of a host and a path, or an account that would travel unprotected.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise EndpointError(f'endpoint "{url}": {error}') from None
    if parts.scheme not in _PORTS:
        raise EndpointError(f'endpoint "{url}" does not begin with http:// or https://')
    if not parts.hostname or "@" in parts.netloc:
        raise EndpointError(f'endpoint "{_shown(url)}" needs a host name and no account in it')
    if parts.query or parts.fragment:
        raise EndpointError(f'endpoint "{url}" may end with a path only, without "?" and "#"')
    if parts.scheme == "http" and authentication.method in _NEEDS_TLS:
        raise EndpointError(f'endpoint "{url}" must be https: {authentication.method.value} does not encrypt')
    return Endpoint(
        parts.scheme,
        parts.hostname,
        port or _PORTS[parts.scheme],
        parts.path.lstrip("/"),
        configuration_name,
        authentication,
        ca_pem,
        timeouts or Timeouts(),
        address,
    )


def _shown(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"
