"""``um-operator``: the operator in a cluster, as its Deployment starts it."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from um_operator.app import operator
from um_operator.app.operator import Ending, OperatorSettings
from um_operator.app.settings import Settings
from um_operator.cli import options
from um_operator.cli.notices import notice
from um_operator.engine.ports import Clock
from um_operator.kube.lease import LeaseTimes
from um_operator.kube.login import Credentials, LoginError
from um_operator.local.clock import CLOCK_SETTING, ClockRefusedError, SystemClock, lent_clock
from um_operator.observability import logs
from um_operator.observability.logs import LogFormat, LogLevel
from um_operator.remoting import connect_to
from um_operator.remoting.connect_to import ConnectToError, Mapping
from um_operator.web.listener import BindAddress, BindAddressError

PREFIX: Final = "UM_OPERATOR_"
FOR_ONE_LINE: Final = (BindAddressError, ClockRefusedError, ConnectToError, LoginError)

app = typer.Typer(name="um-operator", add_completion=False, rich_markup_mode=None)


@app.command()
def um_operator(
    *,
    namespace: Annotated[
        list[str] | None,
        typer.Option(envvar=f"{PREFIX}NAMESPACE", help="Work in this namespace; repeatable. Default: all."),
    ] = None,
    lease_namespace: Annotated[
        str,
        typer.Option(envvar=[f"{PREFIX}LEASE_NAMESPACE", "POD_NAMESPACE"], help="Where the Lease is."),
    ],
    lease_name: Annotated[
        str,
        typer.Option(
            envvar=f"{PREFIX}LEASE_NAME", help="Name of the Lease; replicas share it, releases do not."
        ),
    ] = "um-operator",
    lease_duration: Annotated[
        str,
        typer.Option(
            envvar=f"{PREFIX}LEASE_DURATION",
            help="After so long without a renewal another replica takes the Lease.",
        ),
    ] = "15s",
    lease_renew_deadline: Annotated[
        str,
        typer.Option(
            envvar=f"{PREFIX}LEASE_RENEW_DEADLINE",
            help="After so long without one its holder stops.",
        ),
    ] = "10s",
    lease_retry_period: Annotated[
        str, typer.Option(envvar=f"{PREFIX}LEASE_RETRY_PERIOD", help="Time between two tries.")
    ] = "2s",
    kubeconfig: Annotated[
        Path | None,
        typer.Option(envvar=f"{PREFIX}KUBECONFIG", help="Credentials. Default: the pod's service account."),
    ] = None,
    context: Annotated[
        str | None, typer.Option(envvar=f"{PREFIX}CONTEXT", help="Context of the kubeconfig.")
    ] = None,
    metrics_bind_address: Annotated[
        str, typer.Option(envvar=f"{PREFIX}METRICS_BIND_ADDRESS", help="Where /metrics is served.")
    ] = "0.0.0.0:8080",
    health_probe_bind_address: Annotated[
        str,
        typer.Option(
            envvar=f"{PREFIX}HEALTH_PROBE_BIND_ADDRESS", help="Where /healthz and /readyz are served."
        ),
    ] = "0.0.0.0:8081",
    log_format: Annotated[
        LogFormat, typer.Option(envvar=f"{PREFIX}LOG_FORMAT", help="How log records are written.")
    ] = "json",
    log_level: Annotated[
        LogLevel, typer.Option(envvar=f"{PREFIX}LOG_LEVEL", help="From which severity on.")
    ] = "info",
    connect: Annotated[
        list[str] | None,
        typer.Option(
            "--connect-to",
            metavar="HOST:PORT:ADDRESS:PORT",
            envvar=f"{PREFIX}CONNECT_TO",
            help="Connect to another address than the name says, as curl does; @FILE has one a line.",
        ),
    ] = None,
) -> None:
    """Keep Exchange Unified Messaging as the resources of a cluster declare it."""
    logs.set_up(log_format, log_level)
    rules = connect_to.parse(connect or ())
    clock, refuse = _clock(rules)
    settings = OperatorSettings(
        credentials=Credentials(kubeconfig, context),
        lease_namespace=lease_namespace,
        lease_name=lease_name,
        lease_times=_lease_times(lease_duration, lease_renew_deadline, lease_retry_period),
        identity=f"{os.environ.get('POD_NAME') or socket.gethostname()}_{secrets.token_hex(4)}",
        clock=clock,
        namespaces=tuple(namespace) if namespace else None,
        metrics_at=BindAddress.parse(metrics_bind_address),
        probes_at=BindAddress.parse(health_probe_bind_address),
        refuse=refuse,
    )
    with connect_to.installed(rules):
        ending = asyncio.run(_until_stopped(settings))
    if ending is Ending.BROKEN:
        _leave_at_once()


def _lease_times(duration: str, renew_deadline: str, retry: str) -> LeaseTimes:
    times = LeaseTimes(options.duration(duration), options.duration(renew_deadline), options.duration(retry))
    if not times.retry < times.renew_deadline < times.duration:
        raise typer.BadParameter(
            "--lease-retry-period must be shorter than --lease-renew-deadline, and that than --lease-duration"
        )
    return times


async def _until_stopped(settings: OperatorSettings) -> Ending:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return await operator.run(settings, stop)


def _clock(rules: Sequence[Mapping]) -> tuple[Clock, Callable[[Settings], str | None]]:
    """Return the machine's clock, or a lab's, with which nothing but a lab may be reached."""
    setting = os.environ.get(CLOCK_SETTING)
    if not setting:
        return SystemClock(), lambda _: None

    def refuse(settings: Settings) -> str | None:
        try:
            lent_clock(setting, [connect_to.address_of(w.host, w.port, rules) for w in settings.ways_in])
        except ClockRefusedError as error:
            return str(error)
        return None

    return lent_clock(setting, ()), refuse


def _leave_at_once() -> None:
    """End without waiting for calls that hang in threads: another replica works by now."""
    logging.shutdown()
    os._exit(Ending.BROKEN)


def main() -> None:
    """Run the operator."""
    try:
        app()
    except FOR_ONE_LINE as error:
        notice(f"error: {error}")
        sys.exit(Ending.BROKEN)
