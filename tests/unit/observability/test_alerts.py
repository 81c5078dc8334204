"""What an alert stands on: metrics that are declared, labels that they have, the schedule of the object."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import yaml

from um_operator.api.reasons import Reason
from um_operator.observability.alert import Alert
from um_operator.observability.alerts import ALERTS
from um_operator.observability.metrics import BY_NAME
from um_operator.observability.rules import rule_file

WORDS = {
    "time", "min", "max", "by", "on", "group", "group_left", "unless", "and", "or", "absent",
    "last_over_time", "d", "clamp_max",
}  # fmt: skip
NAMES = {
    "UmOperatorDrift",
    "UmOperatorNotReady",
    "UmOperatorStalled",
    "UmOperatorPassStale",
    "UmOperatorAuthenticationFailing",
    "UmOperatorNoLeader",
    "UmOperatorCertificateExpiring",
    "UmOperatorRenewalFailing",
    "UmOperatorRolloutStalled",
    "UmOperatorRestartOwed",
    "UmOperatorWrongCertificate",
    "UmOperatorRolloutInfeasible",
    "UmOperatorTrustUnknown",
    "UmOperatorServerLeftDrained",
    "UmOperatorAuthorityExpiring",
    "UmOperatorContactsMissing",
    "UmOperatorManualActionRequired",
    "UmOperatorFrontEndCertificateExpiring",
    "UmOperatorPoolAtQuorum",
}
each = pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: f"{alert.name}-{alert.severity}")


def selectors(alert: Alert) -> Iterator[tuple[str, set[str]]]:
    """Yield each metric of an expression with the labels that it is selected by."""
    for name, matchers in re.findall(r"\b(um_operator_\w+)(?:\{([^}]*)\})?", alert.expression):
        yield name, set(re.findall(r"(\w+)(?:=~|!~|!=|=)\"", matchers))


def groupings(alert: Alert) -> Iterator[set[str]]:
    """Yield the labels of each ``by`` and ``on``."""
    for listed in re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", alert.expression):
        yield {label.strip() for label in listed.split(",")}


def shown_labels(alert: Alert) -> set[str]:
    """Return the labels of the alert: those that its first aggregation leaves."""
    return next(groupings(alert))


def reasons(alert: Alert) -> Iterator[str]:
    for pattern in re.findall(r'reason=~?"([^"]*)"', alert.expression):
        yield from pattern.split("|")


def test_each_trouble_has_an_alert() -> None:
    assert {alert.name for alert in ALERTS} == NAMES


@each
def test_an_alert_uses_only_declared_metrics_and_their_labels(alert: Alert) -> None:
    used = list(selectors(alert))
    assert used
    for name, labels in used:
        assert labels <= set(BY_NAME[name].label_names), name


@each
def test_an_alert_groups_by_labels_that_every_metric_of_it_has(alert: Alert) -> None:
    labels = {label for name, _ in selectors(alert) for label in BY_NAME[name].label_names}
    for grouping in groupings(alert):
        assert grouping <= labels
    assert not shown_labels(alert) & {"pod", "instance", "job"}


@each
def test_an_alert_is_made_of_nothing_else(alert: Alert) -> None:
    rest = re.sub(r'"[^"]*"|\{[^}]*\}|\b(?:by|on)\s*\([^)]*\)', " ", alert.expression)
    assert set(re.findall(r"[a-z_]+", rest)) <= WORDS | set(BY_NAME)


@each
def test_every_reason_that_an_alert_names_is_one(alert: Alert) -> None:
    for pattern in reasons(alert):
        assert [reason for reason in Reason if re.fullmatch(pattern, reason)], pattern


@each
def test_a_text_names_only_labels_that_the_alert_has(alert: Alert) -> None:
    named = set(re.findall(r"\$labels\.(\w+)", alert.summary + alert.description))
    assert named <= shown_labels(alert)


@each
def test_an_alert_about_an_object_spares_what_is_suspended(alert: Alert) -> None:
    own_fault = {"UmOperatorPassStale", "UmOperatorNoLeader", "UmOperatorServerLeftDrained"}
    own_fault |= {"UmOperatorPoolAtQuorum"}
    about_to_end = alert.name.endswith("CertificateExpiring") and alert.severity == "critical"
    spared = alert.name not in own_fault and not about_to_end
    assert ("um_operator_object_suspended" in alert.expression) == spared


@each
def test_an_alert_says_why_it_is_that_severe(alert: Alert) -> None:
    assert alert.why.endswith(".")
    assert alert.summary
    assert alert.description.endswith(".")
    assert timedelta(minutes=5) <= alert.hold <= timedelta(minutes=60)


def test_the_rules_carry_what_is_declared() -> None:
    (group,) = yaml.load(rule_file(), yaml.CSafeLoader)["groups"]
    assert [rule["alert"] for rule in group["rules"]] == [alert.name for alert in ALERTS]
    for rule, alert in zip(group["rules"], ALERTS, strict=True):
        assert rule["expr"].strip() == alert.expression
        assert rule["labels"] == {"severity": alert.severity}
        assert rule["for"] == f"{round(alert.hold.total_seconds() / 60)}m"
        assert rule["annotations"]["runbook_url"] == f"docs/runbooks/{alert.name}.md"


def test_a_time_scale_changes_only_how_long_an_expression_must_hold() -> None:
    rules = yaml.load(rule_file(), yaml.CSafeLoader)["groups"][0]["rules"]
    scaled = yaml.load(rule_file(time_scale=1 / 300), yaml.CSafeLoader)["groups"][0]["rules"]
    for rule, fast in zip(rules, scaled, strict=True):
        assert fast.pop("for") == {"5m": "1000ms", "15m": "3000ms"}[rule.pop("for")]
        assert fast == rule


def test_the_operators_clock_changes_only_what_the_present_instant_is() -> None:
    rules = yaml.load(rule_file(), yaml.CSafeLoader)["groups"][0]["rules"]
    lent = yaml.load(rule_file(present="(time() * 300)"), yaml.CSafeLoader)["groups"][0]["rules"]
    for rule, other in zip(rules, lent, strict=True):
        assert other["expr"].replace("(time() * 300)", "time()") == rule["expr"]
    assert any("(time() * 300)" in other["expr"] for other in lent)
