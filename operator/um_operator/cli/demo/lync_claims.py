"""What the chapter with Lync says was done, each claim judged by the estate alone. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from um_operator.cli.demo.claims import Claim, effects_of, gateway_of, in_order
from um_operator.cli.demo.front_ends import Restart, restarts
from um_operator.cli.demo.outages import one_at_a_time
from um_operator.cli.demo.summary import LOST
from um_operator.lab.journal import Effect, Entry, Occurrence
from um_operator.lab.lync.services import FRONT_END

PLAN: Final = "Contoso-Lync"
NUMBER: Final = "+4989555004900"
POOL: Final = "lyncpool01.contoso.com"
STANDARD: Final = "lyncse01.contoso.com"
"""The pool of one server, which the operator leaves to a person (R23)."""
POOLS: Final = (POOL, STANDARD)
QUORUM: Final = 2
"""How many of the three front ends of the pool have to run (field notes 5.6)."""
OURS: Final = frozenset({PLAN, f"{PLAN} Default Policy", *POOLS})


@dataclass(frozen=True, slots=True)
class LyncStory:
    """The journal, as far as it tells what was done between Exchange and Lync.

    Attributes:
        entries: from the manifests of the chapter on.
        operator: the operator's account in Exchange.
        at_lync: its account in Lync.
        runs_the_script: the account that runs ExchUcUtil.ps1.
        computers: FQDNs of the pool's front ends.
        approved: how many entries there were when a person approved the plan.
        failed: why the call failed that the pool placed in the end; empty: it was answered.
        taken: calls of UM that the pool took in the end.
    """

    entries: Sequence[Entry]
    operator: str
    at_lync: str
    runs_the_script: str
    computers: frozenset[str]
    approved: int
    failed: str
    taken: int

    @property
    def declared(self) -> frozenset[str]:
        """Return names in Exchange of what the manifests declare, and of gateways that the script made.

        Of those of other pools only OutcallsAllowed is taken away, for they are linked to the plan (R20).
        """
        made = (one for one in self._effects if one.caller == self.runs_the_script and one.before is None)
        return OURS | {one.name for one in made if one.kind == "UMIPGateway"}

    def claims(self) -> Iterator[Claim]:
        """Yield every claim of the chapter, judged."""
        yield from (self._linked(pool) for pool in POOLS)
        yield self._granted()
        yield self._contact()
        yield from self._restarted()
        yield self._left_alone()
        yield self._nothing_lost()
        answered = f'a call of pool "{POOL}" to "{NUMBER}" was answered'
        yield Claim(f"{answered}: {self.failed}" if self.failed else answered, not self.failed)
        yield Claim(f'calls of Unified Messaging through "{POOL}" were answered', self.taken > 0)

    def _linked(self, pool: str) -> Claim:
        return in_order(
            self._effects,
            f'pool "{pool}" became a gateway, and was linked only after its plan had been secured',
            lambda one: self._made(one, "UMIPGateway", pool),
            lambda one: one.name == PLAN and (one.after or {}).get("VoIPSecurity") == "Secured",
            lambda one: one.caller == self.operator and one.before is None and gateway_of(one) == pool,
        )

    def _granted(self) -> Claim:
        linked: list[Callable[[Effect], bool]] = [lambda one: one.before is None and gateway_of(one) in POOLS]
        return in_order(
            self._effects,
            "ExchUcUtil.ps1 gave Lync its rights, run by an account of its own after the pools were linked",
            *linked,
            lambda one: one.caller == self.runs_the_script,
        )

    def _contact(self) -> Claim:
        made = [one for one in self._effects if one.kind == "CsExUmContact"]
        return Claim(
            f'the contact for "{NUMBER}" was made by a person, and by nobody else',
            [one.is_by_hand and NUMBER in str(one.after) for one in made] == [True],
            tuple(one.index for one in made),
        )

    def _restarted(self) -> Iterator[Claim]:
        found = restarts(self.entries, self.computers)
        began = tuple(one.index for one in found)
        first = next((n for n, one in enumerate(self.entries) if _is_stop_by(one, self.at_lync)), None)
        yield Claim(
            "no front end was told to stop before somebody approved it",
            first is not None and first >= self.approved,
        )
        yield Claim(
            f'the operator restarted each front end of pool "{POOL}" once, and all that ran runs again',
            self._each_once(found),
            began,
        )
        yield Claim(
            "only one front end was down at any time", one_at_a_time([(one.told, one.ended) for one in found])
        )
        fewest = _fewest(self.entries, self.computers)
        yield Claim(
            f'pool "{POOL}" never had fewer than {QUORUM} front ends, which it needs; fewest: {fewest}',
            fewest >= QUORUM,
        )

    def _each_once(self, found: Sequence[Restart]) -> bool:
        return Counter(one.computer for one in found) == Counter(self.computers) and all(
            one.caller == self.at_lync and one.ended is not None for one in found
        )

    def _left_alone(self) -> Claim:
        found = restarts(self.entries, {STANDARD})
        by_hand = [one.caller != self.at_lync and one.ended is not None for one in found]
        named = f'"{STANDARD}" was restarted by a person, and never by the operator'
        return Claim(named, by_hand == [True], tuple(one.index for one in found))

    def _nothing_lost(self) -> Claim:
        """Judge the calls of gateways: those of a pool fail until its front ends have come to know UM."""
        lost = [
            one
            for one in self.entries
            if isinstance(one, Occurrence)
            and one.what in LOST
            and (one.details["gateway"] not in POOLS or one.what == "CallCut")
        ]
        return Claim("no call of a gateway failed meanwhile, and no call of a pool was cut", not lost)

    @property
    def _effects(self) -> list[Effect]:
        return effects_of(self.entries)

    def _made(self, one: Effect, kind: str, name: str) -> bool:
        return one.caller == self.operator and (one.kind, one.name) == (kind, name) and one.before is None


def _is_stop_by(entry: Entry, account: str) -> bool:
    return isinstance(entry, Effect) and entry.caller == account and entry.cmdlet == "Stop-CsWindowsService"


def _fewest(entries: Sequence[Entry], computers: frozenset[str]) -> int:
    """Return how many of the front ends ran when the fewest did."""
    running = fewest = len(computers)
    noted = (one for one in entries if isinstance(one, Occurrence) and one.server in computers)
    for one in noted:
        if one.details.get("service") == FRONT_END:
            running += {"ServiceStarted": 1, "ServiceStopped": -1}.get(one.what, 0)
            fewest = min(fewest, running)
    return fewest
