"""From factory defaults to a certificate on the wire, over real sockets to Exchange and to the host."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Literal

import pytest

from certificate_bench import EX01, leaf, root
from certificate_bench import intermediate as issuing
from estate.rooms import CHAIN, NAME, NO_ADMINISTRATOR, OPERATOR, Rooms, at_work, sha256, until
from um_operator.api.meta import ObjectKey
from um_operator.hosts.premise_table import premises
from um_operator.hosts.sessions import OneHost
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.hosts.times import ServiceTimes
from um_operator.lab.presets import first_steps
from um_operator.lab.variants import ServerSideSelect, ServerThumbprint, Variants
from um_operator.observed.certificates import ServiceName
from um_operator.observed.exchange import Binding
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.hosts import TLS, Closed, ComponentFact, Plain
from um_operator.observed.rollout import Previous
from um_operator.planning.steps.base import BaseStep
from um_operator.planning.steps.certificate import (
    ActivateServer,
    ConfigureService,
    DrainServer,
    ImportCertificate,
    InstallChain,
    RemoveCertificate,
    RestartService,
)
from um_operator.remoting.premises import Verdict, check

OWNER = ObjectKey("ExchangeOrganization", "contoso")
BOTH: tuple[ServiceName, ...] = ("UM", "UMCallRouter")


@pytest.fixture(params=[Variants(), Variants.others()], ids=["defaults", "others"])
def variants(request: pytest.FixtureRequest) -> Variants:
    chosen: Variants = request.param
    return chosen


@pytest.fixture
async def lab(variants: Variants) -> AsyncIterator[Lab]:
    """Services that take some seconds of an hour that passes quickly."""
    clock, times = Clock(rate=30), ServiceTimes.fixed(3)
    async with Lab.start(first_steps(), clock=clock, variants=variants, times=times, seed=7) as lab:
        yield lab


@pytest.fixture
async def rooms(lab: Lab, variants: Variants) -> AsyncIterator[Rooms]:
    """Once as an administrator of the hosts, once as one who may only do what the JEA endpoint lets him."""
    way = ("Microsoft.PowerShell", OPERATOR) if variants == Variants() else ("UMOperator", NO_ADMINISTRATOR)
    async with at_work(lab, *way) as rooms:
        yield rooms


async def test_a_certificate_comes_into_force_on_a_server(rooms: Rooms, variants: Variants) -> None:
    shows = variants.server_thumbprint is ServerThumbprint.SHOWN
    assert await bindings(rooms) == (Binding(shown=shows), Binding())
    assert {type(one) for one in (await rooms.listeners()).values()} == {Plain, Closed}

    await rooms.done(step(InstallChain, certificate=NAME, missing=tuple(map(sha256, CHAIN))))
    stores = await rooms.hosts.stores(EX01, None)
    assert isinstance(stores, Known)
    assert sha256(root()) in stores.value.roots
    assert sha256(issuing()) in stores.value.intermediates

    await rooms.done(step(ImportCertificate, certificate=NAME))
    again = await rooms.carry(step(ImportCertificate, certificate=NAME))
    assert again.kind in ("Done", "NotSent"), again
    store = (await rooms.view()).certificates
    assert isinstance(store, Known)
    [ours] = [one for one in store.value if one.certificate.thumbprint == leaf().thumbprint]
    told = variants.server_side_select is ServerSideSelect.PROPERTIES
    assert (ours.status, ours.has_private_key) == (("Valid", True) if told else (None, None))

    for service in BOTH:
        await rooms.done(configure(service))
    bound = Binding(leaf().thumbprint)
    assert await bindings(rooms) == (bound if shows else Binding(shown=False), bound)
    held = await rooms.carry(step(RemoveCertificate, certificate=NAME, thumbprint=leaf().thumbprint))
    assert (held.kind, held.reason) == ("Refused", "InUse")
    assert {type(one) for one in (await rooms.listeners()).values()} == {Plain, Closed}, "nothing restarted"

    await restart(rooms)
    await until(lambda: serves(rooms, leaf().thumbprint))


async def restart(rooms: Rooms) -> None:
    """Drain the server, stop and start both services, return the server to service."""
    await rooms.done(step(DrainServer, component="UMCallRouter", requester="Sidelined"))
    drained = await component(rooms)
    assert (drained.state, drained.requested["Sidelined"]) == ("Draining", "Draining")
    began = {name: service.started_at for name, service in (await rooms.services()).items()}
    for service in BOTH:
        await rooms.done(restarting(service, "Stop"))
    await until(lambda: every_service(rooms, "Stopped"))
    again = await rooms.carry(restarting("UM", "Stop"))
    assert again.kind in ("Done", "NotSent"), again
    assert isinstance(await rooms.hosts.rejected_calls(EX01, None), Unknown), "it goes with its service"
    for service in BOTH:
        await rooms.done(restarting(service, "Start"))
    await until(lambda: every_service(rooms, "Running"))
    for name, running in (await rooms.services()).items():
        earlier = began[name]
        assert running.started_at is not None
        assert earlier is not None
        assert running.started_at > earlier
    assert isinstance(await rooms.hosts.rejected_calls(EX01, None), Known)
    assert isinstance(await rooms.hosts.events(EX01, None), Known)
    await rooms.done(step(ActivateServer, component="UMCallRouter", requester="Sidelined"))
    assert (await component(rooms)).state == "Active"


async def test_every_premise_of_a_host_holds_and_none_has_an_effect(rooms: Rooms) -> None:
    found = await check(OneHost(rooms.sessions, EX01), premises(EX01), deadline=20)
    assert {row.name for row in found if row.verdict is Verdict.BROKEN} == set()
    assert {row.name for row in found if row.verdict is Verdict.UNKNOWN} == {"host events"}, (
        "the log is empty"
    )
    assert list(rooms.lab.journal.effects) == []


async def test_a_certificate_that_cannot_be_bound_leaves_the_mode_as_it_was(rooms: Rooms) -> None:
    """Its issuers are not trusted there, so Exchange refuses it."""
    await rooms.done(step(ImportCertificate, certificate=NAME))
    outcome = await rooms.carry(configure("UM"))
    assert outcome.kind == "Refused"
    assert outcome.message.endswith('the startup mode is set back to "TCP"')
    service = (await rooms.view()).um_service
    assert isinstance(service, Known)
    assert service.value is not None
    assert (service.value.startup_mode, service.value.binding.thumbprint) == ("TCP", None)


async def component(rooms: Rooms) -> ComponentFact:
    fact = (await rooms.view()).component
    assert isinstance(fact, Known)
    assert fact.value is not None
    return fact.value


async def bindings(rooms: Rooms) -> tuple[Binding, Binding]:
    view = await rooms.view()
    assert isinstance(view.um_service, Known)
    assert isinstance(view.call_router, Known)
    assert view.um_service.value is not None
    assert view.call_router.value is not None
    return view.um_service.value.binding, view.call_router.value.binding


async def every_service(rooms: Rooms, status: str) -> bool:
    return {service.status for service in (await rooms.services()).values()} == {status}


async def serves(rooms: Rooms, thumbprint: str) -> bool:
    seen = [one.leaf.thumbprint for one in (await rooms.listeners()).values() if isinstance(one, TLS)]
    return seen == [thumbprint, thumbprint]


def step(kind: Any, **changed: Any) -> BaseStep:
    made: BaseStep = kind(owner=OWNER, server=EX01, **changed)
    return made


def configure(service: ServiceName) -> BaseStep:
    return step(
        ConfigureService,
        service=service,
        mode="Dual",
        certificate=NAME,
        thumbprint=leaf().thumbprint,
        mode_before="TCP",
        bound_before=None,
        before=Previous(None, "TCP"),
    )


def restarting(service: ServiceName, phase: Literal["Stop", "Start"]) -> BaseStep:
    return step(
        RestartService,
        service=service,
        phase=phase,
        certificate=NAME,
        mode="Dual",
        serves=None,
        mode_before="TCP",
    )
