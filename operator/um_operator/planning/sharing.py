"""Dial plans that share gateways, whose ports speak one of plain SIP and TLS: they are secured together."""

from __future__ import annotations

from collections.abc import Iterator

from um_operator.desired.organization import DesiredDialPlan
from um_operator.observed.fact import Known
from um_operator.observed.values import name_key
from um_operator.planning.checks.links import gateways_of, linked_plans
from um_operator.planning.view import View


def companions(view: View, plan: str) -> Iterator[tuple[DesiredDialPlan, str]]:
    """Yield the other plans that are to be secured along with one, each with a gateway that they share.

    Those are all that are reached from gateway to plan, for each has to have its gateways on TLS by then.
    """
    seen, ahead = {name_key(plan)}, [plan]
    while ahead:
        for gateway in gateways_of(view, ahead.pop()):
            for linked in linked_plans(view, gateway, view.gateways.get(gateway)):
                item = view.plans.get(name_key(linked.name))
                if item is None or name_key(item.name) in seen or not is_to_be_secured(view, item):
                    continue
                seen.add(name_key(item.name))
                ahead.append(item.name)
                yield item, gateway


def is_to_be_secured(view: View, item: DesiredDialPlan) -> bool:
    """Whether a plan is declared to be secured, and is not."""
    live = view.dial_plan(item.name)
    is_secured = isinstance(live, Known) and live.value and live.value.voip_security != "Unsecured"
    return item.voip_security != "Unsecured" and not item.deleting and not is_secured
