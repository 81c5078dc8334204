"""Every metric, declared once: these rows make the collector, the counters, the reference page, the checks.

Names are prefix_entity_metric_unit. Instants are absolute (``_timestamp_seconds``): an age is
``time() - it``. A state is one series a value, 1 for the present one. Deleted objects leave no series.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from um_operator.observability import labels
from um_operator.observability.board import ObjectSample
from um_operator.observability.certificate_metrics import CERTIFICATES, RESTARTS
from um_operator.observability.gateway_metrics import GATEWAYS
from um_operator.observability.lync_metrics import LYNC
from um_operator.observability.metric import Metric, Reading, Tally
from um_operator.observability.readings import (
    Values,
    by_object,
    by_object_and,
    by_organization,
    by_organization_and,
    each,
    of_lease,
    one,
    states,
)

_OBJECT: Final = (labels.KIND, labels.NAMESPACE, labels.NAME, labels.ORGANIZATION)
_ORGANIZATION: Final = (labels.NAMESPACE, labels.ORGANIZATION)
_LEASE: Final = (labels.NAMESPACE, labels.LEASE)

_STATUSES: Final = labels.STATUS.words
_MODES: Final = labels.MODE.words
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""From a read on a fast network to the longest deadline of a step."""


def _conditions(item: ObjectSample) -> Values:
    return [
        ((kind, *state), value)
        for kind, status in item.conditions.items()
        for state, value in states(_STATUSES, status)
    ]


READINGS: Final = (
    # Objects
    Reading(
        name="um_operator_object_condition", type="gauge", labels=(*_OBJECT, labels.CONDITION, labels.STATUS),
        help="Conditions of a resource as in its status; only Ready is always there.",
        read=by_object_and(_conditions),
    ),
    Reading(
        name="um_operator_object_ready_info", type="gauge", labels=(*_OBJECT, labels.REASON),
        help="The reason of a resource's Ready, always 1.",
        read=by_object_and(lambda item: [((item.ready_reason,), 1.0)] if item.ready_reason else []),
    ),
    Reading(
        name="um_operator_object_not_ready_start_timestamp_seconds", type="gauge", labels=_OBJECT,
        help="Since when a resource's Ready is not True; absent while it is.",
        read=by_object(lambda item: item.not_ready_since),
    ),
    Reading(
        name="um_operator_object_suspended", type="gauge", labels=_OBJECT,
        help="Whether new writes to a resource rest, by suspend or by a hold.",
        read=by_object(lambda item: item.suspended),
    ),
    Reading(
        name="um_operator_object_drifted_fields", type="gauge", labels=_OBJECT,
        help="How many declared fields of a resource are not as they were put in force.",
        read=by_object(lambda item: item.drifted_fields),
    ),
    Reading(
        name="um_operator_object_drift_start_timestamp_seconds", type="gauge", labels=_OBJECT,
        help="When the oldest difference of a resource that drifted was first read; absent without drift.",
        read=by_object(lambda item: item.drift_since),
    ),
    Reading(
        name="um_operator_object_waiting_start_timestamp_seconds", type="gauge",
        labels=(*_OBJECT, labels.REASON),
        help="Since when this replica sees steps of a resource wait, by reason; absent while none does.",
        read=by_object_and(lambda item: each(item.waiting_since)),
    ),
    # Organisations
    Reading(
        name="um_operator_organizations", type="gauge",
        help="How many organisations this replica keeps as declared; a standby keeps none.",
        read=lambda board: iter(one(len(board.organizations))),
    ),
    Reading(
        name="um_operator_organization_mode", type="gauge", labels=(*_ORGANIZATION, labels.MODE),
        help="Mode of an organisation.",
        read=by_organization_and(lambda item: states(_MODES, item.mode)),
    ),
    Reading(
        name="um_operator_organization_interval_seconds", type="gauge", labels=_ORGANIZATION,
        help="The time between two full passes of an organisation, as declared.",
        read=by_organization(lambda item: item.interval),
    ),
    Reading(
        name="um_operator_organization_start_timestamp_seconds", type="gauge", labels=_ORGANIZATION,
        help="When this replica began to keep an organisation.",
        read=by_organization(lambda item: item.since),
    ),
    Reading(
        name="um_operator_organization_last_pass_timestamp_seconds", type="gauge", labels=_ORGANIZATION,
        help="When the last pass of an organisation ended; absent before the first.",
        read=by_organization(lambda item: item.last_pass),
    ),
    Reading(
        name="um_operator_organization_last_full_pass_timestamp_seconds", type="gauge", labels=_ORGANIZATION,
        help="When the last pass ended that read everything; absent before the first.",
        read=by_organization(lambda item: item.last_full_pass),
    ),
    Reading(
        name="um_operator_organization_planned_steps", type="gauge", labels=_ORGANIZATION,
        help="Steps of the plan that the last pass made, those included that ran.",
        read=by_organization(lambda item: item.planned_steps),
    ),
    Reading(
        name="um_operator_organization_interrupting_steps", type="gauge", labels=_ORGANIZATION,
        help="How many of the planned steps interrupt calls.",
        read=by_organization(lambda item: item.interrupting_steps),
    ),
    Reading(
        name="um_operator_organization_waiting_steps", type="gauge", labels=(*_ORGANIZATION, labels.REASON),
        help="Planned steps that wait, by reason; a step that waits for several counts for each.",
        read=by_organization_and(lambda item: [((why,), float(n)) for why, n in item.waiting_steps.items()]),
    ),
    Reading(
        name="um_operator_remote_sessions", type="gauge", labels=_ORGANIZATION,
        help="Remote PowerShell sessions that are open, at work or at rest, as of the last pass.",
        read=by_organization(lambda item: item.sessions),
    ),
    *CERTIFICATES,
    *GATEWAYS,
    *LYNC,
    # The replica
    Reading(
        name="um_operator_lease_held", type="gauge", labels=_LEASE,
        help="Whether this replica holds the Lease and may write.",
        read=of_lease(lambda lease: lease.held),
    ),
    Reading(
        name="um_operator_lease_transitions_total", type="counter", labels=_LEASE,
        help="How often the Lease changed hands, as the Lease itself counts.",
        read=of_lease(lambda lease: lease.transitions),
    ),
    Reading(
        name="um_operator_lease_last_renewal_timestamp_seconds", type="gauge", labels=_LEASE,
        help="The last renewal of the Lease that this replica saw, whoever made it.",
        read=of_lease(lambda lease: lease.renewed),
    ),
    Reading(
        name="um_operator_build_info", type="gauge", labels=(labels.VERSION, labels.PYTHON, labels.KOPF),
        help="What runs, always 1.",
        read=lambda board: iter((((board.build.version, board.build.python, board.build.kopf), 1.0),)),
    ),
)  # fmt: skip
"""Read from the board at scrape time."""

