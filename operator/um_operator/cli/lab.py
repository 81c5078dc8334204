"""``umctl lab``: a simulated Exchange estate to work on, changed by hand from a second terminal."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from um_operator.cli.lab_files import Credentials, DeviceAccess, LabFolder
from um_operator.cli.render_journal import journal_line
from um_operator.lab.clock import Clock
from um_operator.lab.control import ControlError, ask, listening
from um_operator.lab.estate import EstateSpec, Lab
from um_operator.lab.exchange.rbac import Account
from um_operator.lab.presets import PRESETS
from um_operator.local.clock import CLOCK_SETTING
from um_operator.local.errors import LocalError

app = typer.Typer(
    name="lab",
    help="Run a simulated Exchange estate, change it by hand, read its journal.",
    add_completion=False,
    rich_markup_mode=None,
)

EXAMPLES: Final = {"smallest": "smallest", "two-servers": "first-steps", "first-steps": "first-steps"}
"""The manifests for each preset; for all others those of the larger example."""

SECRETS: Final = {
    "svc-um-operator": "exchange-operator",
    "svc-um-lync": "lync-operator",
    "svc-um-exchucutil": "exchange-organization-admin",
}
"""The Secret of each account in the examples."""

LONGEST_ANSWER: Final = 5.0
"""Seconds until a lab counts as gone that was there before."""

Folder = Annotated[
    Path | None,
    typer.Option("--folder", metavar="DIR", help="Where the lab's files are. Default: the runtime folder."),
]


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    *,
    preset: Annotated[
        str, typer.Option("--preset", help=f"What there is: {', '.join(PRESETS)}.")
    ] = "first-steps",
    rate: Annotated[float, typer.Option("--rate", min=0.1, max=1000, help="Lab seconds a second.")] = 1.0,
    seed: Annotated[int, typer.Option("--seed", help="Of everything that is drawn by lot.")] = 0,
    folder: Folder = None,
) -> None:
    """Run a simulated Exchange estate until it is interrupted, and print how to work on it."""
    if context.invoked_subcommand is not None:
        return
    if preset not in PRESETS:
        raise typer.BadParameter(f'there is no preset "{preset}"; take one of {", ".join(PRESETS)}')
    files = _folder(folder)
    if _is_taken(files):
        raise LocalError(f'a lab runs with folder "{files.path}" already; end it, or give another --folder')
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(preset, Clock(rate=rate), seed, files))


@app.command()
def change(
    cmdlet: Annotated[str, typer.Argument(help="Such as Set-UMIPGateway.")],
    identity: Annotated[str | None, typer.Argument(help="Of the object.")] = None,
    parameters: Annotated[
        list[str] | None, typer.Argument(metavar="NAME=VALUE…", help="Parameters of the cmdlet.")
    ] = None,
    *,
    folder: Folder = None,
) -> None:
    """Change something by hand, as an administrator at a server of the running lab."""
    positional = [] if identity is None else [identity]
    given = dict(_parameter(text) for text in parameters or [])
    with _errors():
        answer = ask(
            _folder(folder).control_address(),
            "change",
            cmdlet=cmdlet,
            positional=positional,
            parameters=given,
        )
    for row in answer["rows"]:
        typer.echo(json.dumps(row, ensure_ascii=False))
    for warning in answer["warnings"]:
        typer.echo(f"warning: {warning}", err=True)


@app.command()
def journal(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    folder: Folder = None,
) -> None:
    """Print what happened in the running lab: every change with who made it, and every call that failed."""
    for entry in _entries(_folder(folder).control_address()):
        typer.echo(json.dumps(entry, ensure_ascii=False) if as_json else journal_line(entry))


def operator_account(spec: EstateSpec) -> Account:
    """Return the account with the rights of an operator."""
    accounts = spec.organization.accounts
    return next(account for account in accounts if "UM Management" in account.role_groups)


def hand_out(running: Lab, folder: LabFolder) -> None:
    """Write what the examples need to run on a lab: accounts, CAs, keys of devices, mapped connections."""
    folder.write(
        accounts=credentials(running.spec),
        ca_pem=(running.authority.pem + running.company.pem).decode(),
        issuer={name: pem.decode() for name, pem in running.company.issuing.files.items()},
        connect_to=running.connect_to,
        devices=device_access(running),
    )


def credentials(spec: EstateSpec) -> Iterator[Credentials]:
    """Yield the accounts that the examples have Secrets for; those for Lync where there is Lync."""
    for account in spec.organization.accounts:
        secret = SECRETS.get(account.name.rpartition("\\")[2])
        if secret is not None and (spec.lync is not None or account == operator_account(spec)):
            yield Credentials(secret, account.name, account.password)


def device_access(running: Lab) -> Iterator[DeviceAccess]:
    """Yield how the managed devices of a lab are logged on to: a CUBE by password, hosts by key."""
    for name, device in running.managed.items():
        by_key = device.spec.product != "CiscoCUBE"
        yield DeviceAccess(
            name=name,
            user=device.spec.user,
            password="" if by_key else device.spec.password,
            private_key=device.private_key if by_key else "",
            known_hosts=device.known_hosts,
            ca_pem=running.calls.device_pem,
        )


def how_to_connect(preset: str, running: Lab, folder: LabFolder) -> Iterator[str]:
    """Yield what to type in another terminal to work on a lab that runs."""
    servers = ", ".join(sorted(running.servers))
    yield f'The lab "{preset}" runs: {servers}. Ctrl-C ends it.'
    yield ""
    yield "In another terminal:"
    yield f"  export {CLOCK_SETTING}='{running.clock.to_setting()}'"
    example = EXAMPLES.get(preset, "contoso")
    yield f"  umctl plan -f examples/{example} -f {folder.path} --connect-to @{folder.connect_to}"
    yield from (f"  {line}" for line in how_to_change(folder))
    if example != "first-steps":
        yield ""
        yield "That example declares Kerberos, and the lab has no KDC: plan a copy of it with method NTLM."


def how_to_change(folder: LabFolder) -> Iterator[str]:
    """Yield what to type in another terminal to change a running lab by hand, and to read its journal."""
    yield f"umctl lab change Set-UMIPGateway legacy-pbx Port=5070 --folder {folder.path}"
    yield f"umctl lab journal --folder {folder.path}"


async def until_stopped() -> None:
    """Return when the process is asked to end, so that everything is cleared away."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


