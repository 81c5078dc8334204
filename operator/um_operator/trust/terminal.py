"""A command line behind SSH: a line is typed, and what comes is read until it ends as expected."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from um_operator.trust.bound import MASK
from um_operator.trust.errors import AnswerError

if TYPE_CHECKING:
    import asyncssh

LONGEST: Final = 1 << 20
"""Characters of an answer; a device that says more is not understood."""
SHOWN: Final = 160
"""Characters of an answer in a message."""
PIECE: Final = 8192


class Terminal:
    """One session at a command line.

    Args:
        process: a shell with a terminal.
        prompt: what ends an answer, unless something else is expected.
        failures: what says in an answer that the line was refused.
        deadline: seconds for one answer.
    """

    def __init__(
        self,
        process: asyncssh.SSHClientProcess[str],
        prompt: re.Pattern[str],
        failures: Iterable[re.Pattern[str]],
        deadline: float,
    ) -> None:
        self.prompt = prompt
        self._process = process
        self._failures = tuple(failures)
        self._deadline = deadline

    async def greeting(self) -> str:
        """Return what comes before anything is typed, the first prompt at its end."""
        return await self._read(self.prompt, "the first prompt")

    async def say(self, line: str, expect: re.Pattern[str] | None = None, *, secret: bool = False) -> str:
        """Type a line and return the answer, without the echo.

        Args:
            line: what is typed.
            expect: what ends the answer; the prompt.
            secret: whether the line must not be in any message.

        Raises:
            AnswerError: the answer does not end so, or says that the line was refused.
        """
        shown = MASK if secret else line
        self._process.stdin.write(f"{line}\n")
        answer = await self._read(expect or self.prompt, f'the end of the answer to "{shown}"')
        answer = answer.partition(line)[2] if line and line in answer else answer
        for failure in self._failures:
            if found := failure.search(answer):
                raise AnswerError(f'"{shown}" was answered with "{_line(found[0])}"')
        return answer

    def type(self, line: str) -> None:
        """Type a line to which no answer comes, one of many."""
        self._process.stdin.write(f"{line}\n")

    async def _read(self, ends: re.Pattern[str], awaited: str) -> str:
        text = ""
        try:
            async with asyncio.timeout(self._deadline):
                while not ends.search(text):
                    received = await self._process.stdout.read(PIECE)
                    if not received:
                        raise AnswerError(f"it hung up before {awaited}: {_end(text)}")
                    text += received.replace("\r\n", "\n").replace("\r", "")
                    if len(text) > LONGEST:
                        raise AnswerError(f"it does not come to {awaited}")
        except TimeoutError:
            raise AnswerError(f"{awaited} did not come in time: {_end(text)}") from None
        return text


def _end(text: str) -> str:
    """Return the last line of an answer, quoted."""
    lines = text.strip().splitlines()
    return f'"{_line(lines[-1])}"' if lines else "nothing came"


def _line(text: str) -> str:
    return " ".join(text.split())[:SHOWN].replace('"', "'")
