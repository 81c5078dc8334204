"""Every alert, declared once: these rows make the rules for Prometheus and for the chart, and the reference.

Expressions are relative to the schedule of the organisation that they speak of (spec.interval), leave out
what is suspended, and drop the labels of a replica, so that an alert outlives the replica that raised it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from um_operator.observability.alert import NAMED, OBJECT, ORGANIZATION_SUSPENDED, SUSPENDED, Alert
from um_operator.observability.certificate_alerts import CERTIFICATES
from um_operator.observability.lync_alerts import LYNC

STALE_AFTER: Final = 3
"""Intervals without a full pass after which an organisation counts as not looked after."""

_ORGANIZATION: Final = "ExchangeOrganization {{ $labels.namespace }}/{{ $labels.organization }}"
_INTERVAL: Final = "max by (namespace, organization) (um_operator_organization_interval_seconds)"
_INTERVAL_OR_DEFAULT: Final = f"""(
    {_INTERVAL}
    or 300 * group by (namespace, organization) (um_operator_object_suspended)
  )"""
"""A resource whose organisation nobody declared has no schedule: it is judged by the default one."""
_BLIND: Final = "EndpointUnreachable|EndpointUnusable"
"""Reasons of an organisation's Ready: nothing of it can be read."""

ALERTS: Final = (
    Alert(
        name="UmOperatorDrift",
        expression=f"""\
time() - min by ({OBJECT}) (um_operator_object_drift_start_timestamp_seconds)
  > on (namespace, organization) group_left () 2 * {_INTERVAL}
{SUSPENDED}""",
        hold=timedelta(minutes=5),
        severity="warning",
        why="Telephones work as somebody set them by hand. Two intervals are two full passes that found "
        "the difference and did not, or may not, repair it.",
        summary=f"{NAMED} differs from what is declared",
        description="It has differed for {{ $value | humanizeDuration }} and was not brought back: its "
        "mode does not allow that, or the repair waits for a window or an approval.",
    ),
    Alert(
        name="UmOperatorNotReady",
        expression=f"""\
time() - min by ({OBJECT}) (um_operator_object_not_ready_start_timestamp_seconds)
  > on (namespace, organization) group_left () 2 * {_INTERVAL_OR_DEFAULT}
unless on (kind, namespace, name) um_operator_object_ready_info{{reason=~"WaitingFor.*|NotRead"}}
unless on (kind, namespace, name) um_operator_object_condition{{type=~"Drifted|Stalled",status="True"}} == 1
unless on (kind, namespace, name)
  um_operator_object_condition{{kind="UMCertificate",type="Reconciling",status="True"}} == 1
unless on (kind, namespace, name)
  um_operator_object_ready_info{{kind="LyncIntegration",reason="ManualActionRequired"}}
unless on (kind, namespace, name)
  um_operator_object_waiting_start_timestamp_seconds{{reason=~"RolloutStopped|WaitingForTrust"}}
unless on (kind, namespace, name)
  um_operator_object_ready_info{{kind="ExchangeOrganization",reason=~"AuthenticationFailed|{_BLIND}"}}
{SUSPENDED}""",
        hold=timedelta(minutes=15),
        severity="warning",
        why="A resource is not in force, and what is in force is unchanged. What waits is no fault, what "
        "drifted or stalled has its own alert, and what could not be read is told by its organisation. A "
        "rollout of certificates takes hours: one that does not get on has its own alerts, and so has what "
        "waits for a person with Lync.",
        summary=f"{NAMED} is not Ready",
        description="It has not been Ready for {{ $value | humanizeDuration }}, and not because it waits: "
        "the reason and the message of its condition say why.",
    ),
    Alert(
        name="UmOperatorNotReady",
        expression=f"""\
time() - min by ({OBJECT}) (
    um_operator_object_not_ready_start_timestamp_seconds{{kind="ExchangeOrganization"}}
  ) > on (namespace, organization) group_left () 2 * {_INTERVAL}
and on (kind, namespace, name) um_operator_object_ready_info{{reason=~"{_BLIND}"}}
{SUSPENDED}""",
        hold=timedelta(minutes=5),
        severity="critical",
        why="No endpoint answers: nothing is seen, nothing repaired, and what was begun, such as a gateway "
        "that takes no new calls, is not finished. Exchange itself may be down.",
        summary=f"{NAMED} cannot be reached",
        description="No endpoint has answered as Exchange's remote PowerShell for {{ $value | "
        "humanizeDuration }}: nothing is seen or repaired, and what was begun is not finished.",
    ),
    Alert(
        name="UmOperatorStalled",
        expression=f"""\
max by ({OBJECT}) (um_operator_object_condition{{type="Stalled",status="True"}}) == 1
{SUSPENDED}""",
        hold=timedelta(minutes=15),
        severity="warning",
        why="Nothing is tried until a person changes something, and nothing gets worse meanwhile. It "
        "depends on no schedule; the time lets who just applied a manifest see it first.",
        summary=f"{NAMED} is stalled",
        description="It is refused, contradicts another resource, or was corrected in vain: it is not "
        "tried again until a person changes something.",
    ),
    Alert(
        name="UmOperatorPassStale",
        expression=f"""\
time() - max by (namespace, organization) (
    um_operator_organization_last_full_pass_timestamp_seconds
    or um_operator_organization_start_timestamp_seconds
  ) > on (namespace, organization) {STALE_AFTER} * {_INTERVAL}""",
        hold=timedelta(minutes=5),
        severity="critical",
        why="The operator is there and does not do its work for this organisation: nothing is seen, and "
        "what was begun is not finished. It is the operator's own fault, so a suspended organisation is "
        "not left out: it is read all the same.",
        summary=f"{_ORGANIZATION} is not looked after",
        description="No full pass has ended for {{ $value | humanizeDuration }}, more than three times its "
        "interval: drift goes unseen, and what was begun is not finished.",
    ),
    Alert(
        name="UmOperatorAuthenticationFailing",
        expression=f"""\
max by (namespace, organization) (
  um_operator_object_ready_info{{kind="ExchangeOrganization",reason="AuthenticationFailed"}}
)
{ORGANIZATION_SUSPENDED}""",
        hold=timedelta(minutes=5),
        severity="critical",
        why="As if no endpoint answered; besides, each further try may lock the account, so it does not "
        "wait for a second pass.",
        summary=f"{_ORGANIZATION} does not let the operator in",
        description="Exchange refuses the account of the operator: nothing is seen or repaired, what was "
        "begun is not finished, and each further try may lock the account.",
    ),
    Alert(
        name="UmOperatorNoLeader",
        expression="""\
group by (namespace, lease) (last_over_time(um_operator_lease_held[1d]))
  unless on (namespace, lease) um_operator_lease_held == 1
or absent(last_over_time(um_operator_lease_held[1d]))""",
        hold=timedelta(minutes=5),
        severity="critical",
        why="Nobody may write: nothing is repaired, and what was begun is not finished. A standby takes "
        "over within 20 seconds, so five minutes are no hand-over.",
        summary="No replica of um-operator holds its Lease"
        "{{ if $labels.lease }} {{ $labels.namespace }}/{{ $labels.lease }}{{ end }}",
        description="No replica has held the Lease for five minutes, or none is scraped: nothing is seen "
        "or repaired, and what was begun is not finished.",
    ),
    *CERTIFICATES,
    *LYNC,
)
