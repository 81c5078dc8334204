"""What goes wrong for good: it is told, no other server is touched, and nothing is tried over and over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from certificate_bench import Certified, certify, intermediate
from estate.certificate_edges import refuse_every_new_key, with_a_key_that_does_not_work
from estate.deaths import Deaths, When
from estate.manifests import resource
from estate.rollouts import EX01, EX02, Rollout, estate, rollout, told
from estate.test_issuers import bought
from um_operator.api.meta import ObjectKey
from um_operator.engine import server_ledger
from um_operator.engine.one_pass import Report
from um_operator.lab.clock import EPOCH
from um_operator.lab.exchange.builder import Secured, ServerSpec
from um_operator.lab.hosts.keys import shared_key
from um_operator.lab.invariants.judge import RulesBrokenError
from um_operator.observed.rollout import Rejection
from um_operator.planning.rollout.certificate import CertificateCase

pytestmark = pytest.mark.timeout(1800)

HALF_AN_HOUR = timedelta(minutes=30)
"""Six times the longest pause between two attempts."""
DAY = timedelta(days=1)
SECOND = ObjectKey("UMCertificate", "second")
EX03, EX04 = ServerSpec("EX03", "Berlin"), ServerSpec("EX04", "Hamburg")
THEIRS = replace(EX04, held=(("UMCallRouter", "Maintenance", "Inactive"),))
NAME = "um.contoso.com"
FROM_A_SECRET: Mapping[str, Any] = {
    "issuer": {"secret": {"secretRef": {"name": "bought"}}},
    "scope": "Shared",
    "commonName": NAME,
}
UNFIT: Mapping[str, tuple[Callable[[], Certified], Mapping[str, str]]] = {
    "the key of another one": (
        lambda: replace(certify(NAME, intermediate()), key=shared_key("another")),
        {"Ready": "False/IssuancePending"},
    ),
    "another name": (
        lambda: certify("mail.contoso.com", intermediate()),
        {"Ready": "False/NameMissing", "Stalled": "True/NameMissing"},
    ),
    "it has ended": (
        lambda: certify(NAME, intermediate(), now=EPOCH - 9 * DAY, lasts=DAY),
        {"Ready": "False/IssuancePending"},
    ),
}


async def for_half_an_hour(one: Rollout) -> Report:
    """Have the operator work, while nothing is to be done: it carries out no step, so nothing is tried."""
    ran, ends = len(one.ran), one.lab.clock.now() + HALF_AN_HOUR
    report = await one.run(lambda _: one.lab.clock.now() >= ends, within=2 * HALF_AN_HOUR)
    assert one.ran[ran:] == []
    return report


def is_idle(report: Report) -> bool:
    return not report.ran and not any(planned.ready for planned in report.plan.steps)


async def test_what_does_not_start_is_taken_back_once_and_tried_on_no_other_server(tmp_path: Path) -> None:
    async with rollout(tmp_path, estate(secured=Secured())) as one:
        served, starts = one.served(), one.starts()
        await with_a_key_that_does_not_work(one)
        assert one.served() == served
        assert {name for name in one.starts() - starts if name.startswith("ex02")} == set()
        await for_half_an_hour(one)


async def test_when_nobody_remembers_what_was_rejected_it_is_bound_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = server_ledger.failures

    def forgotten(case: CertificateCase, *others: Any) -> Mapping[str, Rejection]:
        return {key: one for key, one in failures(case, *others).items() if key not in case.rejected}

    monkeypatch.setattr(server_ledger, "failures", forgotten)
    with pytest.raises(RulesBrokenError, match=r"R17.* a second time"):
        await until_a_rule_is_broken(tmp_path)


async def until_a_rule_is_broken(folder: Path) -> None:
    """Work on what does not start."""
    async with rollout(folder, estate(EX01, secured=Secured())) as one:
        refuse_every_new_key(one)
        await one.run(lambda _: bool(one.lab.invariants.violations), within=DAY)


@pytest.mark.parametrize(("certified", "conditions"), UNFIT.values(), ids=UNFIT)
async def test_what_is_not_fit_is_never_imported(
    tmp_path: Path, certified: Callable[[], Certified], conditions: Mapping[str, str]
) -> None:
    async with rollout(tmp_path, estate(EX01), **FROM_A_SECRET) as one:
        one.others = (bought(certified())[-1],)
        one.declare()
        await one.run(is_idle)
        report = await for_half_an_hour(one)
        assert told(report) == conditions
        assert one.lab.journal.effects == []


async def test_beside_a_dead_server_none_is_begun_until_it_is_back(tmp_path: Path) -> None:
    async with rollout(tmp_path, estate(EX01, EX02, EX03)) as one:
        starts = one.starts()
        await one.lab.shut_down("ex03.contoso.com")
        report = await one.run(is_idle)
        assert told(report)["Ready"] == "False/WaitingForBudget"
        await for_half_an_hour(one)
        assert one.starts() == starts
        await one.lab.boot("ex03.contoso.com")
        await one.run()


async def test_a_server_that_a_person_took_out_of_service_stays_as_it_is(tmp_path: Path) -> None:
    async with rollout(tmp_path, estate(EX01, EX02, EX03, THEIRS)) as one:
        theirs, starts = "ex04.contoso.com", one.starts()
        one.organization = {"disruption": {"maxUnavailable": 2, "soak": "1m"}}
        one.declare()
        assert await Deaths(one).at(12, When.AFTER)
        one.lab.reboot(theirs)
        report = await one.run(lambda report: is_idle(report) and len(returned(one)) == 3)
        assert told(report)["ManualActionRequired"] == "True/ForeignMaintenance"
        await for_half_an_hour(one)
        assert one.served()[theirs] == {""}
        changed = {effect.name for effect in one.lab.journal.effects if effect.kind == "ServerComponentState"}
        assert theirs not in changed
        assert {count for name, count in (one.starts() - starts).items() if name.startswith("ex04")} == {1}
        state = {"Identity": theirs, "Component": "UMCallRouter", "Requester": "Maintenance"}
        one.lab.change("Set-ServerComponentState", **state, State="Active")
        await one.run()


async def test_the_second_certificate_for_a_server_changes_nothing_there(tmp_path: Path) -> None:
    async with rollout(tmp_path, estate(EX01)) as one:
        await one.run()
        served, effects = one.served(), len(one.lab.journal.effects)
        only = {"include": [one.fqdns[0]]}
        one.others = (resource("UMCertificate", SECOND.name, issuer={"selfSigned": {}}, servers=only),)
        one.declare()
        report = await for_half_an_hour(one)
        conditions = {one.type: one.reason for one in report.memory.statuses[SECOND].conditions}
        assert conditions == {"Ready": "Claimed", "Stalled": "Claimed"}
        assert told(report) == {"Ready": "True/Deployed"}
        assert (one.served(), len(one.lab.journal.effects)) == (served, effects)


async def test_a_certificate_that_is_deleted_and_made_again_changes_nothing(tmp_path: Path) -> None:
    async with rollout(tmp_path, estate(EX01)) as one:
        await one.run()
        served, effects = one.served(), len(one.lab.journal.effects)
        await one.operator.apply(delete={ObjectKey("UMCertificate", "um")})
        one.declare()
        report = await one.run()
        assert report.plan.steps == ()
        assert (one.served(), len(one.lab.journal.effects)) == (served, effects)


def returned(one: Rollout) -> set[str]:
    """Return the servers that the operator has put back in service."""
    ours = (effect for effect in one.lab.journal.effects if not effect.is_by_hand)
    return {
        effect.name
        for effect in ours
        if effect.kind == "ServerComponentState" and "Active" in (effect.after or {}).values()
    }