PASSES: Final = Tally(
    name="um_operator_passes_total", type="counter", labels=(*_ORGANIZATION, labels.SCOPE, labels.RESULT),
    help="Passes of an organisation that ended.",
)  # fmt: skip
PASS_DURATION: Final = Tally(
    name="um_operator_pass_duration_seconds", type="histogram", labels=(*_ORGANIZATION, labels.SCOPE),
    help="How long passes took, reading and steps included.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 60.0, 180.0),
)  # fmt: skip
STEPS: Final = Tally(
    name="um_operator_steps_total", type="counter", labels=(*_ORGANIZATION, labels.STEP, labels.OUTCOME),
    help="Steps that were carried out, by how they ended.",
)  # fmt: skip
REMOTE_CALLS: Final = Tally(
    name="um_operator_remote_calls_total", type="counter",
    labels=(*_ORGANIZATION, labels.CMDLET, labels.CALL_OUTCOME),
    help="Attempts to run a cmdlet, by what came of them.",
)  # fmt: skip
REMOTE_CALL_DURATION: Final = Tally(
    name="um_operator_remote_call_duration_seconds", type="histogram", labels=(*_ORGANIZATION, labels.VERB),
    help="How long attempts to run a cmdlet took, the opening of a session included.",
    buckets=_SECONDS,
)  # fmt: skip
API_REQUESTS: Final = Tally(
    name="um_operator_api_requests_total", type="counter",
    labels=(labels.API_VERB, labels.RESOURCE, labels.CODE),
    help="Requests to the Kubernetes API, those of the watches apart.",
)  # fmt: skip
API_REQUEST_DURATION: Final = Tally(
    name="um_operator_api_request_duration_seconds", type="histogram", labels=(labels.API_VERB,),
    help="How long requests to the Kubernetes API took.",
    buckets=_SECONDS,
)  # fmt: skip
WATCH_RESTARTS: Final = Tally(
    name="um_operator_watch_restarts_total", type="counter", labels=(labels.KIND,),
    help="How often the watch of a kind had to begin anew.",
)  # fmt: skip
LOOP_LAG: Final = Tally(
    name="um_operator_event_loop_lag_seconds", type="histogram", labels=(labels.LOOP,),
    help="How much later than due an event loop woke a task; high values: something blocks it.",
    buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)  # fmt: skip

TALLIES: Final = (
    PASSES,
    PASS_DURATION,
    STEPS,
    RESTARTS,
    REMOTE_CALLS,
    REMOTE_CALL_DURATION,
    API_REQUESTS,
    API_REQUEST_DURATION,
    WATCH_RESTARTS,
    LOOP_LAG,
)
"""Counted as they happen."""

BY_NAME: Final[Mapping[str, Metric]] = {metric.name: metric for metric in (*READINGS, *TALLIES)}
"""Every metric of um-operator; the process' own (``process_*``) come with the client library."""
