"""What the operator has to remember of Lync's front ends; it stands in the organisation's status.

It stands there and not in that of the LyncIntegration, because services that were stopped have to be started
when that is gone as well, and one that is made again shall restart nothing.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from um_operator.api.condition import StatusModel
from um_operator.api.model import ListOf, at_most, keyed_by
from um_operator.api.object_status import Name
from um_operator.api.strings import Instant

MAX_POOL_ENTRIES: Final = 64
MAX_STOPPED_ENTRIES: Final = 64
"""Front ends go down one upgrade domain at a time, which has far fewer."""
MAX_FRONT_END_ENTRIES: Final = 16
"""Skype for Business Server 2019 has the largest pools (topologies-and-components-for-front-end-servers)."""
MAX_SERVICES: Final = 64
MAX_PLANS: Final = 64


class StoppedEntry(StatusModel):
    """Services of a front end that ran when the operator told it to stop them: it starts them again (R22)."""

    computer: Name
    """The front end's FQDN in lower case."""
    pool: Name
    """The FQDN of its pool."""
    services: Annotated[ListOf[Name], at_most(MAX_SERVICES)] = ()
    """The Windows services that ran."""
    since: Instant
    """When it was told."""
    process_start: Instant | None = None
    """When the process of the Front-End service was started that ran then."""
    started_at: Instant | None = None
    """When it was last told to start them again."""
    starting: Annotated[ListOf[Name], at_most(MAX_SERVICES)] = ()
    """Those that it was told to start then: what depends on the Front-End service comes after it."""
    refused: bool | None = None
    """Whether it refused to stop: then only what stopped nevertheless is started."""
    arrived: bool | None = None
    """Whether it is known to have heard the order; it stops when its sessions have ended."""
    taken_back_at: Instant | None = None
    """When it was told to go on instead, because another front end went down meanwhile."""


class IntegratedFrontEnd(StatusModel):
    """A front end since its pool was integrated last."""

    name: Name
    """Its FQDN in lower case."""
    process_start: Instant | None = None
    """When the process of its Front-End service was started that ran then."""
    restarted_at: Instant | None = None
    """When it was seen to have been started since, whoever did it; absent: that is still owed."""
    heard: Annotated[int, Field(ge=0)] | None = None
    """Record id of the last event with which a person had restarts go on."""


class IntegratedEntry(StatusModel):
    """What of Unified Messaging the front ends of a pool find, or are to find, when they start."""

    pool: Name
    """The pool's FQDN in lower case."""
    dial_plans: Annotated[ListOf[Name], at_most(MAX_PLANS)] = ()
    """The dial plans, by their names in Exchange."""
    chain: Annotated[str, Field(max_length=64)] = ""
    """What UM's certificates are trusted by, as SHA-256; empty: none is known."""
    since: Instant | None = None
    """When all of it was in place; absent: it never was."""
    front_ends: Annotated[ListOf[IntegratedFrontEnd], keyed_by("name"), at_most(MAX_FRONT_END_ENTRIES)] = ()
    """The pool's front ends."""
