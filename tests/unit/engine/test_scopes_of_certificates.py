"""Which revisions and servers a pass looks at, from what is declared and remembered."""

from __future__ import annotations

from dataclasses import replace

from rollout_reading import UM
from rollout_support import Site
from um_operator.engine import scopes
from um_operator.observed.revision import Revision
from um_operator.planning.scope import Scope
from um_operator.planning.steps import DrainServer, RestartService


def looked_at(site: Site) -> Scope:
    return scopes.completed(Scope(), site.desired, site.ledger)


def numbers(site: Site) -> list[int]:
    (one,) = looked_at(site).certificates
    assert one.key == UM
    return sorted(one.numbers)


def test_of_a_new_certificate_there_is_nothing_to_look_at() -> None:
    assert numbers(Site.of("ex01")) == []


def test_the_newest_revision_and_those_that_may_be_served_are_looked_at() -> None:
    site = Site.of("ex01").patient()
    assert numbers(site) == [1]
    assert numbers(site.renewing().patient().renewing().patient()) == [1, 2, 3]


def test_a_certificate_that_is_made_again_finds_its_revisions_by_what_is_on_the_servers() -> None:
    site = Site.of("ex01").patient().renewing().patient()
    forgotten = replace(site, ledger=site.ledger.only({site.desired.key}))
    assert numbers(forgotten) == [2]


def test_servers_are_looked_at_without_a_certificate_while_one_is_out_of_service_by_us() -> None:
    site = Site.of("ex01")
    assert not looked_at(site.declaring()).unfinished
    assert looked_at(site.past(DrainServer).declaring()).unfinished == {"ex01.contoso.com"}
    assert looked_at(site.past(RestartService).declaring()).unfinished == {"ex01.contoso.com"}
    assert not looked_at(site.patient().declaring()).unfinished


def test_the_name_of_a_revision_is_read_back() -> None:
    for revision in (Revision("um", 7), Revision("um", 7, "ex03.contoso.com")):
        assert Revision.named(str(revision)) == revision
    for other in ("um", "5C7753466BA936551377B632289FD93EADCECC33", "um/ex03/x", "a/b/c/1", ""):
        assert Revision.named(other) is None
