"""Whether the windows before a certificate ends are enough to bring its successor to every server. Pure.

It is asked weeks ahead: a renewal that does not fit into the windows is found out when there is still time
for a person to make them longer, not when the first server serves a certificate that has ended.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from um_operator.api.durations import canonical
from um_operator.api.meta import ObjectKey
from um_operator.planning.maintenance import Calendar
from um_operator.planning.renewal import LAST_CALL, renewal_of
from um_operator.planning.rollout.waits import needed
from um_operator.planning.status.instants import instant
from um_operator.planning.view import View


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast servers follow each other.

    Attributes:
        needed: how long a server is out of service at most: its drain and the restart of both services. A
            server begins only where a window has so much left (R13).
        soak: how long its neighbours wait for it afterwards (R16); that may be outside of a window.
        at_once: how many may be out of service together (R11).
    """

    needed: timedelta
    soak: timedelta
    at_once: int = 1


@dataclass(frozen=True, slots=True)
class Feasibility:
    """For how many of the servers that wait for a certificate the windows are enough.

    Attributes:
        servers: how many have to be restarted.
        fitting: for how many of them there is room.
        ends_at: when the certificate that is served and ends first does so.
        pace: how fast servers follow each other.
        proceeds: whether windows are not waited for in the last days (onMissedWindow).
    """

    servers: int
    fitting: int
    ends_at: datetime
    pace: Pace
    proceeds: bool

    @property
    def feasible(self) -> bool:
        """Whether there is room for all."""
        return self.fitting >= self.servers

    @property
    def message(self) -> str:
        """Return what is so, and what follows from it."""
        what = (
            f'the windows before "{instant(self.ends_at)}", when a certificate that is served ends, '
            f"are enough for {self.fitting} of {self.servers} servers, each out of service for up to "
            f'"{canonical(self.pace.needed)}"'
        )
        if self.proceeds:
            from_then = instant(self.ends_at - LAST_CALL)
            return f'{what}; from "{from_then}" on the others are restarted outside of windows'
        return f'{what}; onMissedWindow is "Hold", so the others will serve one that has ended'


def feasibility(view: View, owner: ObjectKey) -> Feasibility | None:
    """Return whether a UMCertificate's next rollout fits into the windows, ``None`` if that is no question.

    It is none while no server serves a certificate that could end, where mode TCP is wanted, and in Observe.
    While servers wait for a certificate it is about these, from now on; else about all of them, from the
    first renewal on. A certificate that people bring may come at any time, so from now on.
    """
    case = view.rollout.certificates.get(owner)
    if case is None or case.item.care.mode == "Observe" or case.item.spec.startup_mode == "TCP":
        return None
    servers = view.rollout.of(owner)
    behind = [server for server in servers if server.owed or server.unconfigured]
    leaves = [leaf for server in behind or servers for leaf in server.served.values()]
    if not leaves:
        return None
    renewal = renewal_of(case.item.spec)
    begins_at = view.now if behind or renewal is None else max(view.now, min(map(renewal.at, leaves)))
    ends_at, count = min(leaf.not_after for leaf in leaves), len(behind or servers)
    spec = view.desired.spec
    pace = Pace(needed(view), spec.disruption.soak, spec.disruption.max_unavailable)
    calendar = Calendar(spec.maintenance_windows, spec.blackouts)
    fitting = room(calendar, pace, begins_at, ends_at, most=count)
    return Feasibility(count, fitting, ends_at, pace, spec.on_missed_window == "Proceed")


@lru_cache(maxsize=64)
def room(calendar: Calendar, pace: Pace, begins_at: datetime, ends_at: datetime, most: int) -> int:
    """Return for how many servers the windows of a time are enough, ``most`` if for these or more.

    Args:
        calendar: the windows and blackouts; without windows any time is one.
        pace: how fast servers follow each other.
        begins_at: when the first may begin.
        ends_at: when the last must be back in service.
        most: how many are asked for.
    """
    usable = tuple(window for window in calendar.windows if window.duration >= pace.needed)
    if calendar.windows and not usable:
        return 0
    calendar, at, found = replace(calendar, windows=usable), begins_at, 0
    while found < most and at + pace.needed <= ends_at:
        if calendar.open_at(at, pace.needed) is not None:
            found += pace.at_once
            at += pace.needed + pace.soak
            continue
        opens = calendar.next_after(at)
        if opens is None:
            break
        at = opens.starts_at
    return min(found, most)
