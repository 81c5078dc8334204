"""The hosts room over real sockets to the lab's WinRM: as an administrator, and by role alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from certificate_bench import intermediate, root
from gateways_support import eventually
from um_operator.api.connection import Hosts
from um_operator.hosts import commands
from um_operator.hosts.estate import HostEstate
from um_operator.hosts.premise_table import premises
from um_operator.hosts.sessions import A_HOST, HostSessions, endpoint_of
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.hosts.service import Status
from um_operator.lab.hosts.times import INSTANT
from um_operator.lab.presets import first_steps
from um_operator.lab.variants import Variants
from um_operator.observed.fact import Known, Unknown
from um_operator.remoting import connect_to
from um_operator.remoting.credentials import Authentication, Method, Password
from um_operator.remoting.pool import SessionPool

HOST = "ex01.contoso.com"
WAYS = {"full": ("svc-um-operator", "Microsoft.PowerShell"), "jea": ("svc-um-jea", "UMOperator")}
EVERY_VARIANT = {name: variants for name, variants in Variants.each() if name in ("defaults", "others")}


@asynccontextmanager
async def estate(lab: Lab, way: str) -> AsyncIterator[tuple[HostEstate, HostSessions]]:
    user, configuration = WAYS[way]
    account = next(a for a in lab.spec.organization.accounts if a.name.endswith(user))
    authentication = Authentication(Method.NTLM, Password(account.name, account.password))
    hosts = Hosts.model_validate({"configurationName": configuration})
    sessions = HostSessions(
        lambda host: endpoint_of(host, hosts, authentication), lambda e: SessionPool([e], limits=A_HOST)
    )
    with connect_to.installed(connect_to.parse(lab.connect_to)):
        try:
            yield HostEstate(sessions, lab.clock.now), sessions
        finally:
            await sessions.close()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("variants", EVERY_VARIANT.values(), ids=EVERY_VARIANT)
async def test_everything_is_known_of_a_host(way: str, variants: Variants) -> None:
    async with (
        Lab.start(first_steps(), variants=variants, clock=Clock()) as lab,
        estate(lab, way) as (hosts, _),
    ):
        host = lab.host(HOST)
        services = await hosts.services(HOST, commands.WINDOWS_SERVICES, {})
        for name, fact in services.items():
            assert isinstance(fact, Known), fact
            process = host.services[name].process
            assert process is not None
            assert fact.value.status == "Running"
            assert fact.value.started_at == process.started
        stores = await hosts.stores(HOST, None)
        assert isinstance(stores, Known), stores
        assert len(stores.value.roots) == len(host.stores.root)
        rejected = await hosts.rejected_calls(HOST, None)
        assert isinstance(rejected, Known), rejected
        nothing = await hosts.events(HOST, None)
        assert isinstance(nothing, Known), nothing
        written = host.events.write("MSExchange Unified Messaging", 1113, "The handshake failed.")
        found = await hosts.events(HOST, nothing)
        assert isinstance(found, Known), found
        assert [event.record_id for event in found.value][-1:] == [written.record_id]


@pytest.mark.parametrize("way", WAYS)
async def test_trust_is_brought_and_read_back(way: str) -> None:
    async with Lab.start(first_steps(), clock=Clock()) as lab, estate(lab, way) as (hosts, sessions):
        for store, certified in (("Root", root()), ("CA", intermediate())):
            command = commands.trust(store, certified.der)  # type: ignore[arg-type]
            result = await sessions.invoke(HOST, command, deadline=10, write=True)
            assert result.errors == ()
        stores = await hosts.stores(HOST, None)
        assert isinstance(stores, Known)
        assert root().certificate in [entry.certificate for entry in lab.host(HOST).stores.root]
        effects = [effect for effect in lab.journal.effects if effect.kind == "TrustedCertificate"]
        assert len(effects) == 2


@pytest.mark.parametrize("way", WAYS)
async def test_a_service_is_stopped_and_started_again(way: str) -> None:
    async with (
        Lab.start(first_steps(), clock=Clock(), times=INSTANT) as lab,
        estate(lab, way) as (hosts, sessions),
    ):
        service = lab.host(HOST).services["MSExchangeUMCR"]
        before = service.process
        await sessions.invoke(HOST, commands.stop("MSExchangeUMCR"), deadline=10, write=True)
        await eventually(lambda: service.status is Status.STOPPED)
        await sessions.invoke(HOST, commands.start("MSExchangeUMCR"), deadline=10, write=True)
        await eventually(lambda: service.status is Status.RUNNING)
        assert service.process != before
        fact = (await hosts.services(HOST, commands.WINDOWS_SERVICES, {}))["MSExchangeUMCR"]
        assert isinstance(fact, Known)
        assert service.process is not None
        assert (fact.value.status, fact.value.started_at) == ("Running", service.process.started)


@pytest.mark.parametrize("way", WAYS)
async def test_every_premise_of_a_host_holds(way: str) -> None:
    async with Lab.start(first_steps(), clock=Clock()) as lab, estate(lab, way) as (_, sessions):
        lab.host(HOST).events.write("MSExchangeUM", 1000, "The service has started.", level="Information")
        for premise in premises(HOST):
            result = await sessions.invoke(HOST, premise.command, deadline=10, write=False)
            assert premise.judge(result).verdict == "Holds", premise.name


async def test_a_host_without_the_configuration_is_unknown() -> None:
    spec = first_steps()
    servers = tuple(replace(s, jea=False) for s in spec.organization.servers)
    spec = replace(spec, organization=replace(spec.organization, servers=servers))
    async with Lab.start(spec, clock=Clock()) as lab, estate(lab, "jea") as (hosts, _):
        services = await hosts.services(HOST, commands.WINDOWS_SERVICES, {})
        assert all(isinstance(fact, Unknown) for fact in services.values())
