"""A person who undoes or spoils steps of the second procedure, and what calls and statuses show then.

The estate has worked with its pools since long; the operator has taken it over, and then only observes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeAlias

from estate.harness import text, write
from estate.integration import DOMAIN, LYNC, NUMBER, PLAN, POOL, SE, accounts, manifests, way_in
from estate.manifests import resource
from estate.rollouts import EX01, Manifest, at_the_end, estate, rollout
from estate.server_calls import call_pool
from estate.server_hands import POLLED, ServerHands
from um_operator.api.lync_status import LyncIntegrationStatus
from um_operator.engine.one_pass import Report
from um_operator.lab.estate import EstateSpec, Lab
from um_operator.lab.exchange.builder import Secured
from um_operator.lab.exchange.objects import Kind
from um_operator.lab.lync.contacts import Contact
from um_operator.lab.lync.deployment import FrontEnd
from um_operator.lab.lync.services import FRONT_END
from um_operator.lab.presets import integrated

SERVER: Final = "ex01.contoso.com"
LATER, LATER_NUMBER = "Contoso-Later", "+4989555004990"
"""A plan that comes later, and its number."""
A_START: Final = timedelta(minutes=2)
OUTSIDE: Final = ("1:3", "1:4")
"""Gateways of pools that nobody declares, as ExchUcUtil.ps1 names them."""


@dataclass
class LyncHands(ServerHands):
    """A person at work on both products, and what calls pools and servers can place.

    Attributes:
        others: what is declared beside organisation and certificate.
        contacts: those that there were in the beginning.
    """

    others: tuple[Manifest, ...] = ()
    contacts: tuple[Contact, ...] = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        assert self.lab.lync is not None
        self.lync = self.lab.lync
        self.contacts = tuple(self.lync.deployment.contacts)
        self.permissions = dict(self._permissions())

    @property
    def front_ends(self) -> tuple[FrontEnd, ...]:
        """Return the computers of the larger pool."""
        return self.lync.deployment.pools[POOL].front_ends

    async def call(self, number: str = NUMBER) -> str:
        """Have each front end of the pool call; why the first that fails does, empty if none does."""
        for _ in self.front_ends:
            cause = await self.lync.telephones.call(POOL, number, talk=timedelta(0))
            if cause is not None:
                return cause.value
        return ""

    async def answer(self) -> str:
        """Have the server call the pool, as for Play on Phone; why that fails, empty if it does not."""
        cause = await call_pool(self.lab, SERVER, POOL)
        return cause.value if cause is not None else ""

    async def restart_front_ends(self, *front_ends: FrontEnd) -> None:
        """Restart these front ends, else all of the pool, one after the other."""
        for front_end in front_ends or self.front_ends:
            restarted = self.lab.restart(front_end.fqdn, FRONT_END)
            while not restarted.done():
                await self.work.time.leap(A_START)
            await restarted

    def distrust(self) -> None:
        """Take the CA of the servers from every front end of the pool."""
        ours = self.lab.organization.authority
        assert ours is not None
        for front_end in self.front_ends:
            for store in (front_end.host.stores.root, front_end.host.stores.ca):
                if (entry := store.holds(ours.root)) is not None:
                    store.remove(entry.thumbprint)

    async def add_a_plan(self) -> None:
        """Do everything for one more plan but a restart of front ends, and declare it."""
        plan = self._later()
        self.lab.change(
            "New-UMDialPlan",
            LATER,
            URIType="SipName",
            VoIPSecurity="Secured",
            NumberOfDigitsInExtension=4,
            CountryOrRegionCode="49",
            AccessTelephoneNumbers=[LATER_NUMBER],
        )
        join(self.lab, LATER)
        await self.lync.console().change("ExchUcUtil.ps1")
        self.lab.directory.replicate_now()
        await self.work.time.leap(POLLED)
        [contact] = self.contacts
        self.lync.deployment.contacts.add(
            replace(
                contact,
                name=f"{LATER}-SA",
                sip_address=f"sip:{LATER.lower()}-sa@{DOMAIN}",
                number=LATER_NUMBER,
                dial_plan=LATER,
            )
        )
        [declared] = (one for one in self.others if one["kind"] == "LyncIntegration")
        refs = [*declared["spec"]["dialPlanRefs"], {"name": LATER.lower(), "outboundGateway": POOL}]
        self.declare(plan, {**declared, "spec": {**declared["spec"], "dialPlanRefs": refs}})

    def _later(self) -> Manifest:
        [plan] = (one for one in self.others if one["kind"] == "UMDialPlan")
        spec = {**plan["spec"], "name": LATER, "accessTelephoneNumbers": [LATER_NUMBER]}
        return resource("UMDialPlan", LATER.lower(), **spec)

    def forbid(self, *groups: str) -> None:
        """Take the rights on UM's containers away from groups of Lync, or from all."""
        for name, attributes in self.permissions.items():
            if not groups or attributes["Group"] in groups:
                self._remove(name)
        self.lab.directory.replicate_now()

    def declare(self, *more: Manifest) -> None:
        """Write the manifests, with more of them; one of a kind and name that is there takes its place."""
        named = {(one["kind"], one["metadata"]["name"]) for one in more}
        kept = (one for one in self.others if (one["kind"], one["metadata"]["name"]) not in named)
        self.work.others = (*kept, *more)
        self.work.declare()

    async def looks(self) -> Report:
        """Have the operator look at everything once."""
        return await self.work.run(lambda _: True)

    async def mended(self) -> None:
        """Put everything right again."""
        self.declare()
        for fqdn, leaf in self.leaves.items():
            self.lab.host(fqdn).stores.my.add(leaf)
        self.trust()
        self.write(UMStartupMode="Dual")
        self.bind(lambda fqdn: self.leaves[fqdn].thumbprint)
        self.lab.change("Set-UMDialPlan", PLAN, VoIPSecurity="Secured")
        await self._without_the_plan()
        for contact in tuple(self.lync.deployment.contacts):
            self.lync.deployment.contacts.remove(contact)
        for contact in self.contacts:
            self.lync.deployment.contacts.add(contact)
        await self.lync.console().change("ExchUcUtil.ps1")
        self.lab.directory.replicate_now()
        await self.restart()
        await self.restart_front_ends()

    def trust(self) -> None:
        """Have servers and front ends believe each other's CAs."""
        ours, theirs = self.lab.organization.authority, self.lync.deployment.authority
        assert ours is not None
        for front_end in self.lync.deployment.front_ends:
            front_end.host.stores.root.trust(ours.root)
        self.lab.host(SERVER).stores.root.trust(theirs.root)

    async def _without_the_plan(self) -> None:
        """Take the plan that came later out again, with what hangs on it, and have the operator see that."""
        if not any(row.text == LATER for row in self.lab.change("Get-UMDialPlan")):
            return
        for group in self.lab.change("Get-UMHuntGroup"):
            if text(group.properties["UMDialPlan"]) == LATER:
                gateway = text(group.properties["UMIPGateway"])
                self.lab.change("Remove-UMHuntGroup", f"{gateway}\\{group.text}", Confirm=False)
        self.lab.change("Set-UMService", SERVER, DialPlans={"Remove": [LATER]})
        self.lab.change("Set-UMCallRouterSettings", Server=SERVER, DialPlans={"Remove": [LATER]})
        self.lab.change("Remove-UMMailboxPolicy", f"{LATER} Default Policy", Confirm=False)
        self.lab.change("Remove-UMDialPlan", LATER, Confirm=False)
        await self.looks()

    def _permissions(self) -> list[tuple[str, dict[str, object]]]:
        copy = self.lab.directory.copy(self.lab.directory.domain_controllers[0])
        return [
            (one.name, {"Group": one["Group"], "Container": one["Container"]})
            for one in copy.all(Kind.PERMISSION)
        ]

    def _remove(self, name: str) -> None:
        controller = self.lab.directory.domain_controllers[0]
        found = self.lab.directory.copy(controller).named(Kind.PERMISSION, name)
        if found is not None:
            self.lab.directory.remove(controller, found.guid)


