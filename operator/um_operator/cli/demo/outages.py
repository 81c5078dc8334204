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
            _time(self.drained),
            self._down(UM),
            self._down(UM_CALL_ROUTER),
            _time(self.returned),
            _length(self.returned - self.drained) if self.returned else "",
        )

    def covers(self, instant: datetime) -> bool:
        """Whether the server was out of service then."""
        return self.drained <= instant and (self.returned is None or instant <= self.returned)

    def _down(self, service: str) -> str:
        if service not in self.stopped:
            return ""
        return f"{_time(self.stopped[service])}-{_time(self.runs.get(service))}"


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


def one_at_a_time(found: Sequence[Outage]) -> bool:
    """Whether each of them was over before the next one began, and the last one is over as well."""
    following = [*(one.drained for one in found[1:]), datetime.max.replace(tzinfo=UTC)]
    return all(
        one.returned is not None and one.returned <= next_
        for one, next_ in zip(found, following, strict=False)
    )


def _is_stop(effect: Effect) -> bool:
    return effect.kind == SERVICE_KIND and (effect.before or {}).get("Status") == Status.RUNNING


def _time(instant: datetime | None) -> str:
    return f"{instant:%H:%M:%S}" if instant else ""


def _length(span: timedelta) -> str:
    minutes, seconds = divmod(round(span.total_seconds()), 60)
    return f"{minutes}m{seconds:02}s"
