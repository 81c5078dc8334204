"""Whether telephones went silent: the rollout's first sentence, heard from the calls themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from um_operator.lab.faults import DOWN, UP
from um_operator.lab.gateways.calling import Cause
from um_operator.lab.gateways.desks import UM_SERVICE_PORTS
from um_operator.lab.gateways.services import WORKER_PORTS
from um_operator.lab.hosts.host import UM
from um_operator.lab.hosts.service import KIND as SERVICE_KIND
from um_operator.lab.invariants.declared import Declared
from um_operator.lab.journal import Effect, Entry, Occurrence

FAILED, CUT = "CallFailed", "CallCut"
BACK_WITHIN = timedelta(minutes=5)
"""How long after a machine came back calls may still fail there: its services start, and get warm."""
_AWAY = (Cause.UNREACHABLE.value, Cause.NOT_READY.value)
_OF_UM_SERVICE = {str(port) for port in (*UM_SERVICE_PORTS.values(), *WORKER_PORTS)}


class Hearing:
    """Hears a journal entry by entry, and tells the calls that should not have failed.

    A call that reached the Mailbox server of its mailbox while we restarted the UM service there is one that
    the plan announced (R10): a call router sends it nowhere else. One that is lost with a machine which
    somebody took away is nobody's fault.
    """

    def __init__(self) -> None:
        self._until: dict[str, datetime | None] = {}
        self._absent: dict[str, datetime | None] = {}

    def hear(self, entry: Entry, declared: Declared | None) -> str | None:
        """What was wrong with an entry."""
        if isinstance(entry, Effect):
            self._hear_effect(entry)
            return None
        self._hear_start(entry)
        self._hear_machine(entry)
        if entry.what not in (FAILED, CUT) or declared is None or self._is_announced(entry, declared):
            return None
        gateway = str(entry.details["gateway"])
        if gateway.casefold() not in {name.casefold() for name in declared.served}:
            return None
        return f'{entry.what} of gateway "{gateway}": {entry.details["cause"]} at {entry.server}'

    def _hear_effect(self, effect: Effect) -> None:
        """A UM service that we stop is away from now on."""
        server, _, service = effect.name.partition("\\")
        if effect.kind == SERVICE_KIND and service == UM and not effect.is_by_hand:
            self._until[server] = None

    def _hear_start(self, entry: Occurrence) -> None:
        """One that we stopped is back when it is warm."""
        started = entry.what == "ServiceStarted" and entry.details["service"] == UM
        if started and entry.server in self._until:
            warm = timedelta(seconds=float(str(entry.details["warm_after"])))
            self._until[entry.server] = entry.time + warm

    def _hear_machine(self, entry: Occurrence) -> None:
        """A machine that somebody took away is away until some time after it came back."""
        if entry.what == DOWN:
            self._absent[entry.server] = None
        elif entry.what == UP:
            self._absent[entry.server] = entry.time + BACK_WITHIN

    def _is_announced(self, call: Occurrence, declared: Declared) -> bool:
        if _is_within(self._absent, call):
            return call.what == CUT or call.details["cause"] in _AWAY
        if not _is_within(self._until, call):
            return False
        if call.what == CUT:
            return declared.cuts_calls
        port = str(call.details.get("where")).rpartition(":")[2]
        return call.details["cause"] in _AWAY and port in _OF_UM_SERVICE


def _is_within(until: Mapping[str, datetime | None], call: Occurrence) -> bool:
    """Whether a call failed at a server that is away, for now or until an instant."""
    if call.server not in until:
        return False
    end = until[call.server]
    return end is None or call.time < end
