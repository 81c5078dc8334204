"""HTTP/1.1 on asyncio streams: just what WSMan clients use, one request after another on a connection."""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import dataclass
from typing import Final

_HEAD_BYTES: Final = 65_536
_BODY_BYTES: Final = 16 * 1024 * 1024
_REASONS: Final = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    413: "Request Entity Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
_RESET: Final = struct.pack("ii", 1, 0)


class BadRequestError(Exception):
    """What came is no HTTP request of a WSMan client."""


@dataclass(frozen=True)
class HTTPRequest:
    """One request; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class HTTPResponse:
    """One response. ``challenges`` are values of WWW-Authenticate."""

    status: int
    body: bytes = b""
    content_type: str = ""
    challenges: tuple[str, ...] = ()

    def encode(self) -> bytes:
        """Return the bytes on the wire."""
        lines = [f"HTTP/1.1 {self.status} {_REASONS[self.status]}", "Server: Microsoft-HTTPAPI/2.0"]
        lines += [f"WWW-Authenticate: {challenge}" for challenge in self.challenges]
        if self.content_type:
            lines.append(f"Content-Type: {self.content_type}")
        lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode() + self.body


async def read_request(reader: asyncio.StreamReader) -> HTTPRequest | None:
    """Read one request; ``None`` when the client has closed the connection.

    Raises:
        BadRequestError: it is malformed or larger than any WSMan request.
    """
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError:
        raise BadRequestError from None
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)
    }
    length = headers.get("content-length", "0")
    method, _, target = first.partition(" ")
    if method != "POST" or not length.isdecimal() or int(length) > _BODY_BYTES:
        raise BadRequestError
    try:
        body = await reader.readexactly(int(length))
    except asyncio.IncompleteReadError:
        return None
    return HTTPRequest(target.partition(" ")[0], headers, body)


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection by a TCP reset."""
    connection: socket.socket | None = writer.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
