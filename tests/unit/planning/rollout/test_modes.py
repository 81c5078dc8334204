"""TLS only when nothing needs TCP, TCP only when nothing needs TLS (R19); what is begun is finished."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from manifests_support import dial_plan
from rollout_reading import UM
from rollout_support import Site
from um_operator.api.meta import ObjectKey
from um_operator.observed.fact import Unknown
from um_operator.observed.ledger import ObjectEntry
from um_operator.planning.steps import ConfigureService, DrainServer

TLS_ONLY, TCP_ONLY = {"startupMode": "TLS"}, {"startupMode": "TCP"}


def refusals(site: Site) -> list[tuple[str, str, str]]:
    return [(one.weight, one.reason, one.message) for one in site.plan.findings_of(UM)]


def test_tls_only_is_refused_beside_an_unsecured_plan_whether_it_is_declared_or_not() -> None:
    site = Site.of("ex01", spec=TLS_ONLY).seen()
    assert refusals(site) == [
        (
            "Blocked",
            "PlansUnsecured",
            'startupMode "TLS" would cut off calls: dial plan "pbx" is or becomes Unsecured',
        )
    ]
    assert not site.plan.steps


def test_tls_only_is_refused_when_a_plan_is_declared_unsecured_that_is_secured_or_not_there_yet() -> None:
    site = Site.of("ex01", spec=TLS_ONLY).with_plan("Secured")
    for name in ("pbx", "new"):
        declared = site.declaring(*site.resources, dial_plan(name, voipSecurity="Unsecured"))
        assert [reason for _, reason, _ in refusals(declared)] == ["PlansUnsecured"]


def test_tls_only_is_not_decided_on_while_a_plan_could_not_be_read() -> None:
    site = Site.of("ex01", spec=TLS_ONLY).with_plan("Secured").seen()
    unread = Unknown("NotRead", "it has a word that is not known", site.now)
    assert isinstance(site.snapshot.dial_plans.value, dict)  # type: ignore[union-attr]
    site.snapshot.dial_plans.value["pbx"] = unread  # type: ignore[union-attr]
    assert [weight for weight, _, _ in refusals(site)] == ["Unread"]


def test_tls_only_comes_into_force_where_every_plan_is_secured() -> None:
    end = Site.of("ex01", spec=TLS_ONLY).with_plan("Secured").patient()
    assert end.machine("ex01").mode == {"UM": "TLS", "UMCallRouter": "TLS"}
    assert not end.plan.steps


def test_the_way_back_to_tcp_is_refused_while_a_plan_is_secured() -> None:
    site = Site.of("ex01").patient().with_plan("SIPSecured").asking(**TCP_ONLY)
    assert [reason for _, reason, _ in refusals(site)] == ["PlansSecured"]


def test_tcp_is_written_and_started_without_asking_for_a_certificate() -> None:
    site = Site.of("ex01", "ex02").patient().asking(**TCP_ONLY).patient()
    assert not site.plan.steps
    assert site.machine("ex01").mode == {"UM": "TCP", "UMCallRouter": "TCP"}
    assert site.machine("ex01").serves("UM") is None


@pytest.mark.parametrize("mode", ["TLS", "TCP"])
def test_a_mode_waits_until_every_server_has_read_what_the_plans_are_now(mode: str) -> None:
    deployed = Site.of("ex01").patient()
    plan = dial_plan(voipSecurity="Secured" if mode == "TLS" else "Unsecured")
    site = deployed.with_plan("Secured" if mode == "TLS" else "Unsecured")
    ledger = site.ledger.with_entries({ObjectKey("UMDialPlan", "pbx"): ObjectEntry(written_at=site.now)})
    changed = replace(site, ledger=ledger).asking(startupMode=mode)
    (wanted,) = changed.resources
    waits = changed.declaring(wanted, plan)
    begins = waits.until(ConfigureService)
    assert timedelta(minutes=24) < begins.now - site.now <= timedelta(minutes=25)


def test_a_server_in_hand_is_finished_as_it_was_begun_when_its_mode_is_refused_meanwhile() -> None:
    drained = Site.of("ex01", "ex02", spec=TLS_ONLY).with_plan("Secured").past(DrainServer)
    end = drained.with_plan("Unsecured").patient()
    assert end.out_of_service == []
    assert end.machine("ex01").serves("UM") == end.thumbprint("ex01.contoso.com", 1)
    assert end.machine("ex02").mode["UM"] == "TCP"


def test_a_mode_that_is_changed_while_a_server_is_in_hand_is_written_when_it_is_back() -> None:
    drained = Site.of("ex01").with_plan("Secured").past(DrainServer).asking(**TLS_ONLY)
    assert {type(one.step).__name__ for one in drained.ready} == {"RestartService"}
    end = drained.patient()
    assert end.machine("ex01").mode == {"UM": "TLS", "UMCallRouter": "TLS"}
    assert not end.plan.steps
