"""The alerts about certificates and about the servers that they are brought to.

How long a certificate has still to go is judged by the time that its renewal was given, so that one of 90
days and one of five years are told of when something is wrong, and not before.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from um_operator.observability.alert import NAMED, OBJECT, ORGANIZATION_SUSPENDED, SUSPENDED, Alert

_NOT_AFTER: Final = "um_operator_certificate_not_after_timestamp_seconds"
_RENEWAL: Final = "um_operator_certificate_renewal_timestamp_seconds"
_AUTHORITY_NOT_AFTER: Final = "um_operator_certificate_authority_not_after_timestamp_seconds"
_AUTHORITY_RENEWAL: Final = "um_operator_certificate_authority_renewal_timestamp_seconds"
_WAITING: Final = "um_operator_object_waiting_start_timestamp_seconds"
_OF_SERVER: Final = f"{OBJECT}, server"
_OVERDUE: Final = 0.1
"""The share of the time for a renewal after which it counts as overdue: 3 days of 30, 12 of 122."""
_DAY: Final = 86_400
_EXPLAINED: Final = "|".join(
    (
        "WaitingForWindow",
        "WaitingForApproval",
        "WaitingForTrust",
        "IssuancePending",
        "IssuanceDenied",
        "ObserveMode",
        "Suspended",
        "Hold",
    )
)
"""What a rollout may wait for longer than a day: somebody said so, or another alert tells of it."""
_STOPPED: Final = "RolloutStopped|Rejected"


def _ends_soon(share: int, days: int) -> str:
    """Return what holds from when on a share (1/n) of the time for a renewal, and so many days, are left."""
    return f"""min by ({_OF_SERVER}) ({_NOT_AFTER}) - time()
  < clamp_max(min by ({_OF_SERVER}) ({_NOT_AFTER} - {_RENEWAL}) / {share}, {days * _DAY})"""


CERTIFICATES: Final = (
    Alert(
        name="UmOperatorCertificateExpiring",
        expression=f"""\
{_ends_soon(2, 30)}
{SUSPENDED}
or min by (namespace, organization, server) (um_operator_server_unmanaged_not_after_timestamp_seconds)
  - time() < {14 * _DAY}
{ORGANIZATION_SUSPENDED}""",
        hold=timedelta(minutes=15),
        severity="warning",
        why="Half of the time that the renewal was given is over and less than 30 days are left, or nobody "
        "here renews it and two weeks are left. Calls go on until the end.",
        summary="{{ $labels.server }} serves a certificate that ends soon",
        description="It ends in {{ $value | humanizeDuration }}{{ if $labels.name }} and should have been "
        "renewed long ago by UMCertificate {{ $labels.namespace }}/{{ $labels.name }}{{ else }}, and no "
        "UMCertificate looks after it{{ end }}. When it has ended, calls over TLS fail.",
    ),
    Alert(
        name="UmOperatorCertificateExpiring",
        expression=_ends_soon(4, 7),
        hold=timedelta(minutes=5),
        severity="critical",
        why="When it has ended, calls over TLS fail on that server. That it is suspended or held does not "
        "help it, so nothing is left out.",
        summary="{{ $labels.server }} serves a certificate that ends within days, or has ended",
        description="It ends in {{ $value | humanizeDuration }}, and UMCertificate {{ $labels.namespace "
        "}}/{{ $labels.name }} has not renewed it. When it has ended, calls over TLS fail.",
    ),
    Alert(
        name="UmOperatorRenewalFailing",
        expression=f"""\
(
  max by ({OBJECT}) (
    (time() - {_RENEWAL}) / ({_NOT_AFTER} - {_RENEWAL})
    unless on ({_OF_SERVER}) um_operator_certificate_issued_not_after_timestamp_seconds
  ) > {_OVERDUE}
  or group by ({OBJECT}) ({_WAITING}{{reason="IssuanceDenied"}})
)
{SUSPENDED}""",
        hold=timedelta(minutes=15),
        severity="warning",
        why="An issuer refused, or a tenth of the time for the renewal is over and there is no new "
        "certificate. What is served is valid, and there is time to find out.",
        summary=f"{NAMED} gets no new certificate",
        description="The issuer refuses, does not answer, or waits for a person. The servers go on with "
        "the certificates that they have, until these end.",
    ),
    Alert(
        name="UmOperatorRolloutStalled",
        expression=f"""\
