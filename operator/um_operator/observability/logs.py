"""Logging, set up in one place: one line a record, as JSON for machines or as text for people.

Only what is listed here gets into a line: message, level, logger, the resource, the error. Libraries whose
debug records hold tokens, messages on the wire or whole resources are not heard below a floor, whatever the
level: a log is no place for a secret.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any, Final, Literal, TextIO, TypeAlias

LogFormat: TypeAlias = Literal["json", "text"]
LogLevel: TypeAlias = Literal["debug", "info", "warning", "error"]

OBJECT_FIELDS: Final = ("kind", "namespace", "name", "organization")
"""What a record says of the resource that it is about, in this order."""

FLOORS: Final[Mapping[str, int]] = {
    "pypsrp": logging.WARNING,  # debug: PSRP messages with every argument
    "asyncssh": logging.WARNING,  # info: lines for each connection; debug: what is sent
    "psrpcore": logging.WARNING,  # debug: serialized objects
    "spnego": logging.WARNING,  # debug: authentication tokens
    "urllib3": logging.WARNING,  # debug: paths of requests
    "kubernetes": logging.INFO,  # debug: what a kubeconfig leads to
    "kopf": logging.INFO,  # debug: whole patches
    "kopf.objects": logging.WARNING,  # info: a line for each event
    "aiohttp.access": logging.WARNING,  # info: a line for each probe and scrape
    "asyncio": logging.INFO,  # debug: the selector
}
"""The least severe records of a library that are written."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
"""Would tear a line, or forge one."""


class ObjectLogger(logging.LoggerAdapter[logging.Logger]):
    """A logger whose records say which resource they are about."""

    def process(
        self, msg: object, kwargs: MutableMapping[str, Any]
    ) -> tuple[object, MutableMapping[str, Any]]:
        """Add the resource's fields to what the call itself gives."""
        kwargs["extra"] = {"about": self.extra, **(kwargs.get("extra") or {})}
        return msg, kwargs


def about(logger: logging.Logger, *, kind: str, namespace: str, name: str, organization: str) -> ObjectLogger:
    """Return a logger for records about one resource."""
    fields = {"kind": kind, "namespace": namespace, "name": name, "organization": organization}
    return ObjectLogger(logger, fields)


def set_up(log_format: LogFormat, level: LogLevel, stream: TextIO | None = None) -> None:
    """Write every record of ``level`` and above to ``stream`` (else standard error), and only there.

    Replaces what was set up before. Python's warnings become records, too.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JSONFormatter() if log_format == "json" else TextFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name, floor in FLOORS.items():
        logging.getLogger(name).setLevel(max(floor, logging.getLogger().level))
    logging.captureWarnings(capture=True)


class JSONFormatter(logging.Formatter):
    """One JSON object a line; keys in a fixed order, ASCII only."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        line: dict[str, str] = {
            "time": _instant(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_object_of(record),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, separators=(",", ":"))


class TextFormatter(logging.Formatter):
    """One line for people; the traceback of an error, if there is one, below it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        found = _object_of(record)
        name = "/".join(found[field] for field in ("namespace", "name") if field in found)
        subject = f"{found['kind']} {name}: " if "kind" in found else ""
        message = _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", record.getMessage())
        line = f"{_instant(record)} {record.levelname:<7} {record.name}: {subject}{message}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _instant(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _object_of(record: logging.LogRecord) -> dict[str, str]:
    """Return the fields of the resource that a record is about; kopf names it in its own way."""
    found: Mapping[str, object] | None = getattr(record, "about", None) or getattr(record, "k8s_ref", None)
    return {field: str(found[field]) for field in OBJECT_FIELDS if found.get(field)} if found else {}
