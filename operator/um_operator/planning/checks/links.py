"""Which dial plans a gateway is or will be linked to, and how secure they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from um_operator.api.sip import SIP_TLS_PORT
from um_operator.desired.organization import DesiredGateway
from um_operator.observed.exchange import DialPlanFact, GatewayFact, HuntGroupFact
from um_operator.observed.fact import Known
from um_operator.observed.values import name_key
from um_operator.planning.checks.case import Case
from um_operator.planning.view import View

GatewayCase: TypeAlias = Case[DesiredGateway, GatewayFact]


@dataclass(frozen=True, slots=True)
class LinkedPlan:
    """A dial plan of a gateway. ``live`` is ``None`` while it is absent or was not read."""

    name: str
    live: DialPlanFact | None
    declared_security: str | None

    @property
    def is_secured(self) -> bool:
        """Whether it is secured now."""
        return self.live is not None and self.live.voip_security != "Unsecured"

    @property
    def becomes_secured(self) -> bool:
        """Whether it is meant to be secured: by what is declared, else as it is."""
        return self.is_secured if self.declared_security is None else self.declared_security != "Unsecured"


def live_groups(view: View, gateway: str) -> tuple[HuntGroupFact, ...]:
    """Return the hunt groups that a gateway has in Exchange; without any it is inert (field notes 4.1)."""
    return view.groups_of_gateway.get(name_key(gateway), ())


def may_carry_calls(case: GatewayCase) -> bool:
    """Whether a call may be in progress: only a gateway that we are just making was never linked before.

    One that was parted from its plans a moment ago still has calls, and servers that do not know it yet.
    """
    return bool(live_groups(case.view, case.item.name)) or not case.first_configuration


def linked_plans(view: View, gateway: str, declared: DesiredGateway | None) -> tuple[LinkedPlan, ...]:
    """Return the plans that a gateway is linked to, or that its manifest lists."""
    names = {name_key(group.dial_plan): group.dial_plan for group in live_groups(view, gateway)}
    if declared is not None:
        names |= {name_key(group.dial_plan): group.dial_plan for group in declared.hunt_groups}
    return tuple(_linked(view, name) for _, name in sorted(names.items()))


def _linked(view: View, name: str) -> LinkedPlan:
    fact = view.dial_plan(name)
    declared = view.plans.get(name_key(name))
    return LinkedPlan(
        name,
        fact.value if isinstance(fact, Known) else None,
        declared.voip_security if declared is not None else None,
    )


def gateways_of(view: View, plan: str) -> list[str]:
    """Return the gateways (``name_key``) that a plan is linked to, or that list it."""
    key = name_key(plan)
    live = {name_key(group.gateway) for group in view.groups_of_plan.get(key, ())}
    return sorted(live | set(view.gateways_for_plan.get(key, ())))


def tls_port(view: View, gateway: str, live: GatewayFact | None) -> int:
    """Return the port at which a gateway speaks TLS, or will once its plan is secured.

    That is the declared one, else 5061; one that nobody declared, or that has it already, keeps what it has.
    """
    declared = view.gateways.get(name_key(gateway))
    if declared is not None and declared.port is not None:
        return declared.port
    keeps = declared is None or any(plan.is_secured for plan in linked_plans(view, gateway, declared))
    return live.port if live is not None and keeps else SIP_TLS_PORT


def port_is_withheld(plans: tuple[LinkedPlan, ...], port: int) -> bool:
    """Whether a port belongs to SECURE of a plan and must not be written earlier (R18)."""
    return port == SIP_TLS_PORT and not all(plan.is_secured and plan.becomes_secured for plan in plans)
