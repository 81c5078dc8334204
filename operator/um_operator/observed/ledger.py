"""What can't be observed and must be remembered: the ledger, written *before* an effect.

A closed, bounded set of entries, kept in the status of the resources. When it is lost the careful
reading applies: an object of unknown origin counts as adopted, nothing counts as once in force (R14).
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, TypeAlias

from um_operator.api.meta import ObjectKey
from um_operator.observed.exchange import GatewayState, VoIPSecurity
from um_operator.observed.restarts import Integrated, Stopped
from um_operator.observed.rollout import Issuance, ServerEntry

Origin: TypeAlias = Literal["Created", "Adopted"]


@dataclass(frozen=True, slots=True)
class Draining:
    """A gateway that we empty: since when, and the state that comes back if that is given up (R13)."""

    since: datetime
    state_before: GatewayState


@dataclass(frozen=True, slots=True)
class Reported:
    """What a server had told of failing calls, against which it is judged whether a secured plan works (R16).

    Attributes:
        event: record id of the newest telling event before the plan was secured.
        usual: how many calls its call router rejected before, in a time as long as the soak.
        event_then: record id of the newest telling event when every server had read that it is secured.
        rejected_then: how many calls its call router had rejected then, since it was started.
    """

    event: int | None = None
    usual: int | None = None
    event_then: int | None = None
    rejected_then: int | None = None


@dataclass(frozen=True, slots=True)
class BeforeSecure:
    """What stood before a dial plan was secured, and how far that has come: the way back (R18).

    Attributes:
        voip_security: of the plan.
        ports: of its gateways, by their name in Exchange: those that were written for it.
        tries: how often something of it was written that did not come about.
        secured_at: when VoIPSecurity was written, ``None`` before.
        seen_at: when it was first read again after every server must have read it.
        verified: whether it was seen to work.
        reports: by ``name_key`` of a server, while that is judged.
    """

    voip_security: VoIPSecurity
    ports: Mapping[str, int] = field(default_factory=dict)
    tries: int = 0
    secured_at: datetime | None = None
    seen_at: datetime | None = None
    verified: bool = False
    reports: Mapping[str, Reported] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GivenUp:
    """What did harm and is not tried again until the spec changes or somebody asks (R18, R24).

    ``generation`` is that of the spec that asked for it.
    """

    generation: int
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class ObjectEntry:
    """What is remembered of one resource.

    Attributes:
        guid: of the object in Exchange; of an ExchangeOrganization, the organisation behind its endpoints.
        origin: whether we created the Exchange object; ``None`` while it was never seen or made.
        applied_generation: the newest generation that was once fully in force; a difference is pending
            before, drift after it.
        corrections: when a drifted field (by path) was corrected, oldest first, at most three (R27).
        written_at: our last write to the object; nothing is corrected within ``replicationGrace`` of it
            after a change of the domain controller.
        draining: since when we let a gateway take no new calls to empty it; that state is ours, not drift.
        retried_at: the retry-requested-at value that was handled last: corrections before it don't count.
        before_secure: of a UMDialPlan, what stood before we secured it, as long as it is secured.
        not_secured: of a UMDialPlan, why securing it was given up.
        not_delivered: of a UMIPGateway, why nothing is brought to its device any more.
        issuance: of a UMCertificate, the revision that is wanted.
        servers: of an ExchangeOrganization, what was done to each server, by ``name_key`` of its FQDN.
        stopped: of an ExchangeOrganization, front ends of Lync whose services we stopped, likewise.
        integrated: of an ExchangeOrganization, what the front ends of each pool know, likewise. Both outlive
            the LyncIntegration: one that is made again restarts nothing.
    """

    origin: Origin | None = None
    guid: str | None = None
    applied_generation: int | None = None
    corrections: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    written_at: datetime | None = None
    draining: Draining | None = None
    retried_at: str | None = None
    before_secure: BeforeSecure | None = None
    not_secured: GivenUp | None = None
    not_delivered: GivenUp | None = None
    issuance: Issuance | None = None
    servers: Mapping[str, ServerEntry] = field(default_factory=dict)
    stopped: Mapping[str, Stopped] = field(default_factory=dict)
    integrated: Mapping[str, Integrated] = field(default_factory=dict)

    @property
    def out(self) -> tuple[str, ...]:
        """Return servers and front ends that may be down or out of service because of us, by FQDN (R13)."""
        servers = (key for key, server in self.servers.items() if server.out)
        return (*sorted(servers), *sorted(self.stopped))

    @property
    def unfinished(self) -> bool:
        """Whether a sequence of ours is not over on a server, or front ends may be down because of us."""
        return bool(self.stopped) or any(server.unfinished for server in self.servers.values())


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger of one organisation: its own entries and one entry a resource."""

    domain_controller: str | None = None
    domain_controller_since: datetime | None = None
    objects: Mapping[ObjectKey, ObjectEntry] = field(default_factory=dict)

    def entry(self, key: ObjectKey) -> ObjectEntry:
        """Return the entry of a resource, an empty one if nothing is remembered."""
        return self.objects.get(key, ObjectEntry())

    def with_entries(self, entries: Mapping[ObjectKey, ObjectEntry]) -> Ledger:
        """Return a ledger in which these entries are replaced."""
        return replace(self, objects={**self.objects, **entries}) if entries else self

    def only(self, keys: Container[ObjectKey]) -> Ledger:
        """Return a ledger that remembers nothing of other resources than these."""
        return replace(self, objects={key: entry for key, entry in self.objects.items() if key in keys})
