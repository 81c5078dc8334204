"""In which order things are done: a deletion (R3), a replacement (R21), the making of a gateway or plan."""

from __future__ import annotations

from collections.abc import Iterator

from um_operator.lab.exchange.objects import Kind
from um_operator.lab.invariants.cut_overs import sets_tls_port
from um_operator.lab.invariants.situation import OUT_OF_SERVICE, Situation

ENDPOINT = ("Address", "Port", "IPAddressFamily")
"""What decides whether a call over a gateway arrives."""


def removed_while_taking_calls(s: Situation) -> Iterator[str]:
    """R3: a gateway goes, or its hunt groups on the way there, before it stopped taking new calls."""
    if not s.is_removal or not _is_going(s):
        return
    gateway = s.world.get(Kind.IP_GATEWAY, s.owner)
    if gateway is not None and str(gateway["Status"]) not in OUT_OF_SERVICE and s.is_linked:
        yield f'{s.effect.cmdlet} removed {s.effect.kind} "{s.effect.name}" while new calls could come in'


def closed_before_servers_knew(s: Situation) -> Iterator[str]:
    """R3: "no new calls" is true when the servers have read it, not when it is written."""
    if not _cuts(s) or _has_waited_enough(s):
        return
    for server in s.traffic.open_at(s.owner)[:1]:
        yield f'{s.effect.cmdlet} of {s.effect.kind} "{s.effect.name}" while {server} took new calls'


def removed_with_calls(s: Situation) -> Iterator[str]:
    """R3: calls were in progress, and the time to wait for their end was not over."""
    active = s.traffic.active(s.owner) if _cuts(s) else 0
    if active and not _has_waited_enough(s):
        yield f'{s.effect.cmdlet} of {s.effect.kind} "{s.effect.name}" with {active} calls in progress'


def policy_removed_from_a_linked_plan(s: Situation) -> Iterator[str]:
    """R3: a plan that still takes calls keeps its mailbox policies (field notes 3.4)."""
    if s.effect.kind != Kind.MAILBOX_POLICY or not s.is_removal:
        return
    plan = str((s.effect.before or {}).get("UMDialPlan"))
    if _is_linked_plan(s, plan):
        yield f'mailbox policy "{s.effect.name}" was removed while calls came in for "{plan}"'


def removed_with_hunt_groups(s: Situation) -> Iterator[str]:
    """R3: the hunt groups go before their gateway, by themselves."""
    if s.is_removal and s.effect.kind == Kind.HUNT_GROUP and s.effect.cmdlet == "Remove-UMIPGateway":
        yield f'gateway "{s.owner}" was removed with its hunt group "{s.effect.name}"'


def removed_before_replaced(s: Situation) -> Iterator[str]:
    """R21: a hunt group goes while one that is declared is not there yet, or the last of its plan."""
    thing = s.thing
    if not s.is_removal or thing is None or thing.kind != Kind.HUNT_GROUP or s.is_deletable or not s.gateway:
        return
    remaining = [group.link for group in s.world.hunt_groups(s.owner) if group is not thing]
    if s.gateway.links is None:
        if thing.link.dial_plan not in {link.dial_plan for link in remaining}:
            yield f'"{s.effect.name}" was the last hunt group for dial plan "{thing.link.dial_plan}"'
        return
    there = {link.identity for link in remaining}
    for missing in sorted(link for link in s.gateway.links if link.identity not in there):
        if missing.pilot != thing.link.pilot or missing.identity == thing.link.identity:
            yield f'"{s.effect.name}" was removed before "{missing.dial_plan}", "{missing.pilot}" was there'


def half_made_gateway(s: Situation) -> Iterator[str]:
    """No call over a half-made gateway: it is linked only when address and port are what they shall be."""
    if s.is_creation and s.effect.kind == Kind.HUNT_GROUP and s.effect.cmdlet == "New-UMIPGateway":
        yield f'gateway "{s.owner}" was made together with a hunt group, before its port could be set'
    if s.effect.kind != Kind.IP_GATEWAY or not s.is_linked:
        return
    for name in _left_from_creation(s):
        if name in ENDPOINT and not (name == "Port" and sets_tls_port(s)):
            yield f'{name} of the new gateway "{s.effect.name}" was set after it was linked'


def half_made_plan(s: Situation) -> Iterator[str]:
    """No call for a half-made plan: it is linked only when all but its security is what it shall be (R18)."""
    if s.effect.kind != Kind.DIAL_PLAN:
        return
    for name in _left_from_creation(s) if _is_linked_plan(s, s.effect.name) else ():
        if name != "VoIPSecurity":
            yield f'{name} of the new dial plan "{s.effect.name}" was set after a gateway was linked'


def _left_from_creation(s: Situation) -> list[str]:
    """The changed properties that nobody wrote since the operator made the object for this declaration."""
    thing = s.thing
    if thing is None or s.is_removal or thing.created is None or thing.created.index <= s.memory.since:
        return []
    if thing.created.endpoint != s.effect.endpoint or thing.created.caller != s.effect.caller:
        return []
    return sorted(n for n in s.effect.changed if thing.wrote.get(n, thing.created) is thing.created)


def _is_linked_plan(s: Situation, plan: str) -> bool:
    return any(group.link.dial_plan == plan for group in s.world.all(Kind.HUNT_GROUP))


def _cuts(s: Situation) -> bool:
    """Whether the effect ends calls of a gateway, or is a part of its removal."""
    disables = s.effect.kind == Kind.IP_GATEWAY and "Status" in s.effect.changed
    return (s.is_removal and _is_going(s)) or (disables and s.after("Status") == "Disabled")


def _has_waited_enough(s: Situation) -> bool:
    return s.drained_for is not None and s.drained_for >= s.declared.drain


def _is_going(s: Situation) -> bool:
    """Whether the effect belongs to the removal of a gateway: it itself, or the last that leads to it."""
    if s.effect.kind == Kind.IP_GATEWAY:
        return True
    return s.effect.kind == Kind.HUNT_GROUP and s.is_deletable
