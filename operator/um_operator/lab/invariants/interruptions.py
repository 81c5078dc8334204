"""When calls may be interrupted (R26), and how long one fights for a value (R27)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from um_operator.lab.exchange.objects import Kind
from um_operator.lab.invariants.cut_overs import leads_back
from um_operator.lab.invariants.order import ENDPOINT
from um_operator.lab.invariants.situation import OUT_OF_SERVICE, Situation

AN_HOUR = timedelta(hours=1)
MOST_CORRECTIONS = 3


def outside_the_window(s: Situation) -> Iterator[str]:
    """R26: what interrupts calls is begun inside a window; a deletion that has begun is finished (R13)."""
    what = _interruption(s)
    if what and not s.declared.window(s.effect.time) and s.drained_for is None and not leads_back(s):
        yield f'{s.effect.cmdlet} {what} of {s.effect.kind} "{s.effect.name}" outside every window'


def fight(s: Situation) -> Iterator[str]:
    """R27: a field is no longer corrected when it was three times within an hour."""
    for name, value in corrections(s):
        times = s.memory.corrected.get((s.effect.kind, s.effect.name.casefold(), name, value), [])
        recent = [time for time in times if s.effect.time - time < AN_HOUR]
        if len(recent) >= MOST_CORRECTIONS:
            yield f'{name} of {s.effect.kind} "{s.effect.name}" was put to "{value}" a fourth time in an hour'


def corrections(s: Situation) -> list[tuple[str, str]]:
    """What of an effect undoes what somebody else did: (property, value), or the existence."""
    if s.is_creation or s.is_removal:
        written = [("existence", "absent" if s.is_removal else "present")]
    else:
        written = [(name, str(s.after(name))) for name in sorted(s.effect.changed)]
    writers = {name: s.world.last_writer(s.effect.kind, s.effect.name, name) for name, _ in written}
    return [(name, value) for name, value in written if writers[name] not in (None, s.effect.caller)]


def _interruption(s: Situation) -> str | None:
    """What of the effect interrupts calls."""
    if s.is_creation:
        return None
    match s.effect.kind:
        case Kind.HUNT_GROUP:
            return "removed a link"
        case Kind.IP_GATEWAY if s.is_linked:
            if s.is_removal:
                return "removed the whole"
            return _of_gateway(s)
        case Kind.DIAL_PLAN if "VoIPSecurity" in s.effect.changed and not s.is_removal:
            return "changed VoIPSecurity"
    return None


def _of_gateway(s: Situation) -> str | None:
    for name in ENDPOINT:
        if name in s.effect.changed:
            return f"changed {name}"
    if "Status" in s.effect.changed and s.after("Status") in OUT_OF_SERVICE:
        return "ended new calls"
    return None
