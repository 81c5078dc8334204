"""The status of certificates: whose services they are. What servers serve is not judged here yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from um_operator.api.certificate_status import UMCertificateStatus
from um_operator.api.condition import Condition
from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.desired.claims import services_claimed
from um_operator.desired.organization import DesiredCertificate, Obstacle
from um_operator.observed.fact import Known
from um_operator.planning.status.judgement import suspension
from um_operator.planning.status.passed import Passed
from um_operator.planning.status.situation import Statement
from um_operator.planning.view import View


def refused(view: View) -> Mapping[ObjectKey, Obstacle]:
    """Return which certificates cannot have services that another one has; none while servers are unknown."""
    servers = view.snapshot.servers
    if not isinstance(servers, Known):
        return {}
    services = {name: server.um_services for name, server in servers.value.items()}
    in_force = [key for key, entry in view.ledger.objects.items() if entry.applied_generation is not None]
    return services_claimed(view.desired, services, in_force)


def certificate_statements(
    view: View, item: DesiredCertificate, claimed: Obstacle | None
) -> Iterator[Statement]:
    """Yield the conditions of a certificate, Ready first."""
    yield from _readiness(view, item, claimed)
    yield from suspension(item.care, view.now)


def _readiness(view: View, item: DesiredCertificate, claimed: Obstacle | None) -> Iterator[Statement]:
    elsewhere = view.elsewhere and Obstacle(Reason.OTHER_ORGANIZATION, view.elsewhere, stalled=True)
    blocked = elsewhere or view.desired.stalled or item.blocked or claimed
    if item.deleting:
        message = "what servers serve stays as it is"
        yield Statement("Ready", "False", Reason.DELETING, message)
    elif blocked:
        yield Statement("Ready", "False", blocked.reason, blocked.message)
        if blocked.stalled:
            yield Statement("Stalled", "True", blocked.reason, blocked.message)
    else:
        yield Statement("Ready", "Unknown", Reason.NOT_READ, "what its servers serve is not read")


def certificate_status(
    item: DesiredCertificate,
    conditions: tuple[Condition, ...],
    before: UMCertificateStatus | None,
    passed: Passed,
) -> UMCertificateStatus:
    """Return the status of a certificate; what is remembered of it stays."""
    return (before or UMCertificateStatus()).model_copy(
        update={
            "observed_generation": item.generation,
            "conditions": conditions,
            "last_handled_reconcile_at": passed.handled(item.requested_reconcile, before),
        }
    )
