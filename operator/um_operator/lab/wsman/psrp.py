"""PSRP without IO: psrpcore reads what the client sends; messages out are framed as Windows frames them.

Windows puts one message into one ``<Stream>``, begins each with a byte order mark, and sends no state
Running (field notes 8). psrpcore's own answers (capability, private data, pool state, session key,
availability) pass through ``prepare_message``; output and records are templated text.
"""

from __future__ import annotations

import re
import struct
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final, cast
from uuid import UUID

import psrpcore
from psrpcore.types import PSRPMessageType, SessionCapability, add_note_property, deserialize, serialize

FRAGMENT_SIZE: Final = 32_768
_FRAGMENT_HEADER: Final = struct.Struct(">QQBI")
_PIPELINE_ID: Final = slice(45, 61)
_BOM: Final = b"\xef\xbb\xbf"
_TO_CLIENT: Final = 1
_NO_PIPELINE: Final = UUID(int=0)
_holds_a_secret: Final = re.compile(rb"[<:]SS[\s/>]").search

_CAPABILITY: Final = (
    b'<Obj RefId="0"><MS><Version N="protocolversion">2.3</Version><Version N="PSVersion">2.0</Version>'
    b'<Version N="SerializationVersion">1.1.0.1</Version></MS></Obj>'
)
"""In the order of a Windows host; psrpcore has another."""

MessageSink = Callable[[UUID | None, PSRPMessageType, bytes], None]
"""Takes one message: the pipeline it belongs to (``None``: the pool), its type, its CLIXML."""


class ServerPool(psrpcore.ServerRunspacePool):
    """psrpcore's pool with one exit for everything that it sends."""

    def __init__(self, private_data: dict[str, Any], sink: MessageSink) -> None:
        super().__init__(application_private_data=private_data)
        self._sink = sink

    def prepare_message(
        self,
        message: Any,
        message_type: PSRPMessageType | None = None,
        pipeline_id: UUID | None = None,
        stream_type: psrpcore.StreamType = psrpcore.StreamType.default,  # noqa: ARG002
    ) -> None:
        """Serialise what psrpcore answers by itself and hand it to the sink."""
        if isinstance(message, SessionCapability):
            self._sink(None, PSRPMessageType.SessionCapability, _CAPABILITY)
            return
        element = serialize(
            message,
            self._cipher,
            our_capability=self.our_capability,
            their_capability=self.their_capability,
        )
        kind = message_type or PSRPMessageType.get_message_id(type(message))
        self._sink(pipeline_id, kind, ET.tostring(element, encoding="utf-8"))

    def _process_message(self, message: Any) -> Any:
        """Process a message; a pipeline that some client sent before is not read anew."""
        if message.message_type is not PSRPMessageType.CreatePipeline or _holds_a_secret(message.data):
            return super()._process_message(message)
        read = _read_pipeline(bytes(message.data))
        event = psrpcore.PSRPEvent.create(
            message.message_type, read, message.runspace_pool_id, message.pipeline_id
        )
        self._process_CreatePipeline(cast("psrpcore.CreatePipelineEvent", event))
        return event

    def _process_SetMaxRunspaces(self, event: psrpcore.SetMaxRunspacesEvent) -> None:  # noqa: N802
        _name_the_call(event)
        super()._process_SetMaxRunspaces(event)

    def _process_SetMinRunspaces(self, event: psrpcore.SetMinRunspacesEvent) -> None:  # noqa: N802
        _name_the_call(event)
        super()._process_SetMinRunspaces(event)


@lru_cache(maxsize=512)
def _read_pipeline(xml: bytes) -> Any:
    """Return a CreatePipeline message, which nobody changes afterwards.

    psrpcore takes some milliseconds for it, more than all the rest of a small command. Clients send the same
    reads again and again; what differs from pool to pool is in the message's header, and in secrets.
    """
    return deserialize(ET.fromstring(xml), psrpcore.PSRemotingCrypto())  # noqa: S314 - loopback only


def _name_the_call(event: psrpcore.SetMaxRunspacesEvent | psrpcore.SetMinRunspacesEvent) -> None:
    message = event._ps_object  # noqa: SLF001 - clients send CI here, psrpcore asks for ci
    if not hasattr(message, "ci"):
        add_note_property(message, "ci", message.CI)


class Framer:
    """Cuts the messages of one pool into fragments; object ids count from one."""

    def __init__(self) -> None:
        self._object_id = 0

    def fragments(
        self, pool_id: UUID, pipeline_id: UUID | None, kind: PSRPMessageType, xml: bytes
    ) -> Iterator[bytes]:
        """Yield the fragments of one message, each fit for one ``<Stream>`` (MS-PSRP 2.2.4)."""
        self._object_id += 1
        header = struct.pack("<II", _TO_CLIENT, kind.value)
        message = b"".join((header, pool_id.bytes_le, (pipeline_id or _NO_PIPELINE).bytes_le, _BOM, xml))
        last = (len(message) - 1) // FRAGMENT_SIZE
        for number in range(last + 1):
            part = message[number * FRAGMENT_SIZE : (number + 1) * FRAGMENT_SIZE]
            flags = (number == 0) | (number == last) << 1
            yield _FRAGMENT_HEADER.pack(self._object_id, number, flags, len(part)) + part


def pipeline_id(first_fragment: bytes) -> UUID:
    """Return the pipeline's id from the first fragment of its CreatePipeline message.

    The WSMan CommandId need not be equal: pypsrp swaps its bytes (field notes 8).

    Raises:
        ValueError: the fragment is too short to hold one.
    """
    return UUID(bytes_le=first_fragment[_PIPELINE_ID])
