"""One line a record, the same for the same record, about a resource where it is one; never a secret."""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from um_operator.observability import logs
from um_operator.observability.logs import FLOORS, LogFormat, LogLevel

GATEWAY = {"kind": "UMIPGateway", "namespace": "um", "name": "sbc01", "organization": "contoso"}
KOPF = {"apiVersion": "unifiedmessaging.dev/v1beta1", "kind": "UMIPGateway", "name": "sbc01", "uid": "1"}


@contextmanager
def written(log_format: LogFormat, level: LogLevel = "info") -> Iterator[io.StringIO]:
    """Set logging up, give what is written, and leave the process as it was."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, before = root.handlers[:], root.level
    floors = {name: logging.getLogger(name).level for name in FLOORS}
    root.handlers.clear()
    try:
        logs.set_up(log_format, level, stream)
        yield stream
    finally:
        logging.captureWarnings(capture=False)
        root.handlers[:] = handlers
        root.setLevel(before)
        for name, floor in floors.items():
            logging.getLogger(name).setLevel(floor)


def record(message: str = "patched", **more: Any) -> logging.LogRecord:
    made = logging.LogRecord("um_operator.kube", logging.WARNING, "", 0, message, None, None)
    made.created = 1_795_608_000.1239
    made.__dict__.update(more)
    return made


def test_a_json_line_has_its_keys_in_one_order() -> None:
    line = logs.JSONFormatter().format(record(about=GATEWAY))
    assert line == (
        '{"time":"2026-11-25T12:00:00.123Z","level":"warning","logger":"um_operator.kube",'
        '"message":"patched","kind":"UMIPGateway","namespace":"um","name":"sbc01","organization":"contoso"}'
    )


def test_a_text_line_names_the_resource_before_the_message() -> None:
    line = logs.TextFormatter().format(record(about=GATEWAY))
    assert line == "2026-11-25T12:00:00.123Z WARNING um_operator.kube: UMIPGateway um/sbc01: patched"


def test_a_record_of_kopf_is_about_its_resource_too() -> None:
    line = json.loads(logs.JSONFormatter().format(record(k8s_ref={**KOPF, "namespace": "um"})))
    assert (line["kind"], line["namespace"], line["name"]) == ("UMIPGateway", "um", "sbc01")
    assert "UMIPGateway sbc01: patched" in logs.TextFormatter().format(record(k8s_ref=KOPF))


@pytest.mark.parametrize("formatter", [logs.JSONFormatter(), logs.TextFormatter()])
def test_a_message_cannot_forge_a_line(formatter: logging.Formatter) -> None:
    line = formatter.format(record('name "a\nb\r\x1b[0m"'))
    assert line.isprintable()


def test_an_error_stands_in_the_same_json_line() -> None:
    try:
        raise OSError("no route")
    except OSError as error:
        line = logs.JSONFormatter().format(record(exc_info=(OSError, error, error.__traceback__)))
    assert "\n" not in line
    assert json.loads(line)["error"].endswith("OSError: no route")


def test_what_is_not_listed_gets_into_no_line() -> None:
    more: dict[str, Any] = {"password": "Blue-Harbour-7", "about": {**GATEWAY, "token": "Blue-Harbour-7"}}
    assert "Blue-Harbour-7" not in logs.JSONFormatter().format(record(**more))
    assert "Blue-Harbour-7" not in logs.TextFormatter().format(record(**more))


def test_a_logger_of_a_resource_says_which_one() -> None:
    with written("json") as stream:
        logger = logs.about(logging.getLogger("um_operator.engine"), **GATEWAY)
        logger.info("set %s", "port")
    line = json.loads(stream.getvalue())
    assert {key: line[key] for key in (*GATEWAY, "message")} == {**GATEWAY, "message": "set port"}


def test_only_the_level_and_above_is_written() -> None:
    with written("text", "warning") as stream:
        logging.getLogger("um_operator").info("quiet")
        logging.getLogger("um_operator").warning("loud")
    assert [line.rpartition(": ")[2] for line in stream.getvalue().splitlines()] == ["loud"]


@pytest.mark.parametrize(
    "name", ["pypsrp.messages", "spnego._ntlm", "kopf.objects", "psrpcore.types._serializer", "asyncssh.sftp"]
)
def test_a_library_that_would_tell_secrets_is_not_heard_at_debug(name: str) -> None:
    with written("json", "debug") as stream:
        logging.getLogger("um_operator").debug("ours")
        logging.getLogger(name).debug("Packing PSRP message: <S>Blue-Harbour-7</S>")
    assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == ["ours"]


def test_a_floor_does_not_raise_the_voice_of_a_library() -> None:
    with written("json", "error") as stream:
        logging.getLogger("kopf.objects").warning("handler failed")
    assert stream.getvalue() == ""


def test_a_warning_of_python_becomes_a_record() -> None:
    with written("json") as stream, warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    assert json.loads(stream.getvalue())["logger"] == "py.warnings"
