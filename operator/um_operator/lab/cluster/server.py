"""The server: HTTPS on loopback, one bearer token, and a kubeconfig for kubectl and kopf.

What a request does is decided between two awaits: writes never interleave.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from aiohttp import hdrs, web

from um_operator.lab.chance import chance
from um_operator.lab.clock import Clock
from um_operator.lab.wsman.tls import Authority

from .api import API, Answer, Call, Stream, read_path, refused
from .audit import Audit, Request
from .bodies import Options
from .built_in import IMMORTAL, built_in_kinds
from .errors import StatusError, unauthorized
from .faults import Broken, Faults
from .kinds import Kinds
from .objects import Objects
from .storage import Storage
from .watches import Watches

HOST: Final = "127.0.0.1"
HISTORY: Final = 10_000
BODY_LIMIT: Final = 3 * 1024 * 1024
"""Bytes, as the real server's."""


class ApiServer:
    """A running simulator.

    Attributes:
        url: ``https://127.0.0.1:PORT``.
        ca_file: PEM; signs the server's certificate.
        kubeconfig: names the server, the CA and the token.
        faults: what goes wrong.
        audit: who asked for what.
    """

    def __init__(self, folder: Path, clock: Clock, seed: int, history: int) -> None:
        self._chance = chance(seed, "api server")
        self._storage = Storage(history)
        kinds, watches = Kinds(built_in_kinds()), Watches(self._storage)
        objects = Objects(self._storage, kinds, clock, self._chance)
        self._api = API(self._storage, kinds, objects, watches, clock)
        self._authority = Authority(datetime.now(UTC), "Lab Kubernetes CA")
        self._token = ""
        self.url = ""
        self.ca_file = folder / "ca.crt"
        self.kubeconfig = folder / "kubeconfig"
        self.faults = Faults(self._storage, watches)
        self.audit = Audit()
        namespaces = kinds.get("", "v1", "namespaces")
        assert namespaces is not None
        for name in IMMORTAL:
            objects.create(namespaces, "", {"metadata": {"name": name}}, Options())

    @property
    def token(self) -> str:
        """The bearer token that is accepted."""
        return self._token

    @classmethod
    @asynccontextmanager
    async def start(
        cls, folder: Path, *, clock: Clock | None = None, port: int = 0, seed: int = 0, history: int = HISTORY
    ) -> AsyncIterator[ApiServer]:
        """Serve until the block ends; nothing is kept.

        Args:
            folder: where the CA's certificate and the kubeconfig are written.
            clock: for timestamps and ages; time-outs of watches are real.
            port: 0 lets the system choose.
            seed: uids, generated names and the token are the same for the same seed.
            history: how many changes of each resource a watch can go back at least.

        Raises:
            OSError: the port or the folder cannot be had.
        """
        server = cls(folder, clock or Clock(), seed, history)
        runner = web.AppRunner(
            _application(server), handler_cancellation=True, access_log=None, shutdown_timeout=1.0
        )
        await runner.setup()
        try:
            site = web.TCPSite(runner, HOST, port, ssl_context=server._context())
            await site.start()
            server.url = f"https://{HOST}:{runner.addresses[0][1]}"
            server.rotate_token()
            yield server
        finally:
            server.faults.close_watches()
            await runner.cleanup()

    def rotate_token(self) -> str:
        """Accept a new token only, and write it into the kubeconfig; open watches go on."""
        self._token = f"lab-{self._chance.getrandbits(128):032x}"
        self.ca_file.parent.mkdir(parents=True, exist_ok=True)
        self.ca_file.write_bytes(self._authority.pem)
        self.kubeconfig.touch(mode=0o600)
        self.kubeconfig.write_text(json.dumps(self._config(), indent=2))
        return self._token

    async def handle(self, http: web.Request) -> web.StreamResponse:
        """Answer one HTTP request."""
        agent = http.headers.get(hdrs.USER_AGENT, "")
        request = read_path(http.method, http.path, http.query, agent)
        broken: Broken | None = None
        try:
            broken = await self.faults.before(request)
            if broken is Broken.BEFORE:
                return self._reset(http, request)
            self._authenticate(http)
            answer = self._api.answer(await _call(http, request))
        except StatusError as error:
            answer = refused(error)
        if broken is Broken.AFTER:
            return self._reset(http, request)
        self.audit.add(request, answer.code if isinstance(answer, Answer) else 200)
        if not isinstance(answer, Answer):
            return await self._stream(http, request, answer)
        response = _response(answer)
        return await _half(http, response) if broken is Broken.HALF else response

    def _authenticate(self, http: web.Request) -> None:
        authorization = http.headers.get(hdrs.AUTHORIZATION, "")
        if self.faults.tokens_rejected or authorization != f"Bearer {self._token}":
            raise unauthorized()

    def _reset(self, http: web.Request, request: Request) -> web.Response:
        self.audit.add(request, 0)
        _abort(http)
        return web.Response()

    async def _stream(self, http: web.Request, request: Request, lines: Stream) -> web.StreamResponse:
        response = web.StreamResponse(headers={hdrs.CONTENT_TYPE: "application/json"})
        await response.prepare(http)
        async for line in lines:
            await response.write(line)
        if self.faults.cuts_off(request):
            _abort(http)
        return response

    def _context(self) -> ssl.SSLContext:
        listener = self._authority.listener([HOST, "localhost"])
        listener.context.verify_mode = ssl.CERT_NONE
        return listener.context

    def _config(self) -> dict[str, Any]:
        cluster = {"server": self.url, "certificate-authority": str(self.ca_file.absolute())}
        context = {"cluster": "lab", "user": "lab", "namespace": "default"}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "lab", "cluster": cluster}],
            "users": [{"name": "lab", "user": {"token": self._token}}],
            "contexts": [{"name": "lab", "context": context}],
            "current-context": "lab",
        }


def _application(server: ApiServer) -> web.Application:
    application = web.Application(client_max_size=BODY_LIMIT)
    application.router.add_route("*", "/{path:.*}", server.handle)
    return application


async def _call(http: web.Request, request: Request) -> Call:
    accept = http.headers.get(hdrs.ACCEPT, "")
    given = http.headers.get(hdrs.CONTENT_TYPE, "").partition(";")[0].strip()
    return Call(request, http.query, accept, given, await http.read())


def _response(answer: Answer) -> web.Response:
    response = web.Response(body=answer.body, status=answer.code)
    response.headers[hdrs.CONTENT_TYPE] = answer.content_type
    for warning in answer.warnings:
        quoted = warning.replace("\\", "\\\\").replace('"', '\\"')
        response.headers.add("Warning", f'299 - "{quoted}"')
    return response


async def _half(http: web.Request, response: web.Response) -> web.StreamResponse:
    body = response.body
    assert isinstance(body, bytes)
    torn = web.StreamResponse(headers=response.headers)
    torn.content_length = len(body)
    await torn.prepare(http)
    await torn.write(body[: len(body) // 2])
    _abort(http)
    return torn


def _abort(http: web.Request) -> None:
    if http.transport is not None:
        http.transport.abort()
