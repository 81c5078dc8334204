"""What interrupts calls begins in a window only; what has begun is finished."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rollout_reading import UM
from rollout_support import Site
from um_operator.api.status import Status
from um_operator.planning.conditions import statuses
from um_operator.planning.steps import ConfigureService, DrainServer, ImportCertificate, RestartService

NIGHT = {"name": "saturday-night", "schedule": "0 22 * * Sat", "duration": "4h", "timeZone": "UTC"}
SATURDAY_22 = datetime(2026, 11, 28, 22, tzinfo=UTC)
DAY = timedelta(days=1)
BOTH_NAMES = {"dns_names": ("um.contoso.com", "ex01.contoso.com", "ex02.contoso.com")}
WINDOWS = {"maintenanceWindows": [NIGHT]}


def conditions(site: Site) -> list[str]:
    status: Status = statuses(site.desired, site.snapshot, site.ledger, site.plan, {}, {}, site.now)[UM]
    return [f"{one.type}={one.status}/{one.reason}" for one in status.conditions]


def test_certificates_are_issued_and_imported_at_once_and_brought_into_force_in_the_window() -> None:
    site = Site.of("ex01", "ex02", org=WINDOWS).settled()
    assert site.now < SATURDAY_22
    assert all(len(machine.store) == 1 for machine in site.servers.machines.values())
    assert {machine.mode["UM"] for machine in site.servers.machines.values()} == {"TCP"}
    begun = site.until(ConfigureService)
    assert begun.now == SATURDAY_22


def test_a_first_deployment_that_waits_for_a_window_is_not_ready_and_nothing_is_reconciling() -> None:
    assert conditions(Site.of("ex01", "ex02", org=WINDOWS).settled()) == [
        "Ready=False/WaitingForWindow",
        "RestartPending=True/WaitingForWindow",
    ]


def test_a_renewal_that_waits_for_a_window_leaves_ready_true() -> None:
    site = Site.of("ex01", "ex02").patient().later(DAY).ruled(**WINDOWS).renewing().settled()
    assert conditions(site) == ["Ready=True/Serving", "RestartPending=True/WaitingForWindow"]


def test_a_change_of_the_spec_that_waits_for_a_window_is_not_ready() -> None:
    site = Site.of("ex01", "ex02").patient().later(DAY).ruled(**WINDOWS)
    changed = site.issuing(**BOTH_NAMES).asking(scope="Shared", commonName="um.contoso.com")
    assert conditions(changed.settled()) == [
        "Ready=False/WaitingForWindow",
        "RestartPending=True/WaitingForWindow",
    ]


def test_the_server_in_hand_is_finished_when_the_window_closes_and_no_other_one_is_begun() -> None:
    site = Site.of("ex01", "ex02", org=WINDOWS).past(DrainServer)
    late = site.later(timedelta(hours=5)).patient(until=timedelta(hours=1))
    assert late.machine("ex01").serves("UM") == late.thumbprint("ex01.contoso.com", 1)
    assert late.out_of_service == []
    assert late.machine("ex02").mode["UM"] == "TCP"
    assert late.plan.wake_at == SATURDAY_22 + timedelta(days=7)


def test_a_sequence_does_not_begin_when_what_is_left_of_the_window_is_too_short() -> None:
    site = Site.of("ex01", org={**WINDOWS, "disruption": {"drainTimeout": "30m"}}).settled()
    closes = SATURDAY_22 + timedelta(hours=4)
    late = site.later(closes - timedelta(minutes=34) - site.now)
    assert not late.ready
    assert site.later(closes - timedelta(minutes=35) - site.now).ready


def test_a_server_that_is_configured_is_not_drained_after_the_window() -> None:
    site = Site.of("ex01", org=WINDOWS).until(ConfigureService).doing(ConfigureService)
    late = site.later(timedelta(hours=5))
    assert not late.ready
    assert late.until(DrainServer).now == SATURDAY_22 + timedelta(days=7)


def test_in_the_last_days_of_a_certificate_no_window_is_waited_for() -> None:
    site = Site.of("ex01").patient()
    ends = min(leaf.not_after for leaf in site.servers.leaves.values())
    once = {**NIGHT, "schedule": "0 22 1 1 *"}
    renewed = site.ruled(maintenanceWindows=[once]).awake().settled()
    assert renewed.now < ends - timedelta(days=30)
    assert not renewed.ready
    last_days = renewed.later(ends - timedelta(hours=72) - renewed.now)
    assert {type(one.step) for one in last_days.ready} == {ConfigureService}
    assert not last_days.ruled(maintenanceWindows=[once], onMissedWindow="Hold").ready


@pytest.mark.parametrize("kind", [ImportCertificate])
def test_without_a_window_declared_any_time_is_one(kind: type) -> None:
    assert Site.of("ex01").past(kind).until(RestartService).now < SATURDAY_22
