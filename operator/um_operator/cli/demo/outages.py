"""When a server was out of service by the operator, and what was restarted, by the estate's journal. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from um_operator.lab.hosts.host import COMPONENT_KIND, UM, UM_CALL_ROUTER
from um_operator.lab.hosts.service import KIND as SERVICE_KIND
from um_operator.lab.hosts.service import Status
from um_operator.lab.journal import Effect, Entry, Occurrence

HEADER: Final = ("SERVER", "DRAINED", "UM DOWN", "CALL ROUTER DOWN", "IN SERVICE", "OUT FOR")
WIDTHS: Final = (20, 8, 17, 17, 10, 7)


@dataclass(slots=True)
class Outage:
    """One time that a server was out of service by the operator.

    Attributes:
        index: of the effect that began it.
        drained: since when its call router took no new calls.
        stopped: when each Windows service was told to stop.
        runs: when each ran again.
        returned: when it was put back into service; ``None``: it was not yet.
    """

    server: str
    index: int
    drained: datetime
    stopped: dict[str, datetime] = field(default_factory=dict)
    runs: dict[str, datetime] = field(default_factory=dict)
    returned: datetime | None = None

    def cells(self) -> tuple[str, ...]:
        """Return it as cells below ``HEADER``."""
        return (
            self.server,
            time_of(self.drained),
            self._down(UM),
            self._down(UM_CALL_ROUTER),
            time_of(self.returned),
            length_of(self.returned - self.drained) if self.returned else "",
        )

    def covers(self, instant: datetime) -> bool:
        """Whether the server was out of service then."""
        return self.drained <= instant and (self.returned is None or instant <= self.returned)

    def _down(self, service: str) -> str:
        if service not in self.stopped:
            return ""
        return f"{time_of(self.stopped[service])}-{time_of(self.runs.get(service))}"


def outages(entries: Iterable[Entry], operator: str) -> list[Outage]:
    """Return every time that an account had a server out of service, in the order in which they began."""
    found: list[Outage] = []
    under_way: dict[str, Outage] = {}
    for entry in entries:
        if isinstance(entry, Occurrence):
            outage = under_way.get(entry.server)
            if outage is not None and entry.what == "ServiceStarted":
                outage.runs[str(entry.details["service"])] = entry.time
        elif entry.caller == operator:
            server, _, service = entry.name.partition("\\")
            if entry.kind == COMPONENT_KIND and "Active" not in (entry.after or {}).values():
                under_way[server] = outage = Outage(server, entry.index, entry.time)
                found.append(outage)
            elif entry.kind == COMPONENT_KIND and server in under_way:
                under_way.pop(server).returned = entry.time
            elif _is_stop(entry) and server in under_way:
                under_way[server].stopped[service] = entry.time
    return found


def one_at_a_time(found: Sequence[tuple[datetime, datetime | None]]) -> bool:
    """Whether each of them, from when till when, was over before the next began, and the last is over too."""
    following = [*(begins for begins, _ in found[1:]), datetime.max.replace(tzinfo=UTC)]
    return all(ends is not None and ends <= next_ for (_, ends), next_ in zip(found, following, strict=False))


def _is_stop(effect: Effect) -> bool:
    return effect.kind == SERVICE_KIND and (effect.before or {}).get("Status") == Status.RUNNING


def time_of(instant: datetime | None) -> str:
    """Return an instant as a cell of a table."""
    return f"{instant:%H:%M:%S}" if instant else ""


def length_of(span: timedelta) -> str:
    """Return a length of time as a cell of a table."""
    minutes, seconds = divmod(round(span.total_seconds()), 60)
    return f"{minutes}m{seconds:02}s"