Row: TypeAlias = Callable[[LyncHands], Awaitable[None]]
"""A person undoes or spoils a step."""


def join(lab: Lab, plan: str) -> None:
    """Make the server a member of a plan, and none whose machine is gone."""
    lab.change("Set-UMService", SERVER, DialPlans={"Add": [plan]})
    lab.change("Set-UMCallRouterSettings", Server=SERVER, DialPlans={"Add": [plan]})


def site() -> EstateSpec:
    """Return one server on TLS since long, and pools that have called it since long."""
    small, large = estate(EX01, secured=Secured()), integrated()
    organization = replace(
        small.organization,
        plans=(
            *small.organization.plans,
            *(replace(one, joined=False) for one in large.organization.plans if one.name == PLAN),
        ),
        gateways=(
            *small.organization.gateways,
            *(one for one in large.organization.gateways if one.name in {POOL, SE}),
        ),
    )
    return replace(small, organization=organization, lync=large.lync)


@asynccontextmanager
async def taken_over(folder: Path) -> AsyncIterator[LyncHands]:
    """Have the operator take the estate over; then it only observes."""
    async with rollout(folder, site()) as work:
        work.operator.folders.append(write(folder / "accounts", accounts(work.lab)))
        lync = work.lab.lync
        assert lync is not None
        join(work.lab, PLAN)
        for name in OUTSIDE:
            work.lab.change("Set-UMIPGateway", name, OutcallsAllowed=False)
        work.lab.directory.replicate_now()
        work.organization = way_in()
        everything = manifests(work.lab)
        work.others = tuple(one for one in everything if one["kind"] != "LyncIntegration")
        work.declare()
        await work.run(at_the_end)
        work.others = everything
        work.declare()
        report = await work.run(is_ready)
        assert report.plan.steps == ()
        hands = LyncHands(work, everything)
        assert (await hands.call(), await hands.answer()) == ("", "")
        work.organization = {**work.organization, "mode": "Observe"}
        work.declare()
        effects = len(hands.lab.journal.effects)
        yield hands
        assert all(effect.is_by_hand for effect in hands.lab.journal.effects[effects:])


def is_ready(report: Report) -> bool:
    """Whether the integration is told to be in force."""
    found = report.memory.statuses.get(LYNC)
    conditions = found.conditions if isinstance(found, LyncIntegrationStatus) else ()
    return any((one.type, one.status) == ("Ready", "True") for one in conditions)
