"""Who asked for what, as the audit log of a real server tells it, in memory and bounded."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

LIMIT: Final = 20_000


@dataclass(frozen=True, slots=True)
class Request:
    """One request: what a path, a method and a query mean.

    Attributes:
        verb: get, list, watch, create, update, patch, delete.
        path: of the URL.
        user_agent: as the client calls itself.
        group: of the resource; empty for the core, and where no resource is named.
        version: of the group.
        namespace: empty for a cluster's objects and for all namespaces.
        resource: the plural; empty for documents such as discovery.
        name: empty for collections.
        subresource: ``status`` or empty.
    """

    verb: str
    path: str
    user_agent: str
    group: str = ""
    version: str = ""
    namespace: str = ""
    resource: str = ""
    name: str = ""
    subresource: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """A request and the status code of its answer; 0 when there was none."""

    request: Request
    code: int


class Audit:
    """The last requests, oldest first.

    Attributes:
        answered: at most ``LIMIT``; a watch stands here when it began.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.answered: deque[Answered] = deque(maxlen=limit)

    def add(self, request: Request, code: int) -> None:
        """Note an answer."""
        self.answered.append(Answered(request, code))

    def count(self, *, verb: str, resource: str = "", user_agent: str = "") -> int:
        """How many requests of a verb are remembered; a user agent is meant by its beginning."""
        return sum(
            1
            for request in (answered.request for answered in self.answered)
            if request.verb == verb
            and resource in ("", request.resource)
            and request.user_agent.startswith(user_agent)
        )
