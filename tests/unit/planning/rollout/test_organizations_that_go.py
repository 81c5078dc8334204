"""An organisation that is deleted goes once nothing is out of service by us any more (R13)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from planning_support import NOW
from rollout_support import Site
from um_operator.api.condition import Condition
from um_operator.api.meta import ObjectKey
from um_operator.observed.fact import Unknown
from um_operator.observed.snapshot import Snapshot
from um_operator.planning.conditions import statuses
from um_operator.planning.planner import make_plan
from um_operator.planning.steps import ActivateServer, ConfigureService, DrainServer, RestartService

ORGANIZATION = ObjectKey("ExchangeOrganization", "default")
SECOND = timedelta(seconds=1)
EX01 = "ex01.contoso.com"
NO_SECRET = Unknown("DependencyNotFound", 'Secret "exchange-operator" does not exist', NOW)
SILENT = Unknown("EndpointUnreachable", "no answer", NOW)


def deleted(site: Site, *resources: Any) -> Site:
    """Somebody deletes the organisation; ``resources`` are those that stay."""
    metadata = site.owner.metadata.model_copy(update={"deletion_timestamp": "2026-11-27T12:00:00Z"})
    return replace(site, owner=site.owner.model_copy(update={"metadata": metadata})).declaring(*resources)


def ready(site: Site, snapshot: Snapshot | None = None) -> Condition:
    read = snapshot or site.snapshot
    told = statuses(site.desired, read, site.ledger, site.plan, {}, {}, site.now)[ORGANIZATION]
    return next(one for one in told.conditions if one.type == "Ready")


def released(site: Site, snapshot: Snapshot | None = None) -> str | None:
    """Return what is left behind by letting the organisation go, ``None``: it is held."""
    read = site.snapshot if snapshot is None else snapshot
    plan = make_plan(site.desired, read, site.ledger, site.now, pass_started=site.now)
    return plan.released.get(ORGANIZATION)


@pytest.mark.parametrize("kept", [True, False], ids=["certificate stays", "certificate goes as well"])
@pytest.mark.parametrize("kind", [DrainServer, RestartService])
def test_it_is_held_until_the_server_is_back_and_no_other_one_is_begun(kind: Any, kept: bool) -> None:
    site = Site.of("ex01", "ex02").past(kind)
    site = deleted(site, *(site.resources if kept else ()))
    assert released(site) is None
    assert EX01 in ready(site).message
    end = site.patient()
    assert (end.out_of_service, released(end)) == ([], "")
    assert end.machine("ex01").processes.keys() == {"UM", "UMCallRouter"}
    assert None not in end.machine("ex01").processes.values()
    assert end.machine("ex02").mode["UM"] == "TCP"
    assert ready(end).message == "the organization is no longer looked after"


def moments(site: Site) -> Iterator[Site]:
    """Yield the site at each moment of a rollout, also where the process dies before or after an effect."""
    for one in site.journey(timedelta(hours=3)):
        yield one
        for planned in one.ready[:1]:
            yield one.broken_off(planned, effect=False).later(SECOND)
            yield one.broken_off(planned).later(SECOND)


@pytest.mark.parametrize("kept", [True, False], ids=["certificate stays", "certificate goes as well"])
def test_whenever_it_is_deleted_it_goes_with_everything_in_service(kept: bool) -> None:
    for site in moments(Site.of("ex01", "ex02")):
        going = deleted(site, *(site.resources if kept else ()))
        gone = next(one for one in going.journey(timedelta(hours=3)) if released(one) is not None)
        assert (released(gone), gone.out_of_service) == ("", [])
        assert all(None not in machine.processes.values() for machine in gone.servers.machines.values())


def test_it_goes_at_once_where_nothing_is_out_of_service() -> None:
    assert released(deleted(Site.of("ex01", "ex02").patient())) == ""
    assert released(deleted(Site.of("ex01", "ex02"))) == ""


def test_one_that_is_not_deleted_is_never_let_go() -> None:
    assert released(Site.of("ex01").past(DrainServer)) is None
    assert released(Site.of("ex01").patient()) is None


def test_it_is_held_while_nobody_knows_whether_the_server_is_back() -> None:
    site = deleted(Site.of("ex01", "ex02").past(RestartService))
    unread = replace(site.snapshot, servers=SILENT, um_services={}, call_routers={}, hosts={})
    assert released(site, unread) is None


def test_it_says_what_cannot_be_asked_while_it_is_held() -> None:
    site = deleted(Site.of("ex01", "ex02").past(RestartService))
    message = ready(site, replace(site.snapshot, organization=SILENT)).message
    assert EX01 in message
    assert SILENT.message in message


def test_a_server_that_exchange_does_not_know_any_more_holds_nobody() -> None:
    site = deleted(Site.of("ex01", "ex02").past(DrainServer))
    machines = {name: one for name, one in site.servers.machines.items() if name != EX01}
    assert released(replace(site, servers=replace(site.servers, machines=machines))) == ""


def test_where_only_a_person_could_bring_it_back_it_goes_and_says_what_is_out() -> None:
    site = deleted(Site.of("ex01", "ex02").past(DrainServer))
    told = released(site, replace(site.snapshot, organization=NO_SECRET))
    assert told is not None
    assert NO_SECRET.message in told
    assert EX01 in told


def test_a_server_that_is_back_is_not_out_because_the_certificate_went_before_that_was_seen() -> None:
    site = Site.of("ex01", "ex02").past(ActivateServer)
    assert released(deleted(site)) == ""


def half_written() -> Site:
    """The process died between the startup mode and the binding of a first deployment."""
    site = Site.of("ex01").until(ConfigureService)
    return site.half_written(site.ready[0]).seen()


def is_as_before(site: Site) -> bool:
    machine = site.machine("ex01")
    return set(machine.mode.values()) == {"TCP"} and set(machine.bound.values()) == {None}


def test_what_is_half_written_is_taken_back_where_its_certificate_is_deleted() -> None:
    half = half_written()
    assert set(half.machine("ex01").mode.values()) == {"TCP", "Dual"}
    end = half.declaring().patient()
    assert is_as_before(end)
    assert not end.plan.steps
    assert not end.ledger.entry(ORGANIZATION).unfinished


def test_an_organisation_is_held_until_nothing_is_half_written() -> None:
    half = deleted(half_written())
    assert released(half) is None
    end = half.patient()
    assert released(end) == ""
    assert is_as_before(end)


def test_a_sequence_of_a_deleted_certificate_is_over_where_what_stands_there_is_whole() -> None:
    site = Site.of("ex01").past(ConfigureService).declaring()
    assert not site.plan.steps
    assert not site.ledger.entry(ORGANIZATION).unfinished
