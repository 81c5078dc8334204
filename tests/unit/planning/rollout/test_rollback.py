"""A person's word that a revision is bad: servers go back as carefully as they went forward (R17, R26)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rollout_machine import authority
from rollout_reading import UM
from rollout_support import Site
from um_operator.api.annotations import RETRY_REQUESTED_AT, ROLLBACK_REQUESTED_AT, rollback_text
from um_operator.api.certificate_status import UMCertificateStatus
from um_operator.observed.hosts import HostEvent
from um_operator.planning.conditions import statuses
from um_operator.planning.steps import ConfigureService, DrainServer, RestartService, Step

NIGHT = {"name": "night", "schedule": "0 22 * * Sat", "duration": "4h", "timeZone": "UTC"}


def called_bad(site: Site, revision: int = 2, *, now: bool = False) -> Site:
    return site.annotated(ROLLBACK_REQUESTED_AT, rollback_text(site.now, revision, now=now))


def renewed(*names: str) -> Site:
    """Servers of which each serves its second revision."""
    return Site.of(*names).patient().renewing().patient()


def status(site: Site) -> UMCertificateStatus:
    found = statuses(site.desired, site.snapshot, site.ledger, site.plan, {}, {}, site.now)[UM]
    assert isinstance(found, UMCertificateStatus)
    return found


def conditions(site: Site) -> dict[str, str]:
    return {one.type: one.reason for one in status(site).conditions}


def served(site: Site, name: str) -> set[int | None]:
    """Return the revisions that a server's services show."""
    fqdn, machine = f"{name}.contoso.com", site.machine(name)
    numbers = {Site.thumbprint(fqdn, number): number for number in range(1, 5)}
    return {numbers.get(machine.serves(service) or "") for service in machine.services}


def ran(site: Site, kind: type[Step]) -> list[tuple[str, str]]:
    """Return server and service of each step of a type on the way to the end."""
    steps = (one.ready[0].step for one in site.journey() if one.ready)
    return [(getattr(s, "server", ""), getattr(s, "service", "")) for s in steps if isinstance(s, kind)]


def test_every_server_goes_back_with_one_restart_of_each_service() -> None:
    site = called_bad(renewed("ex01", "ex02"))
    starts = site.servers.starts
    end = site.patient()
    assert served(end, "ex01") == served(end, "ex02") == {1}
    assert end.servers.starts - starts == 4
    assert end.out_of_service == []
    assert not end.ready


def test_one_server_after_the_other_um_before_its_call_router_and_drained_before() -> None:
    site = called_bad(renewed("ex01", "ex02"))
    assert [server for server, _ in ran(site, DrainServer)] == ["ex01.contoso.com", "ex02.contoso.com"]
    in_order = dict.fromkeys(ran(site, RestartService))
    assert list(in_order) == [
        (f"{name}.contoso.com", service) for name in ("ex01", "ex02") for service in ("UM", "UMCallRouter")
    ]
    assert all(len(one.out_of_service) <= 1 for one in site.journey())


def test_it_is_told_and_so_is_the_way_out_of_it() -> None:
    end = called_bad(renewed("ex01")).patient()
    assert conditions(end) == {"Ready": "Rejected", "Stalled": "Rejected"}
    assert "a person called it bad" in status(end).conditions[0].message
    assert status(end).last_handled_rollback_at == rollback_text(renewed("ex01").now, 2, now=False)
    assert status(end).servers[0].state == "Rejected"


def test_it_waits_for_a_window_like_any_other_change_and_says_so() -> None:
    soaked = renewed("ex01", "ex02").later(timedelta(hours=1))
    held = called_bad(soaked.ruled(maintenanceWindows=[NIGHT])).settled()
    assert served(held, "ex01") == {2}
    assert conditions(held)["Ready"] == conditions(held)["RestartPending"] == "WaitingForWindow"
    end = held.patient(until=timedelta(days=8))
    assert served(end, "ex01") == served(end, "ex02") == {1}


def test_now_it_waits_for_no_window_and_for_everything_else() -> None:
    site = called_bad(renewed("ex01", "ex02").ruled(maintenanceWindows=[NIGHT]), now=True)
    end = site.patient(until=timedelta(hours=2))
    assert served(end, "ex01") == served(end, "ex02") == {1}
    assert all(len(one.out_of_service) <= 1 for one in site.journey(until=timedelta(hours=2)))


def test_now_does_not_outlast_the_revision_that_it_names() -> None:
    site = called_bad(renewed("ex01").ruled(maintenanceWindows=[NIGHT]), now=True).patient(timedelta(hours=2))
    assert served(site.renewing().settled(), "ex01") == {1}


