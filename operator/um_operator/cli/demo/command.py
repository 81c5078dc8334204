"""The story of the demo: apply, call, change by hand, find, repair, delete, confirm."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from um_operator.api.meta import ObjectKey
from um_operator.api.status import Status
from um_operator.app import operator
from um_operator.app.operator import OperatorSettings
from um_operator.cli.demo.claims import DELETED, GATEWAYS, MOVED, WRONG_PORT, Story
from um_operator.cli.demo.cluster import Cluster
from um_operator.cli.demo.kubernetes import Api, Kubernetes, chosen
from um_operator.cli.demo.screen import Screen
from um_operator.cli.exits import ExitCode, finish
from um_operator.cli.lab import how_to_change, operator_account, until_stopped
from um_operator.cli.lab_files import LabFolder
from um_operator.cli.render_status import ready_of
from um_operator.engine.one_pass import Planner
from um_operator.kube.client import KubeClient
from um_operator.kube.login import Credentials
from um_operator.lab.clock import Clock as LabClock
from um_operator.lab.control import listening
from um_operator.lab.estate import LOOPBACK, Lab
from um_operator.lab.presets import first_steps
from um_operator.local.clock import lent_clock
from um_operator.local.errors import LocalError
from um_operator.observability import logs
from um_operator.planning.plan import Plan
from um_operator.planning.planner import make_plan
from um_operator.remoting import connect_to
from um_operator.web.listener import BindAddress

RATE: Final = 90.0
"""Lab seconds a second: the servers' 10-minute poll takes seven seconds."""
LONGEST: Final = 60.0
"""Real seconds until what was declared is in force; a gateway is emptied for 25 minutes of the lab first."""
LONGEST_FOR_CALLS: Final = 30.0
"""Real seconds until the servers have read the new gateways and have answered a call of each."""
EXAMPLE: Final = Path(__file__).parents[4] / "examples" / "first-steps"
NAMESPACE: Final = "first-steps"
"""Where the example declares its resources."""
ANYWHERE: Final = BindAddress(LOOPBACK, 0)

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
            help="The manifests of the first steps.",
            show_default="examples/first-steps",
        ),
    ] = EXAMPLE,
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
    keep: Annotated[bool, typer.Option("--keep", help="Keep everything running in the end.")] = False,
    repair: Annotated[bool, typer.Option("--repair/--no-repair", hidden=True)] = True,
) -> None:
    """Show the main job in under a minute: Kubernetes, a simulated Exchange, drift found and repaired.

    Exit code: 0 the estate's own journal confirms everything that was said, 1 it does not.
    """
    if not folder.is_dir():
        raise LocalError(f'there is no folder "{folder}" with the first steps; name one with -f')
    if api and context:
        raise typer.BadParameter("give --api or --context, not both")
    kubernetes = chosen(api, context)
    planner = make_plan if repair else _without_repairs
    logs.set_up("text", "error")
    with contextlib.suppress(KeyboardInterrupt):
        finish(asyncio.run(_demo(folder, kubernetes, keep=keep, planner=planner)))


async def _demo(folder: Path, kubernetes: Kubernetes, *, keep: bool, planner: Planner) -> ExitCode:
    clock, screen = LabClock(rate=RATE), Screen()
    with tempfile.TemporaryDirectory(prefix="umctl-demo-") as scratch:
        files = LabFolder(Path(scratch) / "lab")
        async with (
            Lab.start(first_steps(), clock=clock) as lab,
            listening(lab) as control,
            kubernetes.running(Path(scratch) / "kubernetes", clock) as credentials,
            KubeClient(credentials.configuration, user_agent="umctl-demo") as client,
        ):
            account = operator_account(lab.spec)
            files.write(
                username=account.name,
                password=account.password,
                ca_pem=lab.authority.pem.decode(),
                connect_to=lab.connect_to,
            )
            files.control.write_text(control)
            cluster = Cluster(client, NAMESPACE)
            try:
                code = await _Show(lab, cluster, kubernetes.sentence, credentials, planner, screen).tell(
                    (folder, files.path),
                    account.name,
                    _kept(kubernetes.kubectl(credentials), files, screen) if keep else None,
                )
            finally:
                if kubernetes.is_yours:
                    await cluster.clear()
    return code


