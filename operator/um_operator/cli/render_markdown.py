"""A plan as Markdown, made to be a comment on a pull request. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from um_operator.cli.render_plan import (
    OrganizationPlan,
    counted,
    differences_without_step,
    gates,
    notes,
    summary,
    wait_text,
)
from um_operator.planning.plan import Finding

COMMENT_MAX: Final = 65_536
"""Characters that a comment on GitHub may have; bytes are counted, which are never fewer."""
NUMBERS_SHOWN: Final = 5
"""So many of the steps that one comes after are named."""

_MEANS_SOMETHING: Final = re.compile(r"([\\`*_{}\[\]<>|~])")
_CALLS_SOMEBODY: Final = re.compile(r"([@#])(?=\w)")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f]+")
_NOTHING: Final = "\u200b"
"""A space without width: what stands before it is no mention and no reference any more."""


def markdown(plans: Sequence[OrganizationPlan]) -> str:
    """Return plans as one comment, each organisation with its share of a comment's length."""
    share = (COMMENT_MAX - len(plans)) // max(len(plans), 1)
    return "\n".join(_fitted(planned, share) for planned in plans)


def escaped(text: str) -> str:
    """Return a text that Markdown shows as it is: no markup, no link, no mention of anybody."""
    line = _UNPRINTABLE.sub(" ", text).replace("&", "&amp;")
    return _CALLS_SOMEBODY.sub(rf"\1{_NOTHING}", _MEANS_SOMETHING.sub(r"\\\1", line))


def _fitted(planned: OrganizationPlan, most: int) -> str:
    """Return an organisation's plan, cut at the end of a line where it is too long, and told so."""
    lines = list(_lines(planned))
    cut = (
        "",
        f"**Cut here: a comment has at most {COMMENT_MAX:,} characters.** "
        "`umctl plan` shows the whole plan; the digest is that of all its steps.",
    )
    if _size(lines) <= most:
        return _joined(lines)
    room = most - _size(cut)
    kept: list[str] = []
    for line in lines:
        room -= _size([line])
        if room < 0:
            break
        kept.append(line)
    return _joined([*kept, *cut])


def _lines(planned: OrganizationPlan) -> Iterator[str]:
    yield f"### {escaped(summary(planned))}"
    if planned.trouble:
        yield from ("", escaped(planned.trouble))
        return
    for note in notes(planned):
        yield from ("", escaped(note))
    if planned.plan.steps:
        yield from ("", "| step | | what | waits for |", "| ---: | --- | --- | --- |")
        yield from _rows(planned)
    yield from _list("Not tried", planned.refused)
    yield from _list("Differs, and is left alone", differences_without_step(planned.plan))


def _rows(planned: OrganizationPlan) -> Iterator[str]:
    numbers = {one.step.step_id: number for number, one in enumerate(planned.plan.steps, start=1)}
    for number, one in enumerate(planned.plan.steps, start=1):
        mark = "**interrupts calls**" if one.step.interrupts else ""
        drift = " (drift)" if one.corrects else ""
        before = _before(sorted(numbers[required] for required in one.requires))
        others = [wait for wait in gates(planned, one) if not (wait.needs and one.requires)]
        waits = "<br>".join([*before, *(escaped(wait_text(wait)) for wait in others)])
        yield f"| {number} | {mark} | {escaped(one.step.sentence)}{drift} | {waits} |"


def _before(numbers: Sequence[int]) -> Iterator[str]:
    """Yield which steps come first."""
    if numbers:
        named = ", ".join(str(number) for number in numbers[:NUMBERS_SHOWN])
        rest = len(numbers) - NUMBERS_SHOWN
        yield f"step{'s' if len(numbers) > 1 else ''} {named}{f' and {rest} more' if rest > 0 else ''}"


def _list(title: str, findings: Sequence[Finding]) -> Iterator[str]:
    if findings:
        yield from ("", f"**{title}** ({counted(len(findings), 'finding')}):", "")
    for found in findings:
        yield f"- {escaped(f'{found.owner}: {found.message} ({found.reason})')}"


def _size(lines: Iterable[str]) -> int:
    return len(_joined(lines).encode())


def _joined(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
