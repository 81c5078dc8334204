"""Watches: every change after a resourceVersion, as lines of JSON, until the client's time is over.

A watch has no queue of its own: it reads the ring of its collection from where it is, and one that is too
slow for the ring gets 410. Times are real seconds, not the lab's.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from .errors import Cause, Resource, StatusError
from .storage import Entry, Storage
from .values import Json, encode
from .views import Selection, View, number

BOOKMARK_EVERY: Final = 60.0
TIMEOUT: Final = 1800
"""Seconds after which a watch ends whose client names no time."""
INITIAL_EVENTS_END: Final = "k8s.io/initial-events-end"
_LIST_OPTIONS: Final = Resource("meta.k8s.io", "listoptions", "ListOptions")


@dataclass(frozen=True)
class WatchOptions:
    """Query parameters of a watch.

    Attributes:
        since: the revision to go on from; 0 begins with what is there.
        initial_events_end: whether the end of what is there gets a bookmark.
        bookmarks: whether the client reads bookmarks.
        timeout: seconds.
    """

    since: int
    initial_events_end: bool
    bookmarks: bool
    timeout: float

    @classmethod
    def of(cls, query: Mapping[str, str]) -> WatchOptions:
        """Read a query.

        Raises:
            StatusError: 400, 422.
        """
        streaming, match = "sendInitialEvents" in query, query.get("resourceVersionMatch")
        if streaming != (match == "NotOlderThan") or match == "Exact":
            message = (
                "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan, and "
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
            )
            raise _LIST_OPTIONS.invalid("", [Cause("resourceVersionMatch", message, "FieldValueForbidden")])
        initial = query.get("sendInitialEvents") == "true"
        return cls(
            since=0 if initial else number(query, "resourceVersion"),
            initial_events_end=initial,
            bookmarks=query.get("allowWatchBookmarks") in ("true", "1"),
            timeout=number(query, "timeoutSeconds") or TIMEOUT,
        )


class Watches:
    """All watches of a storage."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._closings = 0

    def close(self) -> None:
        """End every watch that is open."""
        self._closings += 1
        self._storage.wake()

    async def lines(
        self, view: View, selection: Selection, options: WatchOptions, served: Callable[[], bool]
    ) -> AsyncIterator[bytes]:
        """The lines of a watch.

        Args:
            view: how objects are written.
            selection: which are meant.
            options: where it begins and ends.
            served: whether the kind is still the same; the watch ends when it is not.
        """
        closings, deadline = self._closings, time.monotonic() + options.timeout
        watch = _Watch(self._storage, view, selection, options)
        with watch.woken() as changed:
            for line in watch.beginning():
                yield line
            while served() and self._closings == closings:
                changed.clear()
                for line in watch.news():
                    yield line
                if watch.ended:
                    return
                if await _happens(changed, min(deadline - time.monotonic(), BOOKMARK_EVERY)):
                    continue
                if options.bookmarks:
                    yield watch.bookmark()
                if time.monotonic() >= deadline:
                    return


class _Watch:
    """Where one watch is, and what it says.

    Attributes:
        ended: whether it got 410.
    """

    def __init__(self, storage: Storage, view: View, selection: Selection, options: WatchOptions) -> None:
        self._storage = storage
        self._collection = storage.collection(view.kind.stored)
        self._view = view
        self._selection = selection
        self._options = options
        self._position = options.since or storage.revision
        self._headed = True
        self.ended = False

    @contextlib.contextmanager
    def woken(self) -> Iterator[asyncio.Event]:
        """An event that is set by every change."""
        changed = asyncio.Event()
        self._collection.watches.add(changed)
        try:
            yield changed
        finally:
            self._collection.watches.discard(changed)

    def beginning(self) -> Iterator[bytes]:
        """What is there already, if the client wants that."""
        if not self._options.since:
            for entry in filter(self._selection.matches, self._collection.sorted()):
                yield self._event("ADDED", entry)
        if self._options.initial_events_end:
            yield self.bookmark({"annotations": {INITIAL_EVENTS_END: "true"}})

    def news(self) -> Iterator[bytes]:
        """What has changed since the last time."""
        try:
            changes = self._collection.after(self._position)
        except StatusError as gone:
            self.ended = True
            yield _line("ERROR", encode(gone.json()))
            return
        for change in changes:
            self._position = change.revision
            if told := self._selection.seen(change):
                yield self._event(*told)

    def bookmark(self, more: Json | None = None) -> bytes:
        """Say how far the watch is; all changes up to now have been told."""
        kind = self._view.kind
        if more is None:
            self._position = self._storage.revision
        metadata = {"resourceVersion": str(self._position), **(more or {})}
        return _line(
            "BOOKMARK", encode({"kind": kind.kind, "apiVersion": kind.api_version, "metadata": metadata})
        )

    def _event(self, what: str, entry: Entry) -> bytes:
        line = _line(what, self._view.one(entry, headed=self._headed))
        self._headed = False
        return line


async def _happens(event: asyncio.Event, within: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within):
            await event.wait()
    return event.is_set()


def _line(what: str, obj: bytes) -> bytes:
    return b'{"type":"%s","object":%s}\n' % (what.encode(), obj)
