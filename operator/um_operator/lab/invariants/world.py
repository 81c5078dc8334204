"""The organisation as the journal's effects make it: the objects, and who wrote each property last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from um_operator.lab.exchange.objects import Kind
from um_operator.lab.invariants.declared import Attributes, Link
from um_operator.lab.journal import Effect, Readable

SEPARATOR = "\\"
"""Between the gateway's and the hunt group's name in an identity (field notes 4.2)."""


@dataclass
class Thing:
    r"""An object as far as effects tell.

    Attributes:
        name: its identity; of a hunt group ``gateway\name``.
        attributes: its properties.
        created: the effect that made it; None for what was there from the beginning.
        wrote: the last effect that changed a property, by the property's name.
    """

    kind: str
    name: str
    attributes: dict[str, Readable]
    created: Effect | None = None
    wrote: dict[str, Effect] = field(default_factory=dict)

    def __getitem__(self, attribute: str) -> Readable:
        return self.attributes.get(attribute)

    @property
    def gateway(self) -> str:
        """Of a hunt group, the gateway's name."""
        return self.name.partition(SEPARATOR)[0]

    @property
    def link(self) -> Link:
        """Of a hunt group, what it links."""
        return Link(str(self["UMDialPlan"]), str(self["PilotIdentifier"] or ""))

    @property
    def is_half_bound(self) -> bool:
        """Of a service's settings, whether its startup mode needs a certificate and there is none."""
        return self["UMStartupMode"] in ("TLS", "Dual") and not self["UMCertificateThumbprint"]


def names_in(value: object) -> list[str]:
    """Return the names in a property that holds several; nothing where it holds none."""
    return [str(item) for item in value] if isinstance(value, list | tuple) else []


class World:
    """All objects by kind and name, compared without case."""

    def __init__(self, beginning: Iterable[tuple[str, str, Attributes]] = ()) -> None:
        self._things: dict[str, dict[str, Thing]] = defaultdict(dict)
        self._groups: dict[str, dict[str, Thing]] = defaultdict(dict)
        self._removals: dict[tuple[str, str], Effect] = {}
        for kind, name, attributes in beginning:
            self._add(Thing(kind, name, dict(attributes)))

    def get(self, kind: str, name: str) -> Thing | None:
        """The object of that name, if there is one."""
        return self._things[kind].get(name.casefold())

    def last_writer(self, kind: str, name: str, attribute: str) -> str | None:
        """Who wrote a property last; of an object that is gone, who removed it; None if nobody did."""
        if (thing := self.get(kind, name)) is None:
            wrote = self._removals.get((kind, name.casefold()))
        else:
            wrote = thing.wrote.get(attribute, thing.created)
        return wrote.caller if wrote else None

    def all(self, kind: str) -> list[Thing]:
        """Every object of a kind."""
        return list(self._things[kind].values())

    def hunt_groups(self, gateway: str) -> list[Thing]:
        """The hunt groups of a gateway."""
        return list(self._groups[gateway.casefold()].values())

    def plans_of(self, gateway: str) -> list[Thing]:
        """The plans that a gateway is linked to."""
        names = {group.link.dial_plan for group in self.hunt_groups(gateway)}
        return [plan for name in sorted(names) if (plan := self.get(Kind.DIAL_PLAN, name)) is not None]

    def modes(self) -> Mapping[str, str]:
        """Startup mode of each UM service and call router, by a name that says which."""
        return {
            f"{thing.kind} {thing.name}": str(thing["UMStartupMode"])
            for kind in (Kind.UM_SERVICE, Kind.CALL_ROUTER)
            for thing in self.all(kind)
        }

    def apply(self, effect: Effect) -> None:
        """Take an effect over."""
        thing = self.get(effect.kind, effect.name)
        if effect.after is None:
            if thing is not None:
                self._forget(thing)
            self._removals[effect.kind, effect.name.casefold()] = effect
        elif effect.before is None:
            wrote = dict.fromkeys(effect.after, effect)
            self._add(Thing(effect.kind, effect.name, dict(effect.after), effect, wrote))
        elif thing is not None:
            thing.attributes.update(effect.after)
            thing.wrote.update(dict.fromkeys(effect.changed, effect))
            if "Name" in effect.changed:
                self._rename(thing, str(effect.after["Name"]))
        else:
            wrote = dict.fromkeys(effect.changed, effect)
            self._add(Thing(effect.kind, effect.name, dict(effect.after), None, wrote))

    def _add(self, thing: Thing) -> None:
        self._things[thing.kind][thing.name.casefold()] = thing
        if thing.kind == Kind.HUNT_GROUP:
            self._groups[thing.gateway.casefold()][thing.name.casefold()] = thing

    def _forget(self, thing: Thing) -> None:
        del self._things[thing.kind][thing.name.casefold()]
        if thing.kind == Kind.HUNT_GROUP:
            del self._groups[thing.gateway.casefold()][thing.name.casefold()]

    def _rename(self, thing: Thing, name: str) -> None:
        groups = self.hunt_groups(thing.name) if thing.kind == Kind.IP_GATEWAY else []
        for group in groups:
            self._move(group, f"{name}{SEPARATOR}{group.name.partition(SEPARATOR)[2]}")
        self._move(thing, name)

    def _move(self, thing: Thing, name: str) -> None:
        self._forget(thing)
        thing.name = name
        self._add(thing)
