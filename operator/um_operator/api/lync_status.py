"""What the operator writes back about Lync: pools, front ends, contacts, permissions, membership.

Lists are bounded; the counts beside them are of all.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from um_operator.api.condition import ConditionStatus, Message, ReasonWord, StatusModel
from um_operator.api.model import ListOf, at_most, keyed_by
from um_operator.api.object_status import ComparedStatus, Count, Name, Word
from um_operator.api.strings import Instant

MAX_POOLS: Final = 32
MAX_DIAL_PLANS: Final = 64
MAX_FRONT_ENDS: Final = 16
"""Skype for Business Server 2019 has the largest pools (topologies-and-components-for-front-end-servers)."""
MAX_CONTACTS: Final = 64
MAX_MEMBERS: Final = 64

FrontEndState: TypeAlias = Literal["Running", "Stopping", "Stopped", "Starting", "Unknown"]
"""What the Front-End service (RTCSRV) of a front end does."""
PoolRestart: TypeAlias = Literal["NotNeeded", "Pending", "Restarting", "Manual", "Unknown"]
"""Whether a pool owes a restart, and whose it is. Manual: it is left to a person (R23)."""
ContactKind: TypeAlias = Literal["SubscriberAccess", "AutoAttendant"]
PermissionState: TypeAlias = Literal["Granted", "Missing", "Unknown"]


class FrontEndStatus(StatusModel):
    """A Front End server of a pool."""

    name: Name
    """Its FQDN."""
    state: FrontEndState = "Unknown"
    """What its Front-End service does."""
    trust: Literal["Trusted", "Untrusted", "Unknown"] = "Unknown"
    """Whether it trusts the CA of the UM certificates."""
    upgrade_domain: Name | None = None
    """The upgrade domain with which it is restarted (Lync Server 2013)."""
    not_after: Instant | None = None
    """The end of its certificate for SIP."""


class LyncPoolStatus(StatusModel):
    """A pool, as the topology and its servers show it."""

    fqdn: Name
    """Its FQDN."""
    edition: Literal["Enterprise", "Standard"] | None = None
    """Which edition it is."""
    version: Word | None = None
    """Its version."""
    media_encryption: Word | None = None
    """EncryptionLevel, as Get-CsMediaConfiguration shows it, which decides which security its plans need."""
    gateway: Name | None = None
    """The name in Exchange of the UM IP gateway that stands for it."""
    outcalls_allowed: bool | None = None
    """Whether UM places calls through that gateway."""
    users_homed: Count | None = None
    """How many users are homed on it: who is without Enterprise Voice while it restarts."""
    running_count: Count | None = None
    """How many of its front ends run."""
    quorum_margin: int | None = None
    """How many more of them may fail before the pool stops (R23); absent for a pool of one or two, which goes
    down with its server."""
    front_ends: Annotated[ListOf[FrontEndStatus], keyed_by("name"), at_most(MAX_FRONT_ENDS)] = ()
    """Its front ends."""
    restart: PoolRestart = "Unknown"
    """Whether its front ends owe a restart, and whose it is."""
    restart_cause: Message | None = None
    """Why they owe it."""


class ContactStatus(StatusModel):
    """A contact that Lync needs for a number of UM."""

    dial_plan: Name
    """The dial plan's name in Exchange."""
    kind: ContactKind
    """What the number leads to."""
    number: Name
    """The number, in E.164."""
    present: bool = False
    """Whether Get-CsExUmContact shows it as it has to be."""
    pool: Name | None = None
    """The pool that it is registered with, or is to be."""
    sip_address: Name | None = None
    """Its SIP address, or the one that it is to get."""


class PermissionStatus(StatusModel):
    """Lync's right to read UM's objects."""

    state: PermissionState
    """Whether it has it."""
    verified_by: Name | None = None
    """The Exchange server that was asked."""
    reason: ReasonWord | None = None
    """Why that is not known."""


class MemberStatus(StatusModel):
    """An Exchange server, and whether it is a member of every SIP dial plan, which makes Lync trust it."""

    name: Name
    """Its FQDN."""
    dial_plans_joined: ConditionStatus
    """Whether each of its UM services is."""


class LyncIntegrationStatus(ComparedStatus):
    """How UM and Lync stand together."""

    pool_count: Count | None = None
    """How many pools are declared."""
    pools: Annotated[ListOf[LyncPoolStatus], keyed_by("fqdn"), at_most(MAX_POOLS)] = ()
    """Those pools."""
    contact_count: Count | None = None
    """How many contacts are needed."""
    missing_contact_count: Count | None = None
    """How many of them do not exist."""
    contacts: Annotated[
        ListOf[ContactStatus], keyed_by("dialPlan", "kind", "number"), at_most(MAX_CONTACTS)
    ] = ()
    """Those contacts, the missing ones first."""
    permissions: PermissionStatus | None = None
    """Lync's right to read UM's objects."""
    servers: Annotated[ListOf[MemberStatus], keyed_by("name"), at_most(MAX_MEMBERS)] = ()
    """Exchange servers, those that are not members of every plan first."""