async def _serve(preset: str, clock: Clock, seed: int, folder: LabFolder) -> None:
    spec = PRESETS[preset](seed)
    async with Lab.start(spec, clock=clock, seed=seed) as running, listening(running) as address:
        hand_out(running, folder)
        folder.control.write_text(f"{address}\n")
        try:
            for line in how_to_connect(preset, running, folder):
                typer.echo(line)
            await until_stopped()
        finally:
            folder.control.unlink(missing_ok=True)


def _is_taken(folder: LabFolder) -> bool:
    """Whether a lab answers whose files these are; what one left behind that was killed is no obstacle."""
    try:
        ask(folder.control_address(), "counters", timeout=LONGEST_ANSWER)
    except (LocalError, ControlError):
        return False
    return True


def _entries(address: str) -> Iterator[dict[str, Any]]:
    position = 0
    while True:
        with _errors():
            answer = ask(address, "journal", **{"from": position})
        if not answer["entries"]:
            return
        yield from answer["entries"]
        position = answer["next"]


def _folder(given: Path | None) -> LabFolder:
    return LabFolder(given) if given else LabFolder.default()


def _parameter(text: str) -> tuple[str, str | int | bool]:
    name, sign, value = text.partition("=")
    if not name or not sign:
        raise typer.BadParameter(f'"{text}" is not NAME=VALUE')
    if value.lower() in {"true", "false"}:
        return name, value.lower() == "true"
    return name, int(value) if value.isdecimal() and not value.startswith("0") else value


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except ControlError as error:
        raise LocalError(str(error)) from None
