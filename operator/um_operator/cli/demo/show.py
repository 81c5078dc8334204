"""The story of the demo: apply, change by hand, repair, delete, deploy a certificate, renew it, confirm."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from um_operator.api.certificate_status import UMCertificateStatus
from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.api.status import Status
from um_operator.api.strings import parse_instant
from um_operator.app import operator
from um_operator.app.operator import OperatorSettings
from um_operator.cli.demo.claims import DELETED, GATEWAYS, MOVED, OURS, WRONG_PORT, Story
from um_operator.cli.demo.cluster import Cluster
from um_operator.cli.demo.integration import Integration
from um_operator.cli.demo.outages import HEADER, WIDTHS, Outage, outages
from um_operator.cli.demo.pace import FAR, FURTHER, JUMP, LEISURE, Pace
from um_operator.cli.demo.screen import Screen
from um_operator.cli.demo.summary import Deployed, Missed, rows, shown
from um_operator.cli.exits import ExitCode
from um_operator.cli.render_status import ready_of
from um_operator.engine.one_pass import Planner
from um_operator.kube.lease import LeaseTimes
from um_operator.kube.login import Credentials
from um_operator.lab.estate import Lab
from um_operator.lab.ports import LOOPBACK
from um_operator.remoting import connect_to
from um_operator.web.listener import BindAddress

LONGEST: Final = 300.0
"""Real seconds until what was declared is in force, on a machine that has much else to do."""
LONGEST_FOR_A_REPAIR: Final = 15.0
EVERYONE_HAS_READ: Final = timedelta(minutes=13)
"""Replication between the sites, and the servers' own poll of gateways."""
CERTIFICATE: Final = ObjectKey("UMCertificate", "um")
IN_THE_TABLE: Final = ("Add", "Configure", "Drain", "Restart MSExchangeUMCR", "Start", "Return")
"""How sentences of the many small steps of a rollout begin."""
NAMESPACE: Final = "first-steps"
"""Where the examples declare their resources."""
ANYWHERE: Final = BindAddress(LOOPBACK, 0)
ALONE: Final = LeaseTimes(duration=timedelta(minutes=1), renew_deadline=timedelta(seconds=50))
"""No other replica waits for the Lease, so a machine that is busy costs it nothing."""


