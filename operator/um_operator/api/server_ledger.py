"""What the operator has to remember of servers; it stands in the organisation's status.

These lists are the ledger's alone. What people read of a server, bounded and with those that have a problem
first, is another list, for an entry that is cut off is an effect forgotten.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field

from um_operator.api.condition import StatusModel
from um_operator.api.object_status import Name, Word
from um_operator.api.strings import Instant

MAX_HOLDS: Final = 64
MAX_SERVICES: Final = 512
"""Two services of each server that an organisation may name."""

ServiceWord: TypeAlias = Literal["UM", "UMCallRouter"]
RevisionName = Annotated[str, Field(max_length=544)]


class ServerHold(StatusModel):
    """A component that the operator drained: only what it took out of service it puts back (ledger, R14)."""

    server: Name
    """The server's FQDN."""
    component: Word
    """The component, as Get-ServerComponentState names it."""
    requester: Word
    """In whose name; it is activated in the same, whatever ``disruption.drainRequester`` says by then."""
    since: Instant
    """Since when."""


class BoundService(StatusModel):
    """A service that a certificate was bound to (ledger)."""

    server: Name
    """The server's FQDN."""
    service: ServiceWord
    """The service."""
    revision: RevisionName
    """The revision: ``<UMCertificate>/<server>/<number>``, without the server where one is shared."""
    process_start: Instant | None = None
    """When the process was started that ran then: while it still runs and nothing is seen on the wire, a
    restart is owed. Absent: it could not be read."""


class PreviousBinding(StatusModel):
    """What a service had before the operator changed it: the way back (ledger, R17)."""

    server: Name
    """The server's FQDN."""
    service: ServiceWord
    """The service."""
    thumbprint: Word = ""
    """The certificate that was bound; empty: none."""
    startup_mode: Literal["TCP", "TLS", "Dual"]
    """The startup mode."""
