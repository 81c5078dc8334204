"""What belongs to a cut-over: the port directly before it, nothing beside it, and the way back (R16, R18)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from um_operator.lab.exchange.objects import Kind
from um_operator.lab.invariants.situation import Memory, Situation
from um_operator.lab.invariants.world import World

PLAIN_PORT, TLS_PORT = 5060, 5061
UNSECURED = "Unsecured"
DIRECTLY = timedelta(minutes=5)
"""How long the TLS port of a gateway may stand there before its plan is secured."""
JUDGED_WITHIN = timedelta(hours=2)
"""How long after a plan was secured it may be found that calls fail."""


def secures(s: Situation) -> bool:
    """Whether the effect makes an Unsecured plan a secured one."""
    if s.effect.kind != Kind.DIAL_PLAN or s.is_creation or s.is_removal:
        return False
    return (s.effect.before or {}).get("VoIPSecurity") == UNSECURED and s.after("VoIPSecurity") != UNSECURED


def sets_tls_port(s: Situation) -> bool:
    """Whether the effect puts a gateway of an Unsecured plan on the port for TLS."""
    if s.effect.kind != Kind.IP_GATEWAY or s.is_creation or s.is_removal or "Port" not in s.effect.changed:
        return False
    return s.after("Port") == TLS_PORT and bool(_unsecured_plans(s.world, s.effect.name))


def leads_back(s: Situation) -> bool:
    """Whether the effect takes back what was lately written to secure a plan: that is never held (R13)."""
    name = s.effect.name.casefold()
    if s.effect.kind == Kind.DIAL_PLAN and "VoIPSecurity" in s.effect.changed:
        secured = s.memory.secured.get(name)
        return (
            secured is not None
            and s.effect.time - secured < JUDGED_WITHIN
            and s.after("VoIPSecurity") == UNSECURED
        )
    if s.effect.kind == Kind.IP_GATEWAY and s.effect.changed == {"Port"}:
        return name in s.memory.ports and s.memory.ports[name] == s.after("Port")
    return False


def secured_before_the_ports(s: Situation) -> Iterator[str]:
    """R18: a plan is secured while a gateway of it is on the port of plain SIP."""
    for gateway in _gateways_of(s) if secures(s) else ():
        linked = s.world.get(Kind.IP_GATEWAY, gateway)
        if linked is not None and linked["Port"] == PLAIN_PORT:
            yield f'dial plan "{s.effect.name}" was secured with gateway "{gateway}" on port {PLAIN_PORT}'


def secured_with_an_address(s: Situation) -> Iterator[str]:
    """R18: every gateway of a secured plan has an FQDN."""
    for gateway in _gateways_of(s) if secures(s) else ():
        linked = s.world.get(Kind.IP_GATEWAY, gateway)
        address = str(linked["Address"]) if linked is not None else ""
        if not any(letter.isalpha() for letter in address):
            yield f'dial plan "{s.effect.name}" was secured while gateway "{gateway}" was called "{address}"'


def secured_before_trusted(s: Situation) -> Iterator[str]:
    """R18: a gateway of the plan does not believe what a server shows, so that its calls fail from now on."""
    if not secures(s):
        return
    gateways = {name.casefold() for name in _gateways_of(s)} - {
        name.casefold() for name in s.declared.attested
    }
    for server in sorted(s.declared.servers):
        for kind in (Kind.UM_SERVICE, Kind.CALL_ROUTER):
            settings = s.world.get(kind, server)
            bound = str(settings["UMCertificateThumbprint"] or "") if settings is not None else ""
            for device in s.machines.disbelieving(server.casefold(), bound) if bound else ():
                if device.casefold() in gateways:
                    yield f'"{s.effect.name}" was secured, and "{device}" does not believe "{server}"'


def secured_beside_another(s: Situation) -> Iterator[str]:
    """R16: after each secured plan the rollout waits, but for plans that share its gateways."""
    if not secures(s) and not s.begins_sequence:
        return
    own = {name.casefold() for name in _gateways_of(s)} if secures(s) else set()
    for plan, secured in s.memory.secured.items():
        shared = own & {name.casefold() for name in _linked_to(s.world, plan)}
        if plan != s.effect.name.casefold() and not shared and s.effect.time - secured < s.declared.soak:
            since = s.effect.time - secured
            yield f'{s.effect.cmdlet} of "{s.effect.name}" came {since} after "{plan}" was secured'


def port_not_followed(s: Situation) -> Iterator[str]:
    """R18: a gateway's TLS port stands there, and its plan is not secured directly after it."""
    for gateway, since in s.memory.ported.items():
        if s.effect.time - since > DIRECTLY and s.owner.casefold() != gateway and not secures(s):
            yield f'port {TLS_PORT} of gateway "{gateway}" waits for its plan since {s.effect.time - since}'


def remember_cut_over(s: Situation) -> None:
    """Take an effect into the memory: which port waits for its plan, and when plans were secured."""
    name = s.effect.name.casefold()
    if sets_tls_port(s):
        s.memory.ported[name] = s.effect.time
        s.memory.ports[name] = (s.effect.before or {}).get("Port")
    elif s.effect.kind == Kind.IP_GATEWAY and "Port" in s.effect.changed:
        s.memory.ported.pop(name, None)
    if s.effect.kind != Kind.DIAL_PLAN or "VoIPSecurity" not in s.effect.changed:
        return
    if secures(s):
        s.memory.secured[name] = s.effect.time
        for gateway in _gateways_of(s):
            if _unsecured_plans(s.world, gateway) == [s.effect.name]:
                s.memory.ported.pop(gateway.casefold(), None)


def ports_left(memory: Memory, world: World) -> Iterator[tuple[str, str]]:
    """What was begun of a cut-over and left: a port for TLS on a gateway whose plan is not secured."""
    for gateway in memory.ports:
        thing = world.get(Kind.IP_GATEWAY, gateway)
        for plan in _unsecured_plans(world, gateway):
            if thing is not None and thing["Port"] == TLS_PORT:
                yield "R18", f'gateway "{gateway}" was left on port {TLS_PORT} though "{plan}" is Unsecured'


def _gateways_of(s: Situation) -> list[str]:
    return _linked_to(s.world, s.effect.name)


def _linked_to(world: World, plan: str) -> list[str]:
    groups = world.all(Kind.HUNT_GROUP)
    return sorted({group.gateway for group in groups if group.link.dial_plan.casefold() == plan.casefold()})


def _unsecured_plans(world: World, gateway: str) -> list[str]:
    return [plan.name for plan in world.plans_of(gateway) if plan["VoIPSecurity"] == UNSECURED]
