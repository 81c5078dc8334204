"""What was written must have arrived at the server's own site before it is restarted (R9)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rollout_reading import UM
from rollout_support import Site
from um_operator.planning.conditions import statuses
from um_operator.planning.steps import ConfigureService, DrainServer, RestartService

MINUTES = timedelta(minutes=1)


def lagging() -> Site:
    """A server that was configured, and whose site does not know of it."""
    return Site.of("ex01", "ex02").changed("ex01", lags=True).until(ConfigureService).doing(ConfigureService)


def former_found(former: Site) -> Site:
    """A server that started with what stood there before, for what its site showed it had not read itself."""
    site = former.until(RestartService)
    machine = site.machine("ex01")
    before = {
        name: (process.mode, process.thumbprint) for name, process in machine.processes.items() if process
    }
    stopped = site.ran(site.ready[0])
    started = stopped.changed("ex01", site=before)
    shown = started.ran(stopped.ready[0])
    return shown.changed("ex01", site={})


def test_a_server_is_not_even_drained_before_it_has_arrived() -> None:
    site = lagging()
    assert not site.ready
    assert {detail for step, detail, _ in site.waits if step == "DrainServer ex01.contoso.com"} == {
        "WaitingForReplication"
    }
    status = statuses(site.desired, site.snapshot, site.ledger, site.plan, {}, {}, site.now)[UM]
    assert status.conditions[0].reason == "WaitingForReplication"


def test_no_other_server_is_begun_meanwhile() -> None:
    assert lagging().later(60 * MINUTES).machine("ex02").mode["UM"] == "TCP"


def test_it_goes_on_when_it_has() -> None:
    site = lagging()
    there = site.changed("ex01", site={}, lags=False)
    assert isinstance(there.ready[0].step, DrainServer)
    assert not there.patient().plan.steps


def test_a_service_that_found_the_former_certificate_is_restarted_once_more_and_not_rolled_back() -> None:
    renewal = Site.of("ex01").patient().renewing()
    before = renewal.servers.starts
    site = former_found(renewal)
    assert site.machine("ex01").serves("UM") == site.thumbprint("ex01.contoso.com", 1)
    assert isinstance(site.ready[0].step, RestartService)
    end = site.patient()
    assert end.machine("ex01").serves("UM") == end.thumbprint("ex01.contoso.com", 2)
    assert end.servers.starts - before == 3


def test_a_service_that_found_plain_sip_is_restarted_once_more_when_its_time_is_over() -> None:
    site = former_found(Site.of("ex01"))
    assert site.machine("ex01").serves("UM") is None
    assert not site.ready
    end = site.patient()
    assert end.machine("ex01").serves("UM") == end.thumbprint("ex01.contoso.com", 1)
    assert end.servers.starts == 3


def test_it_is_restarted_no_third_time() -> None:
    renewal = Site.of("ex01").patient().renewing()
    again = former_found(former_found(renewal))
    end = again.patient()
    assert end.ledger.entry(UM).issuance.rejected  # type: ignore[union-attr]
    assert end.machine("ex01").serves("UM") == end.thumbprint("ex01.contoso.com", 1)
    assert end.out_of_service == []


def test_a_stopped_service_is_started_although_its_site_can_be_asked_no_more() -> None:
    stopped = Site.of("ex01").past(RestartService).changed("ex01", own_view_unread=True)
    assert [getattr(one.step, "phase", "") for one in stopped.ready] == ["Start"]


BEFORE: dict[str, Any] = {"UM": ("TCP", None), "UMCallRouter": ("TCP", None)}


def test_what_was_written_counts_although_the_organizations_domain_controller_does_not_show_it() -> None:
    site = Site.of("ex01").until(ConfigureService).changed("ex01", elsewhere=BEFORE).doing(ConfigureService)
    assert {type(one.step) for one in site.ready} == {DrainServer}
    assert not site.patient().changed("ex01", elsewhere={}).plan.steps


def test_a_half_that_only_the_servers_own_site_shows_is_completed_whoever_forbids_it() -> None:
    site = Site.of("ex01").until(ConfigureService)
    half = site.half_written(site.ready[0]).seen().changed("ex01", elsewhere=BEFORE).ruled(suspend=True)
    assert [getattr(one.step, "service", "") for one in half.ready] == ["UM"]


def test_what_the_organizations_domain_controller_does_not_have_yet_is_no_drift() -> None:
    lagging = Site.of("ex01").patient().changed("ex01", elsewhere=BEFORE).renewing()
    weights = {finding.weight for finding in lagging.plan.findings if finding.path.startswith("servers")}
    assert weights == {"Pending"}
