"""Pools as gateways of Exchange: found by their address or made, linked to the plans; one places calls.

What a UMIPGateway declares of a pool's gateway is that resource's; only who places calls is said here (R20).
"""

from __future__ import annotations

from collections.abc import Iterator

from um_operator.api.reasons import Reason
from um_operator.desired.declared import canonical_address
from um_operator.desired.organization import IntegratedPlan
from um_operator.observed.exchange import GatewayFact
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.values import PropertyValue, name_key
from um_operator.planning.checks.hunt_group import missing_groups
from um_operator.planning.checks.links import gateways_of, linked_plans, live_groups, port_is_withheld
from um_operator.planning.checks.lync_case import LyncCase
from um_operator.planning.checks.verdict import NOTHING, Verdict, ask
from um_operator.planning.plan import DIFFERS
from um_operator.planning.pools import Pool
from um_operator.planning.rollout.lync_hosts import pool_fact
from um_operator.planning.steps import AS_CREATED, Change, CreateGateway, CreateHuntGroup, SetGateway
from um_operator.planning.view import View

PATH = "outcallsAllowed"
BORN_WITH = True
"""OutcallsAllowed of a new gateway (New-UMIPGateway, field notes 4.1)."""


def pool_gateways(case: LyncCase) -> Verdict:
    """Ask for the gateway of each pool that the topology has, at its port, and for its hunt groups."""
    verdict = NOTHING
    for pool in case.pools:
        fact = pool_fact(pool.pool.fqdn, case.view)
        if pool.declared is None or isinstance(fact, Unknown) or fact.value is None:
            continue  # a UMIPGateway's matter; or told with the topology
        verdict += _gateway(case, pool)
    return verdict


def _gateway(case: LyncCase, pool: Pool) -> Verdict:
    live = case.view.gateway(pool.gateway)
    if isinstance(live, Unknown):
        return case.unread(f'gateway "{pool.gateway}"', live.message)
    path = f"gateways[{pool.pool.fqdn}]"
    if live.value is None:
        message = f'no gateway has the address of pool "{pool.pool.fqdn}"'
        create = CreateGateway(owner=case.item.key, gateway=pool.gateway, address=pool.pool.fqdn)
        verdict = case.differs(Reason.POOL_GATEWAY_MISSING, message, path, pool.gateway, None, create)
    else:
        verdict = NOTHING
    return verdict + _port(case, pool, live.value) + _hunt_groups(case, pool)


def _port(case: LyncCase, pool: Pool, live: GatewayFact | None) -> Verdict:
    """Ask for the pool's port, unless it is written together with securing a plan (R18)."""
    view, want, path = case.view, pool.pool.port, f"gateways[{pool.pool.fqdn}].port"
    if live is not None and live.port == want:
        return NOTHING
    plans = linked_plans(view, pool.gateway, pool.declared)
    if port_is_withheld(plans, want):
        names = ", ".join(f'"{plan.name}"' for plan in plans if not plan.is_secured)
        message = f'port of gateway "{pool.gateway}" is written together with securing dial plan {names}'
        return Verdict((case.finding("Pending", Reason.WAITING_FOR_SECURE, message, path),))
    step = _set(case, pool.gateway, live, "port", want)
    if live is None:
        return ask(step, paths={path})
    message = f'port of gateway "{pool.gateway}": want "{want}", have "{live.port}"'
    return case.differs(Reason.POOL_GATEWAY_MISSING, message, path, want, live.port, step)


def _hunt_groups(case: LyncCase, pool: Pool) -> Verdict:
    """Ask for the link of the pool to each plan; one that is there counts, whatever its pilot (R21)."""
    verdict = NOTHING
    assert pool.declared is not None
    for group in missing_groups(case.view, pool.declared.hunt_groups):
        path = f"gateways[{pool.pool.fqdn}].dialPlans[{group.dial_plan_key.name}]"
        message = f'gateway "{pool.gateway}" has no hunt group for dial plan "{group.dial_plan}"'
        step = CreateHuntGroup(
            owner=case.item.key,
            gateway=pool.gateway,
            dial_plan=group.dial_plan,
            pilot_identifier=group.pilot_identifier,
            name=group.name,
        )
        verdict += case.differs(Reason.POOL_GATEWAY_MISSING, message, path, group.name, None, step)
    return verdict


def outcalls(case: LyncCase) -> Verdict:
    """Ask that of the gateways of each plan exactly the named one places calls; no others (R20)."""
    verdict, wanted = NOTHING, dict[str, dict[str, bool]]()
    for plan in case.item.dial_plans:
        for name in gateways_of(case.view, plan.name):
            wanted.setdefault(name, {})[plan.name] = _address(name, case.view) == plan.outbound_gateway
        verdict += _outbound_is_fit(case, plan)
    for name, by_plan in sorted(wanted.items()):
        if len(set(by_plan.values())) > 1:
            verdict += _contradiction(case, name, by_plan)
        else:
            verdict += _outcalls(case, name, want=any(by_plan.values()))
    return verdict


