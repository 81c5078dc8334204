"""What the demo says it did, each claim judged by the lab's journal alone, never by the operator. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from um_operator.lab.journal import Effect, Entry, Occurrence

PLANS: Final = ("Headquarters", "Branch Office")
GATEWAYS: Final = ("sbc01", "cube01", "kamailio01")
MOVED: Final = "cube01"
"""The gateway whose port somebody changes by hand."""
PORT: Final = 5060
WRONG_PORT: Final = 5070
DELETED: Final = "kamailio01"
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


@dataclass
class Story:
    """The journal, as far as it tells what the operator's account and the administrator did."""

    operator: str
    effects: Sequence[Effect]
    cut: int = 0
    _claims: list[Claim] = field(default_factory=list)

    @classmethod
    def of(cls, entries: Iterable[Entry], operator: str) -> Story:
        """Read the entries of a journal."""
        kept = list(entries)
        return cls(
            operator,
            [entry for entry in kept if isinstance(entry, Effect)],
            sum(isinstance(entry, Occurrence) and entry.what == "CallCut" for entry in kept),
        )

    def claims(self) -> Iterator[Claim]:
        """Yield every claim of the demo, judged."""
        yield from (self._made("UMDialPlan", name, f'dial plan "{name}" was created') for name in PLANS)
        yield from (self._linked(name) for name in GATEWAYS)
        yield self._repaired()
        yield self._removed()
        yield Claim("no call in progress was cut", self.cut == 0)
        yield self._nothing_else()

    def _made(self, kind: str, name: str, sentence: str) -> Claim:
        return self._in_order(sentence, self._created(kind, name))

    def _linked(self, gateway: str) -> Claim:
        return self._in_order(
            f'gateway "{gateway}" was created, and linked to a dial plan only afterwards',
            self._created("UMIPGateway", gateway),
            lambda effect: self._ours(effect) and effect.before is None and _gateway_of(effect) == gateway,
        )

    def _repaired(self) -> Claim:
        return self._in_order(
            f'port of gateway "{MOVED}" was changed from "{PORT}" to "{WRONG_PORT}" by hand, '
            "found, and changed back by the operator",
            self._port(WRONG_PORT, by_operator=False),
            self._port(PORT, by_operator=True),
        )

    def _removed(self) -> Claim:
        return self._in_order(
            f'gateway "{DELETED}" took no new calls first, then lost its hunt group, then was removed',
            lambda effect: (
                self._ours(effect)
                and (effect.kind, effect.name) == ("UMIPGateway", DELETED)
                and (effect.after or {}).get("Status") == "NoNewCalls"
            ),
            lambda effect: (
                effect.kind == "UMHuntGroup" and effect.after is None and _gateway_of(effect) == DELETED
            ),
            lambda effect: (effect.kind, effect.name) == ("UMIPGateway", DELETED) and effect.after is None,
        )

    def _nothing_else(self) -> Claim:
        foreign = [
            effect
            for effect in self.effects
            if self._ours(effect) and effect.name not in OURS and _gateway_of(effect) not in OURS
        ]
        return Claim("nothing that is not declared was touched", not foreign)

    def _in_order(self, sentence: str, *matches: Callable[[Effect], bool]) -> Claim:
        """Judge that effects of these descriptions happened one after another."""
        found: list[int] = []
        rest = iter(self.effects)
        for match in matches:
            effect = next((effect for effect in rest if match(effect)), None)
            if effect is None:
                return Claim(sentence, confirmed=False)
            found.append(effect.index)
        return Claim(sentence, confirmed=True, effects=tuple(found))

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


def _gateway_of(effect: Effect) -> str:
    """Return the gateway of a hunt group, whose identity is the gateway, a backslash and its own name."""
    return effect.name.partition("\\")[0] if effect.kind == "UMHuntGroup" else ""
