"""What a check looks at: one effect, the world just before it, what was declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from um_operator.lab.exchange.objects import Kind
from um_operator.lab.hosts.components import SERVER_WIDE, UM_CALL_ROUTER, UNIFIED_MESSAGING
from um_operator.lab.hosts.host import COMPONENT_KIND
from um_operator.lab.hosts.service import KIND as SERVICE_KIND
from um_operator.lab.invariants.declared import Declared, Gateway, Link
from um_operator.lab.invariants.machines import Machines
from um_operator.lab.invariants.pools import FrontEndMemory, NoPools, Pools
from um_operator.lab.invariants.world import Thing, World
from um_operator.lab.journal import Effect

Entry = TypeVar("Entry")
OUT_OF_SERVICE = ("NoNewCalls", "Disabled")
ACTIVE = "Active"
CERTIFICATE, TRUSTED_CERTIFICATE = "ExchangeCertificate", "TrustedCertificate"
MANAGED_DEVICE = "ManagedDevice"
SCRIPT = "Invoke-UmExchUcUtil"
"""By which name ExchUcUtil.ps1 is run for us (deploy/jea)."""
LOADED = ("UMStartupMode", "UMCertificateThumbprint")
"""What a service loads when it starts, and we may change."""
OF_SERVERS = frozenset(
    {SERVICE_KIND, COMPONENT_KIND, CERTIFICATE, TRUSTED_CERTIFICATE, Kind.UM_SERVICE, Kind.CALL_ROUTER}
)
"""Kinds whose effects belong to a server; their names begin with its FQDN."""
_NEVER = datetime.min.replace(tzinfo=UTC)
_ROUTING = frozenset({UM_CALL_ROUTER, UNIFIED_MESSAGING, SERVER_WIDE})


@dataclass
class Sequence:
    """What we have begun on a server.

    Attributes:
        began: when it was.
        drains: entries of component states by which we hold it.
        stopped: the services that we stopped or started, and when.
    """

    began: datetime
    drains: set[str] = field(default_factory=set)
    stopped: dict[str, datetime] = field(default_factory=dict)

    def unfinished(self, unready: Mapping[str, datetime]) -> set[str]:
        """The services that are not ready since we stopped them; a later outage is somebody else's."""
        return {service for service, since in unready.items() if since <= self.stopped.get(service, _NEVER)}


@dataclass
class Memory:
    """What is remembered from effect to effect.

    Attributes:
        since: index of the last effect before the present declaration.
        draining: gateways that were taken out of service on the way to their removal, and since when.
        listed: the hunt groups that were declared at any time, with their gateway's name in lower case.
        corrected: when a property was put back to a value, by (kind, name, property, value).
        sequences: what we have begun, by server.
        restarted: when we last stopped or started a service of a server.
        taken_back: values that we wrote and then replaced ourselves, by (kind, name, property).
        ported: gateways whose TLS port stands there and whose plan is not secured yet, and since when.
        ports: the ports that gateways had before.
        secured: when plans were secured.
        front_ends: what we have begun on computers of Lync.
    """

    since: int = 0
    draining: dict[str, datetime] = field(default_factory=dict)
    listed: set[tuple[str, Link]] = field(default_factory=set)
    corrected: dict[tuple[str, str, str, str], list[datetime]] = field(default_factory=dict)
    sequences: dict[str, Sequence] = field(default_factory=dict)
    restarted: dict[str, datetime] = field(default_factory=dict)
    taken_back: dict[tuple[str, str, str], set[object]] = field(default_factory=dict)
    ported: dict[str, datetime] = field(default_factory=dict)
    ports: dict[str, object] = field(default_factory=dict)
    secured: dict[str, datetime] = field(default_factory=dict)
    front_ends: FrontEndMemory = field(default_factory=FrontEndMemory)


class Traffic(Protocol):
    """What goes through a gateway of a name at this moment."""

    def active(self, gateway: str) -> int:
        """How many calls it has in progress."""

    def open_at(self, gateway: str) -> list[str]:
        """The servers that would take a new call of it, by what they know."""


