"""The answering side of SIP: one connection at a time, by the decision of whoever sits at the desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from zlib import crc32

from um_operator.lab.gateways.connection import Connection, Peer
from um_operator.lab.gateways.sip import Message, Request, Response, SipError, Uri, respond


@dataclass(frozen=True, slots=True)
class Redirect:
    """Try there."""

    to: Uri


@dataclass(frozen=True, slots=True)
class Refuse:
    """No, with a status of RFC 3261 and one word that says why."""

    status: int
    why: str


class Session(Protocol):
    """A call in progress, as its owner sees it."""

    def begun(self, leg: Leg, /) -> None:
        """The call was answered; the leg can cut it."""

    def ended(self) -> None:
        """The call is over, whoever ended it."""


Decision = Redirect | Refuse | Session


class Desk(Protocol):
    """Decides what happens to a request."""

    def options(self, peer: Peer, /) -> Refuse | None:
        """Whether OPTIONS of that peer are refused."""

    def invite(self, request: Request, peer: Peer, /) -> Decision:
        """What to do with a call of that peer."""


class Leg:
    """The answering side of a call in progress."""

    def __init__(self, connection: Connection, invite: Request, tag: str) -> None:
        self._connection = connection
        self._invite = invite
        self._tag = tag

    def cut(self, why: str) -> None:
        """End the call from this side: BYE with a Reason (RFC 3326)."""
        transport = self._connection.transport.upper()
        headers = (
            ("Via", f"SIP/2.0/{transport} {self._connection.local};branch=z9hG4bK{self._tag}"),
            ("Max-Forwards", "70"),
            ("From", f"{self._invite.header('To')};tag={self._tag}"),
            ("To", self._invite.header("From")),
            ("Call-ID", self._invite.header("Call-ID")),
            ("CSeq", "1 BYE"),
            ("Reason", f'SIP;cause=480;text="{why}"'),
        )
        self._connection.send(Request("BYE", self._invite.header("Contact").strip("<>"), headers))
        self._connection.close()


async def serve(connection: Connection, desk: Desk, host: str) -> None:
    """Answer one connection until its peer hangs up.

    Args:
        connection: of a peer that has just connected.
        desk: who decides.
        host: name of this side, as it stands in warnings.
    """
    session: Session | None = None
    try:
        while isinstance(message := await connection.receive(), Message):
            if isinstance(message, Response) or message.method == "ACK":
                continue
            if message.method == "INVITE" and session is None:
                session = _take(connection, desk, host, message)
                continue
            connection.send(_to_others(message, desk, connection.peer, host, in_call=session is not None))
            if message.method == "BYE":
                break
    except SipError:
        return
    finally:
        if session is not None:
            session.ended()


def _to_others(request: Request, desk: Desk, peer: Peer, host: str, *, in_call: bool) -> Response:
    match request.method:
        case "OPTIONS":
            refusal = desk.options(peer)
            extra = [_warning(refusal, host)] if refusal else [("Server", host)]
            return respond(request, refusal.status if refusal else 200, extra=extra)
        case "BYE":
            return respond(request, 200 if in_call else 481)
        case _:
            return respond(request, 405)


def _take(connection: Connection, desk: Desk, host: str, invite: Request) -> Session | None:
    connection.send(respond(invite, 100))
    decision = desk.invite(invite, connection.peer)
    tag = format(crc32(invite.header("Call-ID").encode()), "x")
    if isinstance(decision, Redirect):
        connection.send(respond(invite, 302, tag, [("Contact", f"<{decision.to}>")]))
        return None
    if isinstance(decision, Refuse):
        connection.send(respond(invite, decision.status, tag, [_warning(decision, host)]))
        return None
    connection.send(respond(invite, 180, tag))
    connection.send(
        respond(invite, 200, tag, [("Contact", f"<sip:um@{host};transport={connection.transport}>")])
    )
    decision.begun(Leg(connection, invite, tag))
    return decision


def _warning(refusal: Refuse, host: str) -> tuple[str, str]:
    return "Warning", f'399 {host} "{refusal.why}"'
