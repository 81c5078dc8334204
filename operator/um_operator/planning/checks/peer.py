"""What is wrong with a gateway, or might be, by what a look at its port showed. Pure.

Each symptom is a row of the field notes' table (sip-tls-and-pki 2). What has several causes is called
Probable… or Inconclusive: it holds back what would rely on the gateway, and never starts anything (R4).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from um_operator.api.reasons import Reason
from um_operator.observed.fact import Fact, Unknown
from um_operator.observed.hosts import TLS, Closed, Open, Plain
from um_operator.observed.peers import PeerLook
from um_operator.planning.checks import peer_certificate
from um_operator.planning.checks.refusals import REFUSALS, WITHOUT_CERTIFICATE

Severity: TypeAlias = Literal["Error", "Warning", "Info"]

AMBIGUOUS: Final = frozenset(
    {
        Reason.INCONCLUSIVE,
        Reason.PROBABLE_ACCESS_CONTROL,
        Reason.PROBABLE_CERTIFICATE_REJECTION,
        Reason.PROBABLE_INTERMEDIATE_MISSING,
    }
)
"""Symptoms of which more than one cause is known."""
WARNINGS: Final = frozenset(
    {
        Reason.OLD_PROTOCOL,
        Reason.PEER_NAME_IN_SUBJECT_ONLY,
        Reason.PEER_KEY_WEAK,
        Reason.PEER_SIGNATURE_WEAK,
        Reason.SIP_SILENT,
        Reason.SIP_ERROR,
    }
)
"""What works today, with some peers or for some time."""
INFOS: Final = frozenset(
    {Reason.CLIENT_CERTIFICATE_NOT_REQUESTED, Reason.NO_FORWARD_SECRECY, Reason.PEER_NOT_FOR_CLIENTS}
)
"""What is worth knowing, and no fault."""

UNANSWERED: Final = frozenset[str](
    {
        Reason.NAME_NOT_RESOLVED,
        Reason.UNREACHABLE,
        Reason.CONNECTION_REFUSED,
        Reason.NO_ANSWER,
        Reason.PROBABLE_ACCESS_CONTROL,
        Reason.NOT_SIP,
        Reason.INCONCLUSIVE,
        Reason.NO_COMMON_PROTOCOL,
        Reason.NO_COMMON_CIPHER,
        Reason.CERTIFICATE_NOT_UNDERSTOOD,
    }
)
"""Why a look may show nothing of a port, as Unknown says it."""

OLD_VERSIONS: Final = frozenset({"TLSv1", "TLSv1.1"})
_EPHEMERAL: Final = ("ECDHE-", "DHE-", "TLS_")
_SERVER_ERROR: Final = 500


@dataclass(frozen=True, slots=True)
class Fault:
    """A symptom; ``message`` says it of this gateway, for a person."""

    reason: Reason
    message: str

    @property
    def severity(self) -> Severity:
        """Return how bad it is: an Error keeps calls over mutual TLS from working."""
        if self.reason in INFOS:
            return "Info"
        return "Warning" if self.reason in WARNINGS else "Error"

    @property
    def ambiguous(self) -> bool:
        """Whether it has more than one cause, so that nothing may be started by it."""
        return self.reason in AMBIGUOUS

    @property
    def advice(self) -> str:
        """Return what to do, in a sentence."""
        return self.reason.action


def findings(fact: Fact[PeerLook], address: str, now: datetime) -> Iterator[Fault]:
    """Yield every symptom of a look, whatever its severity; nothing of what was not looked at.

    Args:
        fact: what was seen.
        address: as which the gateway is called; its certificate has to name it.
        now: the instant by which dates are judged.
    """
    if isinstance(fact, Unknown):
        if fact.reason in UNANSWERED:
            yield Fault(Reason(fact.reason), fact.message)
        return
    yield from _at_tls_port(fact.value, address, now) if fact.value.tls else _at_plain_port(fact.value)


def faults(look: PeerLook, address: str, now: datetime) -> Iterator[Fault]:
    """Yield what keeps a look from being a good probe of a gateway's TLS port (R18), the worst first.

    Whether it is fresh, is of the place in question, and was shown what servers serve is asked elsewhere.

    Args:
        look: what was seen.
        address: as which the gateway is called; its certificate has to name it.
        now: the instant by which dates are judged.
    """
    if isinstance(look.listener, Open):
        yield Fault(Reason.NOT_PROBED, f"{_place(look)} was not asked whether it speaks TLS")
    found = _at_tls_port(look, address, now)
    yield from (fault for fault in found if fault.severity == "Error" and _holds(fault, look))


def _holds(fault: Fault, look: PeerLook) -> bool:
    """Whether it counts against a gateway: whom servers believe, its own ``caRef`` says (R5)."""
    return fault.reason not in peer_certificate.UNTRUSTED or look.anchors == "Gateway"


def _at_tls_port(look: PeerLook, address: str, now: datetime) -> Iterator[Fault]:
    match look.listener:
        case Closed():
            yield Fault(Reason.CONNECTION_REFUSED, f"{_place(look)} refuses connections")
        case Plain():
            yield Fault(Reason.PLAIN_SIP_ON_TLS_PORT, f"{_place(look)} answers SIP without TLS")
        case TLS() as listener:
            yield from _tls(look, listener, address, now)


def _at_plain_port(look: PeerLook) -> Iterator[Fault]:
    match look.listener:
        case Closed():
            yield Fault(Reason.CONNECTION_REFUSED, f"{_place(look)} refuses connections")
        case Plain(status=status):
            yield from _answer(look, status)
        case TLS():
            message = f"{_place(look)} speaks TLS, and is to speak SIP without it"
            yield Fault(Reason.TLS_ON_PLAIN_PORT, message)


def _tls(look: PeerLook, listener: TLS, address: str, now: datetime) -> Iterator[Fault]:
    yield from _admission(look, listener)
    if not listener.refusal and look.asked == "Options":
        yield from _answer(look, listener.status)
    for reason, what in peer_certificate.problems(listener, address, now):
        yield Fault(reason, f"{_place(look)} {what}")
    if listener.version in OLD_VERSIONS:
        yield Fault(Reason.OLD_PROTOCOL, f'{_place(look)} speaks "{listener.version}"')
    if listener.cipher_suite and not listener.cipher_suite.startswith(_EPHEMERAL):
        what = f'chose cipher "{listener.cipher_suite}", which has no forward secrecy'
        yield Fault(Reason.NO_FORWARD_SECRECY, f"{_place(look)} {what}")
    if not (listener.requests_client_certificate or listener.refusal):
        message = f"{_place(look)} asks for no client certificate"
        yield Fault(Reason.CLIENT_CERTIFICATE_NOT_REQUESTED, message)


def _admission(look: PeerLook, listener: TLS) -> Iterator[Fault]:
    """Yield how it refused us after it had shown its certificate."""
    refusal = listener.refusal
    if not refusal:
        return
    if not listener.requests_client_certificate:
        closed = refusal == "closed"
        reason = Reason.PROBABLE_ACCESS_CONTROL if closed else Reason.INCONCLUSIVE
        how = "hangs up after" if closed else f'ends with alert "{refusal}"'
        yield Fault(reason, f"{_place(look)} {how} a handshake in which it asked for no certificate")
    elif refusal == WITHOUT_CERTIFICATE:
        yield Fault(
            Reason.CLIENT_CERTIFICATE_REQUIRED, f"{_place(look)} asks for a certificate, and had none"
        )
    elif refusal in REFUSALS and look.shown is not None:
        message = f'{_place(look)} rejects our certificate with alert "{refusal}"'
        yield Fault(Reason.CLIENT_CERTIFICATE_REJECTED, message)
    else:
        shown = "was shown ours" if look.shown is not None else "was shown none"
        message = f'{_place(look)} asked for a certificate, {shown}, and then hung up ("{refusal}")'
        yield Fault(Reason.PROBABLE_CERTIFICATE_REJECTION, message)


def _answer(look: PeerLook, status: int | None) -> Iterator[Fault]:
    if status is None:
        yield Fault(Reason.SIP_SILENT, f"{_place(look)} does not answer SIP OPTIONS")
    elif status >= _SERVER_ERROR:
        yield Fault(Reason.SIP_ERROR, f'{_place(look)} answers SIP OPTIONS with status "{status}"')


def _place(look: PeerLook) -> str:
    return f'"{look.host}:{look.port}"'
