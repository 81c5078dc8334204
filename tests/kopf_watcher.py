"""kopf in a thread of its own, as the operator runs it: what it tells of one kind."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import kopf

from cluster_client import LONGEST_WAIT, Server

Told: TypeAlias = tuple[str | None, str]
"""Type of the event, ``None`` for what was there already, and the object's name."""


class Watcher:
    """What kopf has told so far."""

    def __init__(self) -> None:
        self._told: queue.Queue[Told] = queue.Queue()

    def hear(self, told: Told) -> None:
        """Take note."""
        self._told.put(told)

    def next(self) -> Told:
        """The next event; it must come in time."""
        return self._told.get(timeout=LONGEST_WAIT)


@contextmanager
def watching(server: Server, group: str, plural: str, namespace: str) -> Iterator[Watcher]:
    """Have kopf watch a kind everywhere until the block ends, and tell of one namespace."""
    watcher, registry, stop = Watcher(), kopf.OperatorRegistry(), threading.Event()

    @kopf.on.login(registry=registry)
    def login(**_: Any) -> kopf.ConnectionInfo:
        return kopf.ConnectionInfo(server=server.url, ca_path=str(server.ca_file), token=server.token)

    @kopf.on.event(group, "v1", plural, registry=registry)
    def event(event: kopf.RawEvent, **_: Any) -> None:
        metadata = event["object"]["metadata"]
        if metadata["namespace"] == namespace:
            watcher.hear((event["type"], metadata["name"]))

    settings = kopf.OperatorSettings()
    settings.networking.error_backoffs = [0.1] * 100
    settings.watching.reconnect_backoff = 0.1
    thread = threading.Thread(
        target=kopf.run,
        kwargs={
            "registry": registry,
            "settings": settings,
            "standalone": True,
            "clusterwide": True,
            "stop_flag": stop,
        },
    )
    thread.start()
    try:
        yield watcher
    finally:
        stop.set()
        thread.join(timeout=LONGEST_WAIT)
        assert not thread.is_alive(), "kopf does not end"