@dataclass
class Show:
    """The running estate, the cluster, and the operator between them.

    Attributes:
        kubernetes: what kind of cluster it is, for a person.
        account: of the operator in the estate.
        integration: the chapter with Lync, which is told instead of drift and renewal.
    """

    lab: Lab
    cluster: Cluster
    kubernetes: str
    credentials: Credentials
    planner: Planner
    screen: Screen
    account: str
    integration: Integration | None = None
    _deployed: list[Deployed] = field(default_factory=list)
    _before: Mapping[str, frozenset[str]] = field(default_factory=dict)
    _since: int = 0
    """Number of the journal's entry from which on calls are counted."""
    _until: int | None = None
    """Number of that up to which they are."""
    _told: int = 0
    """How many times of a server out of service were told of."""
    _headed: bool = False
    """Whether the table of these has its head."""
    _is_deleting: bool = False
    """Whether the chapter about the deletion of a gateway has begun."""

    def __post_init__(self) -> None:
        """Let the operator go by the estate's clock."""
        self._pace = Pace(self.lab.clock)

    async def tell(
        self, first_steps: tuple[Path, ...], certificate: Path, afterwards: Callable[[], Awaitable[None]]
    ) -> ExitCode:
        """Tell the story; return whether the estate confirms it."""
        self.screen.line(
            f"{self.kubernetes}, and a simulated Exchange organisation: {len(self._servers)} servers, "
            f"{len(GATEWAYS)} gateways that place calls, real sockets. The operator goes by its clock, and "
            "that jumps ahead whenever the operator has nothing to do but wait."
        )
        await self.cluster.install()
        async with self._operator():
            went_on = await self._story(first_steps, certificate)
            code = self._confirm() if went_on else ExitCode.ERROR
            self._pace.breath = LEISURE
            await afterwards()
        return code

    async def _story(self, first_steps: tuple[Path, ...], certificate: Path) -> bool:
        try:
            self._pace.jump = JUMP if self.integration is None else FURTHER
            await self._apply(first_steps)
            await self._call()
            if self.integration is None:
                await self._change_by_hand()
                await self._delete()
            await self._deploy(certificate)
            if self.integration is None:
                await self._renew()
            else:
                self._until = len(self.lab.journal.entries)
                self._pace.jump = FAR
                await self.integration.tell()
        except TimeoutError as late:
            self.screen.line(f"  It took too long: {late}")
            self._confirm()
            return False
        return True

    @asynccontextmanager
    async def _operator(self) -> AsyncIterator[None]:
        """Run the operator beside the block, and again if it ends by itself, as a Deployment does."""
        stop = asyncio.Event()
        settings = OperatorSettings(
            credentials=self.credentials,
            lease_namespace="default",
            lease_name="um-operator-demo",
            lease_times=ALONE,
            identity="demo",
            clock=self._pace,
            metrics_at=ANYWHERE,
            probes_at=ANYWHERE,
            namespaces=(NAMESPACE,),
            planner=self.planner,
        )

        async def run() -> None:
            while not stop.is_set():
                await operator.run(settings, stop)

        with connect_to.installed(connect_to.parse(self.lab.connect_to)):
            running = asyncio.create_task(run())
            try:
                yield
            finally:
                stop.set()
                await running

    async def _apply(self, folders: tuple[Path, ...]) -> None:
        self.screen.chapter("$ kubectl apply -k examples/first-steps")
        async for line in self.cluster.apply(folders):
            self.screen.line(f"  {line}")
        with self.screen.live():
            statuses = await self.cluster.until(_all_ready, self.screen.seen, LONGEST)
        self.screen.chapter("$ kubectl get um -n first-steps")
        self.screen.statuses(statuses)

    async def _call(self) -> None:
        self.screen.chapter("The servers read the new gateways within 10 minutes, and take their calls")
        self.screen.calls(self.lab.calls.summary().total)
        self.lab.clock.advance(EVERYONE_HAS_READ)
        await self.lab.calls.until_each_gateway_called(gateways=GATEWAYS, deadline=LONGEST)
        self.screen.calls(self.lab.calls.summary().total)

    async def _change_by_hand(self) -> None:
        self.screen.chapter(
            f"Somebody changes a port in Exchange: Set-UMIPGateway {MOVED} -Port {WRONG_PORT}"
        )
        changed = self.lab.clock.now().replace(microsecond=0)
        self.lab.change("Set-UMIPGateway", MOVED, Port=WRONG_PORT)
        with self.screen.live():
            await self.cluster.until(
                lambda statuses: _is_repaired(statuses, changed), self.screen.seen, LONGEST_FOR_A_REPAIR
            )

    async def _delete(self) -> None:
        key = ObjectKey("UMIPGateway", DELETED)
        self.screen.chapter(f"$ kubectl delete umgw {DELETED} -n {NAMESPACE}")
        self._is_deleting, self._pace.jump = True, FAR
        await self.cluster.delete(key)
        with self.screen.live():
            await self.cluster.until(
                lambda statuses: key not in statuses and _all_ready(statuses), self.screen.seen, LONGEST
            )
        self._pace.jump = JUMP
        await self.lab.calls.gateways[DELETED].stop()
        self.screen.line(f'  Whoever looks after "{DELETED}" switches it off.')
        self.screen.calls(self.lab.calls.summary().total)

    async def _deploy(self, certificate: Path) -> None:
        self.screen.chapter("$ kubectl apply -k examples/first-certificate")
        self._before = shown(self.lab, self._servers)
        self._since = len(self.lab.journal.entries)
        async for line in self.cluster.apply((certificate,)):
            self.screen.line(f"  {line}")
        await self._until_deployed(1)

    async def _renew(self) -> None:
        annotation = "unifiedmessaging.dev/renew-requested-at"
        self.screen.chapter(f"$ kubectl annotate umcert um -n {NAMESPACE} {annotation}=now")
        await self.cluster.annotate(CERTIFICATE, annotation, "now")
        await self._until_deployed(2)

    async def _until_deployed(self, revision: int) -> None:
        self._headed = False
        with self.screen.live():
            statuses = await self.cluster.until(
                lambda statuses: _is_deployed(statuses, revision), self._seen, LONGEST
            )
        status = statuses[CERTIFICATE]
        assert isinstance(status, UMCertificateStatus)
        self._deployed.append(Deployed.of(self.lab, CERTIFICATE, status))
        self.screen.statuses({CERTIFICATE: status})
        self.screen.calls(self.lab.calls.summary().total)

    def _seen(self, statuses: Mapping[ObjectKey, Status], news: list[str]) -> None:
        """Show what is new of a rollout: a line for each server that is back in service."""
        self.screen.seen(statuses, [line for line in news if not _is_in_the_table(line)])
        over = [one for one in self._outages() if one.returned is not None]
        if new := [one.cells() for one in over[self._told :]]:
            self.screen.growing(WIDTHS, new if self._headed else [HEADER, *new])
            self._headed, self._told = True, len(over)

    def _outages(self) -> list[Outage]:
        return outages(self.lab.journal.entries, self.account)

    @property
    def _servers(self) -> frozenset[str]:
        """Return the servers that the operator looks after."""
        known = self.lab.organization.um_servers
        return frozenset(name for name, one in known.items() if one.up and one.runs_cmdlets)

    def _confirm(self) -> ExitCode:
        found = self._outages()
        missed = Missed.of(self.lab.journal.entries[self._since : self._until], found)
        if self._deployed:
            self.screen.chapter("What the servers serve, and what it cost")
            self.screen.rows(list(rows(self._before, self._deployed, found, missed)))
            self.screen.missed(missed.for_mailboxes.total())
        self.screen.chapter("What the estate's own journal says to that")
        lync = self.integration.story() if self.integration is not None else None
        story = Story(
            self.account,
            self.lab.journal.entries,
            frozenset(self._before),
            self._deployed,
            missed,
            declared=OURS | lync.declared if lync else OURS,
            moved=lync is None,
            deleted=self._is_deleting,
        )
        claims = list(story.claims())
        if lync is not None:
            claims += lync.claims()
        for claim in claims:
            self.screen.line(f"  {claim}")
        return ExitCode.NOTHING_LEFT if all(claim.confirmed for claim in claims) else ExitCode.ERROR


def _all_ready(statuses: Mapping[ObjectKey, Status]) -> bool:
    ready = [ready_of(status) for status in statuses.values()]
    return bool(ready) and all(one is not None and one.status == "True" for one in ready)


def _is_deployed(statuses: Mapping[ObjectKey, Status], revision: int) -> bool:
    status = statuses.get(CERTIFICATE)
    if not isinstance(status, UMCertificateStatus) or status.revision != revision:
        return False
    ready = ready_of(status)
    return ready is not None and ready.reason == Reason.DEPLOYED and _all_ready(statuses)


def _is_repaired(statuses: Mapping[ObjectKey, Status], changed: datetime) -> bool:
    """Whether the gateway became Ready again, after it was seen not to be."""
    status = statuses.get(ObjectKey("UMIPGateway", MOVED))
    ready = ready_of(status) if status else None
    since = ready.last_transition_time if ready else None
    return since is not None and parse_instant(since) >= changed and _all_ready(statuses)


def _is_in_the_table(line: str) -> bool:
    """Whether a line tells of a step that the table of servers sums up."""
    return line.startswith(f"{CERTIFICATE} ") and line.partition(" Applied: ")[2].startswith(IN_THE_TABLE)
