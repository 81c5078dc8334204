"""What people do meanwhile: holds, changes by hand, second claims, deletions (R2, R3, R13, R25-R27)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from manifests_support import certificate_document, valid, with_metadata
from rollout_reading import UM
from rollout_support import Site
from um_operator.api.annotations import HOLD, RETRY_REQUESTED_AT
from um_operator.api.certificate import UMCertificate
from um_operator.api.meta import ObjectKey
from um_operator.observed.hosts import HostEvent
from um_operator.planning.conditions import statuses
from um_operator.planning.steps import (
    ActivateServer,
    ConfigureService,
    DrainServer,
    RestartService,
)

HOUR = timedelta(hours=1)
OTHER = Site.thumbprint("other", 9)
BOTH_DUAL = {"UM": "Dual", "UMCallRouter": "Dual"}


def conditions(site: Site, key: ObjectKey = UM) -> dict[str, str]:
    status = statuses(site.desired, site.snapshot, site.ledger, site.plan, {}, {}, site.now)[key]
    return {one.type: one.reason for one in status.conditions}


def rebound(site: Site, name: str = "ex01") -> Site:
    """Somebody binds another certificate by hand, in whole, without a restart."""
    return site.changed(name, bound={"UM": OTHER, "UMCallRouter": OTHER})


HELD = [{"suspend": True}, {"mode": "Observe"}]


@pytest.mark.parametrize("held", HELD, ids=["suspended", "Observe"])
@pytest.mark.parametrize("kind", [DrainServer, RestartService])
def test_a_server_in_hand_is_finished_and_no_other_one_begun(kind: Any, held: dict[str, Any]) -> None:
    end = Site.of("ex01", "ex02").past(kind).ruled(**held).patient()
    assert end.out_of_service == []
    assert end.machine("ex01").serves("UM") == end.thumbprint("ex01.contoso.com", 1)
    assert end.machine("ex02").mode["UM"] == "TCP"


def test_a_hand_on_the_brake_does_not_keep_a_server_drained() -> None:
    site = Site.of("ex01", "ex02").past(DrainServer)
    held = site.annotated(HOLD, f"{site.now + timedelta(days=9):%Y-%m-%dT%H:%M:%SZ} the fair")
    end = held.patient()
    assert end.out_of_service == []
    assert end.machine("ex02").mode["UM"] == "TCP"
    assert conditions(end)["Suspended"] == "Hold"


def test_in_observe_nothing_is_written_at_all() -> None:
    end = Site.of("ex01", "ex02", org={"mode": "Observe"}).patient()
    assert end.servers.revisions == ()
    assert conditions(end) == {"Ready": "Drifted", "Drifted": "ObserveMode", "RestartPending": "RestartOwed"}


def test_a_renewal_that_is_due_in_observe_is_no_drift() -> None:
    end = Site.of("ex01").patient().ruled(mode="Observe").renewing().patient(until=HOUR)
    assert conditions(end) == {"Ready": "Serving", "RestartPending": "RestartOwed"}


def test_a_binding_that_somebody_changed_is_corrected_without_a_restart() -> None:
    site = rebound(Site.of("ex01", "ex02").patient().later(HOUR))
    assert conditions(site) == {"Ready": "Drifted", "Drifted": "Correcting"}
    assert {type(one.step) for one in site.plan.steps} == {ConfigureService}
    end = site.patient()
    assert end.machine("ex01").bound["UM"] == end.thumbprint("ex01.contoso.com", 1)
    assert end.servers.starts == 4
    assert conditions(end) == {"Ready": "Deployed"}


def test_a_correction_waits_for_a_window_and_for_a_person_like_any_other_change() -> None:
    deployed = Site.of("ex01", "ex02").patient().later(HOUR)
    night = {"name": "night", "schedule": "0 22 * * Sat", "duration": "4h", "timeZone": "UTC"}
    assert not rebound(deployed.ruled(maintenanceWindows=[night])).ready
    assert not rebound(deployed.ruled(suspend=True)).ready
    assert not rebound(deployed.ruled(mode="Observe")).ready
    assert not rebound(deployed.ruled(mode="Plan")).ready


def test_a_restart_with_another_certificate_is_corrected_server_by_server() -> None:
    site = Site.of("ex01", "ex02").patient().later(HOUR)
    foreign = {OTHER: next(iter(site.servers.leaves.values()))}
    site = replace(site, servers=replace(site.servers, leaves={**site.servers.leaves, **foreign}))
    stores = {name: site.machine(name).store | {OTHER} for name in ("ex01", "ex02")}
    for name, store in stores.items():
        site = rebound(site.changed(name, store=store), name).rebooted(name)
    assert max(len(one.out_of_service) for one in site.journey()) == 1
    end = site.patient()
    assert end.machine("ex02").serves("UM") == end.thumbprint("ex02.contoso.com", 1)


def test_who_changes_it_back_three_times_within_an_hour_is_left_alone() -> None:
    site = Site.of("ex01").patient().later(HOUR)
    for _ in range(3):
        site = rebound(site.later(timedelta(minutes=10))).patient()
    fought = rebound(site.later(timedelta(minutes=10))).patient()
    assert fought.machine("ex01").bound["UM"] == OTHER
    assert conditions(fought)["Stalled"] == "CorrectionStopped"
    again = fought.annotated(RETRY_REQUESTED_AT, fought.now.isoformat()).patient()
    assert again.machine("ex01").bound["UM"] == again.thumbprint("ex01.contoso.com", 1)


def test_a_fight_over_the_former_revision_does_not_keep_the_next_one_from_the_server() -> None:
    site = Site.of("ex01").patient().later(HOUR)
    for _ in range(3):
        site = rebound(site.later(timedelta(minutes=10))).patient()
    end = site.renewing().patient()
    assert end.machine("ex01").serves("UM") == end.thumbprint("ex01.contoso.com", 2)


def test_two_certificates_for_one_service_are_one_too_many() -> None:
    site = Site.of("ex01").past(DrainServer)
    second = valid(certificate_document("second", issuer={"ca": {}}), UMCertificate)
    both = site.declaring(*site.resources, second)
    assert conditions(both, ObjectKey("UMCertificate", "second")) == {
        "Ready": "Claimed",
        "Stalled": "Claimed",
    }
    end = both.patient()
    assert end.machine("ex01").serves("UM") == end.thumbprint("ex01.contoso.com", 1)
    assert end.servers.revisions[0].secret.startswith("um-")


def test_a_certificate_for_each_of_two_services_of_one_server_take_it_out_of_service_together() -> None:
    site = Site.of("ex01", spec={"services": ["UM"]})
    router = valid(
        certificate_document("router", issuer={"ca": {}}, services=["UMCallRouter"]), UMCertificate
    )
    end = site.declaring(*site.resources, router).patient()
    assert not end.plan.steps
    assert end.out_of_service == []
    assert end.machine("ex01").serves("UM") == end.thumbprint("ex01.contoso.com", 1)
    assert end.machine("ex01").serves("UMCallRouter") not in (None, end.machine("ex01").serves("UM"))


@pytest.mark.parametrize("kind", [DrainServer, RestartService])
def test_a_server_whose_certificate_is_deleted_is_returned_to_service_and_restarted_no_more(
    kind: Any,
) -> None:
    site = Site.of("ex01", "ex02").past(kind)
    stopped = len([one for one in site.machine("ex01").processes.values() if one is None])
    end = site.declaring().patient()
    assert end.out_of_service == []
    assert end.servers.starts == stopped
    assert end.machine("ex02").mode["UM"] == "TCP"
    assert not end.plan.steps


def test_a_service_that_does_not_start_any_more_is_not_started_for_ever() -> None:
    site = Site.of("ex01").past(RestartService)
    refuses = frozenset({site.thumbprint("ex01.contoso.com", 1)})
    end = site.changed("ex01", refuses=refuses).declaring().patient()
    assert end.servers.starts == 2
    assert end.machine("ex01").requests == {"Sidelined": "Draining"}


def test_a_server_that_is_deselected_in_the_middle_is_returned_to_service() -> None:
    site = Site.of("ex01", "ex02").past(RestartService)
    end = site.asking(servers={"include": ["ex02.*"]}).patient()
    assert end.out_of_service == []


def test_a_server_is_returned_to_service_when_the_secret_of_the_issuer_is_gone() -> None:
    site = Site.of("ex01").past(RestartService)
    without = replace(site, secrets=frozenset({"exchange-operator"}))
    end = without.asking(issuer={"ca": {"secretRef": {"name": "gone"}}}).patient()
    assert end.out_of_service == []


def test_deleting_a_certificate_changes_nothing_and_making_it_again_plans_nothing() -> None:
    deployed = Site.of("ex01", "ex02").patient().later(HOUR)
    deleted = deployed.declaring()
    assert not deleted.plan.steps
    forgotten = replace(deleted, ledger=deleted.ledger.only({deleted.desired.key}))
    again = forgotten.declaring(*deployed.resources)
    assert not again.plan.steps
    assert conditions(again) == {"Ready": "Deployed"}
    assert again.renewing().patient().machine("ex01").serves("UM") == again.thumbprint("ex01.contoso.com", 2)


def test_made_again_with_another_wish_it_is_another_revision() -> None:
    deployed = Site.of("ex01").patient()
    forgotten = replace(deployed, ledger=deployed.ledger.only({deployed.desired.key}))
    other = with_metadata(
        certificate_document("um", issuer={"ca": {}}, dnsNames=["um.contoso.com"]), generation=1
    )
    names = {"dns_names": ("ex01.contoso.com", "um.contoso.com")}
    again = forgotten.issuing(**names).declaring(valid(other, UMCertificate)).patient()
    assert [one.number for one in again.servers.revisions] == [1, 2]


def test_a_telling_event_after_a_restart_stops_the_rollout_until_a_person_says_go_on() -> None:
    site = Site.of("ex01", "ex02").past(ActivateServer)
    event = HostEvent(7, 1112, site.now, "a TLS call failed")
    told = site.changed("ex01", events=(event,)).patient()
    assert told.machine("ex02").mode["UM"] == "TCP"
    assert conditions(told)["ManualActionRequired"] == "RolloutStopped"
    gone_on = told.annotated(RETRY_REQUESTED_AT, told.now.isoformat()).patient()
    assert not gone_on.plan.steps
    assert gone_on.machine("ex02").serves("UM") is not None


def test_what_was_told_in_a_former_rollout_does_not_stop_the_next() -> None:
    site = Site.of("ex01", "ex02").patient()
    event = HostEvent(7, 1112, site.now, "a TLS call failed")
    later = site.changed("ex01", events=(event,)).later(timedelta(days=100)).renewing()
    assert not later.patient().plan.steps


def test_what_a_server_told_before_it_was_touched_does_not_stop_the_rollout() -> None:
    site = Site.of("ex01", "ex02")
    before = HostEvent(7, 1400, site.now, 'gateway "gone01" does not answer')
    after_restart = site.changed("ex01", events=(before,)).past(ActivateServer)
    again = replace(before, record_id=8, at=after_restart.now)
    end = after_restart.changed("ex01", events=(before, again)).patient()
    assert end.machine("ex02").serves("UM") is not None


def test_what_a_server_that_is_not_touched_tells_as_well_does_not_stop_the_rollout() -> None:
    site = Site.of("ex01", "ex02").past(ActivateServer)
    event = HostEvent(7, 1400, site.now, 'gateway "gone01" does not answer')
    end = site.changed("ex01", events=(event,)).changed("ex02", events=(event,)).patient()
    assert end.machine("ex02").serves("UM") is not None


def test_what_a_person_has_seen_on_one_server_stops_the_rollout_on_no_other() -> None:
    site = Site.of("ex01", "ex02", "ex03").past(ActivateServer)
    event = HostEvent(7, 1400, site.now, 'gateway "gone01" does not answer')
    told = site.changed("ex01", events=(event,)).patient()
    assert conditions(told)["ManualActionRequired"] == "RolloutStopped"
    gone_on = told.annotated(RETRY_REQUESTED_AT, told.now.isoformat()).past(ActivateServer)
    again = replace(event, record_id=9, at=gone_on.now)
    assert gone_on.changed("ex02", events=(again,)).patient().machine("ex03").serves("UM") is not None


def test_a_server_that_a_person_configured_as_wanted_is_restarted_and_returned_to_service() -> None:
    site = Site.of("ex01", "ex02").until(ConfigureService)
    wanted = site.thumbprint("ex01.contoso.com", 1)
    by_hand = site.changed("ex01", mode=BOTH_DUAL, bound={"UM": wanted, "UMCallRouter": wanted})
    end = by_hand.patient()
    assert not end.plan.steps
    assert end.machine("ex01").serves("UM") == wanted
    assert end.machine("ex01").requests == {}


def test_what_a_person_configured_and_does_not_start_is_taken_back() -> None:
    site = Site.of("ex01", "ex02").until(ConfigureService)
    wanted = site.thumbprint("ex01.contoso.com", 1)
    bound = {"UM": wanted, "UMCallRouter": wanted}
    by_hand = site.changed("ex01", mode=BOTH_DUAL, bound=bound, refuses=frozenset({wanted}))
    end = by_hand.patient()
    assert end.machine("ex01").mode["UM"] == "TCP"
    assert end.machine("ex01").requests == {}
    assert end.machine("ex02").mode["UM"] == "TCP"
