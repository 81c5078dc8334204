"""curl's --connect-to for every connection of the process: names, SPNs and certificates stay as they are.

A wrapper around ``socket.getaddrinfo``, the one call that requests, pypsrp and asyncio share. A host given as
an address never gets there with asyncio, so mappings are for names.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PART = r"(?:\[[0-9A-Fa-f:.%]+\]|[^:\[\]\s]*)"
_RULE = re.compile(rf"(?P<host>{_PART}):(?P<port>\d*):(?P<address>{_PART}):(?P<to>\d*)")


class ConnectToError(ValueError):
    """A mapping that can't be read, said in one line."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """HOST:PORT:ADDRESS:PORT; as with curl, an empty first half matches all, an empty second half keeps."""

    host: str
    port: int | None
    address: str
    to_port: int | None

    def target(self, host: str, port: int | None) -> tuple[str, int | None] | None:
        """Return where a connection to this host and port goes, or None when it is not meant."""
        if self.host and self.host.casefold() != host.casefold().rstrip("."):
            return None
        if self.port is not None and self.port != port:
            return None
        return self.address or host, port if self.to_port is None else self.to_port


def parse(arguments: Iterable[str]) -> tuple[Mapping, ...]:
    """Read mappings; ``@file`` names a file with one a line, where ``#`` begins a comment.

    Raises:
        ConnectToError: naming the argument, or file and line.
    """
    mappings: list[Mapping] = []
    for argument in arguments:
        if argument.startswith("@"):
            mappings.extend(_parse_file(Path(argument[1:])))
        else:
            mappings.append(_parse_one(argument, f'"{argument}"'))
    return tuple(mappings)


def address_of(host: str, port: int, mappings: Iterable[Mapping]) -> str:
    """Return where a connection to a host and port really goes."""
    targets = (rule.target(host, port) for rule in mappings)
    return next((target[0] for target in targets if target is not None), host)


@contextmanager
def installed(mappings: Iterable[Mapping]) -> Iterator[None]:
    """Connect by the first mapping that matches, in the whole process, until the block ends."""
    rules = tuple(mappings)
    original = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        return original(*_target(rules, host, port), *args, **kwargs)

    socket.getaddrinfo = getaddrinfo
    try:
        yield
    finally:
        socket.getaddrinfo = original


def _target(rules: tuple[Mapping, ...], host: Any, port: Any) -> tuple[Any, Any]:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if not isinstance(name, str):
        return host, port
    number = int(port) if isinstance(port, int | str) and str(port).isdigit() else None
    for rule in rules:
        target = rule.target(name, number)
        if target is not None:
            return target[0], port if target[1] is None else target[1]
    return host, port


def _parse_file(path: Path) -> Iterator[Mapping]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConnectToError(f'--connect-to "@{path}" can\'t be read: {reason}') from None
    for number, line in enumerate(lines, start=1):
        rule = line.partition("#")[0].strip()
        if rule:
            yield _parse_one(rule, f'line {number} of "{path}"')


def _parse_one(rule: str, where: str) -> Mapping:
    match = _RULE.fullmatch(rule)
    if match is None:
        raise ConnectToError(f"--connect-to {where} is not HOST:PORT:ADDRESS:PORT")
    ports = [int(text) if text else None for text in (match["port"], match["to"])]
    if any(port is not None and not 0 < port < 65536 for port in ports):
        raise ConnectToError(f"--connect-to {where} names a port that is not between 1 and 65535")
    return Mapping(_bare(match["host"]), ports[0], _bare(match["address"]), ports[1])


def _bare(host: str) -> str:
    return host.removeprefix("[").removesuffix("]").rstrip(".")
