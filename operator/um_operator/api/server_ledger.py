"""What the operator has to remember of servers; it stands in the organisation's status.

This list is the ledger's alone. The servers that people read of, bounded and with those that have a problem
first, are another list, for an entry that is cut off is an effect forgotten.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field

from um_operator.api.condition import StatusModel
from um_operator.api.model import ListOf, at_most, keyed_by
from um_operator.api.object_status import Count, Name, Word
from um_operator.api.strings import Instant

MAX_ENTRIES: Final = 256
"""As many servers as an organisation may name."""

StartupModeWord: TypeAlias = Literal["TCP", "TLS", "Dual"]
CertificateName = Annotated[str, Field(max_length=544)]


class ServerHold(StatusModel):
    """That the operator took a server out of service: only what it took out it puts back (R14)."""

    component: Word | None = None
    """The component, as Get-ServerComponentState names it; absent: the server has none to close."""
    requester: Word
    """In whose name; it is activated in the same, whatever ``disruption.drainRequester`` says by then."""
    since: Instant
    """Since when."""


class WrittenBinding(StatusModel):
    """Startup mode and certificate that were written last for a service, and the process that ran then."""

    certificate: CertificateName | None = None
    """The revision, as ``<UMCertificate>/<server>/<number>``, or the thumbprint of a former certificate."""
    thumbprint: Word | None = None
    """The certificate's thumbprint."""
    startup_mode: StartupModeWord
    """The startup mode."""
    process_start: Instant | None = None
    """When the process was started that ran then: while it still runs and nothing is seen on the wire, a
    restart is owed. Absent: none ran, or it could not be read."""
    at: Instant
    """When it was written."""


class FormerBinding(StatusModel):
    """What a service had before the sequence in hand: the way back (R17)."""

    thumbprint: Word | None = None
    """The certificate that was bound; absent: none."""
    startup_mode: StartupModeWord
    """The startup mode."""


class BegunRestart(StatusModel):
    """A restart of a service that the operator began: until it runs again it is the operator's to start."""

    stopped_at: Instant
    """When the service was told to stop."""
    process_start: Instant | None = None
    """When the process was started that was stopped."""
    started_at: Instant | None = None
    """When the service was last told to start."""
    count: Count = 0
    """How often it was told to start, for what is bound now."""


class ServiceEntry(StatusModel):
    """What was done to a service of a server."""

    name: Literal["UM", "UMCallRouter"]
    """The service."""
    bound: WrittenBinding | None = None
    """What was written last."""
    previous: FormerBinding | None = None
    """What stood there before; absent once what was written is in force."""
    restart: BegunRestart | None = None
    """The restart that was begun last for what is bound."""
    former: FormerBinding | None = None
    """What it served before what is bound, once that is in force: the way back on a person's word."""


class EvidenceWatch(StatusModel):
    """What a server is watched by after its restart (R16)."""

    last_event: Count | None = None
    """The record id of the newest telling event in its log when it was taken out of service."""
    rejected_usually: Count | None = None
    """How many calls its call router rejected before the restart, in a time as long as the soak."""
    rejected_before: Count | None = None
    """How many calls it had rejected when it was first read in service again."""
    rejected: Count | None = None
    """The same when that was first seen to have risen above what is usual; absent: it has not."""


class ServerEntry(StatusModel):
    """What was done to a server (ledger)."""

    name: Name
    """Its FQDN in lower case."""
    hold: ServerHold | None = None
    """That it is out of service by the operator."""
    gave_up_at: Instant | None = None
    """When it was last put back into service because its calls did not end."""
    activated_at: Instant | None = None
    """When it was last put back into service; ``disruption.soak`` counts from then (R16)."""
    watch: EvidenceWatch | None = None
    """What is watched for signs that calls fail since."""
    services: Annotated[ListOf[ServiceEntry], keyed_by("name"), at_most(2)] = ()
    """What was done to its services."""
