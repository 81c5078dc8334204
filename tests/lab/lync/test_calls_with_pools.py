"""Calls between pools and Unified Messaging: they come about when everything is right, and not before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from gateways_support import eventually
from lynclab import POOL, SE
from um_operator.lab.clock import Clock
from um_operator.lab.estate import EstateSpec, Lab
from um_operator.lab.exchange.builder import PlanSpec, Secured
from um_operator.lab.exchange.dial_plan_properties import URI_TYPE, VOIP_SECURITY
from um_operator.lab.gateways.calling import Cause
from um_operator.lab.hosts.times import INSTANT
from um_operator.lab.lync.services import FRONT_END
from um_operator.lab.lync.spec import ContactSpec
from um_operator.lab.presets import LYNC, smallest, with_lync

NUMBER, PLAN, EX01 = "+4989555004900", "Contoso-Lync", "ex01.contoso.com"
CONTACT = ContactSpec("Contoso-Lync-SA", "sip:sa@contoso.com", POOL, NUMBER, PLAN)
INTEGRATED = replace(LYNC, trusts_exchange=True, integrated=True, contacts=(CONTACT,))


def integrated(security: str = "Secured") -> EstateSpec:
    """One server on TLS that is a member of a SIP plan, and pools that know it since long."""
    estate = with_lync(smallest(), INTEGRATED)
    plan = PlanSpec(
        PLAN,
        {
            "URIType": URI_TYPE("SipName"),
            "VoIPSecurity": VOIP_SECURITY(security),
            "AccessTelephoneNumbers": (NUMBER,),
        },
    )
    organization = replace(estate.organization, plans=(*estate.organization.plans, plan), secured=Secured())
    return replace(estate, organization=organization, devices=())


@asynccontextmanager
async def running(spec: EstateSpec) -> AsyncIterator[Lab]:
    """The estate with its server a member of the plan, and every service having read so."""
    async with Lab.start(spec, clock=Clock.frozen(), times=INSTANT) as lab:
        join(lab)
        passed(lab)
        yield lab


def join(lab: Lab) -> None:
    lab.change("Set-UMService", EX01, DialPlans={"Add": [PLAN]})
    lab.change("Set-UMCallRouterSettings", Server=EX01, DialPlans={"Add": [PLAN]})


def passed(lab: Lab) -> None:
    lab.directory.replicate_now()
    lab.clock.advance(timedelta(minutes=11))


async def called(lab: Lab, pool: str = POOL, number: str = NUMBER) -> Cause | None:
    assert lab.lync is not None
    return await lab.lync.telephones.call(pool, number, talk=timedelta(0))


async def restart_front_ends(lab: Lab, pool: str = POOL) -> None:
    """By hand, one after the other, as far as calls are concerned."""
    assert lab.lync is not None
    for front_end in lab.lync.deployment.pools[pool].front_ends:
        console = lab.lync.console(front_end.fqdn)
        await console.change("Stop-CsWindowsService", FRONT_END)
        await console.change("Start-CsWindowsService")


async def test_an_integrated_pool_reaches_um_and_um_reaches_the_pool() -> None:
    async with running(integrated()) as lab:
        assert await called(lab) is None
        assert lab.lync is not None
        lab.change("Set-UMIPGateway", "1:1", Port=5061)
        for other in ("1:2", "1:3", "1:4", "legacy-pbx"):
            lab.change("Set-UMIPGateway", other, OutcallsAllowed=False)
        passed(lab)
        programs = lab.lync.telephones.programs.values()
        lab.clock.advance(timedelta(minutes=2))
        await eventually(lambda: any(program.taken for program in programs))


async def test_each_thing_that_is_missing_makes_the_call_fail_by_its_own_cause() -> None:
    async with running(integrated()) as lab:
        assert lab.lync is not None
        deployment = lab.lync.deployment
        assert await called(lab, SE) is Cause.NO_CONTACT

        roots = [one.host.stores.root for one in deployment.pools[POOL].front_ends]
        authority = lab.organization.authority
        assert authority is not None
        thumbprints = [root.trust(authority.root).thumbprint for root in roots]
        for root, thumbprint in zip(roots, thumbprints, strict=True):
            root.remove(thumbprint)
        assert await called(lab) is Cause.UNTRUSTED
        for root in roots:
            root.trust(authority.root)

        server = lab.host(EX01).stores.root
        server.remove(server.trust(deployment.authority.root).thumbprint)
        assert await called(lab) is Cause.REMOTE_DISCONNECTED
        server.trust(deployment.authority.root)
        assert await called(lab) is None

        await lab.lync.console().change("Set-CsMediaConfiguration", EncryptionLevel="DoNotSupportEncryption")
        assert await called(lab) is Cause.INCOMPATIBLE_SECURITY
        await lab.lync.console().change("Set-CsMediaConfiguration", EncryptionLevel="RequireEncryption")

        lab.change("Set-UMService", EX01, DialPlans={"Remove": [PLAN]})
        passed(lab)
        assert await called(lab) in {Cause.NOT_A_MEMBER, Cause.UNTRUSTED}
        lab.change("Set-UMCallRouterSettings", Server=EX01, DialPlans={"Remove": [PLAN]})
        passed(lab)
        assert await called(lab) is Cause.NO_SERVER
        join(lab)
        passed(lab)
        assert await called(lab) is None
        events = deployment.pools[POOL].front_ends
        assert {e.id for one in events for e in one.host.events.after()} >= {44009}


async def test_a_pool_knows_um_once_its_service_started_after_the_permissions_had_arrived() -> None:
    spec = replace(integrated(), lync=replace(INTEGRATED, integrated=False, contacts=()))
    async with running(spec) as lab:
        assert lab.lync is not None
        console = lab.lync.console()
        typed = {
            "DialPlan": PLAN,
            "OU": "OU=UM Contacts,DC=contoso,DC=com",
            "Name": "Contoso-Lync-SA",
            "SipAddress": "contoso-lync-sa@contoso.com",
            "Pool": POOL,
            "PhoneNumber": NUMBER,
            "Type": "SubscriberAccess",
        }
        assert (await console.run("OcsUmUtil", parameters=typed)).errors, "Lync may not read the plan yet"
        await console.change("ExchUcUtil.ps1")
        passed(lab)
        wrong = await console.run("OcsUmUtil", parameters={**typed, "PhoneNumber": "4900"})
        assert wrong.errors[0].error_id.startswith("NotE164")
        await console.change("OcsUmUtil", **typed)
        assert await called(lab) is Cause.UNAWARE_OF_PLAN
        await restart_front_ends(lab)
        assert await called(lab) is None
        rows = lab.change("Get-UMIPGateway", "1:1")
        assert (rows[0].properties["Address"], rows[0].properties["OutcallsAllowed"]) == (POOL, True)
        before = len(lab.journal.effects)
        await console.change("ExchUcUtil.ps1")
        assert len(lab.journal.effects) == before, "what exists is left as it is"
