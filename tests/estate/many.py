"""An organisation of any size: so many plans and gateways, and the manifests that declare just them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from estate.manifests import dial_plan, gateway
from um_operator.lab.estate import EstateSpec
from um_operator.lab.exchange.builder import GatewaySpec, PlanSpec
from um_operator.lab.presets import first_steps


def estate(plans: int, gateways: int) -> EstateSpec:
    """Return the servers of the first steps with so many plans and gateways, and without telephones."""
    empty = first_steps()
    organization = replace(
        empty.organization,
        plans=(*empty.organization.plans, *(PlanSpec(_plan(number)) for number in range(plans))),
        gateways=(*empty.organization.gateways, *(_live(number, plans) for number in range(gateways))),
    )
    return EstateSpec(organization)


def manifests(plans: int, gateways: int) -> list[dict[str, Any]]:
    """Return what declares each of them as it is."""
    return [
        *(
            dial_plan(_plan(number), defaultLanguage="en-US", maxCallDuration="30m")
            for number in range(plans)
        ),
        *(
            gateway(
                _gateway(number), (_plan(number % plans), _pilot(number)), port=5060, outcallsAllowed=True
            )
            for number in range(gateways)
        ),
    ]


def _plan(number: int) -> str:
    return f"plan-{number:04}"


def _gateway(number: int) -> str:
    return f"gateway-{number:04}"


def _pilot(number: int) -> str:
    return f"49{number:04}"


def _live(number: int, plans: int) -> GatewaySpec:
    group = (f"group-{number:04}", _plan(number % plans), _pilot(number))
    return GatewaySpec(_gateway(number), f"{_gateway(number)}.contoso.com", (group,))
