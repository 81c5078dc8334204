"""A former revision is removed when nobody has used it for long enough, and never before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from rollout_reading import UM
from rollout_support import Site
from um_operator.planning.conditions import statuses
from um_operator.planning.steps import RemoveCertificate

WEEK = timedelta(hours=168)
FIRST = {name: Site.thumbprint(f"{name}.contoso.com", 1) for name in ("ex01", "ex02")}


def renewed() -> Site:
    return Site.of("ex01", "ex02").patient().renewing().patient()


def test_it_stays_as_the_way_back_for_a_week() -> None:
    site = renewed()
    assert {name: FIRST[name] in site.machine(name).store for name in FIRST} == {"ex01": True, "ex02": True}
    issuance = site.ledger.entry(UM).issuance
    assert issuance is not None
    since = issuance.unreferenced_since[1]
    assert site.plan.wake_at == since + WEEK
    assert not site.later(since + WEEK - timedelta(seconds=1) - site.now).ready


def test_then_it_is_removed_everywhere() -> None:
    end = renewed().patient(until=timedelta(days=8))
    assert not any(FIRST[name] in end.machine(name).store for name in FIRST)
    assert not end.plan.steps


def test_its_own_time_is_counted_from_the_last_server_on() -> None:
    half = Site.of("ex01", "ex02").patient().renewing()
    site = next(
        one
        for one in half.journey()
        if one.machine("ex01").serves("UM") == one.thumbprint("ex01.contoso.com", 2)
    )
    issuance = site.ledger.entry(UM).issuance
    assert issuance is not None
    assert issuance.unreferenced_since == {}


@pytest.mark.parametrize("name", ["ex01", "ex02"])
def test_one_that_is_bound_again_anywhere_is_not_removed(name: str) -> None:
    site = renewed().later(WEEK).changed(name, bound={"UM": FIRST[name], "UMCallRouter": FIRST[name]})
    assert RemoveCertificate not in {type(one.step) for one in site.plan.steps}


def test_one_that_may_be_served_where_nobody_can_see_it_is_not_removed() -> None:
    site = renewed().later(WEEK).changed("ex02", blocked=True)
    assert not [one for one in site.ready if isinstance(one.step, RemoveCertificate)]
    seen = site.changed("ex02", blocked=False)
    assert {type(one.step) for one in seen.ready} == {RemoveCertificate}


def test_it_is_kept_where_that_is_declared() -> None:
    site = renewed().asking(retire={"policy": "Keep"}).later(timedelta(days=400))
    assert RemoveCertificate not in {type(one.step) for one in site.plan.steps}


def test_one_that_was_on_a_server_before_is_not_ours_to_remove() -> None:
    site = renewed()
    revisions = tuple(replace(one, existing=one.number == 1) for one in site.servers.revisions)
    end = replace(site, servers=replace(site.servers, revisions=revisions)).patient(timedelta(days=8))
    assert all(FIRST[name] in end.machine(name).store for name in FIRST)


def test_one_that_came_back_as_the_newest_revision_is_not_removed() -> None:
    site = renewed()
    first, *_ = (one for one in site.servers.revisions if one.number == 1)
    again = (replace(one, leaf=first.leaf) for one in site.servers.revisions if one.server == first.server)
    kept = replace(site, servers=replace(site.servers, revisions=tuple(again))).later(WEEK * 2)
    issuance = kept.ledger.entry(UM).issuance
    assert issuance is not None
    assert issuance.unreferenced_since == {}


def test_what_we_did_not_issue_is_never_removed() -> None:
    site = renewed()
    foreign = next(iter(site.servers.leaves))
    other = site.changed("ex01", store=site.machine("ex01").store | {foreign})
    removed = [
        one.step.thumbprint for one in other.later(WEEK).plan.steps if isinstance(one.step, RemoveCertificate)
    ]
    assert set(removed) == set(FIRST.values())


def test_waiting_for_it_leaves_everything_deployed() -> None:
    site = renewed().later(WEEK)
    status = statuses(site.desired, site.snapshot, site.ledger, site.plan, {}, {}, site.now)[UM]
    assert [one.reason for one in status.conditions] == ["Deployed"]
