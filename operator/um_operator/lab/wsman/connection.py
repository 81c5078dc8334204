"""One client connection: authenticate, unseal, interfere, answer, seal."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass, replace
from typing import Final

import spnego

from . import encryption, envelope, faults
from .auth import Authenticator, Method
from .http import BadRequestError, HTTPRequest, HTTPResponse, read_request, reset
from .interference import Disturbance, Interference, Seen
from .service import Service, cmdlets
from .waiting import within

_SOAP: Final = "application/soap+xml;charset=UTF-8"
_LOAD_QUOTA: Final = (1000, 2, 2000)
"""Requests, the seconds they may be made in, and how many milliseconds a user who exceeds it waits."""


class RefusedError(Exception):
    """A request that is answered by an HTTP status alone."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Answer:
    """A response and what shall become of it on its way."""

    response: HTTPResponse
    disturbance: Disturbance = Disturbance.NONE


@dataclass
class Connection:
    """Serves the requests of one TCP connection, in order."""

    service: Service
    auth: Authenticator
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    interference: Interference | None
    secure: bool

    async def serve(self) -> None:
        """Serve until the client closes the connection or trouble does."""
        while True:
            try:
                request = await self._next()
            except BadRequestError:
                self.writer.write(HTTPResponse(400).encode())
                return
            except TimeoutError:
                return
            if request is None:
                return
            self.service.counters.http_requests += 1
            answer = await self._answer(request)
            if not await self._write(answer):
                return

    async def _next(self) -> HTTPRequest | None:
        idle = self.service.quotas.connection_idle
        if idle is None:
            return await read_request(self.reader)
        return await within(self.service.clock, idle, read_request(self.reader))

    async def _write(self, answer: Answer) -> bool:
        if answer.disturbance in (Disturbance.RESET_BEFORE, Disturbance.RESET_AFTER):
            reset(self.writer)
            return False
        data = answer.response.encode()
        if answer.disturbance is Disturbance.HANG:
            await self.reader.read(1)
            return False
        if answer.disturbance is Disturbance.TRUNCATED:
            self.writer.write(data[: len(data) - len(answer.response.body) // 2])
            await self.writer.drain()
            return False
        self.writer.write(data)
        await self.writer.drain()
        return True

    async def _answer(self, request: HTTPRequest) -> Answer:
        verdict = self.auth.judge(request.headers.get("authorization", ""))
        if verdict.account is None:
            return Answer(self._challenge(verdict.header))
        if not self.service.serves(request.path):
            return Answer(HTTPResponse(404))
        proof = (verdict.header,) if verdict.header else ()
        if not request.body:
            return Answer(HTTPResponse(200, challenges=proof))
        scheme = encryption.scheme(request.headers.get("content-type", ""))
        try:
            data = self._unseal(scheme, request.body)
        except RefusedError as refused:
            return Answer(HTTPResponse(refused.status))
        status, reply, disturbance = await self._process(data, request.path, verdict.account)
        return Answer(self._seal(scheme, HTTPResponse(status, reply, _SOAP, proof)), disturbance)

    def _unseal(self, scheme: str, body: bytes) -> bytes:
        if not scheme:
            if self.secure or self.auth.policy.allow_unencrypted:
                return body
            raise RefusedError(500)
        if self.auth.context is None:
            raise RefusedError(400)
        try:
            return encryption.unseal(self.auth.context, body)
        except (spnego.exceptions.SpnegoError, ValueError, IndexError, struct.error):
            raise RefusedError(400) from None

    def _seal(self, scheme: str, response: HTTPResponse) -> HTTPResponse:
        if not scheme or not response.body:
            return response
        gap = self.auth.policy.gap_in_boundary
        sealed = encryption.seal(self.auth.context, scheme, response.body, gap=gap)
        return replace(response, body=sealed, content_type=encryption.content_type(scheme))

    def _challenge(self, token: str) -> HTTPResponse:
        if token:
            return HTTPResponse(401, challenges=(token,))
        self.service.counters.refused_credentials += 1
        offered = tuple(
            f'{method.value} realm="WSMAN"' if method is Method.BASIC else method.value
            for method in Method
            if method in self.auth.policy.methods and method is not Method.CERTIFICATE
        )
        return HTTPResponse(401, challenges=offered)

    async def _process(self, data: bytes, path: str, account: str) -> tuple[int, bytes, Disturbance]:
        disturbance = Disturbance.NONE
        try:
            if len(data) > self.service.quotas.envelope_bytes:
                raise faults.envelope_too_large()
            request = envelope.parse(data)
            disturbance = await self._disturb(request, account)
            if disturbance in (Disturbance.RESET_BEFORE, Disturbance.HANG):
                return 200, b"", disturbance
            if disturbance is Disturbance.UNAVAILABLE:
                return 503, b"", disturbance
            if disturbance is Disturbance.QUOTA:
                raise faults.user_load_exceeded(*_LOAD_QUOTA)
            address = self.writer.get_extra_info("peername")[0]
            reply = await self.service.answer(request, path, account, address)
            if disturbance is Disturbance.RESET_AFTER:
                await self.service.settle(request)
            if disturbance is Disturbance.MALFORMED:
                reply = reply[: len(reply) // 3]
            return 200, reply, disturbance
        except faults.WSManFault as fault:
            self.service.counters.faults[fault.code] += 1
            relates_to = envelope.message_id(data)
            return 500, envelope.respond_fault(fault, relates_to, self.service.server), disturbance

    async def _disturb(self, request: envelope.Request, account: str) -> Disturbance:
        if self.interference is None:
            return Disturbance.NONE
        counters = self.service.counters
        seen = Seen(self.service.server, account, request.verb, counters.http_requests, cmdlets(request))
        return await self.interference.before(seen)
