"""The calls in progress in the organisation: what Get-UMActiveCalls shows, and what some cmdlets cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, eq=False)
class ActiveCall:
    """One call that a server holds.

    Attributes:
        server: FQDN of the Mailbox server, in lower case.
        gateway: GUID of the gateway through which it came.
        gateway_name: its name, as the server knew it when the call came.
        dial_plan: GUID of the dial plan that it belongs to.
        since: when it was answered.
        cut: ends it from the server's side; takes the reason as it stands on the wire.
    """

    server: str
    gateway: UUID
    gateway_name: str
    dial_plan: UUID
    since: datetime
    cut: Callable[[str], None]


class ActiveCalls:
    """The registry: servers begin and end calls, cmdlets count them."""

    def __init__(self) -> None:
        self._calls: dict[int, ActiveCall] = {}
        self._left_behind: set[int] = set()

    def begin(self, call: ActiveCall) -> None:
        """A server has answered a call."""
        self._calls[id(call)] = call

    def end(self, call: ActiveCall) -> None:
        """A call is over; nothing happens if it was already."""
        self._calls.pop(id(call), None)
        self._left_behind.discard(id(call))

    def leave_behind(self, server: str) -> None:
        """The server's worker recycles: the calls that it holds go on, but are no longer counted there."""
        self._left_behind |= {id(call) for call in self.all(server=server)}

    def is_counted(self, call: ActiveCall) -> bool:
        """Whether the call's server tells of it when asked (field notes 5.2)."""
        return id(call) not in self._left_behind

    def all(
        self, *, server: str | None = None, gateway: UUID | None = None, dial_plan: UUID | None = None
    ) -> tuple[ActiveCall, ...]:
        """The calls of a server, a gateway, a dial plan, in the order in which they began."""
        return tuple(
            call
            for call in self._calls.values()
            if (server is None or call.server == server.lower())
            and (gateway is None or call.gateway == gateway)
            and (dial_plan is None or call.dial_plan == dial_plan)
        )

    def cut(self, why: str, *, server: str | None = None, gateway_name: str | None = None) -> int:
        """End the calls of a server or a gateway from the servers' side, and tell how many there were."""
        ended = [
            call
            for call in self.all(server=server)
            if gateway_name is None or call.gateway_name.casefold() == gateway_name.casefold()
        ]
        for call in ended:
            self.end(call)
            call.cut(why)
        return len(ended)
