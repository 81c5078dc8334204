"""What a check looks at: one effect, the world just before it, what was declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from um_operator.lab.exchange.objects import Kind
from um_operator.lab.invariants.declared import Declared, Gateway, Link
from um_operator.lab.invariants.world import Thing, World
from um_operator.lab.journal import Effect

Entry = TypeVar("Entry")
OUT_OF_SERVICE = ("NoNewCalls", "Disabled")


@dataclass
class Memory:
    """What is remembered from effect to effect.

    Attributes:
        since: index of the last effect before the present declaration.
        draining: gateways that were taken out of service on the way to their removal, and since when.
        listed: the hunt groups that were declared at any time, with their gateway's name in lower case.
        corrected: when a property was put back to a value, by (kind, name, property, value).
    """

    since: int = 0
    draining: dict[str, datetime] = field(default_factory=dict)
    listed: set[tuple[str, Link]] = field(default_factory=set)
    corrected: dict[tuple[str, str, str, str], list[datetime]] = field(default_factory=dict)


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
    """

    effect: Effect
    world: World
    declared: Declared
    memory: Memory
    traffic: Traffic

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
        return self.effect.name

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
        return False

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
