"""The dialogue of IOS on a terminal: modes with their prompts, echo, paging, questions."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from um_operator.lab.devices import ios_text as says
from um_operator.lab.devices.ssh import Process

if TYPE_CHECKING:
    from um_operator.lab.devices.cube import Cube

PAGE = 24
Command = Callable[["Terminal", re.Match[str]], Awaitable[None]]


class Gone(Exception):  # noqa: N818 - no error: the user has hung up
    """The user has hung up."""


class Terminal:
    """One user at the device.

    Attributes:
        mode: ``>``, ``#``, ``(config)#`` or ``(ca-trustpoint)#``: the end of the prompt.
        at: the trustpoint that is being changed.
    """

    def __init__(self, cube: Cube, process: Process) -> None:
        self.cube = cube
        self.mode = ">" if cube.spec.enable_password else "#"
        self.at = ""
        self._process = process
        self._pages = True
        self._rest = ""

    async def run(self) -> None:
        """Serve until the user leaves."""
        name = self.cube.spec.fqdn.partition(".")[0]
        # IOS has bytes, in whichever encoding an admin typed them.
        self._process.channel.set_encoding("latin-1")
        self.say("\nZugang nur f\u00fcr Befugte. Unauthorised access is prohibited.\n\n")
        try:
            while self.mode:
                self.say(f"{name}{self.mode}")
                await self._do((await self.line()).strip())
        except Gone:
            pass
        self._process.exit(0)

    def say(self, text: str) -> None:
        """Print."""
        self._process.stdout.write(text.replace("\n", "\r\n"))

    async def line(self, *, echo: bool = True) -> str:
        """What the user types until the end of the line.

        Raises:
            Gone: he has hung up.
        """
        while not (found := re.search(r"\r\n|\r|\n", self._rest)):
            received = await self._process.stdin.read(4096)
            if not received:
                raise Gone
            self._rest += received
        typed, self._rest = self._rest[: found.start()], self._rest[found.end() :]
        self.say(f"{typed}\n" if echo else "\n")
        return typed

    async def show(self, lines: list[str]) -> None:
        """Print, a page at a time unless ``terminal length 0`` was said."""
        for number, line in enumerate(lines, 1):
            self.say(f"{line}\n")
            if self._pages and number % PAGE == 0:
                self.say(says.MORE)
                await self.line(echo=False)

    def set_length(self, length: int) -> None:
        """How long a page is; 0: without end."""
        self._pages = length != 0

    async def ask(self, question: str) -> bool:
        """Whether the user says yes."""
        self.say(question)
        return (await self.line()).strip().lower() in {"y", "yes"}

    async def pasted(self) -> x509.Certificate | None:
        """The certificate that the user pastes; None if it is none."""
        lines: list[str] = []
        while (line := (await self.line()).strip()) not in {"", "quit"}:
            lines.append(line)
        body = "".join(line for line in lines if not line.startswith("-----"))
        pem = f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"
        try:
            return x509.load_pem_x509_certificate(pem.encode())
        except ValueError:
            return None

    async def _do(self, line: str) -> None:
        if not line or line.startswith("!"):
            return
        if line == self.cube.hangs_up_at:
            raise Gone
        for modes, pattern, command in COMMANDS:
            if self.mode in modes and (found := re.fullmatch(pattern, line)):
                await command(self, found)
                return
        self.say(says.INVALID)


async def _enable(t: Terminal, _: re.Match[str]) -> None:
    t.say("Password: ")
    if await t.line(echo=False) == t.cube.spec.enable_password:
        t.mode = "#"
    else:
        t.say(says.DENIED)


async def _length(t: Terminal, found: re.Match[str]) -> None:
    t.set_length(int(found[1]))


async def _quiet(_t: Terminal, _found: re.Match[str]) -> None:
    return


async def _configure(t: Terminal, _: re.Match[str]) -> None:
    if holder := t.cube.locked_by():
        t.say(says.LOCKED.format(user=holder))
        return
    t.say(says.CONFIGURING)
    t.mode = "(config)#"


async def _leave(t: Terminal, found: re.Match[str]) -> None:
    above = {"(ca-trustpoint)#": "(config)#", "(config)#": "#"}
    t.mode = "#" if found[0] == "end" and t.mode in above else above.get(t.mode, "")


async def _lock(t: Terminal, _: re.Match[str]) -> None:
    holder = t.cube.locked_by()
    values = ("104", holder, "2", "EXCLUSIVE", "LOCKED", "EXPOSED", 1)
    free = ("-1", "unknown", "-1", "NO LOCK", "FREE", "unknown", 0)
    names = ("pid", "user", "tty", "type", "state", "kind", "count")
    t.say(says.LOCK.format(**dict(zip(names, values if holder else free, strict=True))))


async def _differences(t: Terminal, _: re.Match[str]) -> None:
    if found := t.cube.differences():
        t.say(says.DIFFERENCES)
        await t.show(found)
    else:
        t.say(says.NO_CHANGES)


async def _section(t: Terminal, found: re.Match[str]) -> None:
    """Print the sections of a configuration whose first line has the text."""
    configuration = t.cube.running if found[1] == "running" else t.cube.startup
    shown, inside = [], False
    for line in configuration.text():
        inside = found[2] in line if not line.startswith(" ") else inside
        shown += [line] if inside else []
    await t.show(shown)


async def _trustpoint(t: Terminal, found: re.Match[str]) -> None:
    from um_operator.lab.devices.cube import Trustpoint  # noqa: PLC0415 - the terminal is the device's

    t.at, t.mode = found[1], "(ca-trustpoint)#"
    if t.at not in t.cube.running.trustpoints:
        async with t.cube.effect("crypto pki trustpoint"):
            t.cube.running.trustpoints[t.at] = Trustpoint()


async def _property(t: Terminal, found: re.Match[str]) -> None:
    async with t.cube.effect(found[0]):
        t.cube.running.trustpoints[t.at].lines.append(found[0])


async def _authenticate(t: Terminal, found: re.Match[str]) -> None:
    t.mode = "(config)#"
    trustpoint = t.cube.running.trustpoints.get(found[1])
    if trustpoint is None:
        t.say(says.NO_TRUSTPOINT.format(name=found[1]))
    elif trustpoint.certificate is not None:
        t.say(says.HELD)
    else:
        t.say(says.PASTE)
        if (certificate := await t.pasted()) is None:
            t.say(says.UNREADABLE)
            return
        md5, sha1 = (certificate.fingerprint(h).hex().upper() for h in (hashes.MD5(), hashes.SHA1()))  # noqa: S303
        t.say(says.ATTRIBUTES.format(md5=md5, sha1=sha1))
        if not await t.ask(says.ACCEPT):
            t.say(says.NOT_ACCEPTED)
            return
        async with t.cube.effect("crypto pki authenticate"):
            trustpoint.certificate = certificate
            await t.cube.changed()
        t.say(says.ACCEPTED)


async def _remove(t: Terminal, found: re.Match[str]) -> None:
    t.mode = "(config)#"
    if found[1] not in t.cube.running.trustpoints:
        t.say(says.NO_TRUSTPOINT.format(name=found[1]))
        return
    t.say(says.REMOVING)
    if await t.ask(says.SURE):
        async with t.cube.effect("no crypto pki trustpoint"):
            del t.cube.running.trustpoints[found[1]]
            await t.cube.changed()
        t.say(says.REMOVED)


async def _save(t: Terminal, _: re.Match[str]) -> None:
    t.say(says.BUILDING)
    async with t.cube.effect("write memory"):
        t.cube.save()
    t.say(says.SAVED)


async def _reload(t: Terminal, _: re.Match[str]) -> None:
    t.say("Proceed with reload? [confirm]")
    await t.line()
    async with t.cube.effect("reload"):
        await t.cube.boot()
    raise Gone


_EXEC, _CONFIG = (">", "#"), ("(config)#", "(ca-trustpoint)#")
_NAME = r"([A-Za-z0-9_.-]{1,63})"
COMMANDS: tuple[tuple[tuple[str, ...], str, Command], ...] = (
    ((">",), "enable", _enable),
    (_EXEC, r"terminal length (\d+)", _length),
    (_EXEC, r"terminal width \d+", _quiet),
    (("#",), "configure terminal", _configure),
    (("#",), "show configuration lock", _lock),
    (
        ("#",),
        "show archive config differences nvram:startup-config system:running-config",
        _differences,
    ),
    (("#",), r"show (running|startup)-config \| section (.+)", _section),
    (("#",), "write memory|copy running-config startup-config", _save),
    (("#",), "reload", _reload),
    ((*_EXEC, *_CONFIG), "end|exit", _leave),
    (_CONFIG, f"crypto pki trustpoint {_NAME}", _trustpoint),
    (("(ca-trustpoint)#",), "enrollment terminal|revocation-check none", _property),
    (_CONFIG, f"crypto pki authenticate {_NAME}", _authenticate),
    (_CONFIG, f"no crypto pki trustpoint {_NAME}", _remove),
)
"""In which modes what is understood."""
