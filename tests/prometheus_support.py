"""A real Prometheus on loopback, and what it would tell an Alertmanager.

Its rules are those that are shipped, on the lab's clock: what an alert must hold for is as much shorter as
that clock is faster, and the present instant of an expression is scraped as well, from that clock. Intervals,
which expressions are relative to, come from the operator.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml
from aiohttp import ClientError, ClientSession, web

from um_operator.lab.clock import Clock
from um_operator.observability.rules import rule_file
from um_operator.web.listener import BindAddress, listening

_UNPACKED = Path(__file__).parent.parent / ".cache" / "prometheus" / "usr" / "bin"
_SOON = 90.0
"""Seconds within which whatever a test waits for must have come; much longer than it takes."""

_NOW: Final = "lab_time_seconds"
_PRESENT: Final = f"scalar({_NOW})"

Labels: TypeAlias = frozenset[tuple[str, str]]


def program(name: str) -> str | None:
    """Return where ``prometheus`` or ``promtool`` is, if it is here."""
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), str(_UNPACKED)]))


def missing() -> str:
    """Return why no Prometheus is to be had here; empty when it is."""
    absent = [name for name in ("prometheus", "promtool") if program(name) is None]
    return f"no {', '.join(absent)} (tools/prometheus.sh)" if absent else ""


async def promtool(*arguments: str, stdin: bytes = b"") -> tuple[int, str]:
    """Run promtool; return its exit code and all that it says."""
    found = program("promtool")
    assert found is not None
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        found, *arguments, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate(stdin)
    assert process.returncode is not None
    return process.returncode, said.decode()


@dataclass
class Alerts:
    """What Prometheus told its Alertmanager: for each alert, by its labels, whether it fires."""

    states: dict[Labels, bool] = field(default_factory=dict)
    said: dict[Labels, Mapping[str, str]] = field(default_factory=dict)

    def tell(self, alerts: Sequence[Mapping[str, Any]]) -> None:
        """Take what Prometheus posts: an alert is over when its end lies in the past."""
        for alert in alerts:
            labels = frozenset(alert["labels"].items())
            ends = datetime.fromisoformat(alert["endsAt"])
            self.states[labels] = ends > datetime.now(UTC)
            self.said[labels] = alert["annotations"]

    def firing(self) -> set[Labels]:
        """Return the alerts that fire now."""
        return {labels for labels, fires in self.states.items() if fires}

    def seen(self) -> set[Labels]:
        """Return every alert that ever fired."""
        return set(self.states)

    async def until(self, holds: Callable[[set[Labels]], bool], within: float = _SOON) -> None:
        """Return when what fires is as asked for.

        Raises:
            AssertionError: it did not come; says what fires instead.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while not holds(self.firing()):  # noqa: ASYNC110 - Prometheus sends when it sends
                    await asyncio.sleep(0.05)
        assert holds(self.firing()), sorted(sorted(labels) for labels in self.firing())


def alert(name: str, severity: str, /, **labels: str) -> Labels:
    """Return an alert by its labels."""
    return frozenset({"alertname": name, "severity": severity, **labels}.items())


@asynccontextmanager
async def watching(
    folder: Path, targets: Sequence[str], clock: Clock, *, rate: float | None = None
) -> AsyncIterator[Alerts]:
    """Run a Prometheus that scrapes ``targets`` (HOST:PORT) each second, with the rules that are shipped.

    Args:
        folder: configuration, data and log go there.
        targets: of um-operator's metrics port.
        clock: the operator's.
        rate: by how much shorter alerts hold; as much as that clock is faster unless it is one that leaps.
    """
    alerts = Alerts()
    async with AsyncExitStack() as stack:
        beside = _beside(alerts, clock)
        told = await stack.enter_async_context(listening(beside, BindAddress("127.0.0.1", 0)))
        (folder / "rules.yaml").write_text(rule_file(time_scale=1 / (rate or clock.rate), present=_PRESENT))
        configuration = folder / "prometheus.yaml"
        configuration.write_text(yaml.safe_dump(_configuration(targets, f"127.0.0.1:{told}")))
        code, said = await promtool("check", "config", str(configuration))
        assert code == 0, said
        await stack.enter_async_context(_running(folder, configuration))
        yield alerts


def _beside(alerts: Alerts, clock: Clock) -> web.Application:
    """Return what Prometheus needs beside the operator: an Alertmanager, and the lab's clock as a metric."""

    async def post(request: web.Request) -> web.Response:
        alerts.tell(await request.json())
        return web.Response()

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(text=f"{_NOW} {clock.now().timestamp():.3f}\n")

    app = web.Application()
    app.router.add_post("/api/v2/alerts", post)
    app.router.add_get("/metrics", metrics)
    return app


def _configuration(targets: Sequence[str], beside: str) -> dict[str, Any]:
    """Return the configuration; targets have a label ``namespace`` of their own, as in a cluster."""
    return {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yaml"],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [beside]}]}]},
        "scrape_configs": [
            {
                "job_name": "um-operator",
                "honor_labels": True,
                "static_configs": [{"targets": list(targets), "labels": {"namespace": "um-operator"}}],
            },
            {"job_name": "lab", "static_configs": [{"targets": [beside]}]},
        ],
    }


@asynccontextmanager
async def _running(folder: Path, configuration: Path) -> AsyncIterator[None]:
    found = program("prometheus")
    assert found is not None
    address = f"127.0.0.1:{free_port()}"
    log = folder / "prometheus.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            found,
            f"--config.file={configuration}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={address}",
            "--rules.alert.resend-delay=1s",  # it knows its Alertmanager only after some seconds
            stdout=output,
            stderr=output,
        )
    try:
        assert await _ready(f"http://{address}/-/ready"), log.read_text()
        yield
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _ready(url: str) -> bool:
    async with ClientSession() as session:
        with suppress(TimeoutError):
            async with asyncio.timeout(_SOON):
                while True:
                    with suppress(ClientError):
                        async with session.get(url) as response:
                            if response.status == 200:
                                return True
                    await asyncio.sleep(0.05)
    return False


def free_port() -> int:
    """Return a port of loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
