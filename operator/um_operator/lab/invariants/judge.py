"""The onlooker: sees every effect directly after it, and says at the end what was wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from um_operator.lab.exchange import wire
from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.exchange.organization import Organization
from um_operator.lab.exchange.replica import Replica
from um_operator.lab.gateways.admission import is_open
from um_operator.lab.invariants.declared import Attributes, Declared
from um_operator.lab.invariants.front_ends import (
    OF_LYNC,
    front_ends_left,
    is_of_front_end,
    remember_front_end,
)
from um_operator.lab.invariants.hearing import Hearing
from um_operator.lab.invariants.machines import Distrusting, LiveMachines, Machines
from um_operator.lab.invariants.pools import NoPools, Pools
from um_operator.lab.invariants.remembering import left_undone, remember
from um_operator.lab.invariants.rules import ALWAYS, OF_CALLS, OF_FRONT_ENDS, WHERE_DECLARED
from um_operator.lab.invariants.situation import MANAGED_DEVICE, OF_SERVERS, Memory, Situation, Traffic
from um_operator.lab.invariants.world import World
from um_operator.lab.journal import Effect, Journal

JUDGED = (
    Kind.DIAL_PLAN,
    Kind.IP_GATEWAY,
    Kind.HUNT_GROUP,
    Kind.MAILBOX_POLICY,
    Kind.UM_SERVICE,
    Kind.CALL_ROUTER,
)


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that was broken.

    Attributes:
        rule: its number in the rollout's rules.
        effect: index of the effect in the journal; None for a call, and for what was left undone.
        sentence: what happened.
    """

    rule: str
    effect: int | None
    sentence: str

    def __str__(self) -> str:
        return f"{self.rule}, {f'effect {self.effect}' if self.effect else 'no effect'}: {self.sentence}"


class RulesBrokenError(AssertionError):
    """At least one rule was broken; ``violations`` says which, and where."""

    def __init__(self, violations: list[Violation]) -> None:
        super().__init__("\n".join(str(violation) for violation in violations))
        self.violations = violations


class Invariants:
    """Watches a journal from now on. Effects of the console are a person's and are not judged.

    Args:
        journal: what is watched.
        beginning: the objects that there are, as (kind, identity, properties).
        traffic: what goes through gateways at any moment.
        machines: how the servers are at any moment.
        pools: how Lync is at any moment; absent without it.
    """

    def __init__(
        self,
        journal: Journal,
        beginning: Iterator[tuple[str, str, Attributes]],
        traffic: Traffic,
        machines: Machines,
        pools: Pools | None = None,
    ) -> None:
        self.violations: list[Violation] = []
        self._journal = journal
        self._world = World(beginning)
        self._traffic = traffic
        self._machines = machines
        self._pools: Pools = pools or NoPools()
        self._declared: Declared | None = None
        self._memory = Memory()
        self._heard = len(journal.entries)
        self._hearing = Hearing()
        self._end = journal.subscribe(self._see)

    @classmethod
    def watching(
        cls, organization: Organization, distrusts: Distrusting, pools: Pools | None = None
    ) -> Invariants:
        """Watch an organisation from now on; ``distrusts`` asks its devices."""
        copy = organization.directory.copy(organization.directory.domain_controllers[0])
        machines = LiveMachines(organization, distrusts)
        return cls(organization.journal, _objects(copy), _Live(organization), machines, pools)

    def declare(self, declared: Declared) -> None:
        """Say what is allowed from now on. Before the first declaration some rules are not judged."""
        self._hear_calls()
        if self._declared is None or self._declared.revision != declared.revision:
            self._memory.since = len(self._journal.effects)
            self._memory.corrected.clear()
            self._memory.taken_back.clear()
        self._declared = declared
        self._memory.listed |= {
            (name.casefold(), link)
            for name, gateway in declared.gateways.items()
            for link in gateway.links or ()
        }

    def check(self) -> None:
        """Assert that every rule was kept so far.

        Raises:
            RulesBrokenError: one was not.
        """
        self._hear_calls()
        if self.violations:
            raise RulesBrokenError(self.violations)

    def check_end(self) -> None:
        """Assert besides that nothing which we began is left undone (R8, R13).

        Raises:
            RulesBrokenError: something is, or a rule was not kept.
        """
        outbound = self._declared.outbound if self._declared else frozenset()
        found = (
            *left_undone(self._memory, self._machines, self._world),
            *front_ends_left(self._memory, self._pools, self._world, outbound),
        )
        self.violations += [Violation(rule, None, sentence) for rule, sentence in found]
        self.check()

    def close(self) -> None:
        """Stop watching."""
        self._end()

    def _see(self, effect: Effect) -> None:
        if not effect.is_by_hand and effect.kind in (*JUDGED, *OF_SERVERS, MANAGED_DEVICE, *OF_LYNC):
            situation = Situation(
                effect,
                self._world,
                self._declared or Declared(),
                self._memory,
                self._traffic,
                self._machines,
                self._pools,
            )
            self._judge(situation)
        self._world.apply(effect)

    def _judge(self, situation: Situation) -> None:
        of_lync = is_of_front_end(situation)
        checks = OF_FRONT_ENDS if of_lync else (*ALWAYS, *(WHERE_DECLARED if self._declared else ()))
        for rule, check in checks:
            for sentence in check(situation):
                self.violations.append(Violation(rule, situation.effect.index, sentence))
        (remember_front_end if of_lync else remember)(situation)

    def _hear_calls(self) -> None:
        """The rollout's first sentence: a working telephone is never made silent."""
        for entry in self._journal.entries[self._heard :]:
            if sentence := self._hearing.hear(entry, self._declared):
                self.violations.append(Violation(OF_CALLS, None, sentence))
        self._heard = len(self._journal.entries)


@dataclass(frozen=True, slots=True)
class _Live:
    """The traffic of an organisation."""

    organization: Organization

    def active(self, gateway: str) -> int:
        calls = self.organization.active_calls.all()
        return sum(call.gateway_name.casefold() == gateway.casefold() for call in calls)

    def open_at(self, gateway: str) -> list[str]:
        return [
            fqdn
            for fqdn, server in self.organization.um_servers.items()
            if server.up and server.runs_cmdlets and is_open(server.configuration, gateway)
        ]


def _objects(copy: Replica) -> Iterator[tuple[str, str, Attributes]]:
    for kind in JUDGED:
        for found in copy.all(kind):
            attributes = {name: _readable(value, copy) for name, value in found.attributes.items()}
            yield kind.value, _identity(found, copy), attributes


def _identity(found: DirectoryObject, copy: Replica) -> str:
    server = copy.get(found["Parent"])
    if found.kind in (Kind.UM_SERVICE, Kind.CALL_ROUTER) and server is not None:
        return str(server["Fqdn"])
    return wire.identity_text(found, copy)


def _readable(value: Any, copy: Replica) -> Any:
    if isinstance(value, tuple):
        return [_readable(item, copy) for item in value]
    if isinstance(value, UUID) and (found := copy.get(value)) is not None:
        return wire.identity_text(found, copy)
    return wire.readable(value)
