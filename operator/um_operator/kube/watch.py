"""kopf as watch and router, in a thread and event loop of its own.

``kopf.operator`` cancels every task of its loop when it ends, so it gets one for itself. Its handlers only
pass on which object may have changed: no create or update handlers (they copy specs into annotations), no
timers, daemons, indexes or peering, and nothing is ever patched by it.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import kopf
from kubernetes.aio.client import Configuration

from um_operator.api.meta import GROUP, VERSION, KindName, ObjectKey
from um_operator.kube.hints import Hints
from um_operator.kube.login import Credentials
from um_operator.kube.objects import Reference
from um_operator.kube.open_watches import OpenWatches
from um_operator.kube.resources import OURS
from um_operator.observability.loop_lag import LoopLag

BACKOFFS: Final = (1.0, 1.0, 2.0, 3.0)
LONGEST_BACKOFF: Final = 5.0
"""Seconds between tries while the API server is away. kopf gives up at the end of its list: it has none."""
SILENCE: Final = 70.0
"""Seconds without an event or bookmark after which a watch is begun anew."""
EXIT: Final = 5.0
"""Seconds for the watch's thread to end."""
NOT_OURS: Final = f"{GROUP}/of-no-object"
"""kopf takes its own finalizer off objects that no handler of it holds: it must not be the operator's."""

log = logging.getLogger(__name__)


class Watch:
    """Tells which of our objects may have changed.

    Args:
        credentials: read again whenever the API server no longer takes them.
        namespaces: where to watch; ``None``: everywhere.
        told: is called in the watch's thread with each object worth a look.
        restarted: is called in the watch's thread with a kind whose watch began anew with a list.
        lag: measures how late the watch's own event loop is.
    """

    def __init__(
        self,
        credentials: Credentials,
        namespaces: Sequence[str] | None,
        told: Callable[[Reference], None],
        *,
        restarted: Callable[[KindName], None] = lambda _: None,
        lag: LoopLag | None = None,
    ) -> None:
        self._credentials = credentials
        self._namespaces = namespaces
        self._told = told
        self._restarted = restarted
        self._lag = lag
        self._listing: dict[KindName, bool] = {}
        self._hints = Hints()
        self._open = OpenWatches()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kopf", daemon=True)

    def start(self) -> None:
        """Begin to watch; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End the watch and wait a moment for its thread."""
        self._stop.set()
        self._thread.join(EXIT)

    @property
    def alive(self) -> bool:
        """Whether the watch still runs; when it ends by itself the process should."""
        return self._thread.is_alive()

    def watched(self) -> frozenset[KindName]:
        """Return the kinds whose watches are open at this moment, in each namespace."""
        if not self.alive:
            return frozenset()
        where = self._namespaces or (None,)
        return frozenset(
            kind
            for kind, resource in OURS.items()
            if all(self._open.has(resource.path(namespace)) for namespace in where)
        )

    def _run(self) -> None:
        loop = asyncio.new_event_loop()
        measuring = loop.create_task(self._lag.run()) if self._lag else None
        try:
            kopf.run(
                loop=loop,
                registry=self._registry(),
                settings=settings(),
                standalone=True,
                clusterwide=self._namespaces is None,
                namespaces=self._namespaces or (),
                stop_flag=self._stop,
            )
        except Exception:
            log.exception("the watch ended")
        finally:
            if measuring is not None:
                measuring.cancel()
                loop.run_until_complete(asyncio.wait([measuring]))
            loop.close()

    def _registry(self) -> kopf.OperatorRegistry:
        registry = kopf.OperatorRegistry()
        kopf.on.login(registry=registry, errors=kopf.ErrorsMode.PERMANENT)(self._login)
        for resource in OURS.values():
            kopf.on.event(GROUP, VERSION, resource.plural, registry=registry)(self._event)
        return registry

    async def _login(self, **_: Any) -> kopf.AiohttpSession:
        connection = _connection(await self._credentials.configuration())
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=connection.as_ssl_context()),
            headers=connection.as_http_headers(),
            trace_configs=[self._open.trace()],
        )
        return _Session(server=connection.server, connection=connection, aiohttp_session=session)

    async def _event(self, *, event: kopf.RawEvent, body: kopf.Body, **_: Any) -> None:
        kind = next((known for known in OURS if known == body["kind"]), None)
        if kind is None:
            return
        self._note_list(kind, listed=event["type"] is None)
        if self._hints.tells(event["type"], body):
            self._told(Reference(body.metadata["namespace"], ObjectKey(kind, body.metadata["name"])))

    def _note_list(self, kind: KindName, *, listed: bool) -> None:
        """See by an event of a list that comes after other events that the watch began anew."""
        if listed and self._listing.get(kind) is False:
            self._restarted(kind)
        self._listing[kind] = listed


@dataclass(frozen=True, kw_only=True)
class _Session(kopf.AiohttpSession):
    """What kopf asks with. Two are one if their credentials are: kopf ends when refused ones come again."""

    connection: kopf.ConnectionInfo
    aiohttp_session: aiohttp.ClientSession = field(compare=False)


class _Backoffs:
    """An endless series of waits: short ones first."""

    def __iter__(self) -> Iterator[float]:
        return itertools.chain(BACKOFFS, itertools.repeat(LONGEST_BACKOFF))


def settings() -> kopf.OperatorSettings:
    """Return how kopf is set: it watches, and leaves the objects alone."""
    chosen = kopf.OperatorSettings()
    chosen.posting.enabled = False
    chosen.peering.standalone = True
    chosen.scanning.disabled = True
    chosen.watching.inactivity_timeout = SILENCE
    chosen.watching.chunk_size = 500
    chosen.networking.error_backoffs = _Backoffs()
    chosen.persistence.finalizer = NOT_OURS
    return chosen


def _connection(configuration: Configuration) -> kopf.ConnectionInfo:
    """Return the same credentials as kopf wants them."""
    scheme, _, token = str(configuration.api_key.get("BearerToken", "")).rpartition(" ")
    return kopf.ConnectionInfo(
        server=configuration.host,
        ca_path=configuration.ssl_ca_cert,
        ca_data=configuration.ca_cert_data,
        insecure=not configuration.verify_ssl,
        username=configuration.username or None,
        password=configuration.password or None,
        scheme=(scheme or "Bearer").capitalize() if token else None,
        token=token or None,
        certificate_path=configuration.cert_file,
        private_key_path=configuration.key_file,
    )
