"""The metrics of gateways: what their SIP ports showed last."""

from __future__ import annotations

from typing import Final

from um_operator.observability import labels
from um_operator.observability.metric import Reading
from um_operator.observability.readings import by_gateway_and, one, states

_GATEWAY: Final = (labels.KIND, labels.NAMESPACE, labels.NAME, labels.ORGANIZATION)

GATEWAYS: Final = (
    Reading(
        name="um_operator_gateway_probe_result", type="gauge", labels=(*_GATEWAY, labels.PROBE_RESULT),
        help="What the last look at the SIP port of a gateway came to; absent until one ended.",
        read=by_gateway_and(
            lambda item: states(labels.PROBE_RESULT.words, item.result) if item.result else ()
        ),
    ),
    Reading(
        name="um_operator_gateway_probe_info", type="gauge", labels=(*_GATEWAY, labels.REASON),
        help="What the SIP port of a gateway did, always 1.",
        read=by_gateway_and(lambda item: [((item.reason,), 1.0)] if item.reason else ()),
    ),
    Reading(
        name="um_operator_gateway_certificate_not_after_timestamp_seconds", type="gauge", labels=_GATEWAY,
        help="The end of the certificate that a gateway shows; absent while none was seen.",
        read=by_gateway_and(lambda item: one(item.not_after)),
    ),
    Reading(
        name="um_operator_gateway_trust", type="gauge", labels=(*_GATEWAY, labels.TRUST),
        help="Whether a gateway trusts the UM certificates; absent for one that does not speak TLS with us.",
        read=by_gateway_and(lambda item: states(labels.TRUST.words, item.trust) if item.trust else ()),
    ),
)  # fmt: skip
"""Read from the board at scrape time."""
