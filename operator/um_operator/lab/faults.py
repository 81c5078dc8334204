"""Trouble, planned: at the n-th request of a kind, at the k-th effect, or until it is taken back.

Everything happens at the same place on every run, and the journal says that it did.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import TypeAlias

from um_operator.lab.clock import Clock
from um_operator.lab.exchange.rbac import ADMINISTRATOR
from um_operator.lab.exchange.refusals import RefusedError
from um_operator.lab.journal import Effect, Journal
from um_operator.lab.powershell import Caller
from um_operator.lab.wsman.interference import Disturbance, Seen

ALWAYS = 2**31
"""As ``times``: until the end."""

DOWN, UP = "ServerDown", "ServerUp"
"""What the journal has of a server that nobody reaches any more, and of its return."""

Action: TypeAlias = Callable[[], object]
Outcome: TypeAlias = Disturbance | timedelta | RefusedError
TakeBack: TypeAlias = Callable[[], None]
"""Takes a planned fault back."""


@dataclass(frozen=True, slots=True)
class Where:
    """Which requests or invocations are meant; ``*`` and ``?`` as in file names, compared without case.

    Attributes:
        cmdlet: a cmdlet that the request starts; the default also means requests that start none.
        server: FQDN of the server that was dialled.
        verb: the WSMan verb, Create, Command, Receive …
        nth: the first one that is hit, counted from 1 among those that match from now on.
        times: how many in a row are hit.
    """

    cmdlet: str = "*"
    server: str = "*"
    verb: str = "*"
    nth: int = 1
    times: int = 1


@dataclass(eq=False)
class _Rule:
    where: Where
    outcome: Outcome
    matched: int = 0

    def hits(self, cmdlets: Iterable[str], server: str, verb: str) -> bool:
        """Count a request that matches, and say whether it is one of those that are meant."""
        where = self.where
        if not (_like(server, where.server) and _like(verb, where.verb) and _any_like(cmdlets, where.cmdlet)):
            return False
        self.matched += 1
        return where.nth <= self.matched < where.nth + where.times


def _like(text: str, pattern: str) -> bool:
    return fnmatchcase(text.lower(), pattern.lower())


def _any_like(cmdlets: Iterable[str], pattern: str) -> bool:
    return pattern == "*" or any(_like(cmdlet, pattern) for cmdlet in cmdlets)


@dataclass(frozen=True, slots=True)
class _AtEffect:
    number: int
    action: Action
    prevents: bool


class Faults:
    """The plan. The servers ask it as their ``Interference``, the shell as its ``Trouble``.

    Args:
        clock: whose time latencies are in.
        journal: where effects are counted, and faults written down.
        latency: what every request takes on top of its work.
    """

    def __init__(self, clock: Clock, journal: Journal, latency: timedelta = timedelta(0)) -> None:
        self.latency = latency
        self._clock = clock
        self._journal = journal
        self._requests: list[_Rule] = []
        self._refusals: list[_Rule] = []
        self._down: set[str] = set()
        self._before: list[_AtEffect] = []
        self._after: list[_AtEffect] = []
        self._effects = 0
        journal.guard(self._about_to_change)
        journal.subscribe(self._changed)

    def disturb(self, where: Where, disturbance: Disturbance) -> TakeBack:
        """Have a disturbance happen to WSMan requests."""
        return _plan(self._requests, _Rule(where, disturbance))

    def delay(self, where: Where, by: timedelta) -> TakeBack:
        """Have WSMan requests take longer."""
        return _plan(self._requests, _Rule(where, by))

    def refuse(self, where: Where, exception: str, message: str = "A planned refusal.") -> TakeBack:
        """Have cmdlets fail with an exception of Exchange's, before they do anything."""
        refusal = RefusedError(exception, message, category="NotSpecified")
        return _plan(self._refusals, _Rule(where, refusal))

    def take_down(self, server: str) -> None:
        """Have a server reset every new connection and every request, until it is brought up."""
        self._down.add(server.lower())
        self._journal.note(DOWN, server=server.lower())

    def bring_up(self, server: str) -> None:
        """End that."""
        self._down.discard(server.lower())
        self._journal.note(UP, server=server.lower())

    def before_effect(self, number: int, action: Action, *, prevent: bool = False) -> None:
        """Do something just before the n-th effect that is not one of the console's, counted from now on.

        Args:
            number: 1 is the next effect.
            action: what is done.
            prevent: keep the effect from happening.
        """
        self._before.append(_AtEffect(self._effects + number, action, prevent))

    def after_effect(self, number: int, action: Action) -> None:
        """Do something just after the n-th effect from now on, before its caller gets a reply."""
        self._after.append(_AtEffect(self._effects + number, action, prevents=False))

    def accepts(self, server: str) -> bool:
        """Whether a server takes new connections."""
        return server.lower() not in self._down

    async def before(self, seen: Seen) -> Disturbance:
        """What happens to a WSMan request."""
        if not self.accepts(seen.server):
            return Disturbance.RESET_BEFORE
        outcomes = [r.outcome for r in self._requests if r.hits(seen.cmdlets, seen.server, seen.verb)]
        waiting = sum((o for o in outcomes if isinstance(o, timedelta)), self.latency)
        if waiting:
            await self._clock.sleep(waiting)
        disturbances = [o for o in outcomes if isinstance(o, Disturbance)]
        if not disturbances:
            return Disturbance.NONE
        self._note(disturbances[0].name, seen.server, f"{seen.verb} {' '.join(seen.cmdlets)}".strip())
        return disturbances[0]

    def trouble(self, cmdlet: str, caller: Caller) -> RefusedError | None:
        """The planned refusal of a cmdlet."""
        if caller.account == ADMINISTRATOR.name:
            return None
        for rule in self._refusals:
            if rule.hits((cmdlet,), caller.server, "Command") and isinstance(rule.outcome, RefusedError):
                self._note(rule.outcome.exception, caller.server, cmdlet)
                return rule.outcome
        return None

    def _about_to_change(self, caller: str) -> None:
        if caller == ADMINISTRATOR.name:
            return
        due = [at for at in self._before if at.number == self._effects + 1]
        for at in due:
            self._before.remove(at)
            at.action()
        if any(at.prevents for at in due):
            raise RefusedError("ADTransientException", "A planned refusal.", category="NotSpecified")

    def _changed(self, effect: Effect) -> None:
        if effect.caller == ADMINISTRATOR.name:
            return
        self._effects += 1
        due = [at for at in self._after if at.number == self._effects]
        for at in due:
            self._after.remove(at)
            at.action()

    def _note(self, fault: str, server: str, request: str) -> None:
        self._journal.note("Fault", server=server, fault=fault, request=request)


def _plan(rules: list[_Rule], rule: _Rule) -> TakeBack:
    rules.append(rule)
    return lambda: rules.remove(rule)


def kill(pid: Callable[[], int]) -> Action:
    """An action: SIGKILL to a process; nothing happens if it is gone."""

    def action() -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid(), signal.SIGKILL)

    return action
