"""What is served: /metrics for Prometheus, /healthz and /readyz for the kubelet. Read-only and bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final, Protocol, TypeAlias

from aiohttp import hdrs, web

from um_operator.web.health import Verdict

Judge: TypeAlias = Callable[[], Verdict]
Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

DEADLINE: Final = 10.0
"""Seconds a request may take: Prometheus' own default."""
SCRAPES: Final = 2
"""Renderings at one time, each in a thread that planning needs as well; a pair of Prometheus makes two."""


class Exposition(Protocol):
    """What renders the metrics; blocks while it does."""

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """Return the text and its content type."""


def metrics_app(metrics: Exposition) -> web.Application:
    """Return the application of the metrics port. Rendering runs in a thread, so the loop turns meanwhile."""
    scrapes = asyncio.Semaphore(SCRAPES)

    async def scrape(request: web.Request) -> web.Response:
        if scrapes.locked():
            raise web.HTTPServiceUnavailable(text=f"{SCRAPES} scrapes are under way\n")
        await scrapes.acquire()
        accept = request.headers.get(hdrs.ACCEPT, "")
        rendering = asyncio.ensure_future(asyncio.to_thread(metrics.exposition, accept))
        rendering.add_done_callback(lambda _: scrapes.release())  # a thread ends when it ends
        body, content_type = await asyncio.shield(rendering)
        response = web.Response(body=body, headers={hdrs.CONTENT_TYPE: content_type})
        response.enable_compression()
        return response

    return _app({"/metrics": scrape})


def probes_app(ready: Judge, alive: Judge) -> web.Application:
    """Return the application of the probes' port: 200 if every check passed, else 503; each check as JSON."""
    return _app({"/healthz": _probe(alive), "/readyz": _probe(ready)})


def _app(handlers: dict[str, Handler]) -> web.Application:
    app = web.Application(middlewares=[_bounded])
    app.add_routes([web.get(path, handler) for path, handler in handlers.items()])
    return app


def _probe(judge: Judge) -> Handler:
    async def probe(_request: web.Request) -> web.Response:
        verdict = judge()
        checks = [{"name": one.name, "passed": one.passed, "message": one.message} for one in verdict.checks]
        status = HTTPStatus.OK if verdict.passed else HTTPStatus.SERVICE_UNAVAILABLE
        return web.json_response({"passed": verdict.passed, "checks": checks}, status=status)

    return probe


@web.middleware
async def _bounded(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.body_exists:
        raise web.HTTPRequestEntityTooLarge(max_size=0, actual_size=request.content_length or 1)
    try:
        async with asyncio.timeout(DEADLINE):
            response = await handler(request)
    except TimeoutError:
        raise web.HTTPServiceUnavailable(text=f"not answered within {DEADLINE:.0f} s\n") from None
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    return response
