"""Which watches are open at this moment, as the connections know.

kopf does not say: a watch that is refused again and again is just as much a task of it as one that tells.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import aiohttp


class OpenWatches:
    """Sees each watch that a session opens, and whether its answer still goes on. Asked from any thread."""

    def __init__(self) -> None:
        self._answers: dict[str, aiohttp.ClientResponse] = {}

    def trace(self) -> aiohttp.TraceConfig:
        """Return what a session has to be given to be seen."""
        config = aiohttp.TraceConfig()
        config.on_request_end.append(self._answered)
        return config

    def has(self, path: str) -> bool:
        """Whether a watch of a path of the API server is open, wherever below its address that begins."""
        answers = list(self._answers.items())
        return any(of.endswith(path) and not answer.closed for of, answer in answers)

    async def _answered(self, _session: Any, _context: Any, ended: aiohttp.TraceRequestEndParams) -> None:
        if ended.url.query.get("watch") == "true" and ended.response.status == HTTPStatus.OK:
            self._answers[ended.url.path] = ended.response