@dataclass(frozen=True, slots=True)
class _Show:
    """The running estate, the cluster, and the operator between them."""

    lab: Lab
    cluster: Cluster
    kubernetes: str
    credentials: Credentials
    planner: Planner
    screen: Screen

    async def tell(
        self, folders: tuple[Path, ...], account: str, afterwards: Callable[[], Any] | None
    ) -> ExitCode:
        """Tell the story; return whether the journal confirms it."""
        screen = self.screen
        servers = [one for one in self.lab.organization.um_servers.values() if one.up and one.runs_cmdlets]
        screen.line(
            f"{self.kubernetes}, and a simulated Exchange organisation: {len(servers)} servers, "
            f"{len(GATEWAYS)} gateways that place calls, real sockets. Its clock runs {RATE:.0f} times as "
            "fast as yours, and the operator goes by it."
        )
        await self.cluster.install()
        async with self._operator():
            await self._apply(folders)
            await self._call()
            await self._change_by_hand(account)
            await self._delete()
            code = self._confirm(account)
            if afterwards is not None:
                await afterwards()
        return code

    @asynccontextmanager
    async def _operator(self) -> AsyncIterator[None]:
        """Run the operator beside the block."""
        stop = asyncio.Event()
        settings = OperatorSettings(
            credentials=self.credentials,
            lease_namespace="default",
            lease_name="um-operator-demo",
            identity="demo",
            clock=lent_clock(self.lab.clock.to_setting(), [LOOPBACK]),
            metrics_at=ANYWHERE,
            probes_at=ANYWHERE,
            namespaces=(NAMESPACE,),
            planner=self.planner,
        )
        with connect_to.installed(connect_to.parse(self.lab.connect_to)):
            running = asyncio.create_task(operator.run(settings, stop))
            try:
                yield
            finally:
                stop.set()
                await running

    async def _apply(self, folders: tuple[Path, ...]) -> None:
        self.screen.chapter("$ kubectl apply -k examples/first-steps")
        async for line in self.cluster.apply(folders):
            self.screen.line(f"  {line}")
        with self.screen.table():
            statuses = await self.cluster.until(_all_ready, self.screen.seen, LONGEST)
        self.screen.chapter("$ kubectl get um -n first-steps")
        self.screen.statuses(statuses)

    async def _call(self) -> None:
        self.screen.chapter("The servers read the new gateways within 10 minutes, and take their calls")
        await self.lab.calls.until_each_gateway_called(gateways=GATEWAYS, deadline=LONGEST_FOR_CALLS)
        self.screen.calls(self.lab.calls.summary().total)

    async def _change_by_hand(self, account: str) -> None:
        self.screen.chapter(
            f"Somebody changes a port in Exchange: Set-UMIPGateway {MOVED} -Port {WRONG_PORT}"
        )
        before = self._effects_of(account)
        self.lab.change("Set-UMIPGateway", MOVED, Port=WRONG_PORT)
        with self.screen.table(), contextlib.suppress(TimeoutError):
            await self.cluster.until(
                lambda statuses: self._effects_of(account) > before and _all_ready(statuses),
                self.screen.seen,
                LONGEST / 4,
            )
        self.screen.calls(self.lab.calls.summary().total)

    async def _delete(self) -> None:
        self.screen.chapter(f"$ kubectl delete umgw {DELETED} -n first-steps")
        gateway = ObjectKey("UMIPGateway", DELETED)
        await self.cluster.delete(gateway)
        with self.screen.table():
            await self.cluster.until(lambda statuses: gateway not in statuses, self.screen.seen, LONGEST)
        self.screen.calls(self.lab.calls.summary().total)

    def _effects_of(self, account: str) -> int:
        return sum(effect.caller == account for effect in self.lab.journal.effects)

    def _confirm(self, account: str) -> ExitCode:
        self.screen.chapter("What the estate's own journal says to that")
        claims = list(Story.of(self.lab.journal.entries, account).claims())
        for claim in claims:
            self.screen.line(f"  {claim}")
        return ExitCode.NOTHING_LEFT if all(claim.confirmed for claim in claims) else ExitCode.ERROR


def _kept(kubectl: str, files: LabFolder, screen: Screen) -> Callable[[], Any]:
    """Return what says how to go on by hand, and waits until somebody ends it."""

    async def wait() -> None:
        screen.chapter("Everything keeps running. Ctrl-C ends it. In another terminal:")
        screen.line(f"  {kubectl} get um -n {NAMESPACE} -o wide")
        screen.line(f"  {kubectl} describe umgw {MOVED} -n {NAMESPACE}")
        for line in how_to_change(files):
            screen.line(f"  {line}")
        await until_stopped()

    return wait


def _all_ready(statuses: Mapping[ObjectKey, Status]) -> bool:
    ready = [ready_of(status) for status in statuses.values()]
    return bool(ready) and all(one is not None and one.status == "True" for one in ready)


def _without_repairs(*arguments: Any, **options: Any) -> Plan:
    """Plan as always, but leave every drift alone: the summary must notice."""
    plan = make_plan(*arguments, **options)
    return replace(plan, steps=tuple(planned for planned in plan.steps if not planned.corrects))
