"""The chapter with Lync: apply, do what only people do, approve, restart a pool by hand, call both ways."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from um_operator.api.condition import Condition, ConditionType
from um_operator.api.lync_status import LyncIntegrationStatus
from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.api.status import ExchangeOrganizationStatus, Status
from um_operator.cli.demo.cluster import Cluster
from um_operator.cli.demo.front_ends import HEADER, WIDTHS, Restart, restarts
from um_operator.cli.demo.lync_claims import NUMBER, POOL, STANDARD, LyncStory
from um_operator.cli.demo.pace import BREATH
from um_operator.cli.demo.screen import Screen
from um_operator.lab.estate import Lab
from um_operator.lab.lync.endpoints import LyncEndpoints
from um_operator.lab.lync.services import FRONT_END

LONGEST: Final = 300.0
"""Real seconds until the next thing that only a person does, on a machine that has much else to do."""
INTEGRATION: Final = ObjectKey("LyncIntegration", "lync")
ORGANIZATION: Final = ObjectKey("ExchangeOrganization", "default")
KIND: Final = "Contact Type"
TYPED: Final = {
    "SIP dial plan": "DialPlan",
    "Organizational Unit": "OU",
    "Name": "Name",
    "SIP Address": "SipAddress",
    "Server or Pool": "Pool",
    "Phone Number": "PhoneNumber",
    KIND: "Type",
}
"""What the fields of OcsUmUtil.exe are called by the program, and by the lab."""
IN_THE_TABLE: Final = ("Stop ", "Restart ", "Start ")
"""How sentences of the steps begin that restart front ends."""
MINUTE: Final = timedelta(minutes=1)
AT_MOST: Final = 240
"""Minutes that UM is waited for to place a call."""


@dataclass
class Integration:
    """People beside the operator: they read its words, and do what these ask of them.

    Attributes:
        lync: the pools of the estate.
        folders: the manifests that declare it, then what they need to run on the lab.
        account: of the operator in Exchange.
        namespace: where all of it is declared.
    """

    lab: Lab
    lync: LyncEndpoints
    cluster: Cluster
    screen: Screen
    folders: tuple[Path, ...]
    account: str
    namespace: str
    _since: int = 0
    """Number of the journal's entry with which the chapter begins."""
    _approved: int = 0
    _told: int = 0
    """How many restarts of front ends were told of."""
    _failed: str = "not placed"
    """Why the call that was placed in the end was not answered; empty: it was."""
    _taken: int = 0

    async def tell(self) -> None:
        """Tell it from the manifests to calls both ways.

        Raises:
            TimeoutError: something is not as declared in time.
        """
        await self._apply()
        await self._make_contacts()
        await self._approve()
        await self._restart_by_hand()
        await self._call_both_ways()

    def story(self) -> LyncStory:
        """Return what was done, by the journal."""
        accounts = self.lab.spec.organization.accounts
        return LyncStory(
            self.lab.journal.entries[self._since :],
            operator=self.account,
            at_lync=next(one.name for one in accounts if one.lync_roles),
            runs_the_script=next(one.name for one in accounts if one.name.endswith("svc-um-exchucutil")),
            computers=self._computers,
            approved=self._approved - self._since,
            failed=self._failed,
            taken=self._taken,
        )

    async def _apply(self) -> None:
        self._since = len(self.lab.journal.entries)
        self.screen.chapter(f"$ kubectl apply -k examples/{self.folders[0].name}")
        async for line in self.cluster.apply(self.folders):
            self.screen.line(f"  {line}")
        await self._until(lambda statuses: _asked(statuses, Reason.CONTACTS_MISSING) is not None)

    async def _make_contacts(self) -> None:
        """Type into OcsUmUtil.exe what the condition says, word for word."""
        asked = _asked(await self.cluster.statuses(), Reason.CONTACTS_MISSING)
        assert asked is not None
        self.screen.chapter("What only a person does: OcsUmUtil.exe has no command line")
        self.screen.line(f"  ManualActionRequired/{asked.reason}: {asked.message}")
        await self.lync.console().change("OcsUmUtil", **typed(asked.message))
        self.screen.line("  Somebody types just that. The operator is told nothing; it looks.")
        await self._until(lambda statuses: _to_approve(statuses) is not None)

    async def _approve(self) -> None:
        status = (await self.cluster.statuses())[ORGANIZATION]
        assert isinstance(status, ExchangeOrganizationStatus)
        assert status.plan is not None
        digest = status.plan.digest
        self.screen.chapter("Front ends restart only after somebody has read this and approved it (R22)")
        for sentence in status.plan.sentences:
            self.screen.line(f"  {sentence}")
        self.screen.chapter(
            f"$ kubectl patch xorg {ORGANIZATION.name} -n {self.namespace} --type merge "
            f'-p \'{{"spec":{{"approvedPlan":"{digest}"}}}}\''
        )
        self.screen.growing(WIDTHS, [HEADER])
        self._approved = len(self.lab.journal.entries)
        await self.cluster.patch(ORGANIZATION, {"spec": {"approvedPlan": digest}})
        await self._until(_is_left_to_a_person)

    async def _restart_by_hand(self) -> None:
        asked = _asked(await self.cluster.statuses(), Reason.POOL_TOO_SMALL)
        assert asked is not None
        self.screen.chapter("A pool of one server is left to a person (R23)")
        self.screen.line(f"  ManualActionRequired/{asked.reason}: {asked.message}")
        for front_end in self.lync.deployment.pools[STANDARD].front_ends:
            self.screen.line(
                f"  On {front_end.fqdn}: Stop-CsWindowsService {FRONT_END}; Start-CsWindowsService"
            )
            console = self.lync.console(front_end.fqdn)
            await console.change("Stop-CsWindowsService", FRONT_END)
            await console.change("Start-CsWindowsService")
        statuses = await self._until(_is_ready)
        self.screen.chapter(f"$ kubectl get lyncint -n {self.namespace}")
        self.screen.statuses({INTEGRATION: statuses[INTEGRATION]})

    async def _call_both_ways(self) -> None:
        """Have the pool call the number, and wait for a call that UM places through the pool."""
        self.screen.chapter("Calls both ways")
        cause = await self.lync.telephones.call(POOL, NUMBER, talk=timedelta(0))
        self._failed = cause.value if cause else ""
        self.screen.line(f'  Pool "{POOL}" calls "{NUMBER}": {self._failed or "answered"}')
        before = self._calls_taken()
        for _ in range(AT_MOST):
            if self._calls_taken() > before:
                break
            self.lab.clock.advance(MINUTE)
            await asyncio.sleep(BREATH)
        self._taken = self._calls_taken() - before
        self.screen.line(f'  Unified Messaging calls through pool "{POOL}": {self._taken} answered')

    async def _until(self, holds: Callable[[Mapping[ObjectKey, Status]], bool]) -> Mapping[ObjectKey, Status]:
        with self.screen.live():
            return await self.cluster.until(holds, self._seen, LONGEST)

    def _seen(self, statuses: Mapping[ObjectKey, Status], news: list[str]) -> None:
        """Show what is new: of front ends a line for each that is up again."""
        self.screen.seen(statuses, [line for line in news if not _is_in_the_table(line)])
        over = [one for one in self._restarts() if one.ended is not None]
        self.screen.growing(WIDTHS, [one.cells() for one in over[self._told :]])
        self._told = len(over)

    def _restarts(self) -> list[Restart]:
        return restarts(self.lab.journal.entries[self._since :], self._computers)

    def _calls_taken(self) -> int:
        counts = self.lab.calls.outcalls.by_gateway().get(POOL)
        return counts.answered if counts else 0

    @property
    def _computers(self) -> frozenset[str]:
        return frozenset(one.fqdn for one in self.lync.deployment.pools[POOL].front_ends)


