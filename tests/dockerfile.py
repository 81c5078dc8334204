"""Reads a Dockerfile into its stages, as far as ours goes; what it does not know it refuses."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

KNOWN = frozenset({"COPY", "ENTRYPOINT", "ENV", "EXPOSE", "LABEL", "RUN", "USER", "WORKDIR"})


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: ``RUN``, its flags (``--from=builder``), and the rest as written."""

    name: str
    flags: dict[str, str]
    rest: str

    @property
    def words(self) -> list[str]:
        """The rest as a shell would split it."""
        return shlex.split(self.rest)

    @property
    def pairs(self) -> dict[str, str]:
        """The rest as ``KEY=value`` pairs."""
        return dict(word.split("=", 1) for word in self.words)


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage: its name, the image that it begins with, and what happens in it."""

    name: str
    base: str
    instructions: tuple[Instruction, ...]

    def all(self, name: str) -> list[Instruction]:
        """Return the instructions of a name."""
        return [one for one in self.instructions if one.name == name]


def read(path: Path) -> list[Stage]:
    """Return the stages of a Dockerfile, arguments of ``FROM`` at their defaults.

    Raises:
        ValueError: an instruction is none of those that are known here.
    """
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    for line in _lines(path.read_text()):
        name, _, rest = line.partition(" ")
        if name == "ARG" and not stages:
            key, _, value = rest.partition("=")
            arguments[key] = value
        elif name == "FROM":
            base, _, alias = re.sub(r"\$\{(\w+)\}", lambda found: arguments[found[1]], rest).partition(" AS ")
            stages.append(Stage(alias, base, ()))
        elif name in KNOWN:
            last = stages.pop()
            stages.append(Stage(last.name, last.base, (*last.instructions, _instruction(name, rest))))
        else:
            raise ValueError(f'the Dockerfile has "{name}", which is not known here')
    return stages


def _lines(text: str) -> Iterator[str]:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    yield from re.sub(r" *\\\n *", " ", "\n".join(lines)).splitlines()


def _instruction(name: str, rest: str) -> Instruction:
    flags: dict[str, str] = {}
    while name == "COPY" and rest.startswith("--"):
        flag, _, rest = rest.partition(" ")
        key, _, value = flag.removeprefix("--").partition("=")
        flags[key] = value
    return Instruction(name, flags, rest)
