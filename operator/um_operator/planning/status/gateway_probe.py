"""What the status of a gateway says of its SIP port, and what of that only a person can change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

from um_operator.api.condition import MESSAGE_MAX
from um_operator.api.reasons import Reason
from um_operator.api.status import MAX_FINDINGS, GatewayProbe, ProbeFinding
from um_operator.desired.organization import DesiredGateway
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.hosts import TLS, Plain
from um_operator.observed.peers import Asked, PeerLook, Unanswered
from um_operator.planning.checks.peer import UNANSWERED, Fault, Severity, findings
from um_operator.planning.checks.peer_certificate import UNTRUSTED
from um_operator.planning.rollout.peers import UNDER_WAY, looks_at
from um_operator.planning.status.common import TEXT_MAX
from um_operator.planning.status.instants import instant
from um_operator.planning.view import View

Result: TypeAlias = Literal["OK", "Failed", "Unknown"]

_WORST_FIRST: Final[tuple[Severity, ...]] = ("Error", "Warning", "Info")
_RESULTS: Final[tuple[Result, ...]] = ("Failed", "Unknown", "OK")
_WELL: Final[dict[Asked, Reason]] = {
    "Options": Reason.ANSWERED,
    "TLS": Reason.HANDSHAKE_DONE,
    "TCP": Reason.TAKES_CONNECTIONS,
}


def probe_of(view: View, item: DesiredGateway, before: GatewayProbe | None) -> GatewayProbe | None:
    """Return what a gateway showed; of several certificates that it was shown, how it took the worst."""
    facts = looks_at(view.snapshot, item.name)
    if not facts or any(isinstance(fact, Unknown) and fact.reason == UNDER_WAY for fact in facts):
        return before if facts else None
    probes = [_probe(fact, view, item) for fact in facts]
    return min(probes, key=lambda probe: _RESULTS.index(probe.result))


def answers_over_mutual_tls(view: View, item: DesiredGateway) -> bool:
    """Whether a gateway was seen to check who calls, to take us, and to answer."""
    looks = [fact.value for fact in looks_at(view.snapshot, item.name) if isinstance(fact, Known)]
    ports = [look.listener for look in looks if look.tls and isinstance(look.listener, TLS)]
    return bool(ports) and all(
        port.requests_client_certificate and not port.refusal and port.status is not None for port in ports
    )


def for_a_person(view: View, item: DesiredGateway) -> Iterator[Fault]:
    """Yield what keeps calls over TLS from working and is certainly a matter of the gateway itself.

    Not that it cannot be reached from here, which servers may well; and whom servers believe is known only
    where ``trust.caRef`` says so.
    """
    for fact in looks_at(view.snapshot, item.name):
        look = fact.value if isinstance(fact, Known) else None
        if look is not None and not look.tls:
            continue
        for fault in sorted(_findings(fact, view, item), key=_rank):
            path = fault.reason in _OF_THE_WAY or (look is None and not _counts(fact, item))
            believed = fault.reason in UNTRUSTED and (look is None or look.anchors != "Gateway")
            if fault.severity == "Error" and not (fault.ambiguous or path or believed):
                yield fault


_OF_THE_WAY: Final = frozenset(
    {
        Reason.NAME_NOT_RESOLVED,
        Reason.UNREACHABLE,
        Reason.CONNECTION_REFUSED,
        Reason.NO_ANSWER,
        Reason.NOT_SIP,
        Reason.CLIENT_CERTIFICATE_REQUIRED,
    }
)
"""What may be as it should be for servers, though not from here."""


def _probe(fact: Fact[PeerLook], view: View, item: DesiredGateway) -> GatewayProbe:
    found = sorted(_findings(fact, view, item), key=_rank)
    worst = found[0] if found and found[0].severity == "Error" else None
    listed = tuple(
        ProbeFinding(reason=one.reason, severity=one.severity, message=one.message[:MESSAGE_MAX])
        for one in found[:MAX_FINDINGS]
    )
    if isinstance(fact, Unknown):
        result: Result = "Failed" if _counts(fact, item) else "Unknown"
        return GatewayProbe(result=result, reason=fact.reason, findings=listed)
    look = fact.value
    reason = worst.reason if worst else found[0].reason if found and _silent(look) else _WELL[look.asked]
    result = "OK" if worst is None else "Unknown" if worst.ambiguous else "Failed"
    shown = GatewayProbe(result=result, reason=reason, findings=listed)
    return _of_tls(shown, look.listener) if isinstance(look.listener, TLS) else shown


def _of_tls(probe: GatewayProbe, port: TLS) -> GatewayProbe:
    return probe.model_copy(
        update={
            "tls_version": port.version or None,
            "cipher_suite": port.cipher_suite or None,
            "subject": port.leaf.subject[:TEXT_MAX],
            "issuer": port.leaf.issuer[:TEXT_MAX],
            "not_after": instant(port.leaf.not_after),
            "requests_client_certificate": port.requests_client_certificate,
            "server": port.server[:TEXT_MAX] or None,
        }
    )


def _findings(fact: Fact[PeerLook], view: View, item: DesiredGateway) -> Iterator[Fault]:
    return findings(fact, fact.value.host if isinstance(fact, Known) else item.address, view.now)


def _silent(look: PeerLook) -> bool:
    """Whether it was asked for options and did not answer."""
    port = look.listener
    return look.asked == "Options" and isinstance(port, TLS | Plain) and port.status is None


def _counts(fact: Fact[PeerLook], item: DesiredGateway) -> bool:
    """Whether it counts as not answering: as many tries in a row failed as its manifest says."""
    if not isinstance(fact, Unanswered):
        return False
    return fact.reason in UNANSWERED and fact.tries >= item.probe.failure_threshold


def _rank(fault: Fault) -> tuple[int, bool]:
    return _WORST_FIRST.index(fault.severity), fault.ambiguous
