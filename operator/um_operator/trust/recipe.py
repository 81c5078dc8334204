"""A recipe: how CAs get onto a kind of device, as data. Presets are recipes that come along.

It says where CAs are read back, who must not be disturbed, what is written, and how that is taken back. It
has no word for more (``words.py``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Field, model_validator

from um_operator.api.model import ListOf, Model, at_most
from um_operator.api.text import Text, refused
from um_operator.trust.words import is_line, is_reload

PLACEHOLDER = re.compile(r"\{([a-zA-Z][a-zA-Z0-9]*)\}")
OF_A_CERTIFICATE = frozenset({"name"})
"""What is not a parameter: the name that a CA gets on the device."""
EXAMPLE = "x"
"""Stands for any value while a recipe is checked; values are checked again when they are there."""

ParameterName = Annotated[str, Text(64, r"^[A-Za-z][A-Za-z0-9]*$", "must be letters and digits")]
Line = Annotated[str, Text(512)]
Pattern = Annotated[str, Text(512)]


class Parameter(Model):
    """A value that a manifest may or must give."""

    description: Annotated[str, Text(512)]
    """What it is."""
    default: Annotated[str | None, Text(1024)] = None
    """What holds where the manifest gives none; without, it must."""
    pattern: Pattern = r"[\w./: '=-]{1,512}"
    """A regular expression that the whole value has to match."""


class Files(Model):
    """The way over SFTP: a file of CAs, and a command that has it read."""

    authorities: Line
    """The file of the CAs that the device trusts, PEM, one after another. CAs are added at its end."""
    configuration: Annotated[ListOf[Line], at_most(8, at_least=1)]
    """Files that are read together with it. One that was changed since they were read last is somebody's
    unfinished work, and keeps the operator away."""
    started: Line
    """A file that is as old as the running process, such as its PID file."""
    reload: Line
    """The command that has the files read anew."""


class Say(Model):
    """A line that is typed, and the answer that it must have."""

    send: Line
    """The line."""
    expect: Pattern | None = None
    """What ends the answer, a regular expression; absent: the prompt."""
    success: Pattern | None = None
    """What has to be in the answer."""


class Guard(Model):
    """How the device tells that somebody else is at work."""

    send: Line
    """The line that asks."""
    when: Pattern
    """What the answer has in it in that case; its first group says who."""


class Changes(Model):
    """How the device tells what is not saved."""

    send: Line
    """The line that asks for the differences: sections, with + or - before what is new or gone."""
    ours: Pattern
    """The sections that the operator makes."""


class Dialogue(Model):
    """The way over a command line: lines that are typed and answers that are expected."""

    prompt: Pattern
    """What ends every answer that ends."""
    failures: Annotated[ListOf[Pattern], at_most(16)]
    """What says in an answer that a line was refused."""
    begin: Annotated[ListOf[Say], at_most(8)] = ()
    """First of all."""
    enable: Say | None = None
    """How a user without rights gets them; its ``success`` is the prompt of one who has them."""
    locked: Guard
    """Whether somebody keeps the configuration locked."""
    unsaved: Changes
    """What is running and not saved."""
    running: Line
    """The line that shows the CAs in force, in hex or PEM."""
    saved: Line
    """The line that shows those that are saved."""
    name: Annotated[str, Text(64)]
    """The name that a CA gets; eight digits of its SHA-256 follow it."""
    add: Annotated[ListOf[Say], at_most(16, at_least=1)]
    """Adds a CA under ``{name}``; ``paste`` stands where its PEM is typed."""
    save: Annotated[ListOf[Say], at_most(4, at_least=1)]
    """Keeps what was added."""
    take_back: Annotated[ListOf[Say], at_most(8, at_least=1)]
    """Removes ``{name}`` again, where adding it did harm."""

    def lines(self) -> Iterator[tuple[str, bool]]:
        """Yield every line that may be typed, and whether it takes back."""
        says = (*self.begin, *((self.enable,) if self.enable else ()), *self.add, *self.save)
        yield from ((say.send, False) for say in says if say.send != PASTE)
        yield from ((line, False) for line in (self.locked.send, self.unsaved.send, self.running, self.saved))
        yield from ((say.send, True) for say in self.take_back)

    def patterns(self) -> Iterator[str]:
        """Yield every regular expression."""
        says = (*self.begin, *((self.enable,) if self.enable else ()), *self.add, *self.save, *self.take_back)
        yield from (self.prompt, *self.failures, self.locked.when, self.unsaved.ours)
        yield from (one for say in says for one in (say.expect, say.success) if one is not None)


PASTE = "paste"
"""The line of a recipe that stands for the PEM of the CA."""


class Recipe(Model):
    """How CAs get onto a kind of device."""

    title: Annotated[str, Text(128)]
    """What kind of device it is."""
    interrupts_calls: bool
    """Whether calls may be lost while it is done; then it waits for a window."""
    parameters: Annotated[dict[ParameterName, Parameter], Field(max_length=32)] = Field(default={})
    """What a manifest gives."""
    files: Files | None = None
    """The way over SFTP; exactly one of the two ways is given."""
    dialogue: Dialogue | None = None
    """The way over a command line."""

    @model_validator(mode="after")
    def _usable(self) -> Self:
        for problem in self.problems():
            raise refused(problem)
        return self

    def problems(self) -> Iterator[str]:
        """Yield what makes it unusable, the first reason first."""
        if (self.files is None) == (self.dialogue is None):
            yield 'needs exactly one of "files" and "dialogue"'
        yield from self._patterns()
        known = frozenset(self.parameters) | OF_A_CERTIFICATE
        for line, undoing in self._lines():
            for name in PLACEHOLDER.findall(line):
                if name not in known:
                    yield f'"{line}" asks for parameter "{name}", which is not declared'
            if (
                self.dialogue
                and line != self.dialogue.name
                and not is_line(PLACEHOLDER.sub(EXAMPLE, line), undoing=undoing)
            ):
                yield f'"{line}" is no line that a recipe may send'
        if self.files and not PLACEHOLDER.fullmatch(self.files.reload) and not is_reload(self.files.reload):
            yield f'"{self.files.reload}" is no command that a recipe may run'

    def _lines(self) -> Iterator[tuple[str, bool]]:
        if self.files:
            yield from ((line, False) for line in (self.files.authorities, self.files.started))
            yield from ((line, False) for line in (*self.files.configuration, self.files.reload))
        if self.dialogue:
            yield from self.dialogue.lines()
            yield self.dialogue.name, False

    def _patterns(self) -> Iterator[str]:
        patterns = [parameter.pattern for parameter in self.parameters.values()]
        if self.dialogue:
            patterns += self.dialogue.patterns()
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                yield f'"{pattern}" is no regular expression: {error}'
