"""Securing is the cut-over (R18), and TLS only when nothing needs TCP (R19)."""

from __future__ import annotations

from collections.abc import Iterator

from um_operator.lab.exchange.objects import Kind
from um_operator.lab.invariants.situation import Situation

TLS_PORT = 5061


def secured_before_the_servers(s: Situation) -> Iterator[str]:
    """R18: the security of a plan is raised while a server in scope speaks TCP only."""
    if s.effect.kind != Kind.DIAL_PLAN or s.is_creation or "VoIPSecurity" not in s.effect.changed:
        return
    tcp = sorted(name for name, mode in s.modes.items() if mode == "TCP")
    if s.after("VoIPSecurity") not in (None, "Unsecured") and tcp:
        yield f'dial plan "{s.effect.name}" was secured while {tcp[0]} was in startup mode TCP'


def created_secured(s: Situation) -> Iterator[str]:
    """R18: a new plan is created Unsecured and then secured."""
    if s.effect.kind == Kind.DIAL_PLAN and s.is_creation and s.after("VoIPSecurity") != "Unsecured":
        yield f'dial plan "{s.effect.name}" was created {s.after("VoIPSecurity")}'


def security_with_others(s: Situation) -> Iterator[str]:
    """R18: a change of VoIPSecurity is a step of its own."""
    if s.effect.kind != Kind.DIAL_PLAN or s.is_creation or s.is_removal:
        return
    if "VoIPSecurity" in s.effect.changed and len(s.effect.changed) > 1:
        yield f'VoIPSecurity of "{s.effect.name}" was changed together with other properties'


def tls_port_on_an_unsecured_plan(s: Situation) -> Iterator[str]:
    """R18: 5061 comes directly before the plan is secured, so not while the servers are in TCP."""
    if "TCP" not in s.modes.values():
        return
    if s.effect.kind == Kind.IP_GATEWAY and "Port" in s.effect.changed and s.after("Port") == TLS_PORT:
        plans = s.world.plans_of(s.effect.name)
        for plan in plans:
            if plan["VoIPSecurity"] == "Unsecured":
                yield f'port 5061 was set on gateway "{s.effect.name}" of the Unsecured plan "{plan.name}"'
    if s.effect.kind == Kind.HUNT_GROUP and s.is_creation:
        gateway = s.world.get(Kind.IP_GATEWAY, s.owner)
        linked = s.world.get(Kind.DIAL_PLAN, str(s.after("UMDialPlan")))
        if gateway and linked and gateway["Port"] == TLS_PORT and linked["VoIPSecurity"] == "Unsecured":
            yield f'gateway "{s.owner}" with port 5061 was linked to the Unsecured plan "{linked.name}"'


def tls_only_beside_an_unsecured_plan(s: Situation) -> Iterator[str]:
    """R19: no server is TLS-only while any plan is Unsecured, and no plan Unsecured while one is."""
    if s.is_removal:
        return
    if s.effect.kind in (Kind.UM_SERVICE, Kind.CALL_ROUTER) and "UMStartupMode" in s.effect.changed:
        unsecured = [p.name for p in s.world.all(Kind.DIAL_PLAN) if p["VoIPSecurity"] == "Unsecured"]
        if s.after("UMStartupMode") == "TLS" and unsecured:
            yield f'"{s.effect.name}" became TLS-only beside the Unsecured plan "{unsecured[0]}"'
    if s.effect.kind == Kind.DIAL_PLAN and "VoIPSecurity" in s.effect.changed:
        only = sorted(name for name, mode in s.world.modes().items() if mode == "TLS")
        if s.after("VoIPSecurity") == "Unsecured" and only:
            yield f'dial plan "{s.effect.name}" became Unsecured while {only[0]} was TLS-only'
