"""The facts that order what ties Exchange and Lync together, across both products (field notes 11)."""

from __future__ import annotations

from collections.abc import Iterator

from um_operator.api.reasons import Reason
from um_operator.desired.organization import VoIPSecurity
from um_operator.observed.exchange import HuntGroupFact
from um_operator.observed.fact import Known
from um_operator.observed.trust import bundle_name
from um_operator.observed.values import name_key
from um_operator.planning import facts, securing
from um_operator.planning.checks.hunt_group import missing_groups
from um_operator.planning.checks.lync_gateways import PATH as OUTCALLS
from um_operator.planning.checks.lync_gateways import silent_plans
from um_operator.planning.checks.lync_members import strangers
from um_operator.planning.checks.lync_plans import encryption_of, refusals
from um_operator.planning.plan import Need, Wait
from um_operator.planning.steps import (
    WINDOWS_SERVICES,
    CreateHuntGroup,
    GrantPermissions,
    InstallLyncTrust,
    JoinDialPlans,
    SetGateway,
    subjects,
)
from um_operator.planning.view import View


def dial_plans_exist(step: JoinDialPlans, view: View) -> Iterator[Wait]:
    """Whether the plans are there of which a service becomes a member."""
    for name in step.dial_plans:
        yield from facts.dial_plan_exists(_OfPlan(name), view)


class _OfPlan:
    """A dial plan that a step is about, one of several."""

    def __init__(self, dial_plan: str) -> None:
        self.dial_plan = dial_plan


def every_server_is_a_member(step: GrantPermissions, view: View) -> Iterator[Wait]:
    """Whether every service is a member of every plan of the integration (R21)."""
    for item in view.desired.lync_integrations:
        for plan in item.dial_plans if item.key == step.owner else ():
            yield from members_of(plan.name, view)


def members_of(plan: str, view: View) -> Iterator[Wait]:
    """Yield the services that are not known to be members of a plan; Lync does not trust their servers."""
    for server, service in strangers(plan, view):
        yield Wait(
            Reason.WAITING_FOR_SERVERS,
            f'{WINDOWS_SERVICES[service]} is not a member of dial plan "{plan}"',
            server,
            Reason.SERVER_NOT_IN_DIAL_PLAN,
            needs=(Need(subjects.of_membership(server, WINDOWS_SERVICES[service])),),
        )


def pools_plans_work(step: CreateHuntGroup | GrantPermissions, view: View) -> Iterator[Wait]:
    """Whether the plans that pools get are secured, and were seen to work since.

    A pool speaks TLS only. At an Unsecured plan servers would call it in vain, and tell so by events that
    speak against whatever is under way (R16); so would gateways that the script makes at port 5060.
    """
    if step.owner.kind != "LyncIntegration":
        return
    named = {name_key(step.dial_plan)} if isinstance(step, CreateHuntGroup) else None
    watched = {plan.key for plan, _ in securing.under_way(view)}
    for plan in (plan for item in view.desired.lync_integrations for plan in item.dial_plans):
        if named is not None and name_key(plan.name) not in named:
            continue
        live = view.dial_plan(plan.name)
        secured = isinstance(live, Known) and live.value and live.value.voip_security != "Unsecured"
        if not secured:
            need = Need(subjects.of_dial_plan(plan.name), frozenset({"voipSecurity"}))
            message = f'dial plan "{plan.name}" is not secured yet'
            yield Wait(Reason.WAITING_FOR_SECURE, message, str(plan.key), needs=(need,))
        elif plan.key in watched:
            message = f'dial plan "{plan.name}" is watched before pools are linked to it'
            yield Wait(Reason.WAITING_FOR_SOAK, message, str(plan.key))


def pools_are_linked(step: GrantPermissions, view: View) -> Iterator[Wait]:
    """Whether the pools have their gateways and hunt groups, so that the script makes none of its own."""
    for pool in view.pools.values():
        if pool.item.key != step.owner or pool.declared is None:
            continue
        for group in missing_groups(view, pool.declared.hunt_groups):
            message = f'gateway "{pool.gateway}" has no hunt group for dial plan "{group.dial_plan}" yet'
            need = Need(subjects.of_hunt_group(pool.gateway, group.name))
            yield Wait(Reason.WAITING_FOR_HUNT_GROUP, message, str(step.owner), needs=(need,))


def another_gateway_places_calls(step: SetGateway, view: View) -> Iterator[Wait]:
    """Whether calls of a plan go out through its named gateway, before another one places none (R20)."""
    takes_away = any(change.path == OUTCALLS and change.want is False for change in step.changes)
    if step.owner.kind != "LyncIntegration" or not takes_away:
        return
    for plan in silent_plans(step.gateway, view):
        holder = next(
            (pool.gateway for pool in view.pools.values() if pool.pool.fqdn == plan.outbound_gateway),
            plan.outbound_gateway,
        )
        if not any(name_key(group.gateway) == name_key(step.gateway) for group in _groups(plan.name, view)):
            continue  # no call goes out through it: it is not linked yet
        message = f'gateway "{plan.outbound_gateway}" does not place the calls of dial plan "{plan.name}" yet'
        need = Need(subjects.of_gateway(holder))
        yield Wait(Reason.WAITING_FOR_GATEWAY, message, str(step.owner), needs=(need,))


def chain_is_published(step: InstallLyncTrust, view: View) -> Iterator[Wait]:
    """Whether the ConfigMaps have what a Lync host gets, so that all peers are told the same (R7)."""
    bundles = (fact.value for fact in view.snapshot.bundles.values() if isinstance(fact, Known))
    published = frozenset[str]().union(*bundles)
    if not published.issuperset(step.missing):
        names = sorted({one.partition("/")[0] for one in step.certificates})
        yield Wait(
            Reason.WAITING_FOR_CERTIFICATE,
            "whom Lync has to trust is not published yet",
            needs=tuple(Need(subjects.of_config_map(bundle_name(name))) for name in names),
        )


def pools_take_the_plan(plan: str, security: VoIPSecurity, view: View) -> Iterator[Wait]:
    """Yield what keeps the pools of a plan from taking its calls once it is secured (R18)."""
    integrated = [
        pool
        for pool in view.pools.values()
        if any(name_key(one.name) == name_key(plan) for one in pool.item.dial_plans)
    ]
    for pool in integrated:
        if encryption_of(pool.pool.fqdn, view) is None:
            message = f'the media encryption of pool "{pool.pool.fqdn}" is not known'
            yield Wait(Reason.WAITING_FOR_GATEWAYS, message, str(pool.item.key), Reason.NOT_READ)
    for message in refusals(plan, security, view):
        who = str(integrated[0].item.key)
        yield Wait(Reason.WAITING_FOR_GATEWAYS, message, who, Reason.INCOMPATIBLE_SECURITY)
    if integrated:
        yield from members_of(plan, view)


def _groups(plan: str, view: View) -> tuple[HuntGroupFact, ...]:
    return view.groups_of_plan.get(name_key(plan), ())
