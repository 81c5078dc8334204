"""Whose objects are touched, and how often one is made: R2, R3, R21 (membership), R25, R1 by its outcome."""

from __future__ import annotations

from collections.abc import Iterator

from um_operator.lab.exchange.objects import Kind
from um_operator.lab.invariants.cut_overs import leads_back, sets_tls_port
from um_operator.lab.invariants.situation import LOADED, OF_SERVERS, Situation
from um_operator.lab.invariants.world import Thing, names_in

_OWN_DRAIN = frozenset({"Status"})


def written_where_nothing_may_be(s: Situation) -> Iterator[str]:
    """R3: in Observe and Plan nothing is written."""
    if not s.declared.writes and not leads_back(s) and not s.makes_whole:
        yield f'{s.effect.cmdlet} wrote {s.effect.kind} "{s.effect.name}" though nothing may be written'


def foreign_object(s: Situation) -> Iterator[str]:
    """R2: an object that nobody declared is touched.

    What ExchUcUtil.ps1 makes counts as declared where somebody named who shall run it (front_ends). Of any
    gateway of a plan that Lync shares, who places calls is the plan's matter (R20), and every server is a
    member of such a plan. What we left half written is made whole, whoever is declared by then (R8).
    """
    ours = s.is_declared or s.is_by_script or s.is_way_out or s.makes_whole or _only_joins(s)
    if not ours:
        yield f'{s.effect.cmdlet} touched {s.effect.kind} "{s.effect.name}", which nobody declared'


def foreign_property(s: Situation) -> Iterator[str]:
    """R2: a property that nobody declared is changed on an object that was there.

    The state of a gateway that is emptied is the operator's own: a deletion given up gives it back (R13). So
    is the port that belongs to the security of its plan (R18).
    """
    if s.is_creation or s.is_removal:
        return
    properties = _declared_properties(s)
    if properties is None:
        return
    drains = s.is_deletable or s.drained_for is not None
    allowed = {name.casefold() for name in properties | (_OWN_DRAIN if drains else frozenset())}
    if sets_tls_port(s) or leads_back(s):
        allowed |= {"port"}
    if s.is_way_out:
        allowed |= {"outcallsallowed"}
    if _joins_shared_plans(s):
        allowed |= {"dialplans"}
    for name in sorted(name for name in s.effect.changed if name.casefold() not in allowed):
        yield f'{s.effect.cmdlet} changed {name} of {s.effect.kind} "{s.effect.name}", which nobody declared'


def removed_without_permission(s: Situation) -> Iterator[str]:
    """R3: a gateway, plan or policy is removed though nobody allowed it."""
    owned = s.effect.kind in (Kind.HUNT_GROUP, *OF_SERVERS)
    if s.is_removal and not owned and not s.is_deletable:
        yield f'{s.effect.cmdlet} removed {s.effect.kind} "{s.effect.name}" without permission'


def unlisted_hunt_group_removed(s: Situation) -> Iterator[str]:
    """R2: a hunt group that nobody ever listed is kept unless the gateway says otherwise."""
    if not s.is_removal or s.effect.kind != Kind.HUNT_GROUP or s.is_deletable:
        return
    if s.gateway is None or s.gateway.removes_unlisted or s.thing is None or _stands_twice(s):
        return
    if (s.owner.casefold(), s.thing.link) not in s.memory.listed:
        yield f'{s.effect.cmdlet} removed hunt group "{s.effect.name}", which is somebody else\'s'


def made_twice(s: Situation) -> Iterator[str]:
    """R1: an object is made that is there already, under its name, its address, or as the same hunt group."""
    if not s.is_creation:
        return
    if s.thing is not None:
        yield f'{s.effect.kind} "{s.effect.name}" was made a second time'
    for other in _alike(s):
        if other.name != s.effect.name:
            yield f'{s.effect.kind} "{s.effect.name}" is what "{other.name}" is already'


def membership_overwritten(s: Situation) -> Iterator[str]:
    """R21: a server loses a dial plan that it was a member of."""
    if s.effect.kind not in (Kind.UM_SERVICE, Kind.CALL_ROUTER) or "DialPlans" not in s.effect.changed:
        return
    before, after = _memberships(s)
    if lost := sorted(before - after):
        yield f'{s.effect.cmdlet} took "{s.effect.name}" out of dial plan {", ".join(lost)}'


def written_while_held(s: Situation) -> Iterator[str]:
    """R25: a new write on an object that is held; a deletion that has begun is finished (R13)."""
    if s.is_held and s.drained_for is None and s.sequence is None and not leads_back(s):
        yield f'{s.effect.cmdlet} wrote {s.effect.kind} "{s.effect.name}" while it was held'


def _declared_properties(s: Situation) -> frozenset[str] | None:
    if s.effect.kind == Kind.IP_GATEWAY and s.gateway is not None:
        return s.gateway.properties
    if s.effect.kind == Kind.DIAL_PLAN:
        plans = {name.casefold(): plan for name, plan in s.declared.dial_plans.items()}
        plan = plans.get(s.effect.name.casefold())
        return plan.properties if plan else None
    if s.effect.kind in (Kind.UM_SERVICE, Kind.CALL_ROUTER):
        return frozenset(LOADED)
    return None


def _only_joins(s: Situation) -> bool:
    return set(s.effect.changed) == {"DialPlans"} and _joins_shared_plans(s)


def _joins_shared_plans(s: Situation) -> bool:
    """Whether a service becomes a member of nothing but plans that Lync shares."""
    before, after = _memberships(s)
    return bool(after - before) and after - before <= s.declared.outbound


def _memberships(s: Situation) -> tuple[set[str], set[str]]:
    before, after = (
        set(names_in((side or {}).get("DialPlans"))) for side in (s.effect.before, s.effect.after)
    )
    return before, after


def _alike(s: Situation) -> list[Thing]:
    """Objects of another name that do what the new one does."""
    match s.effect.kind:
        case Kind.HUNT_GROUP:
            link = (s.after("UMDialPlan"), s.after("PilotIdentifier") or "")
            return [group for group in s.world.hunt_groups(s.owner) if group.link == link]
        case Kind.IP_GATEWAY:
            return [g for g in s.world.all(Kind.IP_GATEWAY) if g["Address"] == s.after("Address")]
    return []


def _stands_twice(s: Situation) -> bool:
    return s.thing is not None and sum(g.link == s.thing.link for g in s.world.hunt_groups(s.owner)) > 1
