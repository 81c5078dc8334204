"""What is taken for granted about a real server, tried on it without changing anything.

Nobody could verify these on a real server (field notes, [MEM] and section 12), so ``umctl check`` asks the
user's own. A write cmdlet is tried with ``-WhatIf`` and with arguments that it must refuse: an identity that
does not exist, or a mandatory parameter left out. Only its binding is seen, nothing can come of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from um_operator.remoting.error_records import ErrorKind, kind, one_line, quoted
from um_operator.remoting.errors import RemotingError
from um_operator.remoting.session import Command, ErrorRecord, Invoker, PSRow, Result

AT_A_TIME = 4


class Verdict(StrEnum):
    """Whether a premise holds here. Unknown: nothing was seen that could tell."""

    HOLDS = "Holds"
    BROKEN = "Broken"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and what was seen, in one line for a person."""

    verdict: Verdict
    seen: str


@dataclass(frozen=True, slots=True)
class Premise:
    """One thing taken for granted.

    Attributes:
        name: what it is about, as short as a column.
        question: what is asked, as a person would.
        command: what is run to find out.
        judge: says what an answer means; it is given answers with and without error records.
    """

    name: str
    question: str
    command: Command
    judge: Callable[[Result], Judgement]


@dataclass(frozen=True, slots=True)
class Checked:
    """A row of the table that ``umctl check`` prints."""

    name: str
    question: str
    verdict: Verdict
    seen: str


async def check(invoker: Invoker, premises: Iterable[Premise], *, deadline: float) -> tuple[Checked, ...]:
    """Try every premise, some at a time, each within ``deadline`` seconds. Never raises."""
    at_a_time = asyncio.Semaphore(AT_A_TIME)

    async def one(premise: Premise) -> Checked:
        async with at_a_time:
            judgement = await _judged(invoker, premise, deadline)
        return Checked(premise.name, premise.question, judgement.verdict, judgement.seen)

    return tuple(await asyncio.gather(*(one(premise) for premise in premises)))


async def _judged(invoker: Invoker, premise: Premise, deadline: float) -> Judgement:
    try:
        result = await invoker.invoke(premise.command, deadline=deadline, write=False)
    except RemotingError as error:
        return unknown(one_line(str(error)))
    return premise.judge(result)


def holds(seen: str) -> Judgement:
    """Return that it is as taken for granted."""
    return Judgement(Verdict.HOLDS, seen)


def broken(seen: str) -> Judgement:
    """Return that it is otherwise."""
    return Judgement(Verdict.BROKEN, seen)


def unknown(seen: str) -> Judgement:
    """Return that nobody can tell from this."""
    return Judgement(Verdict.UNKNOWN, seen)


def of_rows(
    command: Command, judge: Callable[[tuple[PSRow, ...]], Judgement]
) -> Callable[[Result], Judgement]:
    """Judge the rows of a complete answer; an error is broken when it is one of rights, else unknown."""

    def judged(result: Result) -> Judgement:
        if result.errors:
            return _of_error(command, result.errors)
        return judge(tuple(row for row in result.rows if isinstance(row, PSRow)))

    return judged


def of_binding(command: Command, source: str) -> Callable[[Result], Judgement]:
    """Judge whether a cmdlet and all parameters given are offered, by how it refuses.

    ``source`` is what gives an account the cmdlet, such as ``role group "UM Management"``.
    """

    def judged(result: Result) -> Judgement:
        if not result.errors:
            return unknown(f"{command.name} did not refuse what it was given")
        if kind(result.errors[0]) is ErrorKind.FORBIDDEN:
            return broken(f"{quoted(command.name, result.errors[0])}; {source} has it")
        return holds("offered with every parameter that is used")

    return judged


def _of_error(command: Command, errors: tuple[ErrorRecord, ...]) -> Judgement:
    message = quoted(command.name, errors[0])
    return broken(message) if kind(errors[0]) is ErrorKind.FORBIDDEN else unknown(message)
