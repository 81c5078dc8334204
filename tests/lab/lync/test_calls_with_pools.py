"""Calls between pools and Unified Messaging: they come about when everything is right, and not before."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from gateways_support import eventually
from lynclab import POOL, SE
from um_operator.lab import presets
from um_operator.lab.clock import Clock
from um_operator.lab.estate import EstateSpec, Lab
from um_operator.lab.exchange.builder import PlanSpec, Secured
from um_operator.lab.exchange.dial_plan_properties import URI_TYPE, VOIP_SECURITY
from um_operator.lab.exchange.objects import Kind
from um_operator.lab.gateways.calling import Attempt, Caller, CallError, Cause
from um_operator.lab.gateways.desks import settings_of
from um_operator.lab.gateways.services import UMProgram
from um_operator.lab.gateways.sip import Uri
from um_operator.lab.hosts.authority import CertificateAuthority
from um_operator.lab.hosts.host import UM
from um_operator.lab.hosts.times import INSTANT
from um_operator.lab.journal import Author
from um_operator.lab.lync.contoso import LYNC
from um_operator.lab.lync.services import FRONT_END
from um_operator.lab.lync.spec import ContactSpec
from um_operator.lab.presets import smallest, with_lync
from um_operator.lab.variants import ContactsSeen, PermissionScript, UnknownServer, Variants

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


async def restart_exchange(lab: Lab) -> None:
    for service in lab.host(EX01).services.values():
        await service.restart(Author("administrator", EX01, "console", "Restart-Service"))


async def test_an_integrated_pool_reaches_um_and_um_reaches_the_pool() -> None:
    async with running(integrated()) as lab:
        assert await called(lab) is None
        assert lab.lync is not None
        lab.change("Set-UMIPGateway", "1:1", Port=5061)
        for other in ("1:2", "1:3", "1:4", "legacy-pbx"):
            lab.change("Set-UMIPGateway", other, OutcallsAllowed=False)
        passed(lab)
        front_ends = lab.lync.deployment.pools[POOL].front_ends
        front_ends[0].services.draining.add(FRONT_END)
        programs = [lab.lync.telephones.programs[one.fqdn] for one in front_ends]
        lab.clock.advance(timedelta(minutes=2))
        await eventually(lambda: programs[1].taken > 0)
        assert programs[0].taken == 0, "it takes nothing new"


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
        far = lab.lync.telephones.programs[SE].knowledge
        far.load(lab.clock.now())
        assert far.plan(PLAN) is None, "its domain controller does not know of the permissions yet"
        passed(lab)
        wrong = await console.run("OcsUmUtil", parameters={**typed, "PhoneNumber": "4900"})
        assert wrong.errors[0].error_id.startswith("NotE164")
        await console.change("OcsUmUtil", **typed)
        assert await called(lab) is Cause.UNAWARE_OF_PLAN
        await restart_front_ends(lab)
        assert await called(lab) is None
        rows = lab.change("Get-UMIPGateway", "1:1")
        assert (rows[0].properties["Address"], rows[0].properties["OutcallsAllowed"]) == (POOL, True)
        far.load(lab.clock.now())
        assert far.plan(PLAN) is not None
        before = len(lab.journal.effects)
        await console.change("ExchUcUtil.ps1")
        assert len(lab.journal.effects) == before, "what exists is left as it is"


async def test_the_other_answers_to_what_nobody_knows_are_there_as_well() -> None:
    variants = Variants(permission_script=PermissionScript.TLS, contacts_seen=ContactsSeen.AT_START)
    async with Lab.start(integrated(), variants=variants, clock=Clock.frozen(), times=INSTANT) as lab:
        assert lab.lync is not None
        join(lab)
        passed(lab)
        assert [row.properties["Port"] for row in lab.change("Get-UMIPGateway", "1:1")] == [5061]
        assert await called(lab) is None
        contacts = lab.lync.deployment.contacts
        [known] = contacts
        contacts.add(replace(known, created=lab.clock.now()))
        assert await called(lab) is Cause.NO_CONTACT
        lab.clock.advance(timedelta(seconds=1))
        await restart_front_ends(lab)
        assert await called(lab) is None


async def test_a_leaf_of_another_name_is_refused_by_pools_and_by_um() -> None:
    async with running(integrated()) as lab:
        assert lab.lync is not None
        authority, host = lab.organization.authority, lab.host(EX01)
        assert authority is not None
        leaf = authority.issue("um.contoso.com", EX01)
        host.stores.my.add(leaf)
        for kind in (Kind.UM_SERVICE, Kind.CALL_ROUTER):
            settings = settings_of(lab.organization.um_servers[EX01], kind)
            assert settings is not None
            lab.directory.modify(
                "dc01.contoso.com", settings.guid, {"UMCertificateThumbprint": leaf.thumbprint}
            )
        await restart_exchange(lab)
        assert await called(lab) is Cause.INCORRECT_NAME, "the name is only in the SAN"
        front_end = lab.lync.deployment.pools[POOL].front_ends[0]
        other = lab.lync.deployment.authority.issue("web.contoso.com")
        front_end.host.stores.my.add(other)
        front_end.certificate = other.thumbprint
        assert await lab.lync.telephones.call(POOL, NUMBER) is not None


async def test_pools_are_asked_whether_they_believe_a_server() -> None:
    async with running(integrated()) as lab:
        host = lab.host(EX01)
        bound = settings_of(lab.organization.um_servers[EX01], Kind.UM_SERVICE)
        assert bound is not None
        assert lab.calls.distrusting(EX01, bound["UMCertificateThumbprint"]) == []
        strange = CertificateAuthority("Another CA", lab.clock.now()).issue(EX01)
        host.stores.my.add(strange)
        assert lab.calls.distrusting(EX01, strange.thumbprint) == [POOL, SE]


async def test_the_integrated_preset_is_integrated() -> None:
    async with Lab.start(presets.integrated(), clock=Clock.frozen(), times=INSTANT) as lab:
        assert await called(lab) is None
        outward = {
            row.text for row in lab.change("Get-UMIPGateway") if row.properties["OutcallsAllowed"] is True
        }
        assert outward & {POOL, SE} == {POOL}


@pytest.mark.parametrize(
    ("choice", "options", "call"),
    [
        (UnknownServer.ANSWERED, None, Cause.REFUSED),
        (UnknownServer.REFUSED, Cause.REMOTE_DISCONNECTED, Cause.REMOTE_DISCONNECTED),
    ],
)
async def test_a_server_that_a_pool_does_not_know_yet_places_no_calls(
    choice: UnknownServer, options: Cause | None, call: Cause
) -> None:
    spec = replace(integrated(), lync=replace(INTEGRATED, integrated=False))
    variants = Variants(unknown_server=choice)
    async with Lab.start(spec, variants=variants, clock=Clock.frozen(), times=INSTANT) as lab:
        server = lab.organization.um_servers[EX01]
        program = server.host.services[UM].program
        assert isinstance(program, UMProgram)
        caller = Caller(lab.calls.network, EX01, program.binding.client)
        target = Uri("ping", POOL, 5061, "tls")

        async def outcome(ask: Callable[[], Awaitable[object]]) -> Cause | None:
            try:
                await ask()
            except CallError as error:
                return error.cause
            return None

        assert await outcome(lambda: caller.options(target)) is options
        assert await outcome(lambda: caller.call(Attempt(target, "4900"))) is call


async def test_a_server_whose_services_were_not_started_in_tls_gets_no_call() -> None:
    async with running(integrated()) as lab:
        lab.change("Set-UMCallRouterSettings", Server=EX01, UMStartupMode="TCP")
        lab.directory.replicate_now()
        assert await called(lab) is None, "the service has not been started since"
        await restart_exchange(lab)
        assert await called(lab) is Cause.UNREACHABLE
        lab.change("Set-UMCallRouterSettings", Server=EX01, UMStartupMode="Dual")
        lab.directory.replicate_now()
        await restart_exchange(lab)
        assert await called(lab) is None


async def test_a_plan_that_is_not_as_secure_as_the_pool_demands_gets_no_call() -> None:
    async with running(integrated("SIPSecured")) as lab:
        assert await called(lab) is Cause.INCOMPATIBLE_SECURITY
        lab.change("Set-UMDialPlan", PLAN, VoIPSecurity="Secured")
        passed(lab)
        assert await called(lab) is None
