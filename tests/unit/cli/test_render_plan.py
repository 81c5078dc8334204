"""A plan as people read it and as programs read it, word for word."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from um_operator.api.meta import ObjectKey
from um_operator.cli.render_plan import OrganizationPlan, plan_data, plan_lines
from um_operator.planning.maintenance import Span
from um_operator.planning.plan import Finding, Plan, PlannedStep, Wait
from um_operator.planning.steps import Change, CreateDialPlan, RemoveGateway, SetGateway, SetVoIPSecurity

SPAN = "from 2026-11-28T20:00:00Z to 2026-11-29T00:00:00Z"
NOW = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)
WINDOW = Span("night", NOW + timedelta(days=3), NOW + timedelta(days=3, hours=4))
PBX = ObjectKey("UMDialPlan", "pbx")
CUBE = ObjectKey("UMIPGateway", "cube01")

CREATE = CreateDialPlan(
    owner=PBX,
    dial_plan="Contoso-PBX",
    properties={"uriType": "TelephoneExtension", "numberOfDigitsInExtension": 4},
)
REPAIR = SetGateway(owner=CUBE, interrupts=True, gateway="cube01", changes=(Change("port", 5060, 5061),))
REMOVE = RemoveGateway(owner=CUBE, interrupts=True, gateway="cube01", guid="g")
SECURE = SetVoIPSecurity(
    owner=PBX, interrupts=True, dial_plan="Contoso-PBX", security="SIPSecured", before="Unsecured"
)
FOR_WINDOW = Wait("WaitingForWindow", 'interrupts calls, waits for "night"', until=WINDOW.starts_at)


def text(planned: OrganizationPlan) -> str:
    return "\n".join(plan_lines(planned))


def plan(*steps: PlannedStep, findings: tuple[Finding, ...] = ()) -> Plan:
    return Plan(steps, findings)


def test_a_plan_without_differences_says_so_in_one_line() -> None:
    assert text(OrganizationPlan("default", "Enforce", plan())) == (
        'Organization "default", mode Enforce: nothing to do, Exchange is as declared.'
    )


def test_what_goes_wrong_by_and_by_is_said_although_nothing_is_to_do() -> None:
    warned = Plan((), (), warnings={ObjectKey("UMCertificate", "um"): "the windows are enough for 2 of 3"})
    assert text(OrganizationPlan("default", "Enforce", warned)).splitlines() == [
        'Organization "default", mode Enforce: nothing to do, Exchange is as declared.',
        "  UMCertificate/um: the windows are enough for 2 of 3.",
    ]


def test_steps_are_marked_by_what_they_do_and_whether_they_interrupt_and_say_what_they_wait_for() -> None:
    planned = OrganizationPlan(
        "default",
        "Enforce",
        plan(
            PlannedStep(CREATE),
            PlannedStep(REPAIR, (FOR_WINDOW,), frozenset({"port"})),
            PlannedStep(REMOVE, (FOR_WINDOW,)),
        ),
        next_window=WINDOW,
    )
    assert text(planned) == (
        f"""\
