"""The way over a command line: what is running, what is saved, and a name of its own for each CA."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from um_operator.api.reasons import Reason
from um_operator.trust.bound import Bound
from um_operator.trust.device import Look
from um_operator.trust.errors import AnswerError, BusyError
from um_operator.trust.patterns import Pattern, compiled
from um_operator.trust.pem import of_screen, to_pem
from um_operator.trust.recipe import PASTE, Dialogue, Say
from um_operator.trust.terminal import Terminal
from um_operator.trust.way_in import Account


@dataclass
class DialogueDevice:
    """A command line at which one is logged on."""

    terminal: Terminal
    bound: Bound
    account: Account
    _added: list[str] = field(default_factory=list)

    async def begin(self) -> None:
        """Get to where the recipe's lines are understood."""
        greeting, enable = await self.terminal.greeting(), self._dialogue.enable
        if enable is not None and not _says(greeting.rstrip()[-1:], enable.success):
            await self._enable(enable)
        await self._all(self._dialogue.begin)

    async def look(self) -> Look:
        """Read what is running and saved, and who else is at work."""
        running, saved = await self._held(self._dialogue.running), await self._held(self._dialogue.saved)
        reason, busy = await self._busy()
        return Look(running, saved, reason, busy)

    async def add(self, certificates: Sequence[bytes]) -> None:
        """Add each CA under its name."""
        await self._refuse_changes()
        for der in certificates:
            name = self._name(der)
            self._added.append(name)
            for say in self._dialogue.add:
                if say.send == PASTE:
                    for line in to_pem([der]).splitlines():
                        self.terminal.type(line)
                else:
                    await self._say(say, name)

    async def keep(self) -> None:
        """Save, unless that would save what is somebody else's."""
        await self._refuse_changes()
        await self._all(self._dialogue.save)

    async def take_back(self) -> None:
        """Remove what was added here."""
        for name in self._added:
            for say in self._dialogue.take_back:
                await self._say(say, name)
        self._added.clear()

    @property
    def _dialogue(self) -> Dialogue:
        assert self.bound.recipe.dialogue is not None
        return self.bound.recipe.dialogue

    def _name(self, der: bytes) -> str:
        return f"{self.bound.fill(self._dialogue.name)}-{sha256(der).hexdigest()[:8]}"

    async def _enable(self, enable: Say) -> None:
        secret = self.account.enable_password
        if secret is None:
            raise AnswerError(
                f'account "{self.account.user}" has no rights there, and its Secret no key "enable-password"'
            )
        await self.terminal.say(enable.send, _ends(enable.expect))
        answer = await self.terminal.say(secret, secret=True)
        if not _says(answer.rstrip()[-1:], enable.success):
            raise AnswerError('the value of "enable-password" is not accepted')

    async def _held(self, line: str) -> frozenset[str]:
        shown = await self.terminal.say(self.bound.fill(line))
        return frozenset(sha256(der).hexdigest() for der in of_screen(shown))

    async def _busy(self) -> tuple[Reason | None, str]:
        locked = self._dialogue.locked
        found = compiled(locked.when).search(await self.terminal.say(self.bound.fill(locked.send)))
        if found:
            who = f' by "{found[1]}"' if found.lastindex else ""
            return Reason.DEVICE_LOCKED, f"its configuration is locked{who}"
        unsaved = self._dialogue.unsaved
        answer = await self.terminal.say(self.bound.fill(unsaved.send))
        ours = self.bound.pattern(unsaved.ours)
        if foreign := next(of_others(answer.splitlines(), ours), None):
            return (
                Reason.FOREIGN_CHANGES,
                f'it holds changes of somebody else that are not saved: "{foreign}"',
            )
        return None, ""

    async def _refuse_changes(self) -> None:
        """Read before, read after: what others do meanwhile is theirs (R24)."""
        reason, busy = await self._busy()
        if reason is not None:
            raise BusyError(busy, reason)

    async def _all(self, says: Iterable[Say]) -> None:
        for say in says:
            await self._say(say)

    async def _say(self, say: Say, name: str = "") -> None:
        line = self.bound.fill(say.send, name=name)
        answer = await self.terminal.say(line, _ends(say.expect))
        if _says(answer, say.success):
            return
        if (reason := (await self._unless_closed())) is not None:
            raise BusyError(reason[1], reason[0])
        raise AnswerError(f'"{line}" was not answered with what says that it was done')

    async def _unless_closed(self) -> tuple[Reason, str] | None:
        """Return who is at work, if that is why a line was refused."""
        try:
            reason, busy = await self._busy()
        except AnswerError:
            return None
        return (reason, busy) if reason is not None else None


def of_others(lines: Iterable[str], ours: Pattern) -> Iterator[str]:
    """Yield the changed lines that are in no section of ours.

    A section begins with a line that is not indented, with + or - before it where it is new or gone.
    """
    section = ""
    for line in lines:
        sign, text = line.lstrip()[:1], line.strip().lstrip("+-")
        if line[:1] not in {" ", ""} and not text.startswith(" "):
            section = text.strip()
        if sign in {"+", "-"} and text.strip() not in {"", "!"} and not ours.fullmatch(section):
            yield line.strip()


def _says(answer: str, success: str | None) -> bool:
    return success is None or compiled(success).search(answer) is not None


def _ends(expect: str | None) -> Pattern | None:
    return None if expect is None else compiled(expect)
