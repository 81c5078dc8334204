"""Replays a recorded dialogue against the lab's server and compares what a real host had answered.

Windows groups messages into responses by timing, so messages are compared per stream: of the pool, and of
each command, whatever response they came in. Receive is repeated until all recorded messages have come.
"""

from __future__ import annotations

import asyncio
import re
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import requests

from wsman_comparison import Tree, clixml, difference, soap
from wsman_dialogues import ADDRESSING, SHELL, SOAP, Dialogue, Exchange, blobs, messages

ScriptStep = Callable[[], Awaitable[None]]


@dataclass
class Stream:
    """What came for the pool or for one command: PSRP data and the command's end."""

    data: list[bytes] = field(default_factory=list)
    ends: list[Tree] = field(default_factory=list)

    def add(self, response: ET.Element, text: str) -> None:
        """Add what one ReceiveResponse holds."""
        self.data += blobs(text)
        self.ends += [soap(state) for state in response.iter(f"{SHELL}CommandState")]

    def trees(self) -> list[tuple[str, bool, Tree]]:
        """Return its messages: type, whether marked by a byte order mark, CLIXML."""
        return [(f"{m.kind:08x}", m.marked, clixml(m.xml)) for m in messages(self.data)]

    def complete(self, recorded: Stream) -> bool:
        """Say whether as many messages have come as were recorded, and the end if it was recorded."""
        return len(self.trees()) >= len(recorded.trees()) and len(self.ends) >= len(recorded.ends)


@dataclass
class Replay:
    """One replay over HTTP with Basic. ``before`` is what happens at the server before an exchange."""

    dialogue: Dialogue
    url: str
    credentials: tuple[str, str]
    before: Mapping[int, ScriptStep] = field(default_factory=dict)
    during: Mapping[int, ScriptStep] = field(default_factory=dict)
    recorded: dict[str, Stream] = field(default_factory=lambda: defaultdict(Stream))
    replayed: dict[str, Stream] = field(default_factory=lambda: defaultdict(Stream))
    _ids: dict[str, str] = field(default_factory=dict)
    _last_id: str | None = None

    async def run(self) -> None:
        """Send every request; compare bodies, faults and statuses at once, streams at the end."""
        with requests.Session() as self._http:
            self._http.trust_env = False
            for number, exchange in enumerate(self.dialogue.exchanges):
                if number in self.before:
                    await self.before[number]()
                if "http_error" in exchange.harness:
                    await self._expect_no_answer(exchange)
                elif exchange.verb == "Receive" and exchange.status == 200 and not exchange.in_cmd_shell:
                    await self._receive(exchange)
                else:
                    await self._exchange(number, exchange)
        assert self.replayed.keys() == self.recorded.keys()
        for name, stream in self.recorded.items():
            _same(self.replayed[name].trees(), stream.trees(), name)
            _same(self.replayed[name].ends, stream.ends, name)

    async def _expect_no_answer(self, exchange: Exchange) -> None:
        try:
            await self._send(exchange)
        except requests.exceptions.ConnectionError:
            return
        raise AssertionError("the recording has no answer here")

    async def _exchange(self, number: int, exchange: Exchange) -> None:
        answer = asyncio.create_task(self._send(exchange))
        if number in self.during:
            await self.during[number]()
        status, text = await answer
        recorded, replayed = ET.fromstring(exchange.response), ET.fromstring(text)
        assert status == exchange.status
        self._learn(recorded, replayed)
        assert _relates_to(replayed) == _relates_to(recorded)
        assert _action(replayed) == _action(recorded)
        _same(_body(replayed), _body(recorded), f"exchange {number}")

    async def _receive(self, exchange: Exchange) -> None:
        stream = _stream_of(ET.fromstring(exchange.request))
        recorded, replayed = self.recorded[stream], self.replayed[stream]
        recorded.add(ET.fromstring(exchange.response), exchange.response)
        while not replayed.complete(recorded):
            status, text = await self._send(exchange, fresh_id=True)
            answer = ET.fromstring(text)
            assert status == 200, text
            assert _action(answer) == _action(ET.fromstring(exchange.response))
            assert _relates_to(answer) == self._last_id
            replayed.add(answer, text)
            if replayed.ends:
                return

    async def _send(self, exchange: Exchange, fresh_id: bool = False) -> tuple[int, str]:
        text = exchange.request
        for recorded, chosen in self._ids.items():
            text = text.replace(recorded, chosen)
        if fresh_id:
            text = _with_fresh_message_id(text)
        self._last_id = ET.fromstring(text).findtext(f"{SOAP}Header/{ADDRESSING}MessageID")
        return await asyncio.to_thread(self._post, text)

    def _post(self, text: str) -> tuple[int, str]:
        headers = {"Content-Type": "application/soap+xml;charset=UTF-8"}
        answer = self._http.post(
            self.url, data=text.encode(), headers=headers, auth=self.credentials, timeout=10
        )
        return answer.status_code, answer.content.decode()

    def _learn(self, recorded: ET.Element, replayed: ET.Element) -> None:
        for tag in ("ShellId", "CommandId"):
            theirs, ours = recorded.find(f".//{SHELL}{tag}"), replayed.find(f".//{SHELL}{tag}")
            if theirs is not None and ours is not None and theirs.text and ours.text:
                self._ids[theirs.text] = ours.text


def _same(ours: Any, theirs: Any, where: str) -> None:
    found = difference(ours, theirs, where)
    assert not found, found


def _relates_to(envelope: ET.Element) -> str | None:
    return envelope.findtext(f"{SOAP}Header/{ADDRESSING}RelatesTo")


def _action(envelope: ET.Element) -> str | None:
    return envelope.findtext(f"{SOAP}Header/{ADDRESSING}Action")


def _body(envelope: ET.Element) -> Any:
    body = envelope.find(f"{SOAP}Body")
    assert body is not None
    return [soap(element) for element in body]


def _stream_of(request: ET.Element) -> str:
    desired = request.find(f".//{SHELL}DesiredStream")
    assert desired is not None
    return desired.get("CommandId", "pool")


def _with_fresh_message_id(text: str) -> str:
    return re.sub(r"(MessageID>uuid:)[^<]+", rf"\g<1>{uuid4()}", text)
