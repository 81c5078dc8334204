"""The right to write: taken when free or expired, kept by renewing, judged by the greater of two clocks."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast, get_args

import pytest

from um_operator.kube.client import KubeClient
from um_operator.kube.errors import ConflictError, NotFoundError, UnavailableError
from um_operator.kube.lease import LeaseElector, LeaseTimes
from um_operator.planning.steps import Step

TIMES = LeaseTimes()


@dataclass
class Leases:
    """The API server, as far as one Lease is concerned."""

    lease: dict[str, Any] | None = None
    away: bool = False
    writes: int = 0

    async def get(self, *_: object) -> Any:
        self._answer()
        if self.lease is None:
            raise NotFoundError("there is none")
        return self.lease

    async def create(self, _resource: object, _namespace: object, body: Any) -> Any:
        self._answer()
        if self.lease is not None:
            raise ConflictError("there is one")
        return self._store(body)

    async def replace(self, _resource: object, _namespace: object, body: Any) -> Any:
        self._answer()
        if self.lease is None or body["metadata"]["resourceVersion"] != self.version:
            raise ConflictError("somebody else wrote it")
        return self._store(body)

    def _answer(self) -> None:
        if self.away:
            raise UnavailableError("no answer")

    def _store(self, body: Any) -> Any:
        self.writes += 1
        self.lease = {**body, "metadata": {**body["metadata"], "resourceVersion": str(self.writes)}}
        return self.lease

    @property
    def version(self) -> str:
        return str(self.lease["metadata"]["resourceVersion"]) if self.lease else ""

    @property
    def holder(self) -> str:
        return str(self.lease["spec"]["holderIdentity"]) if self.lease else ""


@dataclass
class Time:
    """Two clocks of a machine: the one that stands still while the machine sleeps, and the other."""

    monotonic: float = 1000.0
    wall: datetime = field(default=datetime(2026, 11, 23, 12, tzinfo=UTC))

    def passes(self, seconds: float) -> None:
        self.monotonic += seconds
        self.wall += timedelta(seconds=seconds)


def elector(leases: Leases, time: Time, identity: str = "one") -> LeaseElector:
    return LeaseElector(
        cast("KubeClient", leases),
        "um",
        "um-operator",
        identity,
        TIMES,
        monotonic=lambda: time.monotonic,
        wall=lambda: time.wall,
    )


def tries(one: LeaseElector) -> bool:
    """Let it try once; return whether it may write then."""
    asyncio.run(one._try_once())
    return one.held()


@pytest.fixture
def leases() -> Leases:
    return Leases()


@pytest.fixture
def time() -> Time:
    return Time()


def test_the_first_one_takes_it_and_may_interrupt_at_once(leases: Leases, time: Time) -> None:
    one = elector(leases, time)
    assert tries(one)
    assert (leases.holder, one.interrupting_from) == ("one", None)


def test_another_one_stands_by_while_it_is_renewed(leases: Leases, time: Time) -> None:
    one, two = elector(leases, time), elector(leases, time, "two")
    for _ in range(30):
        assert tries(one)
        assert not tries(two)
        time.passes(2)
    assert leases.holder == "one"


def test_a_lease_that_is_not_renewed_is_taken_after_its_duration_and_not_before(
    leases: Leases, time: Time
) -> None:
    one, two = elector(leases, time), elector(leases, time, "two")
    tries(one)
    tries(two)
    time.passes(TIMES.duration.total_seconds() - 1)
    assert not tries(two)
    time.passes(2)
    assert tries(two)
    assert not one.held()


def test_who_stands_by_looks_again_at_the_moment_at_which_it_expires(leases: Leases, time: Time) -> None:
    one, two = elector(leases, time), elector(leases, time, "two")
    tries(one)
    tries(two)
    assert (one._pause(), two._pause()) == (2.0, 2.0)
    time.passes(TIMES.duration.total_seconds() - 0.5)
    tries(two)
    assert two._pause() == 0.5
    time.passes(0.5)
    assert tries(two)


def test_the_successor_of_one_that_was_lost_waits_with_what_interrupts(leases: Leases, time: Time) -> None:
    one, two = elector(leases, time), elector(leases, time, "two")
    tries(one)
    tries(two)
    seen = time.wall
    time.passes(16)
    tries(two)
    assert two.interrupting_from == seen + TIMES.duration + TIMES.longest_step


@pytest.mark.parametrize("step", get_args(Step), ids=lambda step: step.__name__)
def test_no_call_of_a_predecessor_lasts_longer_than_its_successor_waits(step: type[Step]) -> None:
    assert step.deadline <= TIMES.longest_step


def test_the_successor_of_one_that_released_it_does_not_wait(leases: Leases, time: Time) -> None:
    one, two = elector(leases, time), elector(leases, time, "two")
    tries(one)
    tries(two)
    asyncio.run(one._release())
    assert tries(two)
    assert two.interrupting_from is None
    assert not one.held()


def test_time_differences_between_machines_do_not_matter(leases: Leases, time: Time) -> None:
    fast = Time(wall=time.wall + timedelta(hours=3))
    one, two = elector(leases, time), elector(leases, fast, "two")
    tries(one)
    assert not tries(two)


def test_the_holder_does_not_write_once_its_renewal_is_older_than_the_deadline(
    leases: Leases, time: Time
) -> None:
    one = elector(leases, time)
    tries(one)
    leases.away = True
    time.passes(TIMES.renew_deadline.total_seconds() - 1)
    assert tries(one)
    assert not one.lost.is_set()
    time.passes(1)
    assert not tries(one)
    assert one.lost.is_set()


def test_a_process_that_was_stopped_for_a_while_may_not_write_when_it_goes_on(
    leases: Leases, time: Time
) -> None:
    one = elector(leases, time)
    tries(one)
    time.monotonic += 30
    assert not one.held()


def test_a_machine_that_slept_may_not_write_when_it_wakes(leases: Leases, time: Time) -> None:
    one = elector(leases, time)
    tries(one)
    time.wall += timedelta(seconds=30)
    assert not one.held()


def test_who_finds_another_one_in_its_place_has_lost(leases: Leases, time: Time) -> None:
    one = elector(leases, time)
    tries(one)
    assert leases.lease is not None
    leases.lease["spec"]["holderIdentity"] = "two"
    assert not tries(one)
    assert one.lost.is_set()


def test_of_two_that_take_a_free_one_at_once_one_wins(leases: Leases, time: Time) -> None:
    one, two = elector(leases, time), elector(leases, time, "two")

    async def both() -> None:
        await asyncio.gather(one._try_once(), two._try_once())

    asyncio.run(both())
    assert [one.held(), two.held()].count(True) == 1


def test_each_change_of_hands_is_counted(leases: Leases, time: Time) -> None:
    one, two = elector(leases, time), elector(leases, time, "two")
    tries(one)
    tries(two)
    time.passes(16)
    tries(two)
    assert leases.lease is not None
    assert (leases.lease["spec"]["leaseTransitions"], two.transitions) == (1, 1)
