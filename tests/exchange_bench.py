"""A small organisation whose cmdlets a test runs directly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from um_operator.lab.clock import Clock
from um_operator.lab.exchange.builder import (
    OrganizationSpec,
    ServerSpec,
    build,
)
from um_operator.lab.exchange.cmdlets import CMDLETS
from um_operator.lab.exchange.directory import Replication, Site
from um_operator.lab.exchange.organization import Organization
from um_operator.lab.exchange.rbac import Account
from um_operator.lab.exchange.shell import ManagementShell
from um_operator.lab.journal import Effect, Journal, Occurrence
from um_operator.lab.powershell import Caller, CmdletError, Invocation, PSObject, Value
from um_operator.lab.variants import Variants

DC1, DC2 = "dc01.contoso.com", "dc02.contoso.com"
SERVICE = Account("CONTOSO\\svc-um-operator", "secret")

SPEC = OrganizationSpec(
    name="Contoso",
    domain="contoso.com",
    sites=(Site("Berlin", (DC1,)), Site("Hamburg", (DC2,))),
    servers=(ServerSpec("ex01", "Berlin"), ServerSpec("ex02", "Hamburg")),
    accounts=(SERVICE,),
    replication=Replication(between_sites=timedelta(minutes=3)),
)


@dataclass
class Collected:
    """Everything that a pipeline wrote."""

    values: list[Value] = field(default_factory=list)
    rows: list[PSObject] = field(default_factory=list)
    errors: list[CmdletError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def output(self, value: Value) -> None:
        self.values.append(value)
        if isinstance(value, PSObject):
            self.rows.append(value)

    def error(self, error: CmdletError) -> None:
        self.errors.append(error)

    def warning(self, message: str) -> None:
        self.warnings.append(message)

    @property
    def row(self) -> Mapping[str, Any]:
        assert not self.errors, self.errors
        [row] = self.rows
        return row.properties

    @property
    def names(self) -> list[str]:
        return [row.text for row in self.rows]

    @property
    def failure(self) -> str:
        """The FailureCategory of the only error."""
        [error] = self.errors
        return error.error_id.partition("[FailureCategory=Cmdlet-")[2].partition("]")[0]


class Bench:
    """An organisation on a frozen clock, worked on as one account through one server."""

    def __init__(
        self,
        spec: OrganizationSpec = SPEC,
        variants: Variants | None = None,
        account: str = "administrator",
        server: str = "ex01.contoso.com",
    ) -> None:
        self.clock = Clock.frozen()
        self.journal = Journal(self.clock)
        self.organization: Organization = build(
            spec, clock=self.clock, journal=self.journal, variants=variants
        )
        self.shell = ManagementShell(self.organization, CMDLETS, spec.accounts)
        self.caller = Caller(account, server, "Microsoft.Exchange")

    def run(self, cmdlet: str, *positional: Value, **parameters: Value) -> Collected:
        """Run one cmdlet on the domain controller of Berlin unless another is named."""
        collected = Collected()
        given = {"DomainController": DC1, **parameters}
        invocation = Invocation(cmdlet, {k: v for k, v in given.items() if v is not OMIT}, positional)
        self.shell.execute(invocation, self.caller, collected)
        return collected

    def done(self, cmdlet: str, *positional: Value, **parameters: Value) -> Collected:
        """Run a cmdlet that must not fail."""
        collected = self.run(cmdlet, *positional, **parameters)
        assert not collected.errors, collected.errors
        return collected

    def output(self, cmdlet: str, *positional: Value, **parameters: Value) -> Value:
        """Run a cmdlet that must not fail; the only value that it gives."""
        [value] = self.done(cmdlet, *positional, **parameters).values
        return value

    def occurrences(self, what: str) -> list[Occurrence]:
        """What happened under that name."""
        return [e for e in self.journal.entries if isinstance(e, Occurrence) and e.what == what]

    def plan(self, name: str = "Contoso-PBX", **parameters: Value) -> None:
        self.done("New-UMDialPlan", name, CountryOrRegionCode="49", NumberOfDigitsInExtension=4, **parameters)

    def gateway(self, name: str = "sbc01", address: str | None = None, **parameters: Value) -> None:
        self.done("New-UMIPGateway", name, Address=address or f"{name}.contoso.com", **parameters)

    def link(
        self, gateway: str = "sbc01", plan: str = "Contoso-PBX", name: str = "main", pilot: str = ""
    ) -> None:
        self.done("New-UMHuntGroup", name, UMDialPlan=plan, UMIPGateway=gateway, PilotIdentifier=pilot)

    @property
    def last(self) -> Effect:
        return self.journal.effects[-1]

    def refused_binding(self, cmdlet: str, *positional: Value, **parameters: Value) -> str:
        """Run a cmdlet that must not bind; the FullyQualifiedErrorId."""
        try:
            self.run(cmdlet, *positional, **parameters)
        except CmdletError as error:
            return error.error_id
        raise AssertionError(f"{cmdlet} was bound")


OMIT: Any = object()
"""An argument that is not given at all."""


def spec_with(**changes: Any) -> OrganizationSpec:
    """The small organisation with something more."""
    return replace(SPEC, **changes)
