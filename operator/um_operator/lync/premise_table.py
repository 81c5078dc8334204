"""What is taken for granted about Lync, tried on it without changing anything.

Telling a service to stop is tried with ``-WhatIf`` on a computer that does not exist: whether the remote
shell offers it, and whether ``-Graceful`` and ``-NoWait`` go together, shows in how it refuses (field notes
12.11).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from um_operator.lync import commands, fabric, rows
from um_operator.lync.values import ReadError
from um_operator.observed.front_ends import FRONT_END_SERVICE
from um_operator.remoting.premises import Judgement, Premise, broken, holds, of_binding, of_rows, unknown
from um_operator.remoting.session import Command, PSRow, Result

NO_SUCH_COMPUTER: Final = "um-operator-check.invalid"
ROLE: Final = "role CsServerAdministrator"
"""Who may control services (field notes 5.5)."""


def of_shell(pool: str, computer: str) -> Iterator[Premise]:
    """Yield what to try through the remote shell, on a pool and on one of its computers (FQDNs)."""
    yield _read("Lync pools", commands.POOLS, lambda row: rows.pool(row, {}))
    yield _read("Lync registrars", commands.REGISTRARS, lambda row: rows.backups([row]))
    yield _read("Lync computers", commands.computers(pool), rows.computer)
    yield _read("Lync replicas", commands.REPLICAS, rows.replica)
    yield _read("Lync media", commands.MEDIA, rows.media)
    yield _read("Lync contacts", commands.CONTACTS, rows.contact)
    yield _read("Lync services", commands.services(computer), rows.service)
    yield _read("Lync users", commands.users_homed(pool), rows.count)
    for command in (
        commands.stop(NO_SUCH_COMPUTER, FRONT_END_SERVICE),
        commands.start(NO_SUCH_COMPUTER, FRONT_END_SERVICE),
    ):
        tried = replace(command, parameters={**command.parameters, "WhatIf": True})
        question = f"Is {command.name} offered with what is used of it?"
        yield Premise("Lync service control", question, tried, of_binding(tried, ROLE))


def of_computer(pool: str, computer: str, readiness: Command | None) -> Iterator[Premise]:
    """Yield what to try on a computer of a pool itself.

    ``readiness``: what tells there how ready the pool is, ``None`` where nothing does.
    """
    where = f'On "{computer}":'
    yield _read("front end certificate", commands.CERTIFICATES, rows.certificate, where)
    if readiness is not None:
        yield _read("front end readiness", readiness, lambda row: rows.readiness(row, computer), where)
    command = commands.fabric(pool)
    question = f"{where} are routing groups understood?"
    yield Premise("front end routing groups", question, command, _groups)


def _read(name: str, command: Command, read: Callable[[PSRow], object], where: str = "") -> Premise:
    def judge(found: tuple[PSRow, ...]) -> Judgement:
        for row in found:
            try:
                read(row)
            except ReadError as error:
                return broken(f'"{row.text}": {error}')
        return holds(f"{len(found)} understood") if found else unknown("none to look at")

    question = f"{where} is everything understood?".strip()
    return Premise(name, question[0].upper() + question[1:], command, of_rows(command, judge))


def _groups(result: Result) -> Judgement:
    if result.errors:
        return of_rows(Command("Get-CsPoolFabricState"), lambda _: unknown(""))(result)
    texts = [one.text if isinstance(one, PSRow) else one for one in result.rows]
    state = fabric.read(text for text in texts if isinstance(text, str))
    if not state.complete:
        return broken(f"{len(state.groups)} routing groups, and lines that are not understood")
    return holds(f"{len(state.groups)} routing groups")
