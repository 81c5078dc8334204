"""Each rule refuses on a real server what its Python predicate refuses, and accepts what that accepts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from bad_manifests import BAD
from cluster_client import Json, Reply
from cluster_objects import Objects
from manifests_support import (
    certificate_document,
    document,
    gateway_document,
    organization_document,
)
from rules_support import GENERATED, SEARCH, row
from um_operator.api.certificate import UMCertificateSpec
from um_operator.api.dial_plan import UMDialPlan, UMDialPlanSpec
from um_operator.api.gateway_trust import TrustDelivery
from um_operator.api.ip_gateway import UMIPGateway
from um_operator.api.issuers import CertificateInSecret
from um_operator.api.lync_integration import LyncIntegrationSpec
from um_operator.api.maintenance import Blackout
from um_operator.api.model import Model
from um_operator.api.organization import ExchangeOrganizationSpec
from um_operator.api.owned import OwnedSpec
from um_operator.api.rule import Rule, Transition
from um_operator.api.rules import RULES, TRANSITIONS
from um_operator.api.select import Invalid, parse

SOME = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NAME = "tried"

WHOLE: dict[type[Model], Callable[[Json], Json]] = {
    ExchangeOrganizationSpec: lambda spec: document("ExchangeOrganization", NAME, spec),
    Blackout: lambda blackout: organization_document(NAME, blackouts=[blackout]),
    UMCertificateSpec: lambda spec: document("UMCertificate", NAME, spec),
    CertificateInSecret: lambda secret: certificate_document(NAME, issuer={"secret": secret}, scope="Shared"),
    LyncIntegrationSpec: lambda spec: document("LyncIntegration", NAME, spec),
    UMDialPlan: lambda plan: plan,
    UMDialPlanSpec: lambda spec: document("UMDialPlan", NAME, spec),
    UMIPGateway: lambda gateway: gateway,
    TrustDelivery: lambda delivery: gateway_document(NAME, trust={"delivery": delivery}),
    OwnedSpec: lambda spec: gateway_document(NAME, **spec),
}
"""How the object that a rule is about becomes a whole document."""

ONLY_UMCTL_KNOWS = {
    "digits and dots that are no address",
    "a window of no known time zone",
    "a window at an hour that no day has",
}
"""What no schema and no core CEL can say; the operator says it in the object's status."""


def breaks(answer: Reply, rule: Rule[Any] | Transition[Any]) -> bool:
    """Tell whether the server refuses for this rule, at its field; one that cannot be judged is a fault."""
    assert not any("evaluating rule" in message for _, message in answer.complaints), answer
    return any(
        field.endswith(rule.field) and message.endswith(rule.sentence) for field, message in answer.complaints
    )


@pytest.mark.parametrize("rule", RULES, ids=row)
def test_a_rule_says_the_same_on_the_server_and_in_python(rule: Rule[Any], objects: Objects) -> None:
    def judged(part: Json) -> tuple[bool, bool]:
        """Return whether the rule holds, and whether the server says so."""
        whole = WHOLE[rule.where](part)
        answer = objects.create(whole, dry_run=True)
        assert answer.accepted == (not isinstance(parse(whole), Invalid)), answer
        return rule.holds(rule.where.model_validate(part)), not breaks(answer, rule)

    @SOME
    @given(GENERATED[rule.where])
    def agrees(part: Json) -> None:
        holds, server_says = judged(part)
        assert holds == server_says

    agrees()
    for expected in (True, False):
        part = find(
            GENERATED[rule.where],
            lambda part: rule.holds(rule.where.model_validate(part)) is expected,  # noqa: B023
            settings=SEARCH,
        )
        assert judged(part) == (expected, expected)


def one_object(pair: tuple[Json, Json]) -> tuple[Json, Json]:
    """Make two parts that of one object: it keeps its metadata."""
    before, after = pair
    return (before, {**after, "metadata": before["metadata"]}) if "metadata" in before else pair


@pytest.mark.parametrize("rule", TRANSITIONS, ids=row)
def test_a_transition_says_the_same_on_the_server_and_in_python(
    rule: Transition[Any], objects: Objects
) -> None:
    parts = GENERATED[rule.where]
    valid = parts.filter(lambda part: not isinstance(parse(WHOLE[rule.where](part)), Invalid))
    pairs = st.tuples(valid, parts).map(one_object)

    def holds(pair: tuple[Json, Json]) -> bool:
        before, after = (rule.where.model_validate(part) for part in pair)
        return rule.holds(after, before)

    def server_says(pair: tuple[Json, Json]) -> bool:
        before, after = (WHOLE[rule.where](part) for part in pair)
        made = objects.create(before)
        assert made.accepted, made
        answer = objects.replace({**after, "metadata": made.body["metadata"]}, dry_run=True)
        assert objects.delete(before["kind"], before["metadata"]["name"]).accepted
        return not breaks(answer, rule)

    @SOME
    @given(pairs)
    def agrees(pair: tuple[Json, Json]) -> None:
        assert holds(pair) == server_says(pair)

    agrees()
    for expected in (True, False):
        pair = find(pairs, lambda pair: holds(pair) is expected, settings=SEARCH)  # noqa: B023
        assert server_says(pair) is expected


@pytest.mark.parametrize("name", BAD)
def test_a_manifest_that_umctl_refuses_is_refused_by_the_server(name: str, objects: Objects) -> None:
    answer = objects.create(BAD[name][0], dry_run=True)
    assert answer.accepted == (name in ONLY_UMCTL_KNOWS), answer
