"""Waiting for whichever comes first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any


async def first_of(*awaited: Awaitable[Any], timeout: float | None = None) -> None:  # noqa: ASYNC109 - a bound
    """Return when the first of these is done, or after ``timeout`` seconds; the others are cancelled."""
    waiters = [asyncio.ensure_future(one) for one in awaited]
    try:
        await asyncio.wait(waiters, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiter in waiters:
            waiter.cancel()
