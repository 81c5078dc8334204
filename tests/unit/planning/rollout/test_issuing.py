"""A certificate is asked for once; what was denied is asked for again later; what is unfit is never used."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rollout_reading import UM
from rollout_support import Site
from um_operator.api.annotations import RETRY_REQUESTED_AT
from um_operator.planning.conditions import statuses
from um_operator.planning.steps import ConfigureService, ImportCertificate, RequestCertificate

HOUR = timedelta(hours=1)
SERVER = "ex01.contoso.com"


def conditions(site: Site) -> dict[str, str]:
    status = statuses(site.desired, site.snapshot, site.ledger, site.plan, {}, {}, site.now)[UM]
    return {one.type: one.reason for one in status.conditions}


def attempts(site: Site, until: timedelta) -> list[timedelta]:
    """Return how long after the beginning the issuer is asked."""
    return [
        one.now - site.now
        for one in site.journey(until)
        if one.ready and isinstance(one.ready[0].step, RequestCertificate)
    ]


def test_while_the_issuer_is_silent_nothing_is_asked_again() -> None:
    site = Site.of("ex01")
    silent = replace(site, servers=replace(site.servers, issues=False)).past(RequestCertificate)
    assert not silent.ready
    assert silent.plan.look_at is not None
    assert attempts(silent, timedelta(days=30)) == []
    assert conditions(silent)["Ready"] == "IssuancePending"


def test_a_request_that_a_person_takes_to_a_ca_needs_that_person_until_it_is_answered() -> None:
    site = Site.of("ex01", spec={"issuer": {"request": {}}})
    silent = replace(site, servers=replace(site.servers, issues=False)).past(RequestCertificate)
    told = conditions(silent)
    assert (told["Ready"], told["ManualActionRequired"]) == ("ManualActionRequired", "SigningRequired")
    assert "ManualActionRequired" not in conditions(site.past(RequestCertificate))


@pytest.mark.parametrize(
    "usages", [frozenset({"serverAuth"}), frozenset({"serverAuth", "clientAuth"}), frozenset()]
)
def test_a_certificate_that_is_not_for_clients_is_used_and_what_it_cannot_do_is_told(
    usages: set[str],
) -> None:
    site = Site.of("ex01").issuing(extended_key_usages=frozenset(usages)).patient()
    status = statuses(site.desired, site.snapshot, site.ledger, site.plan, {}, {}, site.now)[UM]
    ready = status.conditions[0]
    assert (ready.type, ready.reason) == ("Ready", "Deployed")
    assert ("clientAuth" in ready.message) == (usages == {"serverAuth"})


def test_an_issuer_that_could_not_be_asked_is_no_attempt_and_not_looked_at_all_the_time() -> None:
    site = Site.of("ex01").until(RequestCertificate)
    refused = site.refused(site.ready[0])
    issuance = refused.ledger.entry(UM).issuance
    assert issuance is not None
    assert (issuance.revision, issuance.attempts) == (1, {})
    assert refused.plan.look_at is None


def test_an_issuer_that_denies_is_asked_again_after_an_hour_then_twice_as_long_each_time() -> None:
    hours = [0, 1, 3, 7, 15, 31, 63, 95, 127]
    asked = attempts(Site.of("ex01").denying(SERVER), timedelta(hours=130))
    assert [round(one / HOUR, 2) for one in asked] == hours


def test_a_denial_says_why() -> None:
    site = Site.of("ex01").denying(SERVER).past(RequestCertificate)
    assert conditions(site)["Ready"] == "IssuanceDenied"
    assert {message for step, _, message in site.waits if step.startswith("Import")} == {
        'certificate "um/ex01.contoso.com/1" is not issued: the template is not for servers'
    }


def test_a_person_may_have_it_asked_again_at_once() -> None:
    site = Site.of("ex01").denying(SERVER).past(RequestCertificate)
    asked = site.annotated(RETRY_REQUESTED_AT, site.now.isoformat())
    assert [type(one.step) for one in asked.ready] == [RequestCertificate]


def test_a_denied_request_that_is_granted_later_is_the_same_revision() -> None:
    denied = Site.of("ex01").denying(SERVER).past(RequestCertificate)
    end = denied.denying().patient()
    assert [one.number for one in end.servers.revisions] == [1]
    assert not end.plan.steps


def test_a_shared_certificate_is_asked_again_as_well() -> None:
    spec = {"scope": "Shared", "commonName": "um.contoso.com"}
    asked = attempts(Site.of("ex01", "ex02", spec=spec).denying(None), timedelta(hours=2))
    assert [round(one / HOUR, 2) for one in asked] == [0, 1]


UNFIT: dict[str, tuple[dict[str, Any], str]] = {
    "another algorithm": ({"key_algorithm": "EC", "key_size": 256}, "KeyNotFit"),
    "a short key": ({"key_size": 1024}, "KeyNotFit"),
    "another name": ({"dns_names": ("mail.contoso.com",), "common_name": "mail.contoso.com"}, "NameMissing"),
    "it has ended": ({"not_after": Site.of("ex01").now}, "Expired"),
    "it has not begun": ({"not_before": Site.of("ex01").now + timedelta(days=90)}, "NotValidYet"),
    "SHA-1": ({"signature_hash": "sha1"}, "WeakSignature"),
    "for clients only": (
        {"extended_key_usages": frozenset({"clientAuth"})},
        "ServerAuthenticationMissing",
    ),
}


@pytest.mark.parametrize(("facts", "reason"), UNFIT.values(), ids=UNFIT)
def test_an_unfit_certificate_is_never_imported(facts: dict[str, Any], reason: str) -> None:
    end = Site.of("ex01").issuing(**facts).patient(until=HOUR)
    assert end.machine("ex01").store == frozenset()
    assert conditions(end) == {"Ready": reason, "Stalled": reason}


def test_a_certificate_that_is_not_valid_yet_is_used_when_it_is() -> None:
    begins = Site.of("ex01").now + timedelta(minutes=5)
    site = Site.of("ex01").issuing(not_before=begins)
    assert not site.patient().plan.steps


def test_an_unfit_renewal_leaves_what_is_served_as_it_is() -> None:
    site = Site.of("ex01", "ex02").patient().issuing(key_size=1024).renewing().patient(until=HOUR)
    assert site.machine("ex01").serves("UM") == site.thumbprint(SERVER, 1)
    assert not site.plan.steps


def test_a_server_in_hand_is_finished_when_its_next_certificate_turns_out_unfit() -> None:
    drained = Site.of("ex01", "ex02").patient().renewing().past(ConfigureService).past(ConfigureService)
    site = drained.until(type(drained.ready[0].step))
    third = site.ran(site.ready[0]).issuing(key_size=1024).renewing()
    end = third.patient(until=HOUR)
    assert end.out_of_service == []
    assert end.machine("ex01").serves("UM") == end.thumbprint(SERVER, 2)


def test_another_spec_is_another_revision_at_once_and_the_same_spec_is_not() -> None:
    site = Site.of("ex01").patient()
    names = {"dns_names": (SERVER, "um.contoso.com")}
    changed = site.issuing(**names).asking(dnsNames=["um.contoso.com"])
    assert isinstance(changed.ready[0].step, RequestCertificate)
    assert changed.ready[0].step.cause == "SpecChanged"
    assert not site.asking(retire={"after": "24h"}).plan.steps


def test_a_renewal_is_asked_for_once_a_request() -> None:
    renewed = Site.of("ex01").patient().renewing().patient()
    assert renewed.seen().plan.steps == ()
    assert [one.number for one in renewed.servers.revisions] == [1, 2]


def test_a_request_whose_effect_was_lost_is_the_same_request_again() -> None:
    site = Site.of("ex01").until(RequestCertificate)
    lost = site.broken_off(site.ready[0], effect=False).seen()
    assert [one.step.step_id for one in lost.ready] == [site.ready[0].step.step_id]


def test_nothing_is_imported_twice() -> None:
    site = Site.of("ex01").past(ImportCertificate)
    assert ImportCertificate not in {type(one.step) for one in site.plan.steps}


def test_a_revision_is_that_of_its_server_in_whatever_case_that_is_named() -> None:
    site = Site.of("ex01").patient()
    shouted = tuple(replace(one, server=(one.server or "").upper()) for one in site.servers.revisions)
    same = replace(site, servers=replace(site.servers, revisions=shouted)).seen()
    assert [one.server for one in same.servers.revisions] == [SERVER.upper()]
    assert not same.plan.steps
