"""What a scrape shows: what is on the board, what happened, and nothing of what is gone."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from board_support import BUILD, NOW, organization_of, sample, series, value
from um_operator.observability.board import (
    CertificateSample,
    GatewaySample,
    LeaseSample,
    LyncSample,
    ServersSample,
    ServiceSample,
)
from um_operator.observability.metric import Metric
from um_operator.observability.metrics import BY_NAME, READINGS, TALLIES
from um_operator.observability.recorder import Metrics

OBJECT = {"kind": "UMIPGateway", "namespace": "um", "name": "sbc01", "organization": "contoso"}
ORGANIZATION = {"namespace": "um", "organization": "contoso"}
LEASE = LeaseSample(namespace="um-operator", name="um-operator", held=True, transitions=3, renewed=NOW)
DRIFTED = sample(
    ready="False",
    reason="Drifted",
    also=("Drifted",),
    not_ready_since=NOW - 60,
    drifted_fields=2,
    drift_since=NOW - 60,
    waiting_since={"WaitingForWindow": NOW - 60},
    gateway=GatewaySample(
        result="Failed", reason="ClientCertificateRejected", not_after=NOW + 3000, trust="Untrusted"
    ),
)
LYNC = sample(
    "LyncIntegration",
    "lync",
    lync=LyncSample(
        missing_contacts=1,
        quorum_margins={"lyncpool01.contoso.com": 1},
        not_after={"lyncfe01.contoso.com": NOW + 8000},
    ),
)
SERVICE = ServiceSample(
    server="ex01.contoso.com",
    service="UMCallRouter",
    served="Earlier",
    revisions={"wanted": 2, "bound": 2, "served": 1},
    not_after=NOW + 5000,
    renewal=NOW + 4000,
    restart_owed_since=NOW - 300,
)
CERTIFICATE = CertificateSample(
    name="um",
    services=(SERVICE,),
    servers={"Bound": 1},
    issued={"ex01.contoso.com": NOW + 9000},
    rollout_since=NOW - 600,
    feasible=True,
    authority_not_after=NOW + 20_000,
    authority_renewal=NOW + 10_000,
)
SERVERS = ServersSample(
    due_back={"ex01.contoso.com": NOW + 60},
    rejected_calls={"ex01.contoso.com": 3},
    unmanaged={"ex02.contoso.com": NOW + 700},
)


def full() -> Metrics:
    """Return metrics in which every reading has a series and everything has been counted once."""
    metrics = Metrics(BUILD)
    kept = metrics.organization("um", "contoso")
    kept.show(
        organization_of(
            DRIFTED,
            LYNC,
            waiting_steps={"WaitingForWindow": 1},
            sessions=2,
            certificates=(CERTIFICATE,),
            servers=SERVERS,
        )
    )
    kept.pass_ended("everything", "changed", 0.4)
    kept.step_ended("SetGateway", "Done")
    kept.service_started("UM")
    kept.remote_call("https://ex01.contoso.com/PowerShell/", "Set-UMIPGateway", 0.3, "ok")
    metrics.show_lease(LEASE)
    metrics.api_request("patch", "umipgateways/status", 200, 0.02)
    metrics.watch_restarted("UMIPGateway")
    metrics.loop_lagged("operator", 0.002)
    return metrics


def test_every_declared_metric_is_shown_with_its_labels() -> None:
    shown: dict[str, set[frozenset[str]]] = {}
    for name, labels in series(full()):
        shown.setdefault(name, set()).add(frozenset(key for key, _ in labels))
    for metric in BY_NAME.values():
        name = f"{metric.name}_count" if metric.type == "histogram" else metric.name
        assert shown.pop(name) == {frozenset(metric.label_names)}, metric.name
    left = {name for name in shown if name.startswith("um_operator_")}
    assert all(name.endswith(("_bucket", "_sum")) for name in left)


@pytest.mark.parametrize("metric", BY_NAME.values(), ids=lambda metric: metric.name)
def test_a_name_says_prefix_entity_and_unit(metric: Metric) -> None:
    assert re.fullmatch(r"um_operator_[a-z_]+", metric.name)
    assert (metric.type == "counter") == metric.name.endswith("_total")
    assert ("timestamp" in metric.name) <= metric.name.endswith("_timestamp_seconds")
    assert (metric.type == "histogram") == bool(metric.buckets)
    assert metric.help.endswith(".")
    assert len(set(metric.label_names)) == len(metric.label_names)


def test_each_metric_is_declared_once() -> None:
    assert len(BY_NAME) == len(READINGS) + len(TALLIES)


@pytest.mark.parametrize("metric", BY_NAME.values(), ids=lambda metric: metric.name)
@pytest.mark.parametrize(
    "text",
    [
        "E88F3739550664A52C1AE87EE3525CC3EB82F5D2",
        "https://ex01.contoso.com/PowerShell/",
        'the port is "5061", not "5060"',
        "x" * 300,
    ],
)
def test_no_label_takes_an_address_a_message_or_what_is_too_long(metric: Metric, text: str) -> None:
    assert {label.value(text) for label in metric.labels} <= {"other"}


def test_conditions_show_one_series_a_state() -> None:
    metrics = full()
    ready = {
        state: value(metrics, "um_operator_object_condition", **OBJECT, type="Ready", status=state)
        for state in ("True", "False", "Unknown")
    }
    assert ready == {"True": 0.0, "False": 1.0, "Unknown": 0.0}
    assert value(metrics, "um_operator_object_condition", **OBJECT, type="Stalled", status="True") is None


def test_drift_shows_how_many_fields_and_since_when() -> None:
    metrics = full()
    assert value(metrics, "um_operator_object_drifted_fields", **OBJECT) == 2
    assert value(metrics, "um_operator_object_drift_start_timestamp_seconds", **OBJECT) == NOW - 60


def test_a_repaired_object_leaves_no_series_of_its_trouble() -> None:
    metrics = Metrics(BUILD)
    kept = metrics.organization("um", "contoso")
    kept.show(organization_of(DRIFTED))
    kept.show(organization_of(sample()))
    assert value(metrics, "um_operator_object_drifted_fields", **OBJECT) == 0
    assert value(metrics, "um_operator_object_drift_start_timestamp_seconds", **OBJECT) is None
    assert value(metrics, "um_operator_object_not_ready_start_timestamp_seconds", **OBJECT) is None
    assert value(metrics, "um_operator_object_ready_info", **OBJECT, reason="UpToDate") == 1
    assert value(metrics, "um_operator_object_ready_info", **OBJECT, reason="Drifted") is None


def test_a_deleted_object_leaves_no_series() -> None:
    metrics = Metrics(BUILD)
    kept = metrics.organization("um", "contoso")
    kept.show(organization_of(sample(), sample(name="sbc02")))
    kept.show(organization_of(sample()))
    assert not [labels for _, labels in series(metrics) if ("name", "sbc02") in labels]


def test_a_service_is_shown_with_its_revisions_and_how_long_it_waits_for_a_restart() -> None:
    metrics = full()
    labels = {**OBJECT, "kind": "UMCertificate", "name": "um"}
    service = {**labels, "server": "ex01.contoso.com", "service": "UMCallRouter"}
    shown = [
        value(metrics, "um_operator_certificate_revision", **service, place=place)
        for place in ("wanted", "bound", "served")
    ]
    assert shown == [2, 2, 1]
    assert value(metrics, "um_operator_certificate_served_info", **service, served="Earlier") == 1
    owed = "um_operator_certificate_restart_owed_start_timestamp_seconds"
    assert value(metrics, owed, **service) == NOW - 300
    servers = "um_operator_certificate_servers"
    assert value(metrics, servers, **labels, state="Bound") == 1
    assert value(metrics, servers, **labels, state="Serving") == 0


def test_two_servers_whose_names_have_an_underscore_are_two_servers() -> None:
    metrics = Metrics(BUILD)
    calls = {"ex_01.contoso.com": 1, "ex_02.contoso.com": 2}
    kept = metrics.organization("um", "contoso")
    kept.show(organization_of(servers=ServersSample(rejected_calls=calls)))
    name = "um_operator_server_rejected_calls_total"
    assert value(metrics, name, **ORGANIZATION, server="ex_02.contoso.com") == 2


def test_a_deleted_certificate_and_a_server_that_is_gone_leave_no_series() -> None:
    metrics = full()
    kept = metrics.organization("um", "contoso")
    kept.show(organization_of(DRIFTED))
    left = {name for name, labels in series(metrics) if dict(labels).keys() & {"server", "place"}}
    assert left == set()


def test_an_organisation_that_is_no_longer_kept_leaves_no_series_not_even_of_its_counters() -> None:
    metrics = full()
    other = metrics.organization("um", "fabrikam")
    other.pass_ended("everything", "unchanged", 0.1)
    kept = metrics.organization("um", "contoso")
    kept.show(organization_of(sample()))
    kept.close()
    kept.remote_call("", "Get-UMIPGateway", 0.1, "ok")  # the sessions are closed after it
    kept.show(organization_of(sample()))
    left = {labels for _, labels in series(metrics) if ("organization", "contoso") in labels}
    assert left == set()
    assert value(metrics, "um_operator_organizations") == 0
    passes = {"scope": "everything", "result": "unchanged", **ORGANIZATION, "organization": "fabrikam"}
    assert value(metrics, "um_operator_passes_total", **passes) == 1


def test_the_end_of_an_organisation_does_not_take_its_successors_series() -> None:
    metrics = Metrics(BUILD)
    old = metrics.organization("um", "contoso")
    new = metrics.organization("um", "contoso")
    new.show(organization_of(sample()))
    old.show(organization_of())
    old.close()
    assert value(metrics, "um_operator_object_suspended", **OBJECT) == 0


def test_a_sample_of_another_organisation_is_refused() -> None:
    with pytest.raises(ValueError, match='of "um/contoso" got a sample of "um/fabrikam"'):
        Metrics(BUILD).organization("um", "contoso").show(organization_of(name="fabrikam"))


def test_a_resource_without_organisation_is_shown_too() -> None:
    metrics = Metrics(BUILD)
    metrics.show_stray([sample(ready="False", reason="DependencyNotFound")])
    assert value(metrics, "um_operator_object_ready_info", **OBJECT, reason="DependencyNotFound") == 1
    metrics.show_stray([])
    assert value(metrics, "um_operator_object_ready_info", **OBJECT, reason="DependencyNotFound") is None


def test_a_remote_call_is_counted_by_cmdlet_and_timed_by_verb() -> None:
    metrics = full()
    calls = {**ORGANIZATION, "cmdlet": "Set-UMIPGateway", "outcome": "ok"}
    assert value(metrics, "um_operator_remote_calls_total", **calls) == 1
    assert value(metrics, "um_operator_remote_call_duration_seconds_sum", **ORGANIZATION, verb="Set") == 0.3


def test_what_is_unforeseen_is_counted_as_other() -> None:
    metrics = Metrics(BUILD)
    kept = metrics.organization("um", "contoso")
    kept.remote_call("", "& { Get-Secret }", 0.1, 'refused: "Blue-Harbour-7"')
    metrics.api_request("patch", "umipgateways/sbc01/status", None, 0.1)
    calls = {**ORGANIZATION, "cmdlet": "other", "outcome": "other"}
    assert value(metrics, "um_operator_remote_calls_total", **calls) == 1
    requests = {"verb": "patch", "resource": "other", "code": "none"}
    assert value(metrics, "um_operator_api_requests_total", **requests) == 1


def test_a_standby_shows_the_lease_and_no_organisation() -> None:
    metrics = Metrics(BUILD)
    metrics.show_lease(replace(LEASE, held=False))
    lease = {"namespace": "um-operator", "lease": "um-operator"}
    assert value(metrics, "um_operator_lease_held", **lease) == 0
    assert value(metrics, "um_operator_lease_transitions_total", **lease) == 3
    assert value(metrics, "um_operator_organizations") == 0


def test_the_format_is_what_the_scraper_asks_for() -> None:
    metrics = full()
    text, kind = metrics.exposition("application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
    assert kind.startswith("application/openmetrics-text; version=1.0.0")
    assert text.endswith(b"# EOF\n")
    assert metrics.exposition("*/*")[1].startswith("text/plain; version=0.0.4")


def test_no_creation_times_double_the_series() -> None:
    assert not [name for name, _ in series(full()) if name.endswith("_created")]
