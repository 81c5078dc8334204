"""Whatever holds a rollout back is missed: without it a server is touched that has to be left alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import pytest

from gates_support import without
from manifests_support import dial_plan
from planning_support import deleted
from rollout_machine import Machine
from rollout_reading import UM
from rollout_support import Site
from um_operator.api.annotations import HOLD, ROLLBACK_REQUESTED_AT, rollback_text
from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.observed.ledger import ObjectEntry
from um_operator.observed.restarts import Stopped
from um_operator.planning import gates
from um_operator.planning.rollout import waits
from um_operator.planning.steps import ActivateServer, ConfigureService, DrainServer

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SATURDAY = {"name": "saturday", "schedule": "0 22 * * Sat", "duration": "4h", "timeZone": "UTC"}
BOTH: Final = frozenset({"UM", "UMCallRouter"})
ANY_TIME = {"disruption": {"maxUnavailable": 3, "soak": "0s"}}
GATES: Final = frozenset(gate.__name__ for gate in (*gates.BEFORE_ORDER, *gates.AFTER_ORDER))
OF_CUT_OVERS: Final = frozenset({"alone", "looked_at", "adjacent_is_done"})
"""Gates of steps that touch no server; test_every_hold_of_a_cut_over.py has their scenes."""
HOLDS: Final = frozenset(hold.__name__ for hold in waits.HOLDS)


@dataclass(frozen=True)
class Scene:
    """How things are, and the server that has to be left alone as long as they are.

    Attributes:
        rule: that says so.
        site: how things are.
        spared: the server.
        until: for how long nothing changes that.
    """

    rule: str
    site: Callable[[], Site]
    spared: str = "ex01"
    until: timedelta = HOUR


def imported() -> Site:
    """Every certificate is where it is to be served; the first server is about to be touched."""
    return Site.of("ex01", "ex02", "ex03").until(ConfigureService)


def suspended() -> Site:
    return imported().ruled(suspend=True)


def held() -> Site:
    return imported().annotated(HOLD, "2026-12-24T00:00:00Z the fair")


def careful() -> Site:
    return imported().ruled(mode="Observe")


def of_an_organization_that_is_going() -> Site:
    site = imported()
    return replace(site, owner=deleted(site.owner)).seen()


def written_before_the_domain_controller_changed() -> Site:
    site = imported()
    entry = replace(site.ledger.entry(UM), written_at=site.now - MINUTE)
    ledger = replace(site.ledger, domain_controller="dc02.contoso.com", domain_controller_since=site.now)
    return replace(site, ledger=ledger.with_entries({UM: entry}))


def after_another_replica() -> Site:
    site = imported()
    return replace(site, interrupting_from=site.now + HOUR)


def given_up() -> Site:
    """Calls did not end, and the server was returned to service."""
    return Site.of("ex01").past(DrainServer).changed("ex01", calls=3).awake().settled()


def beside_a_front_end_that_is_down() -> Site:
    """What ran there was just told to start."""
    site = imported()
    key, pool = site.desired.key, "lyncpool01.contoso.com"
    stopped = {"lyncfe01.contoso.com": Stopped(pool, ("RTCSRV",), site.now, started_at=site.now)}
    entry = replace(site.ledger.entry(key), stopped=stopped)
    return replace(site, ledger=site.ledger.with_entries({key: entry}))


def one_is_dead() -> Site:
    return imported().changed("ex03", down=True)


def before_its_window() -> Site:
    return Site.of("ex01", org={"maintenanceWindows": [SATURDAY]}).settled()


def not_looked_at(name: str, since: timedelta) -> Site:
    site = imported()
    return site.changed(name, looked_at=site.now - since)


def in_maintenance() -> Site:
    return Site.of("ex01").until(ConfigureService).changed("ex01", requests={"Maintenance": "Inactive"})


def without_a_word_of_its_state() -> Site:
    return Site.of("ex01").until(ConfigureService).changed("ex01", unreadable=True)


def just_rebooted() -> Site:
    site = Site.of("ex01", "ex02").patient().later(DAY).rebooted("ex01")
    return site.changed("ex01", warming=BOTH)


def behind_a_firewall() -> Site:
    return Site.of("ex01").until(ConfigureService).changed("ex01", blocked=True)


def secured_lately() -> Site:
    """The last plan without TLS was secured a moment ago, and TLS alone is declared at once."""
    site = Site.of("ex01").patient().with_plan("Secured")
    ledger = site.ledger.with_entries({ObjectKey("UMDialPlan", "pbx"): ObjectEntry(written_at=site.now)})
    wanted = replace(site, ledger=ledger).asking(startupMode="TLS")
    return wanted.declaring(*wanted.resources, dial_plan(voipSecurity="Secured"))


def called_bad_when_plans_are_secured() -> Site:
    site = Site.of("ex01").patient().with_plan("Secured")
    return site.annotated(ROLLBACK_REQUESTED_AT, rollback_text(site.now, 1, now=False))


def rejected() -> Site:
    """The second revision did not start on the first server."""
    second = frozenset({Site.thumbprint("ex01.contoso.com", 2)})
    return Site.of("ex01", "ex02").patient().changed("ex01", refuses=second).renewing().until_rejected()


def one_is_through(**facts: object) -> Site:
    return (
        Site.of("ex01", "ex02", org={"disruption": {"soak": "10m"}})
        .past(ActivateServer)
        .changed("ex01", **facts)
    )


def without_another_that_takes_calls() -> Site:
    return Site.of("ex01", "ex02", org=ANY_TIME).until(ConfigureService).changed("ex02", down=True)


SCENES: Final[Mapping[str, Scene]] = {
    "suspended": Scene("R25", suspended),
    "held": Scene("R25", held),
    "careful": Scene("R3", careful),
    "organization_usable": Scene("R3", of_an_organization_that_is_going),
    "replicated": Scene("R9", written_before_the_domain_controller_changed, until=5 * MINUTE),
    "predecessor_ended": Scene("R11", after_another_replica, until=59 * MINUTE),
    "gave_up": Scene("R10", given_up, until=50 * MINUTE),
    "front_ends_are_up": Scene("R22", beside_a_front_end_that_is_down, until=5 * MINUTE),
    "phones_stay_up": Scene("R11", one_is_dead),
    "in_window": Scene("R26", before_its_window),
    "fresh": Scene("R1", lambda: not_looked_at("ex01", MINUTE / 2), until=timedelta()),
    "servers_are_known": Scene("R11", lambda: not_looked_at("ex02", 5 * MINUTE)),
    "server_is_ours": Scene("R14", in_maintenance),
    "server_is_known": Scene("R1", without_a_word_of_its_state),
    "server_is_settled": Scene("R15", just_rebooted, until=4 * MINUTE),
    "baseline": Scene("R4", behind_a_firewall),
    "plans_are_effective": Scene("R19", secured_lately, until=20 * MINUTE),
    "plans_allow_the_way_back": Scene("R19", called_bad_when_plans_are_secured),
    "nothing_rejected": Scene("R17", rejected, "ex02", DAY),
    "without_evidence": Scene("R16", lambda: one_is_through(rejected_calls=3), "ex02", DAY),
    "soaked": Scene("R16", one_is_through, "ex02", 9 * MINUTE),
    "budget": Scene("R11", one_is_dead),
    "others_serve": Scene("R11", without_another_that_takes_calls),
}
"""By the name of the gate or hold that alone keeps the rule there."""


def is_touched(scene: Scene, site: Site) -> bool:
    """Whether anything of the spared server becomes different."""
    before = _facts(site.machine(scene.spared))
    return any(_facts(one.machine(scene.spared)) != before for one in site.journey(scene.until))


def _facts(machine: Machine) -> tuple[object, ...]:
    return dict(machine.mode), dict(machine.bound), dict(machine.requests), machine.starts


def test_each_has_its_scene() -> None:
    assert set(SCENES) == (GATES | HOLDS) - OF_CUT_OVERS


@pytest.mark.parametrize("name", SCENES)
def test_with_all_of_them_the_server_is_left_alone(name: str) -> None:
    assert not is_touched(SCENES[name], SCENES[name].site())


@pytest.mark.parametrize("name", SCENES)
def test_why_it_is_left_alone_can_be_told_of_its_certificate(name: str) -> None:
    steps = SCENES[name].site().plan.steps
    reasons = {wait.reason for one in steps if one.step.owner == UM for wait in one.waits}
    assert [why for why in reasons if UM.kind not in Reason(why).kinds] == []


@pytest.mark.parametrize("name", SCENES)
def test_without_one_of_them_it_is_not(name: str) -> None:
    scene = SCENES[name]
    planned_anew = replace(scene.site())
    with without(name):
        assert is_touched(scene, planned_anew)
