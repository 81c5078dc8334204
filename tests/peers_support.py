"""Stand-ins for what looks at gateways goes by: the wire, and the keys of revisions."""

from __future__ import annotations

import asyncio

from planning_support import NOW
from probing_support import identity, root
from rollout_machine import leaf
from um_operator.api.references import CARef
from um_operator.app.guises import Guise
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.hosts import TLS, Listener, Open, Plain
from um_operator.observed.revision import Revision
from um_operator.probing.identity import ClientIdentity

NOBODY, US = ClientIdentity.nobody(), identity(root().issue("ex01.contoso.com"))


class Wire:
    """A prober that answers when it is let to."""

    def __init__(self) -> None:
        self.looks: list[tuple[str, str, int, bool, float]] = []
        self.answers = asyncio.Event()
        self.answers.set()
        self.refusal = ""
        self.silent = False

    async def tls(
        self, host: str, port: int, *, identity: ClientIdentity, deadline: float, whole: bool
    ) -> Fact[Listener]:
        assert whole
        return await self._look("tls", host, port, deadline, identity.certified)

    async def handshake(
        self, host: str, port: int, *, identity: ClientIdentity, deadline: float
    ) -> Fact[Listener]:
        return await self._look("handshake", host, port, deadline, identity.certified)

    async def plain(self, host: str, port: int, *, deadline: float) -> Fact[Listener]:
        return await self._look("plain", host, port, deadline)

    async def connection(self, host: str, port: int, *, deadline: float) -> Fact[Listener]:
        return await self._look("connection", host, port, deadline)

    async def _look(
        self, how: str, host: str, port: int, deadline: float, certified: bool = False
    ) -> Fact[Listener]:
        self.looks.append((how, host, port, certified, deadline))
        await self.answers.wait()
        if self.silent:
            return Unknown("Unreachable", "no connection in time", NOW)
        if how in {"plain", "connection"}:
            return Known(Plain(200) if how == "plain" else Open(), NOW)
        return Known(TLS(leaf("sbc01", host, NOW), refusal=self.refusal), NOW)


class Keys:
    """Who has the private key of which revision."""

    def __init__(self) -> None:
        self.asked: list[int | None] = []
        self.read: list[CARef | None] = []
        self.here = True

    async def guise(self, revision: Revision | None, reference: CARef | None) -> Guise:
        self.asked.append(revision.number if revision else None)
        self.read.append(reference)
        return Guise(US if self.here and revision else NOBODY, "Gateway" if reference else None)
