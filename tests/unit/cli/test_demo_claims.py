"""Each claim of the demo is denied by an estate that does not bear it out."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from um_operator.cli.demo.claims import Claim, Story
from um_operator.cli.demo.outages import outages
from um_operator.cli.demo.summary import Deployed, Missed, rows
from um_operator.lab.journal import Effect, Entry, Occurrence

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
OPERATOR = "CONTOSO\\svc-um-operator"
SERVERS = ("ex01.contoso.com", "ex02.contoso.com")
SERVICES = ("MSExchangeUM", "MSExchangeUMCR")
NOTHING_MISSED = Missed(Counter(), Counter())
DEPLOYED = Deployed(
    "um/1",
    wanted={server: server[:4].upper() for server in SERVERS},
    served={server: frozenset({server[:4].upper()}) for server in SERVERS},
    ends=dict.fromkeys(SERVERS, "2027-01-05"),
)


def effect(
    kind: str, name: str, before: Any, after: Any, *, caller: str = OPERATOR, minutes: float = 0
) -> Effect:
    at = NOW + timedelta(minutes=minutes)
    return Effect(0, at, "ex01", "dc01", caller, "Microsoft.Exchange", "", kind, name, before, after)


def numbered(*entries: Entry) -> list[Entry]:
    return [
        replace(one, index=index) if isinstance(one, Effect) else one
        for index, one in enumerate(entries, start=1)
    ]


def call(what: str, server: str, minutes: float, extension: str = "") -> Occurrence:
    return Occurrence(NOW + timedelta(minutes=minutes), server, what, {"extension": extension})


def sequence(server: str, minutes: float) -> list[Entry]:
    """A server is drained, its services restarted, and it is returned four minutes later."""
    entries: list[Entry] = [
        effect("ServerComponentState", server, {"s": "Active"}, {"s": "Draining"}, minutes=minutes)
    ]
    for later, service in enumerate(SERVICES, start=1):
        at = NOW + timedelta(minutes=minutes + later)
        name, pending = f"{server}\\{service}", {"Status": "StopPending"}
        entries.append(effect("Service", name, {"Status": "Running"}, pending, minutes=minutes + later))
        entries.append(Occurrence(at, server, "ServiceStarted", {"service": service}))
    end = effect("ServerComponentState", server, {"s": "Draining"}, {"s": "Active"}, minutes=minutes + 4)
    return [*entries, end]


GOOD = [
    *(effect("UMDialPlan", name, None, {}) for name in ("Headquarters", "Branch Office")),
    *(effect("UMIPGateway", name, None, {}) for name in ("sbc01", "cube01", "kamailio01")),
    *(effect("UMHuntGroup", f"{name}\\group", None, {}) for name in ("sbc01", "cube01", "kamailio01")),
    effect("UMIPGateway", "cube01", {"Port": 5060}, {"Port": 5070}, caller="administrator"),
    effect("UMIPGateway", "cube01", {"Port": 5070}, {"Port": 5060}),
    *sequence(SERVERS[0], 0),
    *sequence(SERVERS[1], 5),
]


def judged(
    entries: list[Entry], deployed: Deployed = DEPLOYED, missed: Missed = NOTHING_MISSED
) -> list[Claim]:
    return list(Story(OPERATOR, entries, frozenset(SERVERS), [deployed], missed).claims())


def denied(entries: list[Entry], deployed: Deployed = DEPLOYED, missed: Missed = NOTHING_MISSED) -> list[str]:
    return [claim.sentence for claim in judged(entries, deployed, missed) if not claim.confirmed]


def test_the_story_as_it_should_go_is_confirmed_with_the_numbers_of_its_effects() -> None:
    claims = judged(numbered(*GOOD))
    assert all(claim.confirmed for claim in claims)
    assert [claim.effects for claim in claims][5:9] == [(9, 10), (), (), (11, 17)]


@pytest.mark.parametrize("missing", range(len(GOOD)))
def test_everything_that_happens_in_the_story_is_needed(missing: int) -> None:
    assert len(denied(numbered(*GOOD[:missing], *GOOD[missing + 1 :]))) >= 1


def test_a_gateway_that_was_linked_before_it_was_made_is_denied() -> None:
    assert denied(numbered(*GOOD[5:6], *GOOD[:5], *GOOD[6:])) == [
        'gateway "sbc01" was created, and linked to a dial plan only afterwards'
    ]


def test_a_repair_by_somebody_else_is_denied() -> None:
    by_hand = effect("UMIPGateway", "cube01", {"Port": 5070}, {"Port": 5060}, caller="administrator")
    (sentence,) = denied(numbered(*GOOD[:9], by_hand, *GOOD[10:]))
    assert "changed back by the operator" in sentence


def test_two_servers_out_of_service_at_a_time_are_denied() -> None:
    both = sorted([*sequence(SERVERS[0], 0), *sequence(SERVERS[1], 3)], key=lambda entry: entry.time)
    assert denied(numbered(*GOOD[:10], *both)) == ["only one server was out of service at any time"]


@pytest.mark.parametrize(
    "served",
    [frozenset(), frozenset({"OLD"}), frozenset({"EX01", "OLD"})],
    ids=["nothing", "another one", "another one on one port"],
)
def test_a_server_that_shows_anything_else_on_a_port_is_denied(served: frozenset[str]) -> None:
    shows = replace(DEPLOYED, served={**DEPLOYED.served, SERVERS[0]: served})
    (sentence,) = denied(numbered(*GOOD), shows)
    assert '"um/1", on every TLS port' in sentence


def test_servers_that_share_a_certificate_are_denied() -> None:
    shared = replace(
        DEPLOYED,
        wanted=dict.fromkeys(SERVERS, "ONE"),
        served=dict.fromkeys(SERVERS, frozenset({"ONE"})),
    )
    assert len(denied(numbered(*GOOD), shared)) == 1


def test_a_call_that_was_cut_is_denied() -> None:
    assert denied([*numbered(*GOOD), call("CallCut", SERVERS[0], 9)]) == [
        "no call in progress to the number of a dial plan was cut"
    ]


def test_a_call_that_was_lost_is_denied() -> None:
    missed = Missed(Counter({SERVERS[0]: 1}), Counter())
    assert denied(numbered(*GOOD), missed=missed) == [
        "no call to the number of a dial plan was lost meanwhile"
    ]


def test_a_change_of_something_undeclared_is_denied() -> None:
    foreign = effect("UMIPGateway", "legacy-pbx", {"Port": 5060}, {"Port": 5061})
    assert denied(numbered(*GOOD, foreign)) == ['nothing that is not declared was touched, but "legacy-pbx"']


def test_only_a_call_for_a_mailbox_of_the_server_that_is_out_of_service_is_not_counted_as_lost() -> None:
    found = outages(numbered(*GOOD), OPERATOR)
    calls = [
        call("CallFailed", SERVERS[0], 2, "6001"),
        call("CallFailed", SERVERS[0], 2),
        call("CallFailed", SERVERS[1], 2, "6002"),
        call("CallFailed", SERVERS[0], 4.5, "6001"),
        call("CallCut", SERVERS[0], 2, "6001"),
    ]
    missed = Missed.of(calls, found)
    assert missed.for_mailboxes == Counter({SERVERS[0]: 2})
    assert missed.lost == Counter({SERVERS[0]: 2, SERVERS[1]: 1})


def test_the_table_has_a_row_for_each_server_with_what_it_serves_and_what_that_cost() -> None:
    found = outages(numbered(*GOOD), OPERATOR)
    nothing = dict.fromkeys(SERVERS, frozenset[str]())
    assert list(rows(nothing, [DEPLOYED], found, Missed(Counter({SERVERS[1]: 1}), Counter()))) == [
        ["SERVER", "BEFORE", "UM/1", "NOT AFTER", "RESTARTS", "CALLS LOST"],
        ["ex01.contoso.com", "none", "EX01", "2027-01-05", "2", "0"],
        ["ex02.contoso.com", "none", "EX02", "2027-01-05", "2", "1"],
    ]
    assert found[0].cells() == (
        "ex01.contoso.com", "09:00:00", "09:01:00-09:01:00", "09:02:00-09:02:00", "09:04:00", "4m00s",
    )  # fmt: skip