def typed(instruction: str) -> dict[str, str]:
    """Return what a person types into OcsUmUtil.exe who was told so: the quoted words, by the lab's names."""
    said = re.findall(r'(SIP dial plan|[A-Z][A-Za-z ]+) "([^"]+)"', instruction)
    return {
        TYPED[name]: text.replace(" ", "") if name == KIND else text for name, text in said if name in TYPED
    }


def _condition(statuses: Mapping[ObjectKey, Status], type_: ConditionType) -> Condition | None:
    status = statuses.get(INTEGRATION)
    found = status.conditions if status else ()
    return next((one for one in found if one.type == type_), None)


def _asked(statuses: Mapping[ObjectKey, Status], reason: Reason) -> Condition | None:
    """Return what a person is asked to do for a reason, if that is so at present."""
    found = _condition(statuses, "ManualActionRequired")
    return found if found is not None and found.reason == reason else None


def _to_approve(statuses: Mapping[ObjectKey, Status]) -> str | None:
    """Return the digest of the plan that waits for nothing but its approval; front ends are what it stops."""
    status = statuses.get(ORGANIZATION)
    if not isinstance(status, ExchangeOrganizationStatus) or status.plan is None:
        return None
    waits = status.plan.waiting_for == "Approval" and _asked(statuses, Reason.CONTACTS_MISSING) is None
    return status.plan.digest if waits else None


def _is_left_to_a_person(statuses: Mapping[ObjectKey, Status]) -> bool:
    """Whether the operator has restarted all that it may, and somebody has to restart the rest."""
    status = statuses.get(INTEGRATION)
    assert isinstance(status, LyncIntegrationStatus)
    restarted = any(pool.fqdn == POOL and pool.restart == "NotNeeded" for pool in status.pools)
    return restarted and _asked(statuses, Reason.POOL_TOO_SMALL) is not None


def _is_ready(statuses: Mapping[ObjectKey, Status]) -> bool:
    ready = _condition(statuses, "Ready")
    return ready is not None and ready.status == "True"


def _is_in_the_table(line: str) -> bool:
    """Whether a line tells of a step that the table of front ends sums up."""
    return line.partition(" Applied: ")[2].startswith(IN_THE_TABLE)
