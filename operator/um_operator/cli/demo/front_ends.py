"""When front ends of Lync were out of service, and who had them stopped, by the estate's journal. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from um_operator.cli.demo.outages import length_of, time_of
from um_operator.lab.hosts.service import KIND as SERVICE_KIND
from um_operator.lab.hosts.service import Status
from um_operator.lab.journal import Effect, Entry, Occurrence
from um_operator.lab.lync.services import DRAIN_KIND, FRONT_END

HEADER: Final = ("FRONT END", "TOLD TO STOP", "DOWN", "UP AGAIN", "SERVICES", "WITHOUT IT FOR")
WIDTHS: Final = (21, 12, 8, 8, 8, 14)


@dataclass(slots=True)
class Restart:
    """One time that the Front-End service of a computer was down.

    Attributes:
        index: of the effect that asked for it.
        caller: whose effect that was.
        told: when it was told to stop, from when on it takes nothing new.
        down: the services that stopped, and when.
        up: the services that ran again, and when.
    """

    computer: str
    index: int
    caller: str
    told: datetime
    down: dict[str, datetime] = field(default_factory=dict)
    up: dict[str, datetime] = field(default_factory=dict)

    @property
    def ended(self) -> datetime | None:
        """Return since when all that was stopped runs again; ``None``: it does not yet."""
        return max(self.up.values()) if self.down and self.down.keys() <= self.up.keys() else None

    def cells(self) -> tuple[str, ...]:
        """Return it as cells below ``HEADER``."""
        down, up = self.down.get(FRONT_END), self.up.get(FRONT_END)
        return (
            self.computer,
            time_of(self.told),
            time_of(down),
            time_of(up),
            f"{len(self.up)} of {len(self.down)}",
            length_of(up - down) if down and up else "",
        )


def restarts(entries: Iterable[Entry], computers: Iterable[str]) -> list[Restart]:
    """Return every restart of front ends, by whomever, in the order in which they were asked for."""
    found: list[Restart] = []
    under_way: dict[str, Restart] = {}
    known = frozenset(computers)
    for entry in entries:
        computer = entry.name.partition("\\")[0] if isinstance(entry, Effect) else entry.server
        if computer not in known:
            continue
        if isinstance(entry, Effect):
            if _stops_the_front_end(entry) and computer not in under_way:
                under_way[computer] = one = Restart(computer, entry.index, entry.caller, entry.time)
                found.append(one)
        elif (restart := under_way.get(computer)) is not None:
            _note(restart, entry)
            if restart.ended is not None:
                del under_way[computer]
    return found


def _stops_the_front_end(effect: Effect) -> bool:
    if effect.kind == DRAIN_KIND:
        return True
    return effect.kind == SERVICE_KIND and (effect.after or {}).get("Status") == Status.STOP_PENDING


def _note(one: Restart, entry: Occurrence) -> None:
    if entry.what == "ServiceStopped":
        one.down[str(entry.details["service"])] = entry.time
    elif entry.what == "ServiceStarted":
        one.up[str(entry.details["service"])] = entry.time
