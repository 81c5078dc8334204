"""The calling side of SIP: INVITE, follow redirects, hold, hang up; and OPTIONS."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import count

from um_operator.lab.gateways.connection import Connection
from um_operator.lab.gateways.handshakes import HandshakeError, TLSFailure
from um_operator.lab.gateways.network import Network, Secure, UnreachableError, plain
from um_operator.lab.gateways.sip import Request, Response, SipError, Uri, respond

DEFAULT_PORTS = {"tcp": 5060, "tls": 5061}
MOST_REDIRECTS = 5


class Cause(StrEnum):
    """Why a call failed, as far as the caller can tell."""

    NOT_A_GATEWAY = "Refused403NotAGateway"
    GATEWAY_DISABLED = "GatewayDisabled"
    NO_NEW_CALLS = "NoNewCalls"
    NO_HUNT_GROUP = "NoHuntGroup"
    PLAN_REQUIRES_TLS = "PlanRequiresTLS"
    PLAN_REFUSES_TLS = "PlanRefusesTLS"
    NO_SUCH_MAILBOX = "NoSuchMailbox"
    NOT_A_MEMBER = "ServerNotInDialPlan"
    NO_CONTACT = "NoContact"
    UNAWARE_OF_PLAN = "DialPlanUnknownToPool"
    NO_SERVER = "NoServerInDialPlan"
    INCOMPATIBLE_SECURITY = "IncompatibleSecuritySetting"
    TOO_MANY_CALLS = "TooManyCalls"
    NOT_READY = "NotReady"
    OUT_OF_SERVICE = "OutOfService"
    UNREACHABLE = "Unreachable"
    NO_ANSWER = "NoAnswer"
    REFUSED = "Refused"
    CALL_CUT = "CallCut"
    LOCAL_CERTIFICATE_NOT_FOUND = TLSFailure.LOCAL_CERTIFICATE_NOT_FOUND.value
    UNTRUSTED = TLSFailure.UNTRUSTED.value
    INCORRECT_NAME = TLSFailure.INCORRECT_NAME.value
    EXPIRED = TLSFailure.EXPIRED.value
    INVALID_USAGE = TLSFailure.INVALID_USAGE.value
    NO_CERTIFICATE = TLSFailure.NO_CERTIFICATE.value
    REMOTE_DISCONNECTED = TLSFailure.REMOTE_DISCONNECTED.value
    NEGOTIATION_FAILED = TLSFailure.NEGOTIATION_FAILED.value
    OTHER = TLSFailure.OTHER.value


OF_TLS = frozenset(Cause(failure.value) for failure in TLSFailure)
"""The causes that are failed handshakes."""


class CallError(Exception):
    """A call did not come about, or was cut.

    Attributes:
        where: ``host:port`` that was asked last.
        text: what a person wants to know beside the cause.
        redirects: how often it had been sent on before.
    """

    def __init__(self, cause: Cause, where: str, text: str = "") -> None:
        super().__init__(f'{cause.value} at "{where}"' + (f": {text}" if text else ""))
        self.cause = cause
        self.where = where
        self.text = text
        self.redirects = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call to be placed.

    Attributes:
        target: where the first INVITE goes.
        caller: the number that calls.
        diverted: the extension whose phone was not answered; empty for a call to the pilot number itself.
    """

    target: Uri
    caller: str
    diverted: str = ""


class Dialog:
    """A call that was answered, on the connection that carries it."""

    def __init__(self, connection: Connection, invite: Request, answer: Response, where: str) -> None:
        self._connection = connection
        self._invite = invite
        self._answer = answer
        self.where = where

    async def hold(self, until: Awaitable[None]) -> None:
        """Talk until the awaitable is done, then hang up.

        Raises:
            CallError: the other side ended the call first.
        """
        end = asyncio.ensure_future(until)
        heard = asyncio.ensure_future(self._connection.receive())
        try:
            await asyncio.wait({end, heard}, return_when=asyncio.FIRST_COMPLETED)
            if heard.done():
                self._acknowledge(heard)
                raise CallError(Cause.CALL_CUT, self.where)
            await end
            self._connection.send(_within(self._invite, self._answer, "BYE", 2))
            await asyncio.wait({heard}, timeout=1.0)
        finally:
            end.cancel()
            heard.cancel()
            await asyncio.gather(end, heard, return_exceptions=True)
            self._connection.close()

    def _acknowledge(self, heard: asyncio.Future[Request | Response | None]) -> None:
        message = None if heard.exception() else heard.result()
        if isinstance(message, Request) and message.method == "BYE":
            self._connection.send(respond(message, 200))


