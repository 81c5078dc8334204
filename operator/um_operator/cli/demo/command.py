"""``umctl demo``: what it takes from the command line, and what runs while the story is told."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from um_operator.cli.demo.claims import MOVED
from um_operator.cli.demo.cluster import Cluster
from um_operator.cli.demo.integration import Integration
from um_operator.cli.demo.kubernetes import Api, Kubernetes, chosen
from um_operator.cli.demo.screen import Screen
from um_operator.cli.demo.show import NAMESPACE, Show
from um_operator.cli.exits import ExitCode, finish
from um_operator.cli.lab import hand_out, how_to_change, operator_account, until_stopped
from um_operator.cli.lab_files import LabFolder
from um_operator.engine.one_pass import Planner
from um_operator.kube.client import KubeClient
from um_operator.lab.clock import Clock as LabClock
from um_operator.lab.control import listening
from um_operator.lab.estate import Lab
from um_operator.lab.presets import two_servers, with_lync
from um_operator.local.errors import LocalError
from um_operator.observability import logs
from um_operator.planning.plan import Plan
from um_operator.planning.planner import make_plan

EXAMPLES: Final = Path(__file__).parents[4] / "examples"

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def demo(
    *,
    folder: Annotated[
        Path,
        typer.Option(
            "--filename",
            "-f",
            metavar="DIR",
            help="Where the manifests are: first-steps and first-certificate.",
            show_default="examples",
        ),
    ] = EXAMPLES,
    api: Annotated[
        Api | None,
        typer.Option(
            "--api",
            help="Which Kubernetes API is started.",
            show_default="real where kube-apiserver and etcd are found",
        ),
    ] = None,
    context: Annotated[
        str | None,
        typer.Option("--context", help="Use this cluster of your kubeconfig, and start none."),
    ] = None,
    lync: Annotated[
        bool, typer.Option("--lync", help="Go on with Lync: pools are integrated, with what only people do.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep everything running in the end.")] = False,
    repair: Annotated[bool, typer.Option("--repair/--no-repair", hidden=True)] = True,
) -> None:
    """Show the main job: Kubernetes, a simulated Exchange, drift repaired, certificates deployed and renewed.

    Exit code: 0 the estate's own journal confirms everything that was said, 1 it does not.
    """
    for name in ("first-steps", "first-certificate", *(("first-integration",) if lync else ())):
        if not (folder / name).is_dir():
            raise LocalError(f'there is no folder "{name}" in "{folder}"; say where the examples are with -f')
    if api and context:
        raise typer.BadParameter("give --api or --context, not both")
    kubernetes = chosen(api, context)
    planner = make_plan if repair else _without_repairs
    logs.set_up("text", "error")
    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        finish(asyncio.run(_demo(folder, kubernetes, lync=lync, keep=keep, planner=planner)))


async def _demo(
    folder: Path, kubernetes: Kubernetes, *, lync: bool, keep: bool, planner: Planner
) -> ExitCode:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    spec = with_lync(two_servers()) if lync else two_servers()
    clock, screen = LabClock(), Screen()
    with tempfile.TemporaryDirectory(prefix="umctl-demo-") as scratch:
        files = LabFolder(Path(scratch) / "lab")
        async with (
            Lab.start(spec, clock=clock) as lab,
            listening(lab) as control,
            kubernetes.running(Path(scratch) / "kubernetes", clock) as credentials,
            KubeClient(credentials.configuration, user_agent="umctl-demo") as client,
        ):
            account = operator_account(lab.spec)
            hand_out(lab, files)
            files.control.write_text(control)
            cluster = Cluster(client, NAMESPACE)
            show = Show(lab, cluster, kubernetes.sentence, credentials, planner, screen, account.name)
            if lab.lync is not None:
                manifests = (folder / "first-integration", files.path)
                show.integration = Integration(
                    lab, lab.lync, cluster, screen, manifests, account.name, NAMESPACE
                )
            kept = _kept(kubernetes.kubectl(credentials), files, screen) if keep else _over
            try:
                return await show.tell(
                    (folder / "first-steps", files.path), folder / "first-certificate", kept
                )
            finally:
                if kubernetes.is_yours:
                    await cluster.clear()


async def _over() -> None: ...


def _kept(kubectl: str, files: LabFolder, screen: Screen) -> Callable[[], Awaitable[None]]:
    """Return what says how to go on by hand, and waits until somebody ends it."""

    async def wait() -> None:
        screen.chapter("Everything keeps running. Ctrl-C ends it. In another terminal:")
        screen.line(f"  {kubectl} get um -n {NAMESPACE} -o wide")
        screen.line(f"  {kubectl} describe umcert um -n {NAMESPACE}")
        screen.line(f"  {kubectl} describe umgw {MOVED} -n {NAMESPACE}")
        for line in how_to_change(files):
            screen.line(f"  {line}")
        await until_stopped()

    return wait


def _without_repairs(*arguments: Any, **options: Any) -> Plan:
    """Plan as always, but leave every drift alone: the summary must notice."""
    plan = make_plan(*arguments, **options)
    return replace(plan, steps=tuple(planned for planned in plan.steps if not planned.corrects))
