"""The alerts about integrations with Lync."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from um_operator.observability.alert import NAMED, OBJECT, SUSPENDED, Alert

_DAY: Final = 86_400
_MISSING: Final = "um_operator_lync_missing_contacts"
_NOT_AFTER: Final = "um_operator_lync_front_end_certificate_not_after_timestamp_seconds"


def _ends_within(days: int) -> str:
    return f"min by ({OBJECT}, server) ({_NOT_AFTER}) - time() < {days * _DAY}"


LYNC: Final = (
    Alert(
        name="UmOperatorContactsMissing",
        expression=f"max by ({OBJECT}) ({_MISSING}) > 0\n{SUSPENDED}",
        hold=timedelta(minutes=15),
        severity="warning",
        why="Calls of Lync to a number without contact fail, and only a person makes contacts. The others "
        "work, and a quarter of an hour lets who makes them now finish.",
        summary=f"{NAMED}: Lync lacks contacts",
        description="Contacts are missing ({{ $value }}), so Lync cannot reach these numbers of Unified "
        "Messaging; condition ManualActionRequired says what to type.",
    ),
    Alert(
        name="UmOperatorManualActionRequired",
        expression=f"""\
time() - min by ({OBJECT}) (
  um_operator_object_not_ready_start_timestamp_seconds{{kind="LyncIntegration"}}
) > {_DAY}
and on (kind, namespace, name)
  um_operator_object_condition{{type="ManualActionRequired",status="True"}} == 1
unless on (kind, namespace, name) {_MISSING} > 0
{SUSPENDED}""",
        hold=timedelta(minutes=15),
        severity="warning",
        why="Nothing goes on until a person has done something, and nothing gets worse meanwhile. Within a "
        "day somebody has looked at what was just declared; contacts have their own alert.",
        summary=f"{NAMED} waits for a person",
        description="For a day something has been waited for that only a person does: permissions, a "
        "certificate on a front end, a restart by hand. The message of the condition says what.",
    ),
    Alert(
        name="UmOperatorFrontEndCertificateExpiring",
        expression=f"{_ends_within(30)}\n{SUSPENDED}",
        hold=timedelta(minutes=15),
        severity="warning",
        why="The operator never assigns certificates of front ends, and 30 days are what an order to a CA "
        "may take. Calls go on until the end.",
        summary="Front end {{ $labels.server }} uses a certificate that ends soon",
        description="It ends in {{ $value | humanizeDuration }}. When it has ended, calls between this "
        "front end and Unified Messaging fail, and Lync's own telephony with them.",
    ),
    Alert(
        name="UmOperatorFrontEndCertificateExpiring",
        expression=_ends_within(7),
        hold=timedelta(minutes=5),
        severity="critical",
        why="When it has ended, calls fail. That the integration is suspended or held does not help it, so "
        "nothing is left out.",
        summary="Front end {{ $labels.server }} uses a certificate that ends within days, or has ended",
        description="It ends in {{ $value | humanizeDuration }}. When it has ended, calls between this "
        "front end and Unified Messaging fail, and Lync's own telephony with them.",
    ),
    Alert(
        name="UmOperatorPoolAtQuorum",
        expression=f"min by ({OBJECT}, pool) (um_operator_lync_pool_quorum_margin) <= 0",
        hold=timedelta(minutes=5),
        severity="critical",
        why="One more front end that fails stops the whole pool: Enterprise Voice of all of its users, "
        "emergency calls included. Whoever stopped the others, nothing is left out.",
        summary="Lync pool {{ $labels.pool }} has no front end to spare",
        description="Just as many front ends run as the pool needs, or fewer: the operator stops no other "
        "one, and the next failure stops the pool.",
    ),
)