class Caller:
    """A host that places calls from its own address.

    Args:
        network: the estate's network.
        fqdn: the host's name; it is in the network.
        secure: makes the handshakes with a host of a name; without it the caller has no TLS.
    """

    def __init__(self, network: Network, fqdn: str, secure: Callable[[str], Secure] | None = None) -> None:
        self._network = network
        self._fqdn = fqdn
        self._secure = secure
        self._numbers = count(1)

    async def call(self, attempt: Attempt) -> Dialog:
        """Place a call and follow redirects until somebody answers.

        Raises:
            CallError: nobody did; with the cause.
        """
        target = attempt.target
        for redirects in range(MOST_REDIRECTS):
            try:
                outcome = await self._invite(target, attempt)
            except CallError as error:
                error.redirects = redirects
                raise
            if isinstance(outcome, Dialog):
                return outcome
            target = outcome
        raise CallError(Cause.REFUSED, str(target))

    async def options(self, target: Uri) -> Response:
        """Ask a peer whether it is there.

        Raises:
            CallError: it did not answer.
        """
        connection = await self._connect(target)
        try:
            connection.send(self._request("OPTIONS", target, Attempt(target, "probe"), connection))
            return await self._final(connection, target)
        finally:
            connection.close()

    async def _invite(self, target: Uri, attempt: Attempt) -> Dialog | Uri:
        where = _where(target)
        connection = await self._connect(target)
        answered = False
        try:
            invite = self._request("INVITE", target, attempt, connection)
            connection.send(invite)
            response = await self._final(connection, target)
            connection.send(_within(invite, response, "ACK", 1))
            answered = response.status == 200
            if answered:
                return Dialog(connection, invite, response, where)
            if response.status == 302:
                return Uri.parse(response.header("Contact"))
            raise CallError(_cause(response), where)
        except SipError as error:
            raise CallError(Cause.NO_ANSWER, where) from error
        finally:
            if not answered:
                connection.close()

    async def _connect(self, target: Uri) -> Connection:
        try:
            return await self._network.connect(
                self._fqdn, target.host, port_of(target), self._security_of(target)
            )
        except UnreachableError as error:
            raise CallError(Cause.UNREACHABLE, _where(target)) from error
        except HandshakeError as error:
            raise CallError(Cause(error.failure.value), _where(target), str(error)) from error

    def _security_of(self, target: Uri) -> Secure:
        if target.transport != "tls":
            return plain
        if self._secure is None:
            raise CallError(Cause.LOCAL_CERTIFICATE_NOT_FOUND, _where(target))
        return self._secure(target.host)

    async def _final(self, connection: Connection, target: Uri) -> Response:
        where = _where(target)
        try:
            while (message := await connection.answer()) is not None:
                if isinstance(message, Response) and message.final:
                    return message
        except (TimeoutError, SipError) as error:
            raise CallError(Cause.NO_ANSWER, where) from error
        raise CallError(Cause.NO_ANSWER, where)

    def _request(self, method: str, target: Uri, attempt: Attempt, connection: Connection) -> Request:
        number = next(self._numbers)
        transport = connection.transport
        headers = [
            ("Via", f"SIP/2.0/{transport.upper()} {connection.local};branch=z9hG4bK{number:x}"),
            ("Max-Forwards", "70"),
            ("From", f"<sip:{attempt.caller}@{self._fqdn}>;tag={number:x}"),
            ("To", f"<{attempt.target}>"),
            ("Call-ID", f"{number}@{self._fqdn}"),
            ("CSeq", f"1 {method}"),
            ("Contact", f"<sip:{attempt.caller}@{self._fqdn};transport={transport}>"),
        ]
        if attempt.diverted:
            headers.append(("Diversion", f"<sip:{attempt.diverted}@{self._fqdn}>;reason=no-answer"))
        return Request(method, str(target), tuple(headers))


def port_of(target: Uri) -> int:
    """The port of a target, else its transport's."""
    return target.port or DEFAULT_PORTS.get(target.transport, DEFAULT_PORTS["tcp"])


def _where(target: Uri) -> str:
    return f"{target.host}:{port_of(target)}"


def _within(invite: Request, response: Response, method: str, number: int) -> Request:
    headers = [(n, v) for n, v in invite.headers if n in ("Via", "Max-Forwards", "From", "Call-ID")]
    headers += [("To", response.header("To")), ("CSeq", f"{number} {method}")]
    return Request(method, invite.uri, tuple(headers))


def _cause(response: Response) -> Cause:
    """What a refusal says in its Warning (RFC 3261 20.43), as UM in the lab does; else by its status."""
    warning = response.header("Warning")
    said = next((cause for cause in Cause if f'"{cause.value}"' in warning), None)
    return said or (Cause.NOT_READY if response.status >= 500 else Cause.REFUSED)
