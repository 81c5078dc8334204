"""What is taken for granted about a host: reached, let in, and every command of ``commands`` offered.

Telling a service to stop or to start cannot be tried without an effect, so it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from um_operator.hosts import commands, rows
from um_operator.hosts.errors import MODULE
from um_operator.hosts.rows import ReadError
from um_operator.remoting.error_records import ErrorKind, kind, quoted
from um_operator.remoting.premises import Judgement, Premise, broken, holds, of_rows, unknown
from um_operator.remoting.session import Command, PSRow, Result

NO_RECORD: Final = 2**62
"""No log gets that far."""
NO_PROCESS: Final = 2**31 - 1
NO_CERTIFICATE: Final = b"um-operator check"


def premises(host: str) -> Iterator[Premise]:
    """Yield everything to try on a host (FQDN)."""
    where = f'On "{host}":'
    yield _read("host services", f"{where} are both services shown?", commands.services(), _services)
    yield _offered("host processes", f"{where} is Get-Process offered?", commands.processes([NO_PROCESS]))
    for store in commands.STORES:
        question = f"{where} are trusted certificates shown?"
        yield _read(f"host store {store}", question, commands.certificates(store), _certificates)
    yield _read("host events", f"{where} is the log shown?", commands.newest_event(), _newest)
    yield _offered(
        "host telling events", f"{where} can events be looked for?", commands.events_after(NO_RECORD)
    )
    yield _read("rejected calls", f"{where} is the counter there?", commands.rejected_calls(), _counter)
    yield _offered(
        "host trust", f"{where} is Add-UMOperatorTrust offered?", commands.trust("CA", NO_CERTIFICATE)
    )


def _read(
    name: str, question: str, command: Command, judge: Callable[[tuple[PSRow, ...]], Judgement]
) -> Premise:
    def judged(found: tuple[PSRow, ...]) -> Judgement:
        try:
            return judge(found)
        except ReadError as error:
            return broken(str(error))

    return Premise(name, question, command, of_rows(command, judged))


def _offered(name: str, question: str, command: Command) -> Premise:
    """What is asked for does not exist, so an answer of any kind means that it was looked for."""

    def judge(result: Result) -> Judgement:
        if result.errors and kind(result.errors[0]) is ErrorKind.FORBIDDEN:
            return broken(f"{quoted(command.name, result.errors[0])}; {MODULE}")
        return holds("offered")

    return Premise(name, question, command, judge)


def _services(found: tuple[PSRow, ...]) -> Judgement:
    facts = [rows.service(row, None) for row in found]
    return (
        holds(", ".join(f"{fact.name} {fact.status}" for fact in facts)) if facts else unknown("neither is")
    )


def _certificates(found: tuple[PSRow, ...]) -> Judgement:
    return holds(f"{len({rows.fingerprint(row) for row in found})} certificates")


def _newest(found: tuple[PSRow, ...]) -> Judgement:
    return holds(f"newest record {rows.record_id(found[0])}") if found else unknown("the log is empty")


def _counter(found: tuple[PSRow, ...]) -> Judgement:
    return holds(f"{rows.counted(found[0])}") if found else unknown("no sample")
