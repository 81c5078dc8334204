"""Servers that are away until certificates end: they are brought to what is wanted, and calls go again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from estate.deaths import Deaths, When
from estate.rollouts import Rollout, estate, rollout, status, told
from um_operator.lab.exchange.builder import Secured

pytestmark = pytest.mark.timeout(1800)

EX01, EX02 = "ex01.contoso.com", "ex02.contoso.com"
LIFE = timedelta(days=90)
CALLS = timedelta(minutes=10)
NOBODY = frozenset[str]()
"""Whose calls have to succeed where all certificates have ended."""
IN_SEQUENCE = 5
"""After so many effects of a rotation over two servers the first one is out of service."""


async def deployed(one: Rollout) -> None:
    """Bring the first certificates. Later calls fail: beside a server that is lost none is renewed (R11)."""
    one.operator.declarations.served = NOBODY
    await one.run()


async def end_everything(one: Rollout) -> None:
    """Let time go by until what is served has ended."""
    one.lab.clock.advance(2 * LIFE)
    await one.time.leap(timedelta(minutes=1))


async def calls_go(one: Rollout) -> bool:
    """Whether calls of each device are answered, and none is lost."""
    before = one.lab.calls.summary().total
    await one.time.leap(CALLS)
    after = one.lab.calls.summary().total
    return after.answered > before.answered and after.failures == before.failures


async def test_a_server_that_comes_back_after_its_certificate_ended_is_started_with_a_new_one(
    tmp_path: Path,
) -> None:
    async with rollout(tmp_path, estate(secured=Secured()), duration="2160h") as one:
        await deployed(one)
        await one.lab.shut_down(EX02)
        await end_everything(one)
        await one.lab.boot(EX02)
        report = await one.run()
        assert told(report) == {"Ready": "True/Deployed"}
        assert status(report).revision == 2
        assert await calls_go(one)


async def test_servers_of_which_none_starts_any_more_do_not_wait_for_each_other(tmp_path: Path) -> None:
    async with rollout(tmp_path, estate(secured=Secured()), duration="2160h") as one:
        await deployed(one)
        for fqdn in (EX01, EX02):
            await one.lab.shut_down(fqdn)
        await end_everything(one)
        for fqdn in (EX01, EX02):
            await one.lab.boot(fqdn)
        await one.run()
        assert await calls_go(one)


async def until_one_is_drained(one: Rollout, further: int = 0) -> str:
    """Have the operator work on a renewal and die while a server is out of service; return which.

    ``further``: how many effects later than the one that took it out.
    """
    await deployed(one)
    one.declare(**{"renew-requested-at": "now"})
    assert await Deaths(one).at(IN_SEQUENCE + further, When.AFTER)
    [drained] = [fqdn for fqdn in (EX01, EX02) if not one.lab.host(fqdn).takes_new_calls()]
    return drained


@pytest.mark.parametrize("away", [3 * timedelta(days=1), 2 * LIFE], ids=["days", "until all has ended"])
@pytest.mark.parametrize("further", [0, 1], ids=["drained", "stopped"])
async def test_one_that_is_lost_in_the_middle_of_its_sequence_is_finished_when_it_is_back(
    tmp_path: Path, further: int, away: timedelta
) -> None:
    async with rollout(tmp_path, estate(secured=Secured()), duration="2160h") as one:
        lost = await until_one_is_drained(one, further)
        await one.lab.shut_down(lost)
        await one.run(lambda report: not report.ran)
        assert not one.lab.host(lost).takes_new_calls()
        one.lab.clock.advance(away)
        await one.time.leap(timedelta(minutes=1))
        await one.lab.boot(lost)
        report = await one.run()
        assert told(report) == {"Ready": "True/Deployed"}
        assert one.lab.host(lost).takes_new_calls()
        assert await calls_go(one)


async def test_one_that_a_person_excludes_while_it_is_drained_is_returned_to_service(tmp_path: Path) -> None:
    async with rollout(tmp_path, estate(secured=Secured()), duration="2160h") as one:
        drained = await until_one_is_drained(one)
        starts = one.starts()
        one.organization = {"servers": {"exclude": ["exold.contoso.com", drained]}}
        one.declare()
        await one.run(lambda _: one.lab.host(drained).takes_new_calls())
        assert not {name for name in one.starts() - starts if name.startswith(drained)}
        one.organization = {}
        one.declare()
        await one.run()
