"""Looks that go on beside the passes: a pass waits for them no longer than it has patience."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Coroutine, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

Key = TypeVar("Key")
Target = TypeVar("Target")
Seen = TypeVar("Seen")


class Beside(Generic[Key, Target, Seen]):
    """One look at a time for a key, each at a target; what it saw is collected once it is over."""

    def __init__(self) -> None:
        self._looks: dict[Key, tuple[Target, asyncio.Task[Seen]]] = {}

    def __contains__(self, key: object) -> bool:
        """Whether a look for this key is under way."""
        return key in self._looks

    def __iter__(self) -> Iterator[Key]:
        """Yield the keys for which a look is under way."""
        return iter(tuple(self._looks))

    def begin(self, key: Key, target: Target, look: Coroutine[Any, Any, Seen]) -> None:
        """Begin a look; there is none for this key yet."""
        self._looks[key] = (target, asyncio.create_task(look))

    async def wait(self, patience: float, keys: Container[Key] | None = None) -> None:
        """Wait at most so many seconds for looks to end; ``keys``: for those of these, else for all."""
        tasks = [task for key, (_, task) in self._looks.items() if keys is None or key in keys]
        if tasks:
            await asyncio.wait(tasks, timeout=patience)

    def collect(self) -> Iterator[tuple[Key, Target, Seen]]:
        """Yield what the looks saw that are over, each once."""
        for key, (target, task) in tuple(self._looks.items()):
            if task.done():
                del self._looks[key]
                yield key, target, task.result()

    async def keep(self, wanted: Mapping[Key, Target]) -> None:
        """End the looks at what is not wanted any more, or at another target."""
        await self.end([key for key, (target, _) in self._looks.items() if wanted.get(key) != target])

    async def end(self, keys: Iterable[Key]) -> None:
        """End the looks for these keys; what they saw is lost."""
        tasks = [self._looks.pop(key)[1] for key in tuple(keys) if key in self._looks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