def test_in_observe_nothing_goes_back() -> None:
    end = called_bad(renewed("ex01").ruled(mode="Observe")).patient()
    assert served(end, "ex01") == {2}


def test_servers_that_did_not_get_it_stay_as_they_are() -> None:
    half = Site.of("ex01", "ex02").patient().renewing()
    half = next(one for one in half.journey() if served(one, "ex01") == {2} and not one.out_of_service)
    assert served(half, "ex02") == {1}
    site = called_bad(half)
    end = site.patient()
    assert served(end, "ex01") == served(end, "ex02") == {1}
    assert {server for server, _ in ran(site, RestartService)} == {"ex01.contoso.com"}


@pytest.mark.parametrize("last", [ConfigureService, DrainServer, RestartService])
def test_a_server_in_hand_is_turned_round_and_finished(last: type[Step]) -> None:
    site = Site.of("ex01", "ex02").patient().renewing().past(last)
    end = called_bad(site).patient()
    assert served(end, "ex01") == served(end, "ex02") == {1}
    assert end.out_of_service == []


def test_a_retry_goes_forward_again_and_the_word_is_not_heeded_twice() -> None:
    end = called_bad(renewed("ex01")).patient()
    again = end.annotated(RETRY_REQUESTED_AT, end.now.isoformat()).patient()
    assert served(again, "ex01") == {2}
    assert not again.plan.steps
    assert served(called_bad(again).patient(), "ex01") == {1}


def test_a_retry_halfway_goes_forward_again() -> None:
    half = called_bad(renewed("ex01")).past(ConfigureService)
    again = half.annotated(RETRY_REQUESTED_AT, half.now.isoformat()).patient()
    assert served(again, "ex01") == {2}
    assert served(called_bad(again).patient(), "ex01") == {1}


def test_a_new_revision_is_rolled_out_after_it() -> None:
    end = called_bad(renewed("ex01")).patient().renewing().patient()
    assert served(end, "ex01") == {3}
    assert conditions(end) == {"Ready": "Deployed"}


def test_it_goes_back_to_what_was_served_not_to_a_revision_that_failed_before() -> None:
    bad = frozenset({Site.thumbprint("ex01.contoso.com", 2)})
    site = Site.of("ex01").patient().changed("ex01", refuses=bad).renewing().patient().renewing().patient()
    assert served(site, "ex01") == {3}
    assert served(called_bad(site, 3).patient(), "ex01") == {1}


def test_a_word_about_another_revision_says_nothing() -> None:
    site = renewed("ex01")
    end = called_bad(site, 1).patient()
    assert served(end, "ex01") == {2}
    assert status(end).last_handled_rollback_at is None


def test_a_first_deployment_goes_back_to_plain_sip_while_the_plans_allow_it() -> None:
    site = Site.of("ex01").patient()
    assert called_bad(site, 1).patient().machine("ex01").mode["UM"] == "TCP"
    secured = called_bad(site.with_plan("Secured"), 1).patient()
    assert served(secured, "ex01") == {1}
    assert "PlansSecured" in {reason for _, reason, _ in secured.waits}


def test_what_left_the_store_is_no_way_back_and_the_server_serves_on() -> None:
    site = renewed("ex01")
    first = Site.thumbprint("ex01.contoso.com", 1)
    site = site.changed("ex01", store=site.machine("ex01").store - {first})
    end = called_bad(site).patient()
    assert served(end, "ex01") == {2}
    assert end.out_of_service == []
    assert end.servers.starts == site.servers.starts
    assert conditions(end) == {"Ready": "NoWayBack", "Stalled": "NoWayBack"}


def test_a_chain_that_peers_may_not_trust_any_more_is_not_gone_back_to() -> None:
    site = Site.of("ex01").patient()
    other = authority("Other CA", site.now)
    site = site.under(other).renewing().patient().secured("sbc01")
    end = called_bad(site.seen()).patient()
    assert served(end, "ex01") == {2}
    assert "PeerTrustUnknown" in {reason for _, reason, _ in end.waits}


def test_events_of_the_bad_revision_do_not_hold_back_its_end() -> None:
    site = renewed("ex01", "ex02")
    event = HostEvent(7, 1112, site.now, "a TLS call failed")
    site = site.changed("ex01", events=(event,)).changed("ex02", events=(event,))
    end = called_bad(site).patient()
    assert served(end, "ex01") == {1}
