"""What metrics show of certificates and servers after a pass."""

from __future__ import annotations

from dataclasses import replace

from rollout_reading import UM
from rollout_support import Site
from troubled_sites import HOUR, YEARLY, shown_after, two
from um_operator.observability.board import CertificateSample, ObjectSample, OrganizationSample
from um_operator.planning.steps import ActivateServer, DrainServer, RestartService


def certificate(site: Site) -> CertificateSample:
    (shown,) = shown_after(site).certificates
    return shown


def resource(shown: OrganizationSample) -> ObjectSample:
    return next(item for item in shown.objects if item.name == UM.name)


def test_what_is_served_is_shown_with_its_end_and_its_renewal() -> None:
    site = two()
    shown = certificate(site)
    leaf = site.servers.leaves[site.thumbprint("ex01.contoso.com", 1)]
    first = shown.services[0]
    assert (first.server, first.service, first.served) == ("ex01.contoso.com", "UM", "Wanted")
    assert first.revisions == {"wanted": 1, "bound": 1, "served": 1}
    assert first.not_after == leaf.not_after.timestamp()
    assert (shown.servers, shown.rollout_since, first.restart_owed_since) == ({"Serving": 2}, None, None)
    assert shown.issued.keys() == {"ex01.contoso.com", "ex02.contoso.com"}


def test_a_renewal_that_waits_is_shown_with_its_begin_and_what_it_waits_for() -> None:
    waits = two().ruled(maintenanceWindows=[YEARLY]).renewing().settled()
    shown = certificate(waits)
    assert shown.rollout_since is not None
    assert shown.servers == {"Imported": 2}
    assert shown.feasible is False
    assert "WaitingForWindow" in resource(shown_after(waits)).waiting_since


def test_a_wait_is_counted_from_when_it_was_first_seen() -> None:
    waits = two().ruled(maintenanceWindows=[YEARLY]).renewing().settled()
    first = shown_after(waits)
    later = resource(shown_after(waits.later(HOUR), first))
    assert later.waiting_since == resource(first).waiting_since
    assert resource(shown_after(two(), shown_after(waits))).waiting_since == {}


def test_a_restart_is_owed_from_when_the_status_says_so() -> None:
    held = two().renewing().past(DrainServer)
    shown = certificate(held)
    assert {one.restart_owed_since for one in shown.services if one.server == "ex01.contoso.com"} == {
        float(held.now.timestamp() // 1)
    }
    assert {one.restart_owed_since for one in shown.services if one.server == "ex02.contoso.com"} == {None}


def test_a_server_that_is_out_of_service_by_us_is_shown_until_it_is_back() -> None:
    drained = Site.of("ex01", "ex02").past(DrainServer)
    due = shown_after(drained).servers.due_back
    assert due.keys() == {"ex01.contoso.com"}
    assert shown_after(drained.past(RestartService)).servers.due_back == due
    assert shown_after(drained.past(ActivateServer)).servers.due_back == {}


def test_rejected_calls_are_shown_as_the_servers_count_them() -> None:
    shown = shown_after(two().changed("ex01", rejected_calls=3)).servers
    assert shown.rejected_calls == {"ex01.contoso.com": 3, "ex02.contoso.com": 0}


def test_of_another_organisation_nothing_is_shown() -> None:
    site = two()
    entry = replace(site.ledger.entry(site.desired.key), guid="another")
    elsewhere = replace(site, ledger=site.ledger.with_entries({site.desired.key: entry}))
    assert shown_after(elsewhere).certificates == ()


def test_a_deleted_certificate_is_shown_no_more() -> None:
    assert shown_after(two().declaring()).certificates == ()
