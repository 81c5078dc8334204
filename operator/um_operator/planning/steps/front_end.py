"""Steps that restart a front end of Lync: it finds Unified Messaging only when its service starts.

Two steps, for sessions may take hours to end between them. What is stopped is the Front-End service and what
depends on it, by Stop-CsWindowsService -ComputerName -Graceful -NoWait; what ran is started again, each by
its own name, since the start of a service does not start its dependents (field notes 5.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, TypeAlias

from typing_extensions import override

from um_operator.observed.front_ends import FRONT_END_SERVICE
from um_operator.planning.steps import subjects
from um_operator.planning.steps.base import BaseStep, SnapshotField


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontEndStep(BaseStep):
    """A step on one front end.

    Attributes:
        pool: FQDN of its pool.
        computer: FQDN of the front end.
        services: names of Windows services.
    """

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"lync", "front_ends"})
    deadline: ClassVar[timedelta] = timedelta(seconds=120)
    pool: str
    computer: str
    services: tuple[str, ...]

    @property
    @override
    def subject(self) -> str:
        return subjects.of_service(self.computer, FRONT_END_SERVICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class StopFrontEndServices(FrontEndStep):
    """Tell a front end to stop its service and what depends on it once its sessions have ended.

    Nobody waits for that here. ``services`` are those that run, which are recorded before (R22).

    Attributes:
        dial_plans: names in Exchange of the plans that the front end is to find.
        chain: what the certificates of UM are trusted by, as SHA-256; empty: none is known.
        batch: FQDNs of the front ends that go down together, this one among them.
        exactly_quorum: whether just as many front ends are left as the pool needs.
        process_start: of the service that runs.
        outage: for a person: whose telephones fail meanwhile.
    """

    dial_plans: tuple[str, ...]
    chain: str
    batch: tuple[str, ...]
    exactly_quorum: bool = False
    process_start: datetime | None = None
    outage: str = ""

    @property
    @override
    def want(self) -> object:
        return {
            "dialPlans": list(self.dial_plans),
            "chain": self.chain,
            "batch": list(self.batch),
            "exactlyQuorum": self.exactly_quorum,
        }

    @property
    @override
    def have(self) -> object:
        return {"restarted": False}

    @property
    @override
    def sentence(self) -> str:
        cost = f"; {self.outage}" if self.outage else ""
        return (
            f'Restart {FRONT_END_SERVICE} and what depends on it on front end "{self.computer}" '
            f'of pool "{self.pool}"{cost}.'
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StartFrontEndServices(FrontEndStep):
    """Start everything on a front end that ran before it was stopped; what runs already stays as it is.

    Attributes:
        takes_back: whether its sessions have not ended yet, so that it may go on without having stopped.
    """

    takes_back: bool = False

    @property
    @override
    def want(self) -> object:
        return {"runs": True, "takesBack": self.takes_back}

    @property
    @override
    def have(self) -> object:
        return {"runs": False}

    @property
    @override
    def sentence(self) -> str:
        front_end = f'front end "{self.computer}" of pool "{self.pool}"'
        if self.takes_back:
            return f"Have {front_end} go on, for another one went down while its sessions end."
        return f"Start everything that ran on {front_end} again."


FrontEndRestartStep: TypeAlias = StopFrontEndServices | StartFrontEndServices
