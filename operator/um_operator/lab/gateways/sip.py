"""SIP messages (RFC 3261) as values: what is written on a stream and read from it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass

VERSION = "SIP/2.0"
MAX_BODY = 65_536
REASONS = {
    100: "Trying",
    180: "Ringing",
    200: "OK",
    302: "Moved Temporarily",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    481: "Call/Transaction Does Not Exist",
    486: "Busy Here",
    503: "Service Unavailable",
}
REPEATED_BY_A_RESPONSE = ("Via", "From", "To", "Call-ID", "CSeq")

Headers = tuple[tuple[str, str], ...]


class SipError(Exception):
    """What arrived is no SIP message."""


@dataclass(frozen=True, slots=True)
class Uri:
    """``sip:user@host:port;transport=…``; port None is the transport's default."""

    user: str
    host: str
    port: int | None = None
    transport: str = "tcp"

    def __str__(self) -> str:
        port = f":{self.port}" if self.port else ""
        return f"sip:{self.user}@{self.host}{port};transport={self.transport}"

    @classmethod
    def parse(cls, text: str) -> Uri:
        """Read a URI, in angle brackets or bare.

        Raises:
            SipError: it is none.
        """
        found = re.search(
            r"sips?:(?:([^@;>]*)@)?([^:;>\s]+)(?::(\d+))?(?:[^>\s]*?;transport=(\w+))?", text, re.I
        )
        if found is None:
            raise SipError(f'"{text}" is no SIP URI')
        user, host, port, transport = found.groups()
        return cls(user or "", host, int(port) if port else None, (transport or "tcp").lower())


@dataclass(frozen=True, slots=True)
class Request:
    """A request; headers in the order in which they are written."""

    method: str
    uri: str
    headers: Headers
    body: bytes = b""

    @property
    def start(self) -> str:
        """The request line."""
        return f"{self.method} {self.uri} {VERSION}"

    def header(self, name: str) -> str:
        """The first header of that name, compared without case; empty where there is none."""
        return _header(self.headers, name)


@dataclass(frozen=True, slots=True)
class Response:
    """A response."""

    status: int
    headers: Headers
    body: bytes = b""

    @property
    def start(self) -> str:
        """The status line."""
        return f"{VERSION} {self.status} {REASONS.get(self.status, 'Unknown')}"

    @property
    def final(self) -> bool:
        """Whether no other response to the same request follows."""
        return self.status >= 200

    def header(self, name: str) -> str:
        """The first header of that name, compared without case; empty where there is none."""
        return _header(self.headers, name)


Message = Request | Response


def respond(request: Request, status: int, tag: str = "", extra: Iterable[tuple[str, str]] = ()) -> Response:
    """The response to a request, with the headers that RFC 3261 8.2.6 has it repeat."""
    headers = [(name, value) for name, value in request.headers if name in REPEATED_BY_A_RESPONSE]
    if tag:
        headers = [(n, f"{v};tag={tag}" if n == "To" and "tag=" not in v else v) for n, v in headers]
    return Response(status, (*headers, *extra))


def encode(message: Message) -> bytes:
    """The message as it is written on a stream."""
    lines = [
        message.start,
        *(f"{n}: {v}" for n, v in message.headers),
        f"Content-Length: {len(message.body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + message.body


async def read(reader: asyncio.StreamReader) -> Message | None:
    """Read one message; None when the stream has ended.

    Raises:
        SipError: what came is no SIP message, or too long.
    """
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        start, headers = _parse_head(head)
        length = int(_header(headers, "Content-Length") or "0")
        if not 0 <= length <= MAX_BODY:
            raise SipError(f'Content-Length "{length}" is out of bounds')
        body = await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    except (asyncio.LimitOverrunError, ValueError) as error:
        raise SipError(f"not a SIP message: {error}") from error
    return _message(start, headers, body)


def _parse_head(head: str) -> tuple[str, Headers]:
    start, *lines = head.lstrip("\r\n").rstrip("\r\n").split("\r\n")
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise SipError(f'header line "{line}" has no colon')
        headers.append((name.strip(), value.strip()))
    return start, tuple(headers)


def _message(start: str, headers: Headers, body: bytes) -> Message:
    parts = start.split(" ", 2)
    if len(parts) == 3 and parts[0] == VERSION and parts[1].isdigit():
        return Response(int(parts[1]), headers, body)
    if len(parts) == 3 and parts[2] == VERSION:
        return Request(parts[0], parts[1], headers, body)
    raise SipError(f'"{start}" is no start line of SIP')


def _header(headers: Headers, name: str) -> str:
    return next((value for known, value in headers if known.lower() == name.lower()), "")
