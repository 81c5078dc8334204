"""The metrics of integrations with Lync: contacts, pools, front ends."""

from __future__ import annotations

from typing import Final

from um_operator.observability import labels
from um_operator.observability.metric import Reading
from um_operator.observability.readings import by_integration_and, each, one

_INTEGRATION: Final = (labels.KIND, labels.NAMESPACE, labels.NAME, labels.ORGANIZATION)

LYNC: Final = (
    Reading(
        name="um_operator_lync_missing_contacts", type="gauge", labels=_INTEGRATION,
        help="How many contacts Lync lacks for numbers of Unified Messaging; absent while that is not known.",
        read=by_integration_and(lambda item: one(item.missing_contacts)),
    ),
    Reading(
        name="um_operator_lync_pool_quorum_margin", type="gauge", labels=(*_INTEGRATION, labels.POOL),
        help="How many more front ends of a pool may fail before it stops; absent for a pool of one or two "
        "and while it is not known which of them run.",
        read=by_integration_and(lambda item: each(item.quorum_margins)),
    ),
    Reading(
        name="um_operator_lync_front_end_certificate_not_after_timestamp_seconds", type="gauge",
        labels=(*_INTEGRATION, labels.SERVER),
        help="The end of the certificate with which a front end speaks SIP.",
        read=by_integration_and(lambda item: each(item.not_after)),
    ),
)  # fmt: skip
"""Read from the board at scrape time."""
