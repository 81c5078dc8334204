"""Machines as a test says they are: what stands in a seeded journal also happens to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from um_operator.lab.clock import Clock
from um_operator.lab.hosts.host import UM, UM_CALL_ROUTER
from um_operator.lab.invariants.machines import Outage
from um_operator.lab.journal import Readable

EX01, EX02 = "ex01.contoso.com", "ex02.contoso.com"


@dataclass
class Fleet:
    """Two servers with both services unless a test takes one away; all serve."""

    clock: Clock
    services: dict[str, frozenset[str]] = field(
        default_factory=lambda: dict.fromkeys((EX01, EX02), frozenset({UM, UM_CALL_ROUTER}))
    )
    down: dict[str, datetime] = field(default_factory=dict)
    lost: dict[str, dict[str, datetime]] = field(default_factory=lambda: {EX01: {}, EX02: {}})
    held: dict[str, dict[str, str]] = field(default_factory=lambda: {EX01: {}, EX02: {}})
    views: dict[tuple[str, str], dict[str, Readable]] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    distrusted: dict[str, list[str]] = field(default_factory=dict)

    def out_of_service(self) -> Mapping[str, Outage]:
        found = {server: Outage("down", since) for server, since in self.down.items()}
        for server in self.services:
            for service, since in self.lost[server].items():
                found[server] = Outage(f"{service} is not ready", since)
            for entry, state in self.held[server].items():
                found[server] = Outage(f"{state} by {entry}", self.clock.now())
        return found

    def unready(self, server: str) -> Mapping[str, datetime]:
        return self.lost[server]

    def having(self, service: str) -> frozenset[str]:
        return frozenset(server for server, services in self.services.items() if service in services)

    def holding(self, server: str) -> Mapping[str, str]:
        return self.held[server]

    def calls_on(self, server: str, before: datetime) -> int:
        assert before < self.clock.now()
        return self.calls.get(server, 0)

    def view(self, server: str, service: str) -> Mapping[str, Readable]:
        return self.views.get((server, service), {})

    def distrusting(self, _server: str, thumbprint: str) -> list[str]:
        return self.distrusted.get(thumbprint, [])

    def disbelieving(self, _server: str, thumbprint: str) -> list[str]:
        return self.distrusted.get(thumbprint, [])
