"""Each claim of the chapter with Lync is denied by an estate that does not bear it out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from um_operator.cli.demo.front_ends import restarts
from um_operator.cli.demo.integration import typed
from um_operator.cli.demo.lync_claims import NUMBER, PLAN, POOL, STANDARD, LyncStory
from um_operator.lab.journal import CONSOLE, Effect, Entry, Occurrence

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
OPERATOR, AT_LYNC, SCRIPT = "CONTOSO\\svc-um-operator", "CONTOSO\\svc-um-lync", "CONTOSO\\svc-um-exchucutil"
PERSON: Final = "administrator"
COMPUTERS = tuple(f"lyncfe0{number}.contoso.com" for number in (1, 2, 3))
SERVICES = ("RTCSRV", "RTCIMMCU")
GATEWAY, PLAN_KIND, GROUP = "UMIPGateway", "UMDialPlan", "UMHuntGroup"


def effect(
    kind: str, name: str, after: Any, *, before: Any = None, caller: str = OPERATOR, **more: Any
) -> Effect:
    given = {"endpoint": CONSOLE if caller == PERSON else "Microsoft.Exchange", "cmdlet": "", **more}
    return Effect(0, NOW, "ex01", "dc01", caller, kind=kind, name=name, before=before, after=after, **given)


def restart(computer: str, caller: str = AT_LYNC) -> list[Entry]:
    """Return what a front end's journal has of a restart with one service that depends on RTCSRV."""
    stop = {"before": {"Status": "Running"}, "cmdlet": "Stop-CsWindowsService"}
    asked = effect("Service", f"{computer}\\RTCSRV", {"Status": "StopPending"}, caller=caller, **stop)
    return [
        asked,
        *(Occurrence(NOW, computer, "ServiceStopped", {"service": one}) for one in reversed(SERVICES)),
        *(Occurrence(NOW, computer, "ServiceStarted", {"service": one}) for one in SERVICES),
    ]


DECLARED: list[Entry] = [
    effect(GATEWAY, POOL, {}),
    effect(GATEWAY, STANDARD, {}),
    effect(PLAN_KIND, PLAN, {"VoIPSecurity": "Secured"}, before={"VoIPSecurity": "Unsecured"}),
    effect(GROUP, f"{POOL}\\group", {}),
    effect(GROUP, f"{STANDARD}\\group", {}),
    effect("ADPermission", "UM DialPlan Container", {}, caller=SCRIPT),
    effect("CsExUmContact", "sip:contoso-lync-sa@contoso.com", {"Number": NUMBER}, caller=PERSON),
]
RESTARTED: list[Entry] = [entry for computer in COMPUTERS for entry in restart(computer)]
BY_HAND = restart(STANDARD, PERSON)
GOOD = [*DECLARED, *RESTARTED, *BY_HAND]


def is_a_stop(entry: Entry) -> bool:
    """Whether a service went down: that it runs again is what is claimed."""
    return isinstance(entry, Occurrence) and entry.what == "ServiceStopped"


def at_its_time(entries: list[Entry]) -> list[Entry]:
    """Return entries a minute apart, effects with their numbers."""
    times = (NOW + timedelta(minutes=minute) for minute in range(len(entries)))
    return [
        replace(one, time=time, index=index) if isinstance(one, Effect) else replace(one, time=time)
        for index, (one, time) in enumerate(zip(entries, times, strict=True), 1)
    ]


def denied(entries: list[Entry], **more: Any) -> list[str]:
    given = {"approved": len(DECLARED), "failed": "", "taken": 1, **more}
    story = LyncStory(at_its_time(entries), OPERATOR, AT_LYNC, SCRIPT, frozenset(COMPUTERS), **given)
    return [claim.sentence for claim in story.claims() if not claim.confirmed]


def test_the_chapter_as_it_should_go_is_confirmed() -> None:
    assert denied(GOOD) == []


@pytest.mark.parametrize("missing", [n for n, one in enumerate(GOOD) if not is_a_stop(one)])
def test_everything_that_happens_in_the_chapter_is_needed(missing: int) -> None:
    assert denied([*GOOD[:missing], *GOOD[missing + 1 :]], approved=len(DECLARED) - (missing < len(DECLARED)))


