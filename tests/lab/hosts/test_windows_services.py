"""A service under the service control manager: pending states, processes, crashes, the machine below it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from gateways_support import BY_HAND
from um_operator.lab.clock import Clock
from um_operator.lab.hosts.host import UM, Host
from um_operator.lab.hosts.service import NotStartedError, ServiceError, WindowsService
from um_operator.lab.hosts.times import ServiceTimes, Span
from um_operator.lab.journal import Journal, Occurrence

TIMES = ServiceTimes(stop=Span(30, 30), start=Span(4, 4), warm=Span(20, 20))


@dataclass
class Program:
    """Remembers what was asked of it; starts unless told otherwise."""

    obstacle: str = ""
    did: list[str] = field(default_factory=list)
    warm_at: datetime | None = None

    def load(self) -> None:
        self.did.append("load")
        if self.obstacle:
            raise NotStartedError(self.obstacle)

    @property
    def listening(self) -> Mapping[int, str]:
        return {}

    async def open(self, warm_at: datetime) -> None:
        self.did.append("open")
        self.warm_at = warm_at

    async def close(self, why: str) -> None:
        if self.did[-1:] != [f"close: {why}"]:
            self.did.append(f"close: {why}")


@dataclass
class Scene:
    clock: Clock
    journal: Journal
    host: Host
    program: Program
    service: WindowsService

    @property
    def status(self) -> str:
        return self.service.status.value

    def notes(self) -> list[str]:
        return [e.what for e in self.journal.entries if isinstance(e, Occurrence) and e.what != "Event"]

    async def pass_(self, seconds: float) -> None:
        """Let everybody come to a rest, then time pass, then everybody come to a rest."""
        for _ in range(5):
            await asyncio.sleep(0)
        self.clock.advance(timedelta(seconds=seconds))
        for _ in range(5):
            await asyncio.sleep(0)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    clock = Clock.frozen()
    journal = Journal(clock)
    host = Host("ex01.contoso.com", clock=clock, journal=journal, times=TIMES)
    program = Program()
    service = host.install(UM, program)
    await host.run()
    yield Scene(clock, journal, host, program, service)
    await host.shut_down()


async def test_a_service_runs_since_long_ago_with_a_warm_worker(scene: Scene) -> None:
    assert scene.status == "Running"
    assert scene.service.process is not None
    assert scene.service.process.started < scene.clock.now() - timedelta(days=1)
    assert scene.program.warm_at == scene.clock.now()


async def test_a_restart_goes_through_stop_pending_and_start_pending_to_a_new_process(scene: Scene) -> None:
    before, began = scene.service.process, scene.clock.now()
    restart = asyncio.create_task(scene.service.restart(BY_HAND))
    await scene.pass_(0)
    assert (scene.status, scene.service.process) == ("StopPending", before)
    assert scene.program.did[-1] == "close: the service has stopped", "the ports close at once"
    await scene.pass_(30)
    assert scene.status == "StartPending"
    await scene.pass_(4)
    await restart
    assert scene.status == "Running"
    assert scene.service.process is not None
    assert scene.service.process.started == began + timedelta(seconds=30)
    assert scene.program.warm_at == began + timedelta(seconds=30 + 4 + 20)


async def test_a_restart_is_one_effect_of_whoever_asked_for_it(scene: Scene) -> None:
    restart = asyncio.create_task(scene.service.restart(BY_HAND))
    await scene.pass_(30)
    await scene.pass_(4)
    await restart
    [effect] = scene.journal.effects
    assert (effect.kind, effect.name, effect.caller) == (
        "Service",
        "ex01.contoso.com\\MSExchangeUM",
        "administrator",
    )
    assert (effect.before, effect.after) == ({"Status": "Running"}, {"Status": "StopPending"})
    assert scene.notes() == ["ServiceStarted", "ServiceStopped", "ServiceStarted"]


async def test_a_restart_goes_on_when_whoever_asked_for_it_has_gone(scene: Scene) -> None:
    restart = asyncio.create_task(scene.service.restart(BY_HAND))
    await scene.pass_(0)
    restart.cancel()
    await scene.pass_(30)
    await scene.pass_(4)
    assert scene.status == "Running"


async def test_a_service_in_a_pending_state_takes_no_command(scene: Scene) -> None:
    stop = asyncio.create_task(scene.service.stop(BY_HAND))
    await scene.pass_(1)
    with pytest.raises(ServiceError, match="StopPending"):
        await scene.service.start(BY_HAND)
    await scene.pass_(30)
    await stop
    assert scene.status == "Stopped"


async def test_starting_what_runs_and_stopping_what_is_stopped_does_nothing(scene: Scene) -> None:
    await scene.service.start(BY_HAND)
    stop = asyncio.create_task(scene.service.stop(BY_HAND))
    await scene.pass_(30)
    await stop
    await scene.service.stop(BY_HAND)
    assert len(scene.journal.effects) == 1


async def test_a_service_that_can_not_start_says_why_to_its_caller_and_in_the_log(scene: Scene) -> None:
    scene.program.obstacle = "startup mode TLS without a certificate"
    restart = asyncio.create_task(scene.service.restart(BY_HAND))
    await scene.pass_(30)
    with pytest.raises(ServiceError, match="startup mode TLS without a certificate"):
        await restart
    assert (scene.status, scene.service.process) == ("Stopped", None)
    assert [event.id for event in scene.host.events.after()] == [7024]
    assert scene.notes()[-1] == "ServiceNotStarted"


async def test_a_service_crashes_and_is_started_again_by_the_service_control_manager(scene: Scene) -> None:
    scene.service.crashes = 1
    restart = asyncio.create_task(scene.service.restart(BY_HAND))
    await scene.pass_(30)
    await scene.pass_(4)
    await restart
    await scene.pass_(30)
    assert scene.status == "Stopped"
    assert [event.id for event in scene.host.events.after()] == [7031]
    await scene.pass_(60)
    await scene.pass_(4)
    assert scene.status == "Running"
    await scene.pass_(120)
    assert scene.notes().count("ServiceCrashed") == 1


async def test_a_machine_that_goes_down_ends_a_restart_under_way(scene: Scene) -> None:
    restart = asyncio.create_task(scene.service.restart(BY_HAND))
    await scene.pass_(1)
    await scene.host.shut_down()
    with pytest.raises(ServiceError, match="went down"):
        await restart
    assert scene.status == "Stopped"
    await scene.pass_(300)
    assert scene.status == "Stopped"
    scene.host.boot()
    await scene.pass_(0)
    await scene.pass_(4)
    assert scene.status == "Running"
    assert len(scene.journal.effects) == 1, "what starts by itself is nobody's effect"