(
  max by ({OBJECT}) (um_operator_certificate_servers{{state="Rejected"}}) > 0
  or group by ({OBJECT}) ({_WAITING}{{kind="UMCertificate",reason=~"{_STOPPED}"}})
  or (
    time() - min by ({OBJECT}) ({_WAITING}{{kind="UMCertificate"}}) > {_DAY}
    unless on (kind, namespace, name) {_WAITING}{{reason=~"{_EXPLAINED}"}}
  )
)
{SUSPENDED}""",
        hold=timedelta(minutes=5),
        severity="warning",
        why="A server was rolled back, calls fail on one since its restart, or for a day something has not "
        "come about that should by itself. The other servers are not touched meanwhile; the phones are up.",
        summary=f"{NAMED}: the rollout does not go on",
        description="A revision was rejected, there is evidence that calls fail, or a server, a proof or "
        "the budget has been waited for for a day. The remaining servers keep what they serve.",
    ),
    Alert(
        name="UmOperatorRestartOwed",
        expression=f"""\
time() - min by ({_OF_SERVER}) (um_operator_certificate_restart_owed_start_timestamp_seconds) > {_DAY}
{SUSPENDED}""",
        hold=timedelta(minutes=15),
        severity="warning",
        why="It serves what it served before, so calls go on; but whoever restarts it changes what it "
        "serves. A day is longer than any drain.",
        summary=f"{NAMED}: {{{{ $labels.server }}}} does not serve what is bound",
        description="For {{ $value | humanizeDuration }} another certificate, port or mode is set than the "
        "one in use: the restart waits, or nobody made it.",
    ),
    Alert(
        name="UmOperatorWrongCertificate",
        expression=f"""\
max by ({_OF_SERVER}, service) (um_operator_certificate_served_info{{served="Foreign"}}) == 1
{SUSPENDED}""",
        hold=timedelta(minutes=15),
        severity="warning",
        why="Somebody bound another certificate and restarted the service. Whether peers trust it, nobody "
        "looked at; a correction waits for its window like any change.",
        summary=f"{NAMED}: {{{{ $labels.server }}}} serves a foreign certificate",
        description="A certificate was in force and another one, which is none of this UMCertificate's, is "
        "served now. Gateways that do not trust it lose their calls.",
    ),
    Alert(
        name="UmOperatorRolloutInfeasible",
        expression=f"""\
min by ({OBJECT}) (um_operator_certificate_feasible) == 0
{SUSPENDED}""",
        hold=timedelta(minutes=15),
        severity="warning",
        why="It is known weeks or months before, from the windows that are declared; nothing is wrong yet.",
        summary=f"{NAMED} does not fit into the maintenance windows",
        description="The windows until the certificates end are too short or too few for all servers; the "
        "message of condition ManualActionRequired says for how many they are enough.",
    ),
    Alert(
        name="UmOperatorTrustUnknown",
        expression=f"""\
group by ({OBJECT}) ({_WAITING}{{kind="UMCertificate",reason="WaitingForTrust"}})
{SUSPENDED}""",
        hold=timedelta(minutes=15),
        severity="warning",
        why="A certificate of a new CA is not bound while it is not known that every gateway trusts it. It "
        "waits for a person, and meanwhile the servers go on with what they have.",
        summary=f"{NAMED} waits until peers trust its new CA",
        description="A peer that speaks TLS with the servers is not known to trust the new CA: binding it "
        "could end its calls, so nothing is bound.",
    ),
    Alert(
        name="UmOperatorServerLeftDrained",
        expression="""\
time() - max by (namespace, organization, server) (um_operator_server_return_due_timestamp_seconds) > 0""",
        hold=timedelta(minutes=5),
        severity="critical",
        why="The operator took the server out of service and did not put it back in the time of a drain "
        "and every restart: it has no way back, or does not get on. It is the operator's own, so nothing "
        "is left out.",
        summary="{{ $labels.server }} is still out of service",
        description="It should have been back {{ $value | humanizeDuration }} ago. Its call router takes "
        "no calls; the other servers carry them, and no other one is restarted.",
    ),
    Alert(
        name="UmOperatorAuthorityExpiring",
        expression=f"""\
max by ({OBJECT}) (
  (time() - {_AUTHORITY_RENEWAL}) / ({_AUTHORITY_NOT_AFTER} - {_AUTHORITY_RENEWAL})
) > {_OVERDUE}
{SUSPENDED}""",
        hold=timedelta(minutes=15),
        severity="warning",
        why="What a CA issues ends with it at the latest, and every peer has to trust its successor first. "
        "That takes longer than a certificate.",
        summary=f"{NAMED}: a CA above its certificates ends",
        description="Certificates of that CA can no more last as long as those of today, and its successor "
        "is overdue. Peers have to trust the new one before a server uses it.",
    ),
)
