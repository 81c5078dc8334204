"""The metrics of certificates and of the servers that they are brought to.

What is served, bound and wanted is told by numbers of revisions, never by thumbprints.
"""

from __future__ import annotations

from typing import Final

from um_operator.observability import labels
from um_operator.observability.metric import Reading, Tally
from um_operator.observability.readings import (
    by_certificate,
    by_certificate_and,
    by_server,
    by_service,
    by_service_and,
    each,
)

_CERTIFICATE: Final = (labels.KIND, labels.NAMESPACE, labels.NAME, labels.ORGANIZATION)
_SERVICE: Final = (*_CERTIFICATE, labels.SERVER, labels.SERVICE)
_SERVER: Final = (labels.NAMESPACE, labels.ORGANIZATION, labels.SERVER)

_NOWHERE: Final = dict.fromkeys(labels.SERVER_STATE.words, 0)

CERTIFICATES: Final = (
    # Services
    Reading(
        name="um_operator_certificate_not_after_timestamp_seconds", type="gauge", labels=_SERVICE,
        help="The end of the certificate that a service serves; absent while none was seen.",
        read=by_service(lambda item: item.not_after),
    ),
    Reading(
        name="um_operator_certificate_renewal_timestamp_seconds", type="gauge", labels=_SERVICE,
        help="When the successor of the certificate that a service serves is due.",
        read=by_service(lambda item: item.renewal),
    ),
    Reading(
        name="um_operator_certificate_revision", type="gauge", labels=(*_SERVICE, labels.PLACE),
        help="Number of the revision at each place; 0: a certificate that is none of the UMCertificate's; "
        "absent: none, or not known.",
        read=by_service_and(lambda item: each(item.revisions)),
    ),
    Reading(
        name="um_operator_certificate_served_info", type="gauge", labels=(*_SERVICE, labels.SERVED),
        help="What a service serves beside what it is to serve, always 1.",
        read=by_service_and(lambda item: [((item.served,), 1.0)]),
    ),
    Reading(
        name="um_operator_certificate_restart_owed_start_timestamp_seconds", type="gauge", labels=_SERVICE,
        help="Since when only a restart makes a service serve what is bound; absent while it does.",
        read=by_service(lambda item: item.restart_owed_since),
    ),
    # UMCertificates
    Reading(
        name="um_operator_certificate_issued_not_after_timestamp_seconds", type="gauge",
        labels=(*_CERTIFICATE, labels.SERVER),
        help="The end of the certificate that is wanted on a server; absent until it is issued.",
        read=by_certificate_and(lambda item: each(item.issued)),
    ),
    Reading(
        name="um_operator_certificate_servers", type="gauge", labels=(*_CERTIFICATE, labels.SERVER_STATE),
        help="How many servers a UMCertificate looks after, by how far the wanted revision has come there.",
        read=by_certificate_and(lambda item: each({**_NOWHERE, **item.servers})),
    ),
    Reading(
        name="um_operator_certificate_rollout_start_timestamp_seconds", type="gauge", labels=_CERTIFICATE,
        help="Since when the newest revision is on its way to servers; absent when all serve it.",
        read=by_certificate(lambda item: item.rollout_since),
    ),
    Reading(
        name="um_operator_certificate_feasible", type="gauge", labels=_CERTIFICATE,
        help="Whether the windows are enough for the rollout in hand, else for the next renewal; absent in "
        "Observe, with startupMode TCP, and while no server serves anything that could end.",
        read=by_certificate(lambda item: item.feasible),
    ),
    Reading(
        name="um_operator_certificate_authority_not_after_timestamp_seconds", type="gauge",
        labels=_CERTIFICATE,
        help="The end of the CA above what is wanted or served that ends first.",
        read=by_certificate(lambda item: item.authority_not_after),
    ),
    Reading(
        name="um_operator_certificate_authority_renewal_timestamp_seconds", type="gauge", labels=_CERTIFICATE,
        help="When the successor of that CA is due: what it issues can no more last as long as today's.",
        read=by_certificate(lambda item: item.authority_renewal),
    ),
    # Servers
    Reading(
        name="um_operator_server_return_due_timestamp_seconds", type="gauge", labels=_SERVER,
        help="When a server that the operator took out of service should be back in it at the latest.",
        read=by_server(lambda item: item.due_back),
    ),
    Reading(
        name="um_operator_server_rejected_calls_total", type="counter", labels=_SERVER,
        help="Calls that a server's call router has rejected, as it counts them itself since its start.",
        read=by_server(lambda item: item.rejected_calls),
    ),
    Reading(
        name="um_operator_server_unmanaged_not_after_timestamp_seconds", type="gauge", labels=_SERVER,
        help="The end of a certificate that a server shows and no UMCertificate looks after.",
        read=by_server(lambda item: item.unmanaged),
    ),
)  # fmt: skip
"""Read from the board at scrape time."""

RESTARTS: Final = Tally(
    name="um_operator_service_restarts_total", type="counter",
    labels=(labels.NAMESPACE, labels.ORGANIZATION, labels.SERVICE),
    help="How often the operator told a service of a server to start.",
)  # fmt: skip
