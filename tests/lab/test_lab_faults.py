"""Planned trouble happens exactly where it was planned."""

import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from exchange_bench import SERVICE, Bench, Collected
from um_operator.lab.console import Console
from um_operator.lab.exchange.cmdlets import CMDLETS
from um_operator.lab.exchange.shell import ManagementShell
from um_operator.lab.faults import ALWAYS, Faults, Where, kill
from um_operator.lab.journal import Occurrence
from um_operator.lab.powershell import PSObject
from um_operator.lab.wsman.interference import Disturbance, Seen

SERVER = "ex01.contoso.com"


class Troubled(Bench):
    """An organisation that the operator's account works on, with a plan of trouble."""

    def __init__(self) -> None:
        super().__init__(account=SERVICE.name)
        self.faults = Faults(self.clock, self.journal)
        self.shell = ManagementShell(self.organization, CMDLETS, (SERVICE,), self.faults.trouble)
        self.console = Console(self.shell, SERVER)

    def set_port(self, port: int) -> Collected:
        return self.run("Set-UMIPGateway", "sbc01", Port=port)

    @property
    def port(self) -> int:
        [row] = self.console.change("Get-UMIPGateway", "sbc01")
        return int(str(row.properties["Port"]))


@pytest.fixture
def bench() -> Troubled:
    bench = Troubled()
    bench.gateway("sbc01")
    return bench


def seen(verb: str = "Command", *cmdlets: str, server: str = SERVER) -> Seen:
    return Seen(server, SERVICE.name, verb, 1, cmdlets)


async def outcomes(faults: Faults, request: Seen, count: int = 4) -> list[str]:
    return [(await faults.before(request)).name for _ in range(count)]


async def test_nothing_happens_unplanned(bench: Troubled) -> None:
    assert await outcomes(bench.faults, seen()) == ["NONE"] * 4


async def test_a_disturbance_hits_the_nth_request_that_matches(bench: Troubled) -> None:
    bench.faults.disturb(Where(cmdlet="Set-*", nth=2, times=2), Disturbance.RESET_AFTER)
    assert await outcomes(bench.faults, seen("Command", "Get-UMIPGateway")) == ["NONE"] * 4
    hit = await outcomes(bench.faults, seen("Command", "set-umipgateway"))
    assert hit == ["NONE", "RESET_AFTER", "RESET_AFTER", "NONE"]


async def test_a_disturbance_can_be_of_one_server_and_verb(bench: Troubled) -> None:
    bench.faults.disturb(Where(server="EX02*", verb="Create", times=ALWAYS), Disturbance.QUOTA)
    assert await outcomes(bench.faults, seen("Create")) == ["NONE"] * 4
    assert await outcomes(bench.faults, seen("Create", server="ex02.contoso.com")) == ["QUOTA"] * 4
    assert await outcomes(bench.faults, seen("Receive", server="ex02.contoso.com")) == ["NONE"] * 4


async def test_latency_is_in_the_labs_time(bench: Troubled) -> None:
    bench.faults.latency = timedelta(seconds=1)
    bench.faults.delay(Where(), timedelta(seconds=2))
    slept: list[timedelta] = []

    async def sleep(duration: timedelta) -> None:
        slept.append(duration)

    bench.clock.sleep = sleep  # type: ignore[method-assign]
    await outcomes(bench.faults, seen(), 2)
    assert slept == [timedelta(seconds=3), timedelta(seconds=1)]


async def test_a_server_that_is_down_takes_no_connection_and_no_request(bench: Troubled) -> None:
    bench.faults.take_down("EX01.contoso.com")
    assert not bench.faults.accepts(SERVER)
    assert await outcomes(bench.faults, seen(), 1) == ["RESET_BEFORE"]
    bench.faults.bring_up(SERVER)
    assert bench.faults.accepts(SERVER)


async def test_the_journal_says_which_trouble_there_was(bench: Troubled) -> None:
    bench.faults.disturb(Where(), Disturbance.HANG)
    await outcomes(bench.faults, seen("Command", "Get-UMService"))
    noted = [e for e in bench.journal.entries if isinstance(e, Occurrence)]
    assert [e.details for e in noted] == [{"fault": "HANG", "request": "Command Get-UMService"}]


def test_a_refusal_comes_before_anything_is_done_and_spares_the_console(bench: Troubled) -> None:
    bench.faults.refuse(Where("Set-UMIPGateway", times=ALWAYS), "ADTransientException")
    assert bench.set_port(5061).failure == "ADTransientException"
    bench.console.change("Set-UMIPGateway", "sbc01", Port=5070)
    assert bench.port == 5070


def test_an_admin_changes_things_after_the_kth_effect(bench: Troubled) -> None:
    bench.faults.after_effect(2, lambda: bench.console.change("Set-UMIPGateway", "sbc01", Port=5099))
    bench.set_port(5061)
    assert bench.port == 5061
    bench.set_port(5062)
    assert bench.port == 5099
    bench.set_port(5063)
    assert bench.port == 5063


def test_effects_of_the_console_do_not_count(bench: Troubled) -> None:
    happened: list[int] = []
    bench.faults.before_effect(1, lambda: happened.append(bench.port))
    bench.console.change("Set-UMIPGateway", "sbc01", Port=5070)
    assert happened == []
    bench.set_port(5061)
    bench.set_port(5062)
    assert happened == [5070]


def test_an_effect_can_be_prevented(bench: Troubled) -> None:
    bench.faults.before_effect(2, lambda: None, prevent=True)
    bench.set_port(5061)
    assert bench.set_port(5062).failure == "ADTransientException"
    assert bench.port == 5061


def test_what_an_admin_did_just_before_an_effect_is_in_its_before(bench: Troubled) -> None:
    bench.faults.before_effect(1, lambda: bench.console.change("Set-UMIPGateway", "sbc01", Port=5099))
    bench.set_port(5061)
    assert (bench.last.before, bench.last.after) == ({"Port": 5099}, {"Port": 5061})


def test_an_object_that_an_admin_removed_just_before_is_not_found(bench: Troubled) -> None:
    bench.faults.before_effect(1, lambda: bench.console.change("Remove-UMIPGateway", "sbc01"))
    assert bench.set_port(5061).failure == "ManagementObjectNotFoundException"


@pytest.mark.parametrize(("when", "port"), [("before", 5060), ("after", 5061)])
def test_a_process_is_killed_before_or_after_an_effect(bench: Troubled, when: str, port: int) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as victim:
        if when == "before":
            bench.faults.before_effect(1, kill(lambda: victim.pid), prevent=True)
        else:
            bench.faults.after_effect(1, kill(lambda: victim.pid))
        bench.set_port(5061)
        assert victim.wait(10) == -signal.SIGKILL
    assert bench.port == port


def test_killing_a_process_that_is_gone_does_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait(10)
    kill(lambda: gone.pid)()


def test_the_console_is_refused_like_everybody(bench: Troubled) -> None:
    transcript = bench.console.run("Set-UMIPGateway", ["none"], {"Port": 1})
    assert "couldn't be found" in transcript.errors[0].message
    assert isinstance(bench.console.run("Get-UMIPGateway").rows[0], PSObject)
