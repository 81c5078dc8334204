"""HTTP for one session: each exchange, those of an authentication too, stays within the caller's deadline.

requests gives time-outs a request; an authentication takes up to four of them, so the bound sits in the
adapter, through which each one passes. An answer without SOAP ends here, before anyone parses its page.
"""

from __future__ import annotations

import os
import socket
import ssl
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectTimeout
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from um_operator.remoting.classify import HttpRefusal
from um_operator.remoting.credentials import ClientCertificate, CredentialsError
from um_operator.remoting.endpoint import Endpoint, EndpointError, Timeouts

_SOAP = ("application/soap+xml", "multipart/encrypted", "multipart/x-multi-encrypted")


class Allowance:
    """The time that the present call may still take, in seconds of an injected monotonic clock."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._end = float("-inf")

    def grant(self, seconds: float) -> None:
        """Begin a call that may take ``seconds``."""
        self._end = self._clock() + seconds

    def left(self) -> float:
        """Return what is left, negative when it is over."""
        return self._end - self._clock()

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return self.left() <= 0


class BoundedAdapter(HTTPAdapter):
    """requests' adapter with the session's own time-out, TLS context and address."""

    def __init__(
        self,
        allowance: Allowance,
        timeouts: Timeouts,
        tls: ssl.SSLContext | None,
        address: str | None = None,
    ) -> None:
        self._allowance = allowance
        self._timeouts = timeouts
        self._tls = tls
        self._address = address
        self._destination: Any = None
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Give each connection our TLS context, and the address to connect to if there is one."""
        super().init_poolmanager(*args, ssl_context=self._tls, **kwargs)
        if self._address is not None:
            self.poolmanager.pool_classes_by_scheme = _pools_to(self._address)

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> Any:
        """Keep requests' own trust settings out: the TLS context has ours."""
        if self._destination is None:  # one adapter, one endpoint: it need not be found out for each request
            self._destination, _ = super().build_connection_pool_key_attributes(request, verify, cert)
        return self._destination, {}

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Do nothing: requests would add the public CAs of its own bundle to ours."""

    def send(  # noqa: PLR0917 - as requests declares it
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,  # noqa: ARG002 - the allowance decides
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send within the allowance.

        Raises:
            ConnectTimeout: the allowance was used up before anything was sent.
            HttpRefusal: an error or a redirection that carries no SOAP.
        """
        left = self._allowance.left()
        if left <= 0:
            raise ConnectTimeout("the deadline has passed", request=request)
        bounds = (min(self._timeouts.connect, left), min(self._timeouts.read, left))
        response = super().send(request, stream, bounds, verify, cert, proxies)
        content = response.headers.get("content-type", "").lower()
        if response.status_code >= 300 and response.status_code != 401 and not content.startswith(_SOAP):
            response.close()
            raise HttpRefusal(response.status_code)
        return response


def _pools_to(address: str) -> dict[str, type[HTTPConnectionPool]]:
    """Return pools whose connections lead to an address; URL, Host header and TLS keep the name."""

    class Http(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            name, self._dns_host = self._dns_host, address
            try:
                return super()._new_conn()
            finally:
                self._dns_host = name

    class Https(HTTPSConnection, Http):
        pass

    class HttpPool(HTTPConnectionPool):
        ConnectionCls = Http

    class HttpsPool(HTTPSConnectionPool):
        ConnectionCls = Https

    return {"http": HttpPool, "https": HttpsPool}


def tls_context(endpoint: Endpoint) -> ssl.SSLContext | None:
    """Make the TLS context of an endpoint: its CA alone, or the system's CAs; its client certificate.

    The key passes through a private file that is gone before this returns: Python's ssl reads only files.

    Raises:
        EndpointError: the CA can't be used.
        CredentialsError: the client certificate or its key can't be used.
    """
    if not endpoint.tls:
        return None
    try:
        context = ssl.create_default_context(cadata=endpoint.ca_pem)
    except (ssl.SSLError, ValueError):
        raise EndpointError("the CA holds no PEM certificate that can be read") from None
    account = endpoint.authentication.account
    if isinstance(account, ClientCertificate):
        with tempfile.TemporaryDirectory(prefix="um-operator-") as folder:
            certificate = write_private(Path(folder) / "tls.crt", account.certificate)
            key = write_private(Path(folder) / "tls.key", account.key)
            try:
                context.load_cert_chain(certificate, key, password=lambda: b"")
            except (ssl.SSLError, ValueError):
                raise CredentialsError(
                    'keys "tls.crt" and "tls.key" of the Secret are no certificate with its own, open key'
                ) from None
    return context


def write_private(path: Path, content: bytes) -> Path:
    """Write a file that only this user can read, from its first byte on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return path
