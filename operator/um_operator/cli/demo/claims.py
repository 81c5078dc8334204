"""What the demo says it did, each claim judged by the estate alone, never by the operator. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from um_operator.cli.demo.outages import one_at_a_time, outages
from um_operator.cli.demo.summary import Deployed, Missed
from um_operator.lab.journal import Effect, Entry, Occurrence

PLANS: Final = ("Headquarters", "Branch Office")
GATEWAYS: Final = ("sbc01", "cube01", "kamailio01")
MOVED: Final = "cube01"
"""The gateway whose port somebody changes by hand."""
DELETED: Final = "kamailio01"
"""The gateway that is deleted: its manifest has the deletionPolicy Delete."""
PORT: Final = 5060
WRONG_PORT: Final = 5070
OURS: Final = frozenset(
    {*PLANS, *GATEWAYS, *(f"{plan} Default Policy" for plan in PLANS)},
)


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of the summary, and the numbers of the effects that confirm it (none: it is not so)."""

    sentence: str
    confirmed: bool
    effects: tuple[int, ...] = ()

    def __str__(self) -> str:
        """Return the claim as a line of the summary."""
        by = f" (effects {', '.join(map(str, self.effects))})" if self.effects else ""
        return f"{'confirmed' if self.confirmed else 'NOT SO   '}  {self.sentence}{by}"


@dataclass(frozen=True, slots=True)
class Story:
    """The journal, as far as it tells what the operator's account and the administrator did.

    Attributes:
        servers: those that the certificate is declared for.
        deployed: the revisions that the operator says were brought into force.
        missed: calls that found no answer since the first of them was declared.
        declared: names in Exchange of what the manifests declare.
        moved: whether somebody changed the port of a gateway.
        deleted: whether a gateway was deleted.
    """

    operator: str
    entries: Sequence[Entry]
    servers: frozenset[str]
    deployed: Sequence[Deployed]
    missed: Missed
    declared: frozenset[str] = OURS
    moved: bool = True
    deleted: bool = False

    def claims(self) -> Iterator[Claim]:
        """Yield every claim of the demo, judged."""
        yield from (self._made("UMDialPlan", name, f'dial plan "{name}" was created') for name in PLANS)
        yield from (self._linked(name) for name in GATEWAYS)
        if self.moved:
            yield self._repaired()
        if self.deleted:
            yield self._emptied_and_removed()
        yield from (self._served(one) for one in self.deployed)
        if self.deployed:
            yield from self._restarted()
            yield Claim("no call to the number of a dial plan was lost meanwhile", not self.missed.lost)
        yield self._nothing_cut()
        yield self._nothing_else()

    @property
    def effects(self) -> list[Effect]:
        """Return every change, by whoever."""
        return effects_of(self.entries)

    def _made(self, kind: str, name: str, sentence: str) -> Claim:
        return self._in_order(sentence, self._created(kind, name))

    def _linked(self, gateway: str) -> Claim:
        return self._in_order(
            f'gateway "{gateway}" was created, and linked to a dial plan only afterwards',
            self._created("UMIPGateway", gateway),
            lambda effect: self._ours(effect) and effect.before is None and gateway_of(effect) == gateway,
        )

    def _repaired(self) -> Claim:
        return self._in_order(
            f'port of gateway "{MOVED}" was changed from "{PORT}" to "{WRONG_PORT}" by hand, '
            "found, and changed back by the operator",
            self._port(WRONG_PORT, by_operator=False),
            self._port(PORT, by_operator=True),
        )

    def _emptied_and_removed(self) -> Claim:
        return self._in_order(
            f'gateway "{DELETED}" was closed to new calls, parted from its dial plan, and removed',
            lambda effect: (
                self._ours(effect)
                and (effect.kind, effect.name) == ("UMIPGateway", DELETED)
                and str((effect.after or {}).get("Status")) == "NoNewCalls"
            ),
            lambda effect: self._ours(effect) and effect.after is None and gateway_of(effect) == DELETED,
            lambda effect: (
                self._ours(effect)
                and effect.after is None
                and (effect.kind, effect.name) == ("UMIPGateway", DELETED)
            ),
        )

    def _served(self, one: Deployed) -> Claim:
        return Claim(
            f'each of {len(one.served)} servers showed a certificate of its own, "{one.revision}", '
            "on every TLS port",
            one.is_served,
        )

    def _restarted(self) -> Iterator[Claim]:
        found = outages(self.entries, self.operator)
        times = len(self.deployed)
        once = all(
            [one.server for one in found].count(server) == times
            and all(len(one.runs) == len(one.stopped) == 2 for one in found)
            for server in self.servers
        )
        yield Claim(
            "each server was taken out of service once for each certificate, and its two services restarted",
            once,
        )
        began = tuple(one.index for one in found)
        spans = [(one.drained, one.returned) for one in found]
        yield Claim("only one server was out of service at any time", one_at_a_time(spans), began)

    def _nothing_cut(self) -> Claim:
        cut = [entry for entry in self.entries if isinstance(entry, Occurrence) and entry.what == "CallCut"]
        named = "no call in progress to the number of a dial plan was cut"
        return Claim(named, not any(not one.details["extension"] for one in cut))

    def _nothing_else(self) -> Claim:
        foreign = [
            effect
            for effect in self.effects
            if self._ours(effect)
            and effect.name not in self.declared
            and gateway_of(effect) not in self.declared
            and _server_of(effect) not in self.servers
        ]
        names = ", ".join(sorted({f'"{effect.name}"' for effect in foreign}))
        named = "nothing that is not declared was touched"
        return Claim(f"{named}, but {names}" if names else named, not foreign)

    def _in_order(self, sentence: str, *matches: Callable[[Effect], bool]) -> Claim:
        return in_order(self.effects, sentence, *matches)

    def _created(self, kind: str, name: str) -> Callable[[Effect], bool]:
        return lambda effect: (
            self._ours(effect) and (effect.kind, effect.name) == (kind, name) and effect.before is None
        )

    def _port(self, port: int, *, by_operator: bool) -> Callable[[Effect], bool]:
        return lambda effect: (
            self._ours(effect) is by_operator
            and (effect.kind, effect.name) == ("UMIPGateway", MOVED)
            and effect.before is not None
            and (effect.after or {}).get("Port") == port
        )

    def _ours(self, effect: Effect) -> bool:
        return effect.caller == self.operator


def effects_of(entries: Sequence[Entry]) -> list[Effect]:
    """Return every change of a journal, by whoever."""
    return [entry for entry in entries if isinstance(entry, Effect)]


def in_order(effects: Sequence[Effect], sentence: str, *matches: Callable[[Effect], bool]) -> Claim:
    """Judge that effects of these descriptions happened one after another."""
    found: list[int] = []
    rest = iter(effects)
    for match in matches:
        effect = next((effect for effect in rest if match(effect)), None)
        if effect is None:
            return Claim(sentence, confirmed=False)
        found.append(effect.index)
    return Claim(sentence, confirmed=True, effects=tuple(found))


def gateway_of(effect: Effect) -> str:
    """Return the gateway of a hunt group, whose identity is the gateway, a backslash and its own name."""
    return effect.name.partition("\\")[0] if effect.kind == "UMHuntGroup" else ""


def _server_of(effect: Effect) -> str:
    """Return the server of its own settings, services, certificates and components: the first of a name."""
    return effect.name.partition("\\")[0].lower()
