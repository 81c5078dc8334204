"""SIP OPTIONS (RFC 3261 11): the question that costs a peer nothing, and its answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from um_operator.probing.wire import Stream

Transport = Literal["TCP", "TLS"]

LARGEST: Final = 65_536
"""How much of an answer is read, in bytes."""

_STATUS: Final = re.compile(r"SIP/2\.0 ([1-6]\d\d)(?: .*)?", re.IGNORECASE)
_COMPACT: Final = {"l": "content-length"}
_TLS_ALERT: Final = b"\x15\x03"


class NotSIPError(Exception):
    """What came is no SIP. ``tls``: it is what a TLS server says to somebody who speaks no TLS."""

    def __init__(self, *, tls: bool) -> None:
        super().__init__("not SIP")
        self.tls = tls


@dataclass(frozen=True, slots=True)
class Answer:
    """The final answer: its status, and how the peer calls itself (Server, else User-Agent)."""

    status: int
    server: str


async def ask(stream: Stream, host: str, port: int, transport: Transport, token: str) -> Answer | None:
    """Ask for a peer's options and return its final answer, ``None`` if it hung up instead.

    Args:
        stream: where to; whoever waits has the deadline.
        host: name or address of the peer, as it is to be addressed.
        port: its port.
        transport: what the stream is.
        token: unique among all questions; letters and digits.

    Raises:
        NotSIPError: it said something else.
    """
    stream.send(request(host, port, transport, stream.local, token))
    reader = _Reader(stream)
    while (answer := await reader.answer()) is not None:
        if answer.status >= 200:
            return answer
    return None


def request(host: str, port: int, transport: Transport, local: str, token: str) -> bytes:
    """Return the question as bytes, in the form that every peer tried answered (field notes 2)."""
    named = f"[{host}]" if ":" in host else host
    uri = f"sip:{named}:{port};transport={transport.lower()}"
    lines = (
        f"OPTIONS {uri} SIP/2.0",
        f"Via: SIP/2.0/{transport} {local};branch=z9hG4bK{token};rport",
        "Max-Forwards: 70",
        f"From: <sip:um-operator@{local}>;tag={token}",
        f"To: <sip:{named}:{port}>",
        f"Call-ID: {token}@{local}",
        "CSeq: 1 OPTIONS",
        f"Contact: <sip:um-operator@{local};transport={transport.lower()}>",
        "Accept: application/sdp",
        "User-Agent: um-operator",
        "Content-Length: 0",
    )
    return "\r\n".join((*lines, "", "")).encode("ascii", "replace")


class _Reader:
    """Reads answers off a stream, one after the other."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._buffer = b""

    async def answer(self) -> Answer | None:
        """Return the next answer, ``None`` if the peer hung up before it was complete."""
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if not await self._more():
                return None
        head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
        start, *lines = head.decode("utf-8", "replace").lstrip("\r\n").split("\r\n")
        matched = _STATUS.fullmatch(start)
        if matched is None:
            raise NotSIPError(tls=False)
        headers = dict(_header(line) for line in lines)
        await self._skip(headers.get("content-length", "0"))
        return Answer(int(matched[1]), headers.get("server") or headers.get("user-agent", ""))

    async def _skip(self, length: str) -> None:
        """Skip a body; one that never comes whole changes nothing about its answer."""
        if not length.isascii() or not length.isdigit() or int(length) > LARGEST:
            raise NotSIPError(tls=False)
        while len(self._buffer) < int(length):
            if not await self._more():
                break
        self._buffer = self._buffer[int(length) :]

    async def _more(self) -> bool:
        data = await self._stream.receive()
        self._buffer += data
        if self._buffer.startswith(_TLS_ALERT):
            raise NotSIPError(tls=True)
        if len(self._buffer) > LARGEST or not _may_be_sip(self._buffer):
            raise NotSIPError(tls=False)
        return bool(data)


def _may_be_sip(begun: bytes) -> bool:
    start = begun.lstrip(b"\r\n")[:4].upper()
    return b"SIP/".startswith(start)


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    known = name.strip().lower()
    return _COMPACT.get(known, known), value.strip()
