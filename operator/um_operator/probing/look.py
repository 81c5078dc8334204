"""One look at one port, from the first packet to what was seen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final, TypeAlias

from um_operator.api.reasons import Reason
from um_operator.observed.certificates import CertificateFact
from um_operator.observed.hosts import TLS, Listener, Open, Plain
from um_operator.probing import sip
from um_operator.probing.failures import CERTIFICATE_REQUIRED, CLOSED, NO_COMMON_CIPHER, ProbeError
from um_operator.probing.identity import ClientIdentity
from um_operator.probing.tls import ClosedError, FailedError, Shown, TLSStream
from um_operator.probing.wire import Stream, connected

GOODBYE_WITHIN: Final = 0.3
"""Seconds in which a peer that shook hands hangs up, if it does not take our certificate after all: some say
so only then (field notes 2)."""
FOR_TLS: Final = 0.6
"""The part of a deadline after which a peer that is silent to TLS is asked in plain SIP."""

_FOR_WANT_OF_ONE: Final = frozenset({"handshake_failure", "decode_error", "bad_certificate", "alert_116"})
"""How peers refuse somebody who shows no certificate when asked (field notes 2)."""


class Handshake(Enum):
    """How a handshake ended."""

    DONE = "done"
    FAILED = "failed"
    CLOSED = "closed"
    SILENT = "silent"


class Said(Enum):
    """How a peer reacted to OPTIONS without an answer."""

    NOTHING = "nothing"
    GOODBYE = "goodbye"
    NOT_SIP = "not SIP"
    TLS = "TLS"


Answered: TypeAlias = sip.Answer | Said


class NotTLSError(Exception):
    """The peer does not speak TLS, or nothing at all."""


@dataclass(frozen=True, slots=True)
class Look:
    """A look at a port.

    Attributes:
        host: name or address.
        port: its port.
        began: in the event loop's time.
        deadline: seconds.
        token: letters and digits that no other look has.
        at: the instant by which dates are judged.
        parse: reads a certificate (DER); raises ValueError for one that it cannot read.
    """

    host: str
    port: int
    began: float
    deadline: float
    token: str
    at: datetime
    parse: Callable[[bytes], CertificateFact]

    async def at_tls(self, identity: ClientIdentity, *, whole: bool) -> Listener:
        """Shake hands and ask for options; a peer that does not speak TLS is asked in plain SIP.

        Args:
            identity: who we are.
            whole: whether a handshake that does not come to its end shows nothing.

        Raises:
            RefusedError: the port is closed.
            ProbeError: nothing can be told.
        """
        try:
            return await self._tls(identity, self._options, whole=whole)
        except NotTLSError:
            said = await self._ask_plainly()
        if isinstance(said, sip.Answer):
            return Plain(said.status)
        if said is Said.NOT_SIP:
            raise self._error(Reason.NOT_SIP, "speaks neither TLS nor SIP")
        raise self._error(Reason.NO_ANSWER, "takes connections, but answers neither TLS nor SIP")

    async def at_handshake(self, identity: ClientIdentity) -> Listener:
        """Shake hands and ask nothing: all that shows is whether the peer goes on.

        Raises:
            RefusedError: the port is closed.
            ProbeError: nothing can be told, or it does not speak TLS.
        """
        try:
            return await self._tls(identity, self._goodbye, whole=True)
        except NotTLSError:
            raise self._error(Reason.NO_ANSWER, "takes connections, but speaks no TLS") from None

    async def at_connection(self) -> Listener:
        """Connect and say nothing. Raises as ``at_tls`` does."""
        async with connected(self.host, self.port, self._end):
            return Open()

    async def at_plain_sip(self, nobody: ClientIdentity) -> Listener:
        """Ask in plain SIP; a peer that speaks TLS instead is shaken hands with.

        A port that takes connections and gives no answer is plain all the same: Unified Messaging speaks to
        its gateways only. Raises as ``at_tls`` does.
        """
        said = await self._ask_plainly()
        match said:
            case sip.Answer():
                return Plain(said.status)
            case Said.NOT_SIP:
                raise self._error(Reason.NOT_SIP, "speaks neither SIP nor TLS")
            case Said.TLS:
                return await self._tls_after_all(nobody)
            case _:
                return Plain()

    async def _tls_after_all(self, nobody: ClientIdentity) -> Listener:
        try:
            return await self._tls(nobody, self._options, whole=False)
        except NotTLSError:
            raise self._error(Reason.NO_ANSWER, "answers SIP with TLS, and TLS with nothing") from None

    async def _ask_plainly(self) -> Answered:
        async with connected(self.host, self.port, self._end) as wire:
            return await self._ask(wire, "TCP")

    async def _tls(
        self, identity: ClientIdentity, then: Callable[[Stream], Awaitable[Answered]], *, whole: bool
    ) -> TLS:
        """Shake hands, and then go on; ``whole``: a handshake that does not come to its end shows nothing.

        A peer judges our certificate only at the end, so that silence before tells nothing of that.
        """
        async with connected(self.host, self.port, self._end) as wire:
            identity.judge_as_of(self.at)
            stream = TLSStream(wire, identity, self.host)
            try:
                handshake = await self._shake_hands(stream, self.began + self.deadline * FOR_TLS)
                if whole and handshake is Handshake.SILENT and stream.spoke_tls:
                    handshake = await self._shake_hands(stream, self._end)
                said = await then(stream) if handshake is Handshake.DONE else Said.NOTHING
                shown = stream.shown()
            finally:
                stream.close()
        if not shown.certificates:
            raise self._without_certificate(stream, handshake)
        refused = stream.alert is not None or handshake is Handshake.CLOSED or said is Said.GOODBYE
        if whole and handshake is not Handshake.DONE and not refused:
            raise self._error(Reason.INCONCLUSIVE, "does not bring a TLS handshake to its end")
        return self._listener(shown, said, _refusal(stream, shown, identity) if refused else "")

    async def _shake_hands(self, stream: TLSStream, until: float) -> Handshake:
        try:
            async with asyncio.timeout_at(until):
                await stream.handshake()
        except TimeoutError:
            return Handshake.SILENT
        except ClosedError:
            return Handshake.CLOSED
        except FailedError:
            return Handshake.FAILED
        return Handshake.DONE

    async def _options(self, stream: Stream) -> Answered:
        return await self._ask(stream, "TLS")

    async def _goodbye(self, stream: Stream) -> Answered:
        moment = asyncio.get_running_loop().time() + GOODBYE_WITHIN
        try:
            async with asyncio.timeout_at(min(moment, self._end)):
                return Said.NOTHING if await stream.receive() else Said.GOODBYE
        except TimeoutError:
            return Said.NOTHING

    async def _ask(self, stream: Stream, transport: sip.Transport) -> Answered:
        try:
            async with asyncio.timeout_at(self._end):
                answer = await sip.ask(stream, self.host, self.port, transport, self.token)
        except TimeoutError:
            return Said.NOTHING
        except sip.NotSIPError as error:
            return Said.TLS if error.tls else Said.NOT_SIP
        return answer or Said.GOODBYE

    def _without_certificate(self, stream: TLSStream, handshake: Handshake) -> Exception:
        if stream.spoke_tls is False or (handshake is Handshake.SILENT and stream.spoke_tls is None):
            return NotTLSError()
        if handshake is Handshake.CLOSED:
            return self._error(Reason.PROBABLE_ACCESS_CONTROL, "takes connections and hangs up at once")
        if stream.no_common_protocol:
            return self._error(Reason.NO_COMMON_PROTOCOL, "speaks TLS, but no version from 1.0 to 1.2")
        if stream.alert in NO_COMMON_CIPHER and not stream.requests_certificate:
            return self._error(
                Reason.NO_COMMON_CIPHER, f'speaks TLS, but no cipher of ours ("{stream.alert}")'
            )
        if handshake is Handshake.SILENT:
            return self._error(Reason.NO_ANSWER, "begins a TLS handshake and does not go on")
        because = f' (alert "{stream.alert}")' if stream.alert else ""
        return self._error(Reason.INCONCLUSIVE, f"fails the TLS handshake without a certificate{because}")

    def _listener(self, shown: Shown, said: Answered, refusal: str) -> TLS:
        try:
            leaf, *sent = map(self.parse, shown.certificates)
        except ValueError as error:
            raise self._error(
                Reason.CERTIFICATE_NOT_UNDERSTOOD, "shows a certificate that cannot be read"
            ) from error
        answered = said if isinstance(said, sip.Answer) else None
        return TLS(
            leaf=leaf,
            sent=tuple(sent),
            version=shown.version,
            cipher_suite=shown.cipher_suite,
            requests_client_certificate=shown.requests_certificate,
            accepted_authorities=shown.authorities,
            status=answered.status if answered else None,
            server=answered.server if answered else "",
            refusal=refusal,
            path_errors=shown.path_errors,
        )

    @property
    def _end(self) -> float:
        return self.began + self.deadline

    def _error(self, reason: Reason, what: str) -> ProbeError:
        return ProbeError(reason, f'"{self.host}" {what} on port {self.port}')


def _refusal(stream: TLSStream, shown: Shown, identity: ClientIdentity) -> str:
    said = stream.alert or CLOSED
    without_one = shown.requests_certificate and not identity.certified
    return CERTIFICATE_REQUIRED if without_one and said in _FOR_WANT_OF_ONE else said
