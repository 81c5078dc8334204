"""Seeded journals: a small organisation, and effects written down as if somebody had caused them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self

from invariants_fleet import Fleet
from um_operator.lab.clock import Clock
from um_operator.lab.invariants.declared import Declared, DialPlan, Gateway, Link
from um_operator.lab.invariants.judge import Invariants
from um_operator.lab.journal import CONSOLE, Journal, Readable

PBX: dict[str, Readable] = {"VoIPSecurity": "Unsecured", "FaxEnabled": True}
SBC01: dict[str, Readable] = {
    "Address": "sbc01.contoso.com",
    "Port": 5060,
    "Status": "Enabled",
    "OutcallsAllowed": True,
}
TCP: dict[str, Readable] = {"UMStartupMode": "TCP", "DialPlans": ["Lync"]}
LINKED = Link("PBX", "4900")

BEGINNING: list[tuple[str, str, Mapping[str, Readable]]] = [
    ("UMDialPlan", "PBX", PBX),
    ("UMDialPlan", "Legacy", PBX),
    ("UMMailboxPolicy", "PBX Default Policy", {"UMDialPlan": "PBX"}),
    ("UMIPGateway", "sbc01", SBC01),
    ("UMIPGateway", "legacy-pbx", {**SBC01, "Address": "legacy-pbx.contoso.com"}),
    ("UMHuntGroup", "sbc01\\main", {"UMDialPlan": "PBX", "PilotIdentifier": "4900"}),
    ("UMHuntGroup", "legacy-pbx\\main", {"UMDialPlan": "Legacy", "PilotIdentifier": "6000"}),
    ("UMService", "ex01.contoso.com", TCP),
    ("UMCallRouterSettings", "ex01.contoso.com", TCP),
    ("UMService", "ex02.contoso.com", TCP),
    ("UMCallRouterSettings", "ex02.contoso.com", TCP),
]

DECLARED = Declared(
    gateways={
        "sbc01": Gateway(frozenset({"Address", "Port", "Status"}), frozenset({LINKED})),
        "sbc02": Gateway(frozenset({"Address", "Port"}), frozenset({Link("PBX", "4950")})),
    },
    dial_plans={
        "PBX": DialPlan(frozenset({"VoIPSecurity", "FaxEnabled"})),
        "New": DialPlan(frozenset({"VoIPSecurity", "FaxEnabled"})),
    },
)


@dataclass
class Story:
    """A journal that a test writes; calls in progress are as the test says."""

    clock: Clock = field(default_factory=Clock.frozen)
    calls: dict[str, int] = field(default_factory=dict)
    servers: list[str] = field(default_factory=list)
    declared: Declared | None = field(default_factory=lambda: DECLARED)

    def __post_init__(self) -> None:
        self.journal = Journal(self.clock)
        self.fleet = Fleet(self.clock)
        self.invariants = Invariants(self.journal, iter(BEGINNING), self, self.fleet)
        if self.declared is not None:
            self.invariants.declare(self.declared)

    def active(self, gateway: str) -> int:
        """Calls in progress, as the test says."""
        return self.calls.get(gateway, 0)

    def open_at(self, _gateway: str) -> list[str]:
        """Servers that take calls of any gateway, as the test says."""
        return self.servers

    def effect(
        self,
        cmdlet: str,
        name: str,
        before: Mapping[str, Readable] | None,
        after: Mapping[str, Readable] | None,
        *,
        by: str = "operator",
        kind: str = "",
    ) -> Story:
        """Write an effect down; the kind is the cmdlet's noun unless it is said."""
        self.journal.record(
            server="ex01.contoso.com",
            domain_controller="dc01.contoso.com",
            caller=by,
            endpoint=CONSOLE if by == "administrator" else "Microsoft.Exchange",
            cmdlet=cmdlet,
            kind=kind or cmdlet.partition("-")[2],
            name=name,
            before=before,
            after=after,
        )
        return self

    def wait(self, span: timedelta) -> Self:
        """Let time pass."""
        self.clock.advance(span)
        return self

    def gateway(self, name: str = "sbc02", **attributes: Readable) -> Story:
        """New-UMIPGateway."""
        made = {**SBC01, "Address": f"{name}.contoso.com", **attributes}
        return self.effect("New-UMIPGateway", name, None, made)

    def plan(self, name: str = "New", **attributes: Readable) -> Story:
        """New-UMDialPlan."""
        return self.effect("New-UMDialPlan", name, None, {**PBX, **attributes})

    def link(self, name: str = "sbc02\\main", plan: str = "PBX", pilot: str = "4950") -> Story:
        """New-UMHuntGroup."""
        return self.effect("New-UMHuntGroup", name, None, {"UMDialPlan": plan, "PilotIdentifier": pilot})

    def unlink(self, name: str = "sbc01\\main", cmdlet: str = "Remove-UMHuntGroup") -> Story:
        """Remove-UMHuntGroup."""
        return self.effect(
            cmdlet, name, {"UMDialPlan": "PBX", "PilotIdentifier": "4900"}, None, kind="UMHuntGroup"
        )

    def change(
        self,
        noun: str,
        name: str,
        property_name: str,
        before: Readable,
        after: Readable,
        *,
        by: str = "operator",
    ) -> Story:
        """Set- of one property."""
        return self.effect(f"Set-{noun}", name, {property_name: before}, {property_name: after}, by=by)

    def remove_gateway(self, name: str = "sbc01") -> Story:
        """Remove-UMIPGateway."""
        return self.effect("Remove-UMIPGateway", name, SBC01, None)

    @property
    def broken(self) -> list[str]:
        """The rules that were broken, each once."""
        return sorted({violation.rule for violation in self.invariants.violations})
