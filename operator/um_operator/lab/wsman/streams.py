"""What waits for a client's Receive: fragments of one command or of the pool, and how it ended."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Final

from . import faults

_STREAM_ELEMENT: Final = 128


class OutputStream:
    """Fragments for one stream of Receives, in order, and the last Receive for its replay.

    A client whose connection broke sends the identical Receive once more; it gets the reply of the first,
    else the output in it would be lost (field notes 1.10).
    """

    def __init__(self) -> None:
        self._fragments: deque[bytes] = deque()
        self._changed = asyncio.Event()
        self._finished = False
        self._receive: tuple[str, asyncio.Task[bytes]] | None = None

    def put(self, fragment: bytes) -> None:
        """Add one fragment and wake the Receive that waits."""
        self._fragments.append(fragment)
        self._changed.set()

    def finish(self) -> None:
        """Say that no fragment follows."""
        self._finished = True
        self._changed.set()

    async def ready(self) -> None:
        """Wait until there is a fragment, or the end to tell."""
        await self._changed.wait()

    def take(self, room: int, most: int) -> tuple[list[bytes], bool]:
        """Take what fits into ``room`` bytes of an envelope, one fragment at least and ``most`` at most.

        Says, too, whether that is all: nothing is left and the stream has ended.
        """
        taken: list[bytes] = []
        while self._fragments and (not taken or room >= _in_envelope(self._fragments[0])):
            if len(taken) == most:
                break
            taken.append(self._fragments.popleft())
            room -= _in_envelope(taken[-1])
        ended = self._finished and not self._fragments
        if not self._fragments and not ended:
            self._changed.clear()
        return taken, ended

    async def answer(self, message_id: str, receive: Callable[[], Coroutine[Any, Any, bytes]]) -> bytes:
        """Run one Receive, or join the one with this message id.

        Raises:
            WSManFault: another Receive is under way; or what ``receive`` raises.
        """
        if self._receive is None or self._receive[0] != message_id:
            if self._receive is not None and not self._receive[1].done():
                raise faults.in_use()
            self._receive = (message_id, asyncio.create_task(receive()))
        return await asyncio.shield(self._receive[1])

    def abandon(self) -> None:
        """End a Receive under way: what it waits for is gone."""
        if self._receive is not None:
            self._receive[1].cancel()


def _in_envelope(fragment: bytes) -> int:
    return len(fragment) * 4 // 3 + _STREAM_ELEMENT
