"""The budget counts everyone's outages; another person's maintenance is theirs (R11, R14)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from manifests_support import organization
from model_estate import plan_fact
from rollout_reading import UM
from rollout_support import Site
from um_operator.observed.rollout import ServerEntry
from um_operator.planning.conditions import statuses
from um_operator.planning.plan import PlannedStep
from um_operator.planning.steps import (
    ActivateServer,
    ConfigureService,
    DrainServer,
    ImportCertificate,
    InstallChain,
    RequestCertificate,
    ServerStep,
)

HOUR = timedelta(hours=1)
BOTH_MAY = {"disruption": {"maxUnavailable": 2}}
MAINTENANCE = {"requests": {"Maintenance": "Inactive"}}


def server_of(planned: PlannedStep) -> str:
    assert isinstance(planned.step, ServerStep)
    return planned.step.server


def conditions(site: Site) -> dict[str, str]:
    status = statuses(site.desired, site.snapshot, site.ledger, site.plan, {}, {}, site.now)[UM]
    return {one.type: one.reason for one in status.conditions}


def first_of(site: Site, name: str) -> PlannedStep:
    """Return what is ready next for a server."""
    return next(one for one in site.ready if name in one.step.subject)


def servers_changed(site: Site) -> set[str]:
    """Return the servers to which anything is done from now on."""
    steps = [one.ready[0].step for one in site.journey() if one.ready]
    return {step.server.partition(".")[0] for step in steps if isinstance(step, ServerStep)}


def begins(site: Site) -> set[str]:
    """Return the servers that are begun."""
    steps = [one.ready[0].step for one in site.journey() if one.ready]
    return {
        step.server.partition(".")[0] for step in steps if isinstance(step, ConfigureService | DrainServer)
    }


def reasons(site: Site, name: str) -> set[str]:
    kind = f"ConfigureService {name}.contoso.com"
    return {detail for step, detail, _ in site.waits if step == kind}


def test_a_dead_server_holds_every_beginning_and_is_named() -> None:
    site = Site.of("ex01", "ex02", "ex03").changed("ex03", down=True)
    assert begins(site) == set()
    end = site.patient()
    assert {message for step, _, message in end.waits if step == "ConfigureService ex01.contoso.com"} == {
        '1 of 1 servers that may be out of service are: "ex03.contoso.com" '
        '("ex03.contoso.com" does not answer)'
    }
    assert reasons(end, "ex01") == {"WaitingForBudget"}


def test_nothing_is_imported_into_a_store_that_cannot_be_read_until_it_can() -> None:
    site = Site.of("ex01", "ex02").changed("ex02", down=True).patient()
    assert (len(site.machine("ex01").store), len(site.machine("ex02").store)) == (1, 0)
    assert not site.changed("ex02", down=False).patient().plan.steps


def test_beside_a_dead_server_a_larger_budget_lets_the_others_begin() -> None:
    org = {"disruption": {"maxUnavailable": 2}}
    site = Site.of("ex01", "ex02", "ex03", org=org).changed("ex03", down=True)
    assert begins(site) == {"ex01", "ex02"}


def test_without_another_server_proven_to_take_calls_none_begins_whatever_the_budget() -> None:
    org = {"disruption": {"maxUnavailable": 3}}
    site = Site.of("ex01", "ex02", org=org).changed("ex02", down=True)
    assert begins(site) == set()
    assert reasons(site.patient(), "ex01") == {"WaitingForBudget"}


def in_plain_sip(site: Site, name: str) -> Site:
    """Return the site after somebody had a server come up without TLS."""
    tcp = site.changed(name, mode=dict.fromkeys(("UM", "UMCallRouter"), "TCP"))
    return tcp.rebooted(name).later(HOUR)


def test_one_that_hears_no_tls_does_not_take_the_calls_of_a_secured_plan_and_is_put_right_first() -> None:
    secured = replace(Site.of("ex01", "ex02").patient(), plans=(plan_fact("pbx", voipSecurity="Secured"),))
    site = in_plain_sip(secured.later(HOUR), "ex02").renewing()
    begun = [one.ready[0].step for one in site.journey() if one.ready]
    drained = [step.server for step in begun if isinstance(step, DrainServer)]
    assert drained == ["ex02.contoso.com", "ex01.contoso.com"]


def test_for_an_unsecured_plan_plain_sip_is_enough() -> None:
    site = in_plain_sip(Site.of("ex01", "ex02").patient().later(HOUR), "ex02").renewing()
    begun = [one.ready[0].step for one in site.journey() if one.ready]
    drained = [step.server for step in begun if isinstance(step, DrainServer)]
    assert drained == ["ex01.contoso.com", "ex02.contoso.com"]


def test_of_two_servers_that_may_both_be_out_one_is_begun_for_the_other_takes_the_calls() -> None:
    site = Site.of("ex01", "ex02", org=BOTH_MAY).until(ConfigureService)
    assert {server_of(planned) for planned in site.ready} == {"ex01.contoso.com"}


def test_servers_that_were_begun_together_take_turns_when_fewer_may_be_out_than_before() -> None:
    site = Site.of("ex01", "ex02", "ex03", org=BOTH_MAY).until(ConfigureService)
    assert {server_of(planned) for planned in site.ready} == {"ex01.contoso.com", "ex02.contoso.com"}
    for planned in site.ready:
        site = site.carried(planned)
    lowered = replace(site.seen(), owner=organization(mode="Enforce"))
    assert max(len(one.out_of_service) for one in lowered.journey()) == 1
    assert not lowered.patient().plan.steps


def test_a_server_in_somebody_elses_maintenance_is_counted_and_never_touched() -> None:
    site = Site.of("ex01", "ex02").changed("ex01", **MAINTENANCE)
    assert begins(site) == set()
    end = site.patient()
    assert end.machine("ex01").requests == {"Maintenance": "Inactive"}
    assert reasons(end, "ex01") == reasons(end, "ex02") == {"ForeignMaintenance"}
    assert conditions(end)["ManualActionRequired"] == "ForeignMaintenance"


def test_the_rollout_goes_on_when_that_maintenance_ends() -> None:
    site = Site.of("ex01", "ex02").changed("ex01", **MAINTENANCE).patient()
    end = site.changed("ex01", requests={}).patient()
    assert not end.plan.steps


def test_a_maintenance_that_begins_while_we_have_the_server_is_left_standing() -> None:
    site = Site.of("ex01", "ex02").past(DrainServer)
    both = {**site.machine("ex01").requests, **MAINTENANCE["requests"]}
    end = site.changed("ex01", requests=both).patient()
    assert end.machine("ex01").requests == MAINTENANCE["requests"]
    assert end.machine("ex01").serves("UM") is not None
    assert end.machine("ex02").mode["UM"] == "TCP"
    assert reasons(end, "ex02") == {"ForeignMaintenance"}


def test_a_server_drained_in_our_name_that_we_do_not_remember_belongs_to_a_person() -> None:
    site = Site.of("ex01", "ex02").changed("ex01", requests={"Sidelined": "Draining"})
    assert begins(site) == set()
    assert site.patient().machine("ex01").requests == {"Sidelined": "Draining"}


@pytest.mark.parametrize("service", ["UM", "UMCallRouter"])
def test_a_service_that_somebody_stopped_is_left_alone_and_no_other_server_is_begun(service: str) -> None:
    deployed = Site.of("ex01", "ex02").patient().later(HOUR)
    stopped = deployed.changed("ex01", processes={**deployed.machine("ex01").processes, service: None})
    assert servers_changed(stopped) == set()
    renewal = stopped.renewing()
    assert begins(renewal) == set()
    assert conditions(renewal.patient())["ManualActionRequired"] == "ForeignMaintenance"


def test_a_service_that_was_stopped_before_anything_was_begun_is_left_alone() -> None:
    site = Site.of("ex01", "ex02")
    stopped = site.changed("ex01", processes={**site.machine("ex01").processes, "UM": None})
    assert begins(stopped) == set()


def test_a_server_of_no_certificate_counts_as_well() -> None:
    spec = {"servers": {"include": ["ex01.*", "ex02.*"]}}
    site = Site.of("ex01", "ex02", "other", spec=spec).changed("other", **MAINTENANCE)
    assert begins(site) == set()


def test_a_server_whose_certificate_is_denied_does_not_keep_the_others_from_theirs() -> None:
    site = Site.of("ex01", "ex02").denying("ex01.contoso.com")
    end = site.patient(until=timedelta(minutes=30))
    assert end.machine("ex02").serves("UM") == end.thumbprint("ex02.contoso.com", 1)
    assert end.machine("ex01").mode["UM"] == "TCP"


def test_a_server_out_of_reach_while_in_our_hand_is_finished_when_it_comes_back() -> None:
    drained = Site.of("ex01", "ex02").past(DrainServer)
    lost = drained.changed("ex01", down=True).patient(until=HOUR)
    assert lost.machine("ex01").requests == {"Sidelined": "Draining"}
    assert lost.machine("ex02").mode["UM"] == "TCP"
    end = lost.changed("ex01", down=False).patient()
    assert not end.plan.steps
    assert end.out_of_service == []


def test_the_requester_that_drained_a_server_returns_it_whatever_is_declared_since() -> None:
    drained = Site.of("ex01").past(DrainServer)
    end = drained.ruled(disruption={"drainRequester": "Functional"}).patient()
    assert end.machine("ex01").requests == {}


def test_a_reading_of_its_state_that_fails_holds_the_draining_of_a_server() -> None:
    site = Site.of("ex01").until(ConfigureService).changed("ex01", unreadable=True)
    assert reasons(site, "ex01") == {"EndpointUnreachable"}
    assert ActivateServer not in {type(one.step) for one in site.ready}


def test_a_server_that_has_begun_does_not_wait_for_one_whose_turn_would_have_been_before() -> None:
    """The certificate of the first one came later, as one does that a person answers."""
    site = Site.of("ex01", "ex02").seen()
    while not isinstance((planned := first_of(site, "ex02")).step, DrainServer):
        site = site.ran(planned)
    end = site.doing(RequestCertificate).doing(ImportCertificate).doing(InstallChain).patient()
    assert [end.machine(name).serves("UM") for name in ("ex01", "ex02")] == [
        end.thumbprint(f"{name}.contoso.com", 1) for name in ("ex01", "ex02")
    ]


def test_where_two_may_be_out_none_goes_out_while_the_other_one_restarts() -> None:
    site = Site.of("ex01", "ex02", "ex03", org={"disruption": {"maxUnavailable": 2, "soak": "10m"}})
    restarting = next(one for one in site.journey() if None in one.machine("ex01").processes.values())
    out = holds(restarting)
    for later in restarting.journey():
        if any(entry.activated_at for entry in entries(later).values()):
            break
        assert holds(later) <= out
    assert later.patient().plan.steps == ()


def entries(site: Site) -> Mapping[str, ServerEntry]:
    return site.ledger.entry(site.desired.key).servers


def holds(site: Site) -> set[str]:
    """Return the servers that are out of service by us."""
    return {fqdn for fqdn, entry in entries(site).items() if entry.hold}
