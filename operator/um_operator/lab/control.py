"""A second terminal: changes by hand, the journal, the clock of a lab that runs elsewhere on this machine.

One JSON object a line in each direction, over TCP on loopback: ``{"do": "change", "cmdlet": …}`` is answered
by ``{"ok": true, …}`` or ``{"ok": false, "error": "…"}``.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeAlias

from cryptography import x509

from um_operator.lab.console import Transcript
from um_operator.lab.estate import Lab
from um_operator.lab.exchange.wire import readable
from um_operator.lab.ports import LOOPBACK
from um_operator.lab.powershell import PSObject

LONGEST_LINE = 1 << 20
ENTRIES_AT_ONCE = 500
"""The journal is handed out in pieces of at most so many entries."""

Answer: TypeAlias = dict[str, Any]


class ControlError(Exception):
    """The lab does not do what it was asked for, or is not there."""


class Control:
    """What a second terminal may ask for, as methods that are named after the requests."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._requests: dict[str, Callable[[Mapping[str, Any]], Awaitable[Answer]]] = {
            "change": self.change,
            "journal": self.journal,
            "counters": self.counters,
            "calls": self.calls,
            "advance": self.advance,
            "replicate": self.replicate,
            "down": self.down,
            "up": self.up,
            "restart": self.restart,
            "trust": self.trust,
            "transport": self.transport,
        }

    async def answer(self, line: bytes) -> Answer:
        """Carry out one request."""
        try:
            request = json.loads(line)
            do = self._requests[request["do"]]
        except (ValueError, KeyError, TypeError):
            return _failure(f'a request is a JSON object whose "do" is one of {", ".join(self._requests)}')
        try:
            return {"ok": True, **await do(request)}
        except KeyError as missing:
            return _failure(f'"{request["do"]}" needs {missing}')
        except (TypeError, ValueError) as error:
            return _failure(f'"{request["do"]}": {error}')

    async def change(self, request: Mapping[str, Any]) -> Answer:
        """Run ``cmdlet`` with ``positional`` and ``parameters`` as an administrator at ``server``.

        Those of Lync run at a computer of Lync, OcsUmUtil and ExchUcUtil.ps1 among them.
        """
        lync = self._lab.lync
        if lync is not None and lync.shell.has(request["cmdlet"]):
            at_lync = lync.console(request.get("server", ""))
            return _shown(
                await at_lync.run(
                    request["cmdlet"], request.get("positional", ()), request.get("parameters", {})
                )
            )
        console = self._lab.console(request.get("server", ""))
        transcript = console.run(
            request["cmdlet"], request.get("positional", ()), request.get("parameters", {})
        )
        return _shown(transcript)

    async def journal(self, request: Mapping[str, Any]) -> Answer:
        """Hand out entries from position ``from`` on; ``next`` is where to go on."""
        start = int(request.get("from", 0))
        lines = self._lab.journal.lines(start, ENTRIES_AT_ONCE)
        entries = [json.loads(line) for line in lines]
        return {"entries": entries, "next": start + len(entries)}

    async def counters(self, _request: Mapping[str, Any]) -> Answer:
        """Tell what clients have cost so far."""
        return {"counters": dataclasses.asdict(self._lab.counters)}

    async def calls(self, _request: Mapping[str, Any]) -> Answer:
        """Tell what became of the calls so far."""
        return {"calls": dataclasses.asdict(self._lab.calls.summary())}

    async def advance(self, request: Mapping[str, Any]) -> Answer:
        """Move the lab's clock by ``seconds``; other processes that have its clock do not see it."""
        self._lab.clock.advance(timedelta(seconds=float(request["seconds"])))
        return {"now": self._lab.clock.now().isoformat(), "clock": self._lab.clock.to_setting()}

    async def replicate(self, _request: Mapping[str, Any]) -> Answer:
        """End the replication lag of everything written so far, in the directory and in Lync's store."""
        self._lab.directory.replicate_now()
        if self._lab.lync is not None:
            self._lab.lync.deployment.store.replicate_now()
        return {}

    async def down(self, request: Mapping[str, Any]) -> Answer:
        """Take the machine ``server`` away."""
        await self._lab.shut_down(request["server"])
        return {}

    async def up(self, request: Mapping[str, Any]) -> Answer:
        """Bring it back."""
        await self._lab.boot(request["server"])
        return {}

    async def restart(self, request: Mapping[str, Any]) -> Answer:
        """Restart the Windows service ``service`` of ``server`` by hand; it goes on after the answer."""
        self._lab.restart(request["server"], request["service"])
        return {}

    async def trust(self, request: Mapping[str, Any]) -> Answer:
        """Have the device ``device`` trust the CAs of ``pem`` from now on."""
        device = self._lab.calls.gateways[request["device"]]
        found = x509.load_pem_x509_certificates(request["pem"].encode())
        return {"trusted": [device.tls.trusted.trust(certificate).thumbprint for certificate in found]}

    async def transport(self, request: Mapping[str, Any]) -> Answer:
        """Have the device ``device`` place its calls over ``transport``, tcp or tls."""
        transport = request["transport"]
        if transport not in ("tcp", "tls"):
            raise ValueError(f'a device calls over tcp or tls, not over "{transport}"')
        self._lab.calls.gateways[request["device"]].transport = transport
        return {}


@asynccontextmanager
async def listening(lab: Lab, port: int = 0) -> AsyncIterator[str]:
    """Take requests for a lab; the value is the ``ADDRESS:PORT`` where."""
    control = Control(lab)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await control.answer(line), ensure_ascii=False).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, LOOPBACK, port, limit=LONGEST_LINE)
    async with server:
        yield f"{LOOPBACK}:{server.sockets[0].getsockname()[1]}"


def ask(address: str, do: str, timeout: float = 10.0, **details: Any) -> Answer:
    """Ask a lab that runs elsewhere on this machine.

    Args:
        address: what :func:`listening` gave.
        do: the request.
        timeout: for the whole exchange, in seconds.
        details: of the request.

    Raises:
        ControlError: it refuses, or nobody answers there.
    """
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout) as connection:
            connection.sendall(json.dumps({"do": do, **details}).encode() + b"\n")
            with connection.makefile("rb") as answers:
                answer: Answer = json.loads(answers.readline())
    except (OSError, ValueError) as error:
        raise ControlError(f'no lab answers at "{address}": {error}') from error
    if not answer["ok"]:
        raise ControlError(answer["error"])
    return answer


def _failure(error: str) -> Answer:
    return {"ok": False, "error": error}


def _shown(transcript: Transcript) -> Answer:
    if transcript.errors:
        return _failure("; ".join(str(error.message) for error in transcript.errors))
    return {"rows": [_row(row) for row in transcript.rows], "warnings": transcript.warnings}


def _row(row: PSObject) -> dict[str, Any]:
    return {name: readable(value) for name, value in row.properties.items()}
