"""SOAP envelopes of WSMan: a request as a value, a response as text (DSP0226, MS-WSMV)."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import uuid4
from xml.sax.saxutils import escape

from . import faults

SHELL: Final = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
CONFIG: Final = "http://schemas.microsoft.com/wbem/wsman/1/config"
FAULT_ACTION: Final = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
ADDRESSING_FAULT: Final = "http://schemas.xmlsoap.org/ws/2004/08/addressing/fault"
_NAMESPACES: Final = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "x": "http://schemas.xmlsoap.org/ws/2004/09/transfer",
    "w": "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
    "rsp": SHELL,
    "p": "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd",
}
_TO: Final = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
_DURATION: Final = re.compile(r"P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?")
_OPEN: Final = '<s:Envelope xml:lang="en-US" {}>'.format(
    " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in _NAMESPACES.items())
)
DEFAULT_OPERATION_TIMEOUT: Final = 60.0
DEFAULT_ENVELOPE_SIZE: Final = 153_600


def qualified(name: str) -> str:
    """Return ``prefix:Name`` as ElementTree spells it."""
    prefix, local = name.split(":")
    return f"{{{_NAMESPACES[prefix]}}}{local}"


@dataclass(frozen=True)
class Request:
    """One WSMan request. Times in seconds, sizes in bytes."""

    action: str
    message_id: str
    resource_uri: str
    to: str
    operation_timeout: float
    max_envelope_size: int
    selectors: Mapping[str, str]
    options: Mapping[str, str]
    body: ET.Element

    @property
    def verb(self) -> str:
        """The last part of the action: Create, Receive, Signal …."""
        return self.action.rpartition("/")[2]

    @property
    def shell_id(self) -> str:
        """The ShellId selector in upper case, empty when there is none."""
        return self.selectors.get("ShellId", "").upper()


def parse(data: bytes) -> Request:
    """Read a request.

    Raises:
        WSManFault: no XML, no envelope, or a header of no use.
    """
    try:
        envelope = ET.fromstring(data)  # noqa: S314 - the lab listens on loopback only
    except ET.ParseError:
        raise faults.invalid_xml() from None
    header, body = envelope.find(qualified("s:Header")), envelope.find(qualified("s:Body"))
    if header is None or body is None:
        raise faults.invalid_xml()
    return Request(
        action=_text(header, "a:Action"),
        message_id=_text(header, "a:MessageID"),
        resource_uri=_text(header, "w:ResourceURI"),
        to=_text(header, "a:To"),
        operation_timeout=seconds(_text(header, "w:OperationTimeout"), DEFAULT_OPERATION_TIMEOUT),
        max_envelope_size=_size(_text(header, "w:MaxEnvelopeSize")),
        selectors=_named(header, "w:SelectorSet", "w:Selector"),
        options=_named(header, "w:OptionSet", "w:Option"),
        body=body,
    )


def _size(text: str) -> int:
    if not text:
        return DEFAULT_ENVELOPE_SIZE
    if not text.isdecimal():
        raise faults.invalid_xml()
    return int(text)


def required(request: Request, name: str) -> ET.Element:
    """Return an element of a request's body.

    Raises:
        WSManFault: there is none.
    """
    element = request.body.find(qualified(name))
    if element is None:
        raise faults.invalid_xml()
    return element


def message_id(data: bytes) -> str:
    """Return the MessageID of a request that may not be readable otherwise; empty when it has none."""
    found = re.search(rb"MessageID[^>]*>([^<]+)<", data)
    return found[1].decode(errors="replace") if found else ""


def seconds(duration: str, default: float) -> float:
    """Read an xs:duration of days and less.

    Raises:
        WSManFault: it is negative or no duration.
    """
    if not duration:
        return default
    match = _DURATION.fullmatch(duration)
    if match is None:
        raise faults.invalid_timeout(duration)
    days, hours, minutes, rest = (float(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + rest


def respond(action: str, relates_to: str, body: str) -> bytes:
    """Return a response envelope around ``body``, which is XML with the prefixes declared here."""
    return (
        f"{_OPEN}<s:Header><a:Action>{action}</a:Action><a:MessageID>uuid:{_new_id()}</a:MessageID>"
        f"<a:To>{_TO}</a:To><a:RelatesTo>{escape(relates_to)}</a:RelatesTo></s:Header>"
        f"<s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def respond_fault(fault: faults.WSManFault, relates_to: str, machine: str) -> bytes:
    """Return the envelope of a fault; one of WS-Addressing has that specification's action."""
    action = ADDRESSING_FAULT if fault.subcode.startswith("a:") else FAULT_ACTION
    return respond(action, relates_to, fault.body(machine))


def _new_id() -> str:
    return str(uuid4()).upper()


def _text(header: ET.Element, name: str) -> str:
    return (header.findtext(qualified(name)) or "").strip()


def _named(header: ET.Element, group: str, item: str) -> dict[str, str]:
    return {
        element.get("Name", ""): (element.text or "").strip()
        for element in header.iterfind(f"{qualified(group)}/{qualified(item)}")
    }
