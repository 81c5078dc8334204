"""Recorded dialogues with real Windows hosts (tests/data/pypsrp-recordings, MIT licence), as values.

A recording is a list of requests and responses without HTTP; ``transport_error`` marks a response that came
with HTTP status 500, ``http_error`` and ``timeout`` are marks of the recorder's own harness.
"""

from __future__ import annotations

import base64
import re
import struct
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "data" / "pypsrp-recordings"
SOAP = "{http://www.w3.org/2003/05/soap-envelope}"
ADDRESSING = "{http://schemas.xmlsoap.org/ws/2004/08/addressing}"
SHELL = "{http://schemas.microsoft.com/wbem/wsman/1/windows/shell}"
_FRAGMENT = struct.Struct(">QQBI")
_HEADER = struct.Struct("<II16s16s")
_BASE64 = re.compile(
    r"<(?:creationXml|connectXml|connectResponseXml|rsp:Stream|rsp:Arguments)\b[^>]*>([A-Za-z0-9+/=]+)</"
)
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Exchange:
    """One request and what came back; ``harness`` holds the recorder's marks."""

    request: str
    response: str
    harness: dict[str, Any]

    @property
    def verb(self) -> str:
        """The last part of the request's action."""
        action = ET.fromstring(self.request).findtext(f"{SOAP}Header/{ADDRESSING}Action")
        assert action is not None
        return action.rpartition("/")[2]

    @property
    def status(self) -> int:
        """The HTTP status that the response came with; not every fault is marked."""
        return 500 if "<s:Fault>" in self.response else 200

    @property
    def in_cmd_shell(self) -> bool:
        """Whether the request is for a cmd shell, whose streams carry text."""
        return "windows/shell/cmd<" in self.request


@dataclass(frozen=True)
class Dialogue:
    """One recording."""

    name: str
    exchanges: tuple[Exchange, ...]

    @property
    def requests(self) -> str:
        """All requests as one text."""
        return "".join(exchange.request for exchange in self.exchanges)

    def messages(self) -> list[Message]:
        """Return the PSRP messages of both sides; a cmd shell has none."""
        speaking = (exchange for exchange in self.exchanges if not exchange.in_cmd_shell)
        texts = (text for exchange in speaking for text in (exchange.request, exchange.response))
        return [message for text in texts for message in messages(blobs(text))]


@dataclass(frozen=True)
class Message:
    """One PSRP message: its type, its CLIXML, and whether that began with a byte order mark."""

    kind: int
    xml: str
    marked: bool


def names() -> list[str]:
    """Return the names of all recordings."""
    return sorted(path.stem.removeprefix("test_") for path in FOLDER.glob("test_*.yml"))


def load(name: str) -> Dialogue:
    """Read one recording."""
    document = yaml.load((FOLDER / f"test_{name}.yml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    exchanges = tuple(
        Exchange(entry.pop("request"), entry.pop("response", "") or "", entry)
        for entry in document["messages"]
    )
    return Dialogue(name, exchanges)


def blobs(envelope: str) -> list[bytes]:
    """Return the PSRP data in an envelope, decoded, in order."""
    return [base64.b64decode(text) for text in _BASE64.findall(envelope)]


def messages(data: Iterable[bytes]) -> Iterator[Message]:
    """Put fragments together; what is no PSRP (a cmd shell's text) gives nothing."""
    parts: dict[int, list[bytes]] = {}
    for blob in data:
        rest = blob
        while len(rest) >= _FRAGMENT.size:
            object_id, _, flags, length = _FRAGMENT.unpack_from(rest)
            part, rest = rest[_FRAGMENT.size :][:length], rest[_FRAGMENT.size + length :]
            if len(part) != length:
                return
            parts.setdefault(object_id, []).append(part)
            if flags & 2:
                message = _message(b"".join(parts.pop(object_id)))
                if message is not None:
                    yield message


def _message(data: bytes) -> Message | None:
    if len(data) < _HEADER.size:
        return None
    _, kind, _, _ = _HEADER.unpack_from(data)
    xml = data[_HEADER.size :]
    return Message(kind, xml.removeprefix(_BOM).decode(errors="replace"), xml.startswith(_BOM))