@dataclass(frozen=True)
class Situation:
    """One judged effect and its surroundings.

    Attributes:
        effect: what was done.
        world: everything as it was just before.
        declared: what was allowed.
        memory: of earlier effects.
        traffic: what goes through gateways at this moment.
        machines: how the servers are at this moment.
        pools: how Lync is at this moment.
    """

    effect: Effect
    world: World
    declared: Declared
    memory: Memory
    traffic: Traffic
    machines: Machines
    pools: Pools = field(default_factory=NoPools)

    @property
    def server(self) -> str | None:
        """The server that the effect belongs to, by its FQDN in lower case."""
        if self.effect.kind not in OF_SERVERS:
            return None
        return self.effect.name.partition("\\")[0].casefold()

    @property
    def service(self) -> str:
        """The Windows service of a service's effect."""
        return self.effect.name.rpartition("\\")[2]

    @property
    def stops_service(self) -> bool:
        """Whether the effect ends a service that ran, to restart it or not."""
        return self.effect.kind == SERVICE_KIND and (self.effect.before or {}).get("Status") == "Running"

    @property
    def drains(self) -> bool:
        """Whether the effect keeps a call router from new calls that had them."""
        if self.effect.kind != COMPONENT_KIND:
            return False
        return any(
            entry.partition("\\")[0] in _ROUTING and self.after(entry) != ACTIVE
            for entry in self.effect.changed
            if (self.effect.before or {}).get(entry) == ACTIVE
        )

    @property
    def interrupts(self) -> bool:
        """Whether the effect takes something of a server out of service."""
        return self.stops_service or self.drains

    @property
    def sequence(self) -> Sequence | None:
        """What we have begun on the effect's server and not ended before it."""
        return self.open_sequences().get(self.server or "")

    @property
    def begins_sequence(self) -> bool:
        """Whether the effect takes out a server that we had not begun with."""
        return self.interrupts and self.sequence is None

    def open_sequences(self) -> dict[str, Sequence]:
        """What we have begun and not ended: a hold, or a service that is not ready again."""
        return {
            server: sequence
            for server, sequence in self.memory.sequences.items()
            if sequence.drains or sequence.unfinished(self._unready_before(server))
        }

    def is_word_of_others(self, entry: str) -> bool:
        """Whether the present state of a component's entry is not of whoever causes the effect."""
        writer = self.world.last_writer(COMPONENT_KIND, self.server or "", entry)
        return writer != self.effect.caller

    def _unready_before(self, server: str) -> dict[str, datetime]:
        """The services of a server that were not ready before the effect, and since when."""
        unready = dict(self.machines.unready(server))
        if self.stops_service and server == self.server:
            unready.pop(self.service, None)
        return unready

    @property
    def is_creation(self) -> bool:
        """Whether the effect made an object."""
        return self.effect.before is None

    @property
    def is_removal(self) -> bool:
        """Whether the effect removed an object."""
        return self.effect.after is None

    @property
    def thing(self) -> Thing | None:
        """The object as it was; None for one that is being made."""
        return self.world.get(self.effect.kind, self.effect.name)

    @property
    def owner(self) -> str:
        """The declared object that the effect belongs to: a hunt group's gateway, a default policy's plan."""
        match self.effect.kind:
            case Kind.HUNT_GROUP:
                return self.effect.name.partition("\\")[0]
            case Kind.MAILBOX_POLICY:
                return self.effect.name.removesuffix(" Default Policy")
        return self.server or self.effect.name

    @property
    def gateway(self) -> Gateway | None:
        """What was declared of the gateway that the effect belongs to."""
        if self.effect.kind not in (Kind.IP_GATEWAY, Kind.HUNT_GROUP):
            return None
        return _find(self.declared.gateways, self.owner)

    @property
    def is_declared(self) -> bool:
        """Whether somebody declared the object that the effect belongs to."""
        match self.effect.kind:
            case Kind.IP_GATEWAY | Kind.HUNT_GROUP:
                return self.gateway is not None
            case Kind.DIAL_PLAN | Kind.MAILBOX_POLICY:
                return _find(self.declared.dial_plans, self.owner) is not None
            case "CsExUmContact" | "CsMediaConfiguration" | Kind.PERMISSION:
                return True
            case kind if kind == MANAGED_DEVICE:
                return _find(self.declared.gateways, self.owner) is not None
        ours = self.declared.servers | self.declared.front_ends
        return self.server is not None and _holds(ours, self.server)

    @property
    def is_by_script(self) -> bool:
        """Whether ExchUcUtil.ps1 made it, which somebody asked to be run: it makes what it will."""
        return self.effect.cmdlet == SCRIPT and self.declared.permissions

    @property
    def is_way_out(self) -> bool:
        """Whether nothing changes but who places calls of a plan that Lync shares."""
        if self.effect.kind != Kind.IP_GATEWAY or set(self.effect.changed) != {"OutcallsAllowed"}:
            return False
        return any(plan.name in self.declared.outbound for plan in self.world.plans_of(self.effect.name))

    @property
    def makes_whole(self) -> bool:
        """Whether settings of a service that we left half written are whole after the effect (R8)."""
        if self.effect.kind not in (Kind.UM_SERVICE, Kind.CALL_ROUTER) or self.thing is None:
            return False
        ours = self.world.last_writer(self.effect.kind, self.effect.name, "UMStartupMode")
        half = self.thing.is_half_bound and ours == self.effect.caller
        return half and (self.after("UMStartupMode") == "TCP" or bool(self.after("UMCertificateThumbprint")))

    @property
    def is_deletable(self) -> bool:
        """Whether the object that the effect belongs to may be removed."""
        return _holds(self.declared.deletable, self.owner)

    @property
    def is_held(self) -> bool:
        """Whether no new write on the object may begin."""
        if not _holds(self.declared.held, self.owner):
            return False
        until = _find(self.declared.held, self.owner)
        return until is None or self.effect.time < until

    @property
    def drained_for(self) -> timedelta | None:
        """How long the gateway has been out of service on the way to its removal; None if it is not."""
        since = self.memory.draining.get(self.owner.casefold())
        return None if since is None else self.effect.time - since

    @property
    def modes(self) -> Mapping[str, str]:
        """Startup mode of each service in scope; where nobody said which servers are, of all."""
        scope = {server.casefold() for server in self.declared.servers}
        modes = self.world.modes()
        return {
            name: mode for name, mode in modes.items() if not scope or name.split()[-1].casefold() in scope
        }

    @property
    def is_linked(self) -> bool:
        """Of a gateway's effect, whether calls can come through it."""
        return bool(self.world.hunt_groups(self.owner))

    def after(self, attribute: str) -> object:
        """A property after the effect."""
        changed = self.effect.after or {}
        if attribute in changed:
            return changed[attribute]
        return self.thing[attribute] if self.thing else None


def _find(declared: Mapping[str, Entry], name: str) -> Entry | None:
    return next((v for k, v in declared.items() if k.casefold() == name.casefold()), None)


def _holds(names: Iterable[str], name: str) -> bool:
    return name.casefold() in {n.casefold() for n in names}
