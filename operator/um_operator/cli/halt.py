"""``umctl halt``: the hand on the brake of an organisation in a cluster (R25)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer

from um_operator.api.annotations import MAX_REASON, Hold
from um_operator.api.strings import parse_instant
from um_operator.cli.exits import ExitCode, finish
from um_operator.cli.notices import notice
from um_operator.cli.options import Context, Kubeconfig, Namespace, duration
from um_operator.cli.output import write
from um_operator.cli.progress import working
from um_operator.cli.render_plan import instant
from um_operator.engine.ports import OrganizationId, PortError
from um_operator.kube.brake import FIELD_MANAGER, Brake
from um_operator.kube.client import KubeClient
from um_operator.kube.login import Credentials
from um_operator.local.clock import chosen_clock

LASTS: Final = timedelta(hours=4)
"""How long a hold lasts unless somebody says it."""

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def halt(
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The ExchangeOrganization's metadata.name.")],
    reason: Annotated[
        str, typer.Option("--reason", help="Why, for whoever finds it held. Required unless --lift.")
    ] = "",
    lasting: Annotated[
        str | None,
        typer.Option("--for", metavar="DURATION", help="How long it lasts, such as 90m.", show_default="4h"),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="INSTANT", help="When it ends, such as 2026-12-24T18:00:00Z."),
    ] = None,
    lift: Annotated[bool, typer.Option("--lift", help="Take the hold away.")] = False,
    namespace: Namespace = None,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
    timeout: Annotated[
        str,
        typer.Option(
            "--timeout", metavar="DURATION", help="How long to wait until the operator has seen it; 0s: not."
        ),
    ] = "30s",
) -> None:
    """Stop new writes to Exchange for an organization and everything in it, or let them go on.

    The operator heeds it in its next pass. What is begun is finished: a gateway that is being emptied takes
    calls again. Without a cluster nothing runs by itself: write the annotation unifiedmessaging.dev/hold into
    the manifest.

    Exit code: 0 the operator has seen it, 2 it stands and the operator did not say so in time, 1 an error.
    """
    if lift == bool(reason.strip()) or (lift and (lasting or until)):
        raise typer.BadParameter("give a --reason, and how long if you like; or --lift alone")
    if lasting and until:
        raise typer.BadParameter("give --for or --until, not both")
    wanted = None if lift else _Wanted(_one_line(reason), *_end(lasting, until))
    credentials = Credentials(kubeconfig, context)
    organization = OrganizationId(namespace or credentials.namespace(), name)
    patience = duration(timeout).total_seconds()
    finish(asyncio.run(_halt(credentials, organization, wanted, patience)))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A hold as it was asked for; ``until`` wins over ``lasting``."""

    reason: str
    lasting: timedelta
    until: datetime | None

    def from_now(self, now: datetime) -> Hold:
        """Return the hold."""
        until = self.until or now + self.lasting
        if until <= now:
            raise typer.BadParameter(f'"{instant(until)}" is past: now it is "{instant(now)}"')
        return Hold(until, self.reason)


async def _halt(
    credentials: Credentials, organization: OrganizationId, wanted: _Wanted | None, patience: float
) -> ExitCode:
    """Set or lift the hold, and wait until the operator has seen it."""
    async with KubeClient(credentials.configuration, user_agent=FIELD_MANAGER) as client:
        brake = Brake(client, organization)
        now = chosen_clock([urlsplit(client.server).hostname or ""]).now()
        if wanted is None:
            await _lift(brake)
        hold = await _set(brake, wanted.from_now(now), now) if wanted else None
        write(_told(organization, hold))
        return await _seen(brake, patience)


async def _set(brake: Brake, hold: Hold, now: datetime) -> Hold:
    """Set a hold unless one stands that lasts longer; return the one that stands."""
    standing = await brake.hold()
    if standing is not None and standing.active(now) and _lasts_longer(standing, hold):
        notice("A hold that lasts longer stands already, and is left as it is; --lift takes it away.")
        return standing
    await brake.pull(hold)
    return hold


async def _lift(brake: Brake) -> None:
    if await brake.hold() is None:
        notice("There is no hold.")
    await brake.lift()


async def _seen(brake: Brake, patience: float) -> ExitCode:
    """Wait until the operator says that it has seen it."""
    if not patience:
        return ExitCode.NOTHING_LEFT
    try:
        with working("Waiting for the operator to see it"):
            async with asyncio.timeout(patience):
                await brake.until_seen()
    except (TimeoutError, PortError) as error:
        notice(f"It stands in the cluster, and the operator has not said that it saw it. {error}".strip())
        notice("If no operator runs, nothing is written either; see: kubectl get xorg -o wide")
        return ExitCode.DIFFERENCES
    notice("The operator has seen it.")
    return ExitCode.NOTHING_LEFT


def _lasts_longer(standing: Hold, hold: Hold) -> bool:
    return standing.until is None or (hold.until is not None and standing.until > hold.until)


def _told(organization: OrganizationId, hold: Hold | None) -> str:
    if hold is None:
        return f'ExchangeOrganization "{organization}" is not held: what waits goes on.\n'
    until = f' until "{instant(hold.until)}"' if hold.until else ""
    return (
        f'ExchangeOrganization "{organization}" is held{until}: "{hold.reason}". '
        "Nothing new is written to Exchange; what is begun is finished.\n"
    )


def _end(lasting: str | None, until: str | None) -> tuple[timedelta, datetime | None]:
    """Return how long, and until when if that was said."""
    try:
        return duration(lasting) if lasting else LASTS, parse_instant(until) if until else None
    except ValueError as error:
        raise typer.BadParameter(f"--until: {error}") from None


def _one_line(reason: str) -> str:
    line = " ".join(reason.split())
    if len(line) > MAX_REASON:
        raise typer.BadParameter(f"--reason has {len(line)} characters, and at most {MAX_REASON} are kept")
    return line
