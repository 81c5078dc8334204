"""When a certificate is due, why there is a new revision, and when an issuer is asked again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from manifests_support import certificate
from planning_support import NOW
from rollout_machine import YEAR, leaf
from um_operator.observed.rollout import Attempts, Issuance
from um_operator.planning.renewal import (
    Renewal,
    WantedRevision,
    asked_again_at,
    due_at,
    renewal_of,
    wanted_revision,
)

LEAF = leaf("um/ex01.contoso.com/3", "ex01.contoso.com", NOW)
ASKED = "a" * 64
THIRD = Issuance(3, ASKED, "RenewalDue", NOW)


@pytest.mark.parametrize(
    ("renewal", "before_end"),
    [
        (Renewal(), YEAR / 3),
        (Renewal(percentage=25), YEAR / 4),
        (Renewal(before=timedelta(days=30)), timedelta(days=30)),
        (Renewal(before=2 * YEAR), YEAR / 3),
    ],
    ids=["a third of its life", "a share of it", "a time", "a time that its life does not have"],
)
def test_a_certificate_is_due_so_long_before_its_end(renewal: Renewal, before_end: timedelta) -> None:
    assert renewal.at(LEAF) == LEAF.not_after - before_end


BROUGHT = [
    {"secret": {"secretRef": {"name": "bought"}}},
    {"existing": {"thumbprint": "A" * 40, "fromServer": "ex01.contoso.com"}},
]


@pytest.mark.parametrize("issuer", BROUGHT, ids=lambda issuer: next(iter(issuer)))
def test_what_people_bring_is_not_renewed(issuer: dict[str, Any]) -> None:
    assert renewal_of(certificate(issuer=issuer, scope="Shared").spec) is None
    assert renewal_of(certificate().spec) == Renewal()


def wanted(issuance: Issuance | None = THIRD, **changed: Any) -> WantedRevision:
    given = {
        "asked": ASKED,
        "requested": None,
        "leaves": [LEAF],
        "renewal": Renewal(),
        "offered": None,
        "now": NOW,
        **changed,
    }
    return wanted_revision(issuance, *given.values())


def test_the_newest_revision_is_wanted_until_there_is_a_cause_for_another_one() -> None:
    assert wanted() == WantedRevision(3)
    assert wanted(None) == WantedRevision(1, "FirstIssuance")
    assert wanted(asked="b" * 64) == WantedRevision(4, "SpecChanged")
    assert wanted(requested="2026-11-25") == WantedRevision(4, "RenewalRequested")
    assert wanted(now=LEAF.not_after) == WantedRevision(4, "RenewalDue")
    assert wanted(now=LEAF.not_after, renewal=None) == WantedRevision(3)
    assert wanted(now=LEAF.not_after, leaves=[]) == WantedRevision(3)


def test_a_new_certificate_in_the_secret_that_it_comes_from_is_a_new_revision() -> None:
    other = leaf("um/4", "um.contoso.com", NOW)
    assert wanted(offered=other) == WantedRevision(4, "SecretChanged")
    assert wanted(offered=LEAF) == WantedRevision(3)
    assert wanted(offered=other, leaves=[]) == WantedRevision(3), "the one asked for takes it"
    assert wanted(None, offered=other) == WantedRevision(1, "FirstIssuance")


def test_the_certificate_that_ends_first_decides() -> None:
    sooner = leaf("um/ex02.contoso.com/3", "ex02.contoso.com", NOW, YEAR / 2)
    assert due_at(THIRD, [LEAF, sooner], Renewal()) == Renewal().at(sooner)


def test_an_issuer_that_gives_what_is_due_already_is_not_asked_all_the_time() -> None:
    ended = leaf("um/ex01.contoso.com/3", "ex01.contoso.com", NOW - YEAR)
    assert due_at(THIRD, [ended], Renewal()) == THIRD.started_at + timedelta(hours=1)


@pytest.mark.parametrize(
    ("count", "hours"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 32), (100, 32)]
)
def test_an_issuer_that_denied_is_asked_again_later_each_time(count: int, hours: int) -> None:
    issuance = Issuance(1, ASKED, "FirstIssuance", NOW, attempts={"ex01": Attempts(count, NOW)})
    assert asked_again_at(issuance, "ex01") == NOW + timedelta(hours=hours)
    assert asked_again_at(issuance, "ex02") is None