def _outcalls(case: LyncCase, name: str, *, want: bool) -> Verdict:
    live = case.view.gateway(name)
    fact = live.value if isinstance(live, Known) else None
    have = fact.properties.get(PATH) if fact else BORN_WITH
    pool = case.view.pools.get(name)
    if have is want or isinstance(live, Unknown) or (fact is None and not _is_made(pool, case.view)):
        return NOTHING
    shown = fact.name if fact else pool.gateway if pool else name
    path, step = f"{PATH}[{shown}]", _set(case, shown, fact, PATH, want)
    if fact is None:
        return ask(step, paths={path})
    which = "the one" if want else "not the one"
    message = (
        f'outcallsAllowed of gateway "{shown}": want "{str(want).lower()}", for it is {which} that places '
        "calls of its dial plans"
    )
    return case.differs(DIFFERS, message, path, want, have, step)


def _is_made(pool: Pool | None, view: View) -> bool:
    """Whether the gateway of a pool is about to be made."""
    if pool is None or pool.declared is None:
        return False
    fact = pool_fact(pool.pool.fqdn, view)
    return isinstance(fact, Known) and fact.value is not None


def _contradiction(case: LyncCase, name: str, by_plan: dict[str, bool]) -> Verdict:
    out = ", ".join(f'"{plan}"' for plan, want in by_plan.items() if want)
    others = ", ".join(f'"{plan}"' for plan, want in by_plan.items() if not want)
    message = (
        f'gateway "{name}" is to place calls of dial plan {out}, and is linked to {others}, whose '
        "outboundGateway is another one; name the same gateway for plans that share it"
    )
    return case.person(Reason.OUTBOUND_GATEWAY_DIFFERS, message, "dialPlanRefs")


def _outbound_is_fit(case: LyncCase, plan: IntegratedPlan) -> Verdict:
    """Point out an outbound gateway that is a Director, a branch appliance or no gateway of the plan."""
    path, address = f"dialPlanRefs[name={plan.key.name}].outboundGateway", plan.outbound_gateway
    fact = pool_fact(address, case.view)
    if isinstance(fact, Known) and fact.value is not None and fact.value.kind != "FrontEnd":
        message = f'outboundGateway "{address}" of dial plan "{plan.name}" is a "{fact.value.kind}"'
        return case.person(Reason.OUTBOUND_GATEWAY_DIFFERS, message, path)
    if address not in {_address(name, case.view) for name in gateways_of(case.view, plan.name)}:
        message = f'no gateway of dial plan "{plan.name}" has the address "{address}" of its outboundGateway'
        return case.person(Reason.OUTBOUND_GATEWAY_DIFFERS, message, path)
    return NOTHING


def silent_plans(gateway: str, view: View) -> Iterator[IntegratedPlan]:
    """Yield the plans of a gateway whose calls nobody else would place yet (R20)."""
    for item in view.desired.lync_integrations:
        for plan in item.dial_plans:
            names = gateways_of(view, plan.name)
            if name_key(gateway) in names and not any(_places_calls(name, plan, view) for name in names):
                yield plan


def _places_calls(name: str, plan: IntegratedPlan, view: View) -> bool:
    live = view.gateway(name)
    if not isinstance(live, Known) or live.value is None or _address(name, view) != plan.outbound_gateway:
        return False
    return live.value.properties.get(PATH) is True and any(
        name_key(group.dial_plan) == name_key(plan.name) for group in live_groups(view, name)
    )


def _address(name: str, view: View) -> str:
    """Return the address of a gateway, by ``name_key``: as it is, else as it is declared."""
    live, declared = view.gateway(name), view.gateways.get(name)
    if isinstance(live, Known) and live.value is not None:
        return canonical_address(live.value.address)
    return declared.address if declared else ""


def _set(case: LyncCase, name: str, live: GatewayFact | None, path: str, want: PropertyValue) -> SetGateway:
    """Return what sets one field; of a gateway that nobody can call through, whatever it has, nobody chose.

    So the step stays the same while the gateway is being made, and an approved one approved.
    """
    linked = bool(live_groups(case.view, name))
    have = live.properties.get(path) if live is not None and linked else AS_CREATED
    return SetGateway(
        owner=case.item.key,
        gateway=name,
        changes=(Change(path, want, have),),
        interrupts=linked and path == "port",
    )
