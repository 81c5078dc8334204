"""Looks at ports: closed, plain SIP, TLS with a certificate, or unknown and why."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from um_operator.observed.certificates import CertificateFact
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.hosts import Closed, Listener
from um_operator.probing.failures import ProbeError, RefusedError
from um_operator.probing.identity import ClientIdentity
from um_operator.probing.look import Look

AT_A_TIME: Final = 32
"""Looks of one process at the same time: a thousand peers take some seconds (field notes 2)."""


class Prober:
    """Looks at ports, some at a time. A look never raises and never takes longer than its deadline.

    Args:
        parse: reads a certificate (DER); raises ValueError for one that it cannot read.
        now: the present instant.
        token: letters and digits, others each time.
        at_a_time: how many looks at the same time; the others wait for their turn before they begin.
    """

    def __init__(
        self,
        parse: Callable[[bytes], CertificateFact],
        now: Callable[[], datetime],
        token: Callable[[], str],
        *,
        at_a_time: int = AT_A_TIME,
    ) -> None:
        self._parse = parse
        self._now = now
        self._token = token
        self._turns = asyncio.Semaphore(at_a_time)
        self._nobody = ClientIdentity.nobody()

    async def tls(
        self,
        host: str,
        port: int,
        *,
        identity: ClientIdentity | None = None,
        deadline: float,
        whole: bool = False,
    ) -> Fact[Listener]:
        """Look at a port that should speak TLS; one that does not is asked in plain SIP.

        Args:
            host: name, which is asked for in SNI and SIP, or an address.
            port: its port.
            identity: who we are if the peer asks; ``None``: nobody.
            deadline: seconds.
            whole: whether a handshake that does not come to its end tells nothing: a peer judges our
                certificate only then.
        """
        who = identity or self._nobody
        return await self._fact(host, port, deadline, lambda look: look.at_tls(who, whole=whole))

    async def handshake(
        self, host: str, port: int, *, identity: ClientIdentity | None = None, deadline: float
    ) -> Fact[Listener]:
        """Look at a port that should speak TLS by a handshake alone; nothing is asked there.

        Args:
            host: name, which is asked for in SNI, or an address.
            port: its port.
            identity: who we are if the peer asks; ``None``: nobody.
            deadline: seconds.
        """
        return await self._fact(
            host, port, deadline, lambda look: look.at_handshake(identity or self._nobody)
        )

    async def plain(self, host: str, port: int, *, deadline: float) -> Fact[Listener]:
        """Look at a port that should speak plain SIP; one that speaks TLS instead is shaken hands with."""
        return await self._fact(host, port, deadline, lambda look: look.at_plain_sip(self._nobody))

    async def connection(self, host: str, port: int, *, deadline: float) -> Fact[Listener]:
        """Look whether a port takes connections; nothing is said there."""
        return await self._fact(host, port, deadline, lambda look: look.at_connection())

    async def _fact(
        self, host: str, port: int, deadline: float, at: Callable[[Look], Awaitable[Listener]]
    ) -> Fact[Listener]:
        async with self._turns:
            began = self._now()
            clock = asyncio.get_running_loop().time()
            look = Look(host, port, clock, deadline, self._token(), began, self._parse)
            try:
                return Known(await at(look), began)
            except RefusedError:
                return Known(Closed(), began)
            except ProbeError as error:
                return Unknown(error.reason, error.message, began)
