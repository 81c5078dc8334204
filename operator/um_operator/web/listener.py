"""Where an application listens, for as long as a block lasts."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Self

from aiohttp import web

_IDLE: Final = 60.0
"""Seconds after which a connection on which nothing comes is closed: longer than usual scrape intervals."""
_CLOSING: Final = 2.0
"""Seconds that requests under way get at the end."""


class BindAddressError(ValueError):
    """A text is no address to listen on, or it cannot be listened on."""


@dataclass(frozen=True, slots=True)
class BindAddress:
    """An address to listen on; no host means all, port 0 a free one."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``HOST:PORT``, ``:PORT`` or ``[HOST]:PORT``.

        Raises:
            BindAddressError: the text is none.
        """
        found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\[\]:]*)):(\d{1,5})", text)
        if found is None or int(found[3]) > 65535:
            raise BindAddressError(
                f'"{text}" is no address to listen on; write HOST:PORT, :PORT or [HOST]:PORT'
            )
        return cls(found[1] or found[2] or "", int(found[3]))

    def __str__(self) -> str:
        """Return the form that ``parse`` reads."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@asynccontextmanager
async def listening(app: web.Application, address: BindAddress) -> AsyncIterator[int]:
    """Serve an application while the block runs; gives the port.

    Raises:
        BindAddressError: the address is taken, or not one of this machine.
    """
    runner = web.AppRunner(
        app,
        access_log=None,
        handle_signals=False,
        keepalive_timeout=_IDLE,
        shutdown_timeout=_CLOSING,
    )
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, address.host or None, address.port).start()
        except OSError as error:
            raise BindAddressError(f'cannot listen on "{address}": {error.strerror or error}') from error
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