def test_a_pool_that_was_linked_before_its_plan_was_secured_is_denied() -> None:
    early = [*DECLARED[:2], DECLARED[3], DECLARED[2], *DECLARED[4:]]
    (sentence,) = denied([*early, *RESTARTED, *BY_HAND])
    assert sentence.startswith(f'pool "{POOL}" became a gateway, and was linked only after')


def test_a_contact_that_the_operator_made_is_denied() -> None:
    contact = effect("CsExUmContact", "sip:contoso-lync-sa@contoso.com", {"Number": NUMBER}, caller=AT_LYNC)
    (sentence,) = denied([*DECLARED[:6], contact, *RESTARTED, *BY_HAND])
    assert "made by a person" in sentence


def test_a_stop_before_the_approval_is_denied() -> None:
    assert denied(GOOD, approved=len(DECLARED) + 1) == [
        "no front end was told to stop before somebody approved it"
    ]


def test_two_front_ends_that_are_down_together_are_denied() -> None:
    first, second, third = (restart(computer) for computer in COMPUTERS)
    both = [first[0], second[0], *first[1:3], *second[1:3], *first[3:], *second[3:], *third]
    found = denied([*DECLARED, *both, *BY_HAND])
    assert [sentence.partition(" ")[0] for sentence in found] == ["only", "pool"]
    assert found[1].endswith("fewest: 1")


def test_a_front_end_that_a_person_restarted_is_denied() -> None:
    by_hand = restart(COMPUTERS[0], PERSON)
    (sentence,) = denied([*DECLARED, *by_hand, *RESTARTED[len(by_hand) :], *BY_HAND])
    assert "the operator restarted each front end" in sentence


def test_a_standard_edition_server_that_the_operator_restarted_is_denied() -> None:
    (sentence,) = denied([*DECLARED, *RESTARTED, *restart(STANDARD)])
    assert "never by the operator" in sentence


@pytest.mark.parametrize(
    ("what", "gateway", "is_denied"),
    [("CallFailed", "sbc01", True), ("CallCut", POOL, True), ("CallFailed", POOL, False)],
)
def test_a_call_of_a_gateway_that_failed_and_any_that_was_cut_is_denied(
    what: str, gateway: str, is_denied: bool
) -> None:
    """Calls of a pool fail until its front ends have come to know Unified Messaging."""
    call = Occurrence(NOW, "ex01.contoso.com", what, {"gateway": gateway})
    assert bool(denied([*GOOD, call])) is is_denied


def test_calls_that_were_not_answered_in_the_end_are_denied() -> None:
    assert denied(GOOD, failed="NoContact", taken=0) == [
        f'a call of pool "{POOL}" to "{NUMBER}" was answered: NoContact',
        f'calls of Unified Messaging through "{POOL}" were answered',
    ]


def test_a_restart_is_a_line_with_its_times_and_how_many_services_run_again() -> None:
    (one,) = restarts(at_its_time(restart(COMPUTERS[0])), COMPUTERS)
    assert one.cells() == (COMPUTERS[0], "09:00:00", "09:02:00", "09:03:00", "2 of 2", "1m00s")


def test_a_restart_that_leaves_a_service_stopped_is_not_over() -> None:
    (one,) = restarts(at_its_time(restart(COMPUTERS[0])[:-1]), COMPUTERS)
    assert (one.ended, one.cells()[4]) == (None, "1 of 2")


def test_a_person_types_what_the_condition_says() -> None:
    said = (
        'start OcsUmUtil.exe on a Lync computer, choose Load Data, SIP dial plan "Contoso-Lync", Add, and '
        'enter: Organizational Unit "OU=UM Contacts,DC=contoso,DC=com"; Name "Contoso-Lync-SA"; SIP Address '
        '"sip:contoso-lync-sa@contoso.com"; Server or Pool "lyncpool01.contoso.com"; Phone Number '
        '"+4989555004900"; Contact Type "Subscriber Access". The operator sees the contact by itself'
    )
    assert typed(said) == {
        "DialPlan": "Contoso-Lync",
        "OU": "OU=UM Contacts,DC=contoso,DC=com",
        "Name": "Contoso-Lync-SA",
        "SipAddress": "sip:contoso-lync-sa@contoso.com",
        "Pool": "lyncpool01.contoso.com",
        "PhoneNumber": "+4989555004900",
        "Type": "SubscriberAccess",
    }