Organization "default", mode Enforce: 3 steps, 2 of them interrupt calls, 2 wait. {planned.plan.digest}
  Steps that interrupt calls may begin in window "night", {SPAN}.
    + Create dial plan "Contoso-PBX" (TelephoneExtension, 4 digits, Unsecured).
  ! ~ {REPAIR.sentence}  (drift)
        waits: interrupts calls, waits for "night" (WaitingForWindow, until 2026-11-28T20:00:00Z)
  ! - {REMOVE.sentence}
        waits: interrupts calls, waits for "night" (WaitingForWindow, until 2026-11-28T20:00:00Z)"""
    )


def test_what_a_cut_over_waits_for_is_named_server_by_server_and_gateway_by_gateway() -> None:
    waits = (
        Wait("WaitingForGateways", "cube01.contoso.com has port 5060", "UMIPGateway/cube01", "NotProbed"),
        Wait("WaitingForServers", "MSExchangeUM has no TLS port", "ex01.contoso.com", "StartupModeTCP"),
    )
    planned = OrganizationPlan("default", "Enforce", plan(PlannedStep(SECURE, waits)))
    assert text(planned).splitlines()[2:] == [
        "        waits: UMIPGateway/cube01: cube01.contoso.com has port 5060 (WaitingForGateways, NotProbed)",
        "        waits: ex01.contoso.com: MSExchangeUM has no TLS port (WaitingForServers, StartupModeTCP)",
    ]


def test_what_a_step_of_the_same_plan_makes_first_is_not_called_waiting() -> None:
    order = Wait("WaitingForDialPlan", 'dial plan "Contoso-PBX" does not exist yet', str(PBX))
    planned = OrganizationPlan("default", "Enforce", plan(PlannedStep(CREATE), PlannedStep(REPAIR, (order,))))
    assert "wait" not in text(planned)
    alone = OrganizationPlan("default", "Enforce", plan(PlannedStep(REPAIR, (order,))))
    assert 'waits: UMDialPlan/pbx: dial plan "Contoso-PBX" does not exist yet (WaitingForDialPlan)' in text(
        alone
    )


def test_one_step_is_counted_in_the_singular() -> None:
    planned = OrganizationPlan("default", "Enforce", plan(PlannedStep(REPAIR, (FOR_WINDOW,))))
    assert "1 step, 1 of them interrupts calls, 1 waits." in text(planned)


def test_without_state_the_plan_says_that_nothing_counts_as_drift() -> None:
    planned = OrganizationPlan("default", "Enforce", plan(PlannedStep(CREATE)), remembered=False)
    assert text(planned).splitlines()[1] == (
        "  No state of earlier runs (--state): every difference counts as pending, none as drift."
    )


def test_an_organisation_that_could_not_be_read_says_why_and_shows_no_plan() -> None:
    why = 'EndpointUnreachable: "http://ex01.contoso.com/PowerShell/" refuses connections'
    planned = OrganizationPlan("default", "Enforce", plan(), trouble=why)
    assert text(planned) == f'Organization "default", mode Enforce: could not be read.\n  {why}'
    assert not planned.in_force


def test_what_will_not_be_tried_stands_apart_from_what_differs_and_is_left_alone() -> None:
    blocked = Finding(
        PBX, "Blocked", "ImmutableFieldDiffers", 'uriType: want "SipName", have "E164"', "uriType"
    )
    drift = Finding(CUBE, "Drift", "CorrectionStopped", 'port: want "5060", have "5061"', "port", 5060, 5061)
    planned = OrganizationPlan("default", "Observe", plan(findings=(blocked, drift)))
    assert text(planned) == (
        """\
Organization "default", mode Observe (nothing is changed): no step, 2 findings.

Not tried:
  UMDialPlan/pbx: uriType: want "SipName", have "E164" (ImmutableFieldDiffers)

Differs, and is left alone:
  UMIPGateway/cube01: port: want "5060", have "5061" (CorrectionStopped)"""
    )
    assert planned.refused == (blocked,)


def test_in_observe_the_first_line_says_once_that_nothing_is_changed() -> None:
    waits = (Wait("ObserveMode", 'mode is "Observe": nothing is changed'), FOR_WINDOW)
    first, step, wait = text(
        OrganizationPlan("default", "Observe", plan(PlannedStep(REPAIR, waits)))
    ).splitlines()
    assert first.startswith('Organization "default", mode Observe (nothing is changed): 1 step, ')
    assert step == f"  ! ~ {REPAIR.sentence}"
    assert "WaitingForWindow" in wait


def test_programs_get_want_and_have_ids_waits_and_findings() -> None:
    drift = Finding(CUBE, "Drift", "Drifted", 'port: want "5060", have "5061"', "port", 5060, 5061)
    planned = OrganizationPlan(
        "default",
        "Enforce",
        plan(PlannedStep(REPAIR, (FOR_WINDOW,), frozenset({"port"})), findings=(drift,)),
        next_window=WINDOW,
    )
    assert json.loads(json.dumps(plan_data(planned))) == {
        "organization": "default",
        "mode": "Enforce",
        "digest": planned.plan.digest,
        "approval": {"pending": None, "approved": None, "told": []},
        "remembered": True,
        "against": None,
        "trouble": "",
        "nextWindow": {
            "name": "night",
            "startsAt": "2026-11-28T20:00:00Z",
            "endsAt": "2026-11-29T00:00:00Z",
        },
        "steps": [
            {
                "id": REPAIR.step_id,
                "type": "SetGateway",
                "owner": "UMIPGateway/cube01",
                "subject": "UMIPGateway/cube01",
                "sentence": REPAIR.sentence,
                "want": {"port": 5060},
                "have": {"port": 5061},
                "interrupts": True,
                "requires": [],
                "corrects": ["port"],
                "waits": [
                    {
                        "reason": "WaitingForWindow",
                        "message": 'interrupts calls, waits for "night"',
                        "object": "",
                        "detail": "",
                        "until": "2026-11-28T20:00:00Z",
                    }
                ],
            }
        ],
        "findings": [
            {
                "owner": "UMIPGateway/cube01",
                "weight": "Drift",
                "reason": "Drifted",
                "message": 'port: want "5060", have "5061"',
                "path": "port",
                "want": 5060,
                "have": 5061,
            }
        ],
        "warnings": {},
    }
