"""Plans that share gateways are secured together, others one after the other (R18)."""

from __future__ import annotations

from typing import Any

from manifests_support import dial_plan, gateway
from planning_support import group_fact, reasons
from secure_support import MINUTE, REFS, Secured, site
from securing_support import EFFECTIVE, TROUBLE, judged, secured
from um_operator.planning.steps import SetVoIPSecurity


def test_one_plan_is_secured_and_watched_before_the_next_one() -> None:
    other = dial_plan("branch", voipSecurity="SIPSecured")
    found = site(
        "sbc01", "sbc02", plans=(other,), groups=(group_fact("sbc01", "pbx"), group_fact("sbc02", "branch"))
    )
    second = gateway("sbc02", dialPlanRefs=[{"name": "branch"}])
    manifests = [one for one in found.resources if one.metadata.name != "sbc02"]
    found = found.declaring(*manifests, second)
    assert [one.step.subject for one in found.ready] == ["UMIPGateway/sbc02"]
    first = found.ran_all().ran_all()
    assert first.steps() == []
    assert {plan.name: plan.voip_security for plan in first.plans} == {
        "pbx": "Unsecured",
        "branch": "SIPSecured",
    }
    watched = first.of_plan(SetVoIPSecurity)[0].waits
    assert [wait.reason for wait in watched] == ["WaitingForSoak"]
    assert [one.step.subject for one in judged(first).ready] == ["UMIPGateway/sbc01"]


def shared() -> Secured:
    """Return a site in which two plans that are to be secured share a gateway."""
    other = dial_plan("branch", voipSecurity="SIPSecured")
    groups = (group_fact("sbc01", "pbx"), group_fact("sbc01", "branch", "790"))
    found = site("sbc01", plans=(other,), groups=groups)
    refs = [*REFS, {"name": "branch", "pilotIdentifier": "790"}]
    manifests = [one for one in found.resources if one.metadata.name != "sbc01"]
    return found.declaring(*manifests, gateway("sbc01", dialPlanRefs=refs))


def test_plans_that_share_a_gateway_are_secured_together() -> None:
    found = shared()
    assert found.steps() == ["SetGatewayPort"]
    ported = found.ran_all()
    assert ported.steps() == ["SetVoIPSecurity", "SetVoIPSecurity"]
    done = ported.ran_all()
    assert {plan.voip_security for plan in done.plans} == {"SIPSecured"}


def test_of_plans_that_share_a_gateway_none_is_secured_while_one_may_not_be() -> None:
    found = shared()
    others = [one for one in found.resources if one.metadata.name != "branch"]
    held = found.declaring(*others, dial_plan("branch", voipSecurity="SIPSecured", suspend=True))
    assert not held.ready
    assert {"WaitingForSecure", "Suspended"} == {
        reason for one in held.plan.steps for reason in reasons(one.waits)
    }


def test_plans_that_share_a_gateway_go_back_together() -> None:
    done = shared().ran_all().ran_all()
    failing: Any = TROUBLE["plain SIP"](done.later(EFFECTIVE + MINUTE)).later(MINUTE)
    assert failing.steps() == ["SetVoIPSecurity", "SetVoIPSecurity"]
    half = failing.carried(failing.ready[0]).seen()
    assert half.steps() == ["SetVoIPSecurity"]
    back = half.ran_all().ran_all()
    assert back.port_of() == 5060
    assert {plan.voip_security for plan in back.plans} == {"Unsecured"}


def test_no_server_is_interrupted_while_a_plan_is_watched() -> None:
    found: Any = secured()
    certificate = next(one for one in found.resources if one.kind == "UMCertificate")
    metadata = certificate.metadata.model_copy(
        update={"annotations": {"unifiedmessaging.dev/renew-requested-at": "now"}}
    )
    others = [one for one in found.resources if one.kind != "UMCertificate"]
    renewing = found.declaring(*others, certificate.model_copy(update={"metadata": metadata}))
    waiting = renewing.settled()
    assert 'dial plan "pbx" is watched' in " ".join(message for _, _, message in waiting.waits)
    assert waiting.machine("ex01").serves("UM") == found.machine("ex01").serves("UM")
