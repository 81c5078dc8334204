"""What each server serves in the end, and what that cost: looked at on the estate's own machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from um_operator.api.certificate_status import UMCertificateStatus
from um_operator.api.meta import ObjectKey
from um_operator.cli.demo.outages import Outage
from um_operator.lab.estate import Lab
from um_operator.lab.journal import Entry, Occurrence

SHOWN = 8
"""Digits of a thumbprint in a table."""
LOST = ("CallFailed", "CallCut")


@dataclass(frozen=True, slots=True)
class Deployed:
    """A revision of a certificate, after the operator said that every server serves it.

    Attributes:
        revision: its name, such as ``um/2``.
        wanted: the thumbprint for each server, as the operator has it.
        served: what the TLS ports of each server show.
        ends: on which day the served certificate ends, by server.
    """

    revision: str
    wanted: Mapping[str, str]
    served: Mapping[str, frozenset[str]]
    ends: Mapping[str, str]

    @classmethod
    def of(cls, lab: Lab, key: ObjectKey, status: UMCertificateStatus) -> Deployed:
        """Look at the machines of the servers that a UMCertificate is for."""
        wanted = {row.name: row.wanted or "" for row in status.servers}
        served = shown(lab, wanted)
        return cls(
            f"{key.name}/{status.revision}",
            wanted,
            served,
            {server: _ends(lab, server, thumbprints) for server, thumbprints in served.items()},
        )

    @property
    def is_served(self) -> bool:
        """Whether the ports of each server show what is wanted there, and each server has its own."""
        wanted = self.wanted.values()
        return len(set(wanted)) == len(self.wanted) > 0 and all(
            self.served[server] == {thumbprint} for server, thumbprint in self.wanted.items()
        )

    def cell(self, server: str) -> str:
        """Return what a server serves as one cell of a table."""
        return _cell(self.served.get(server, frozenset()))


@dataclass(frozen=True, slots=True)
class Missed:
    """Calls that found no answer, or were cut, since an instant.

    Attributes:
        lost: how many by the server that should have had them.
        for_mailboxes: those for mailboxes of a server that was out of service: no other one has them.
    """

    lost: Counter[str]
    for_mailboxes: Counter[str]

    @classmethod
    def of(cls, entries: Iterable[Entry], found: Sequence[Outage]) -> Missed:
        """Count the calls of a part of the journal."""
        lost, for_mailboxes = Counter[str](), Counter[str]()
        for entry in entries:
            if isinstance(entry, Occurrence) and entry.what in LOST:
                out = any(one.server == entry.server and one.covers(entry.time) for one in found)
                homed = bool(entry.details["extension"])
                (for_mailboxes if homed and out else lost)[entry.server] += 1
        return cls(lost, for_mailboxes)


def shown(lab: Lab, servers: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return the thumbprints that the TLS ports of servers show, by server."""
    return {
        server: frozenset(
            thumbprint
            for service in lab.host(server).services.values()
            for thumbprint in service.program.listening.values()
            if thumbprint
        )
        for server in servers
    }


def rows(
    before: Mapping[str, frozenset[str]],
    deployed: Sequence[Deployed],
    found: Sequence[Outage],
    missed: Missed,
) -> Iterator[list[str]]:
    """Yield the table in the end, its header first; a row for each server."""
    revisions = [one.revision.upper() for one in deployed]
    yield ["SERVER", "BEFORE", *revisions, "NOT AFTER", "RESTARTS", "CALLS LOST"]
    for server in sorted(deployed[-1].served):
        restarts = sum(len(one.runs) for one in found if one.server == server)
        yield [
            server,
            _cell(before.get(server, frozenset())),
            *(one.cell(server) for one in deployed),
            deployed[-1].ends[server],
            str(restarts),
            str(missed.lost[server]),
        ]


def _cell(thumbprints: frozenset[str]) -> str:
    return ", ".join(sorted(thumbprint[:SHOWN] for thumbprint in thumbprints)) or "none"


def _ends(lab: Lab, server: str, thumbprints: Iterable[str]) -> str:
    stored = (lab.host(server).stores.my.find(thumbprint) for thumbprint in thumbprints)
    ends = [one.certificate.not_valid_after_utc for one in stored if one is not None]
    return f"{min(ends):%Y-%m-%d}" if ends else ""
