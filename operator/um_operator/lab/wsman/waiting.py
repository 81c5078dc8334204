"""A wait with a deadline on the lab's clock, not on the machine's."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from um_operator.lab.clock import Clock

T = TypeVar("T")


async def within(clock: Clock, limit: timedelta, work: Coroutine[Any, Any, T]) -> T:
    """Return what ``work`` returns, if it does so within ``limit`` of lab time.

    Raises:
        TimeoutError: it did not; it has been cancelled.
    """
    task = asyncio.ensure_future(work)
    timer = asyncio.ensure_future(clock.sleep(limit))
    try:
        await asyncio.wait((task, timer), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise TimeoutError
        return task.result()
    finally:
        task.cancel()
        timer.cancel()
