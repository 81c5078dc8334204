"""What the two ports answer: read-only, bounded, and gone with the block that opened them."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, web

from board_support import BUILD, organization_of, sample
from remoting_support import eventually
from um_operator.observability.recorder import Metrics
from um_operator.web import listener, serving
from um_operator.web.health import Check, Verdict
from um_operator.web.listener import BindAddress, BindAddressError, listening

LOOPBACK = BindAddress("127.0.0.1", 0)
GOOD = Verdict((Check("lease", True, "the Lease is held"),))
BAD = Verdict((*GOOD.checks, Check("lists", False, "UMIPGateway: not listed to the end yet")))


@asynccontextmanager
async def client(app: web.Application) -> AsyncIterator[ClientSession]:
    async with (
        listening(app, LOOPBACK) as port,
        ClientSession(f"http://127.0.0.1:{port}", auto_decompress=True) as session,
    ):
        yield session


def shown() -> Metrics:
    metrics = Metrics(BUILD)
    metrics.organization("um", "contoso").show(organization_of(sample()))
    return metrics


async def test_a_scrape_gets_the_metrics_in_its_format() -> None:
    async with client(serving.metrics_app(shown())) as session:
        accept = {"Accept": "application/openmetrics-text;version=1.0.0"}
        async with session.get("/metrics", headers=accept) as response:
            assert response.status == 200
            assert response.headers["Content-Type"].startswith("application/openmetrics-text")
            assert response.headers["Content-Encoding"] in {"gzip", "deflate"}
            assert response.headers["Cache-Control"] == "no-store"
            assert "um_operator_organizations 1.0" in await response.text()


@pytest.mark.parametrize(("verdict", "status"), [(GOOD, 200), (BAD, 503)])
async def test_a_probe_answers_each_check_in_words(verdict: Verdict, status: int) -> None:
    app = serving.probes_app(ready=lambda: verdict, alive=lambda: GOOD)
    async with client(app) as session, session.get("/readyz") as response:
        assert response.status == status
        body = json.loads(await response.text())
        assert body["passed"] == verdict.passed
        assert [(one["name"], one["passed"], one["message"]) for one in body["checks"]] == [
            (check.name, check.passed, check.message) for check in verdict.checks
        ]


async def test_liveness_is_asked_anew_each_time() -> None:
    answers = [BAD, GOOD]
    app = serving.probes_app(ready=lambda: BAD, alive=answers.pop)
    async with client(app) as session:
        assert [(await session.get("/healthz")).status for _ in range(2)] == [200, 503]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/metrics", 405), ("DELETE", "/metrics", 405), ("HEAD", "/metrics", 200), ("GET", "/", 404)],
)
async def test_nothing_but_reading_is_offered(method: str, path: str, status: int) -> None:
    async with client(serving.metrics_app(shown())) as session, session.request(method, path) as response:
        assert response.status == status


async def test_a_body_is_refused() -> None:
    app = serving.metrics_app(shown())
    async with client(app) as session, session.get("/metrics", data=b"x") as response:
        assert response.status == 413


async def test_a_request_that_does_not_come_to_its_end_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "_IDLE", 0.05)
    async with listening(serving.metrics_app(shown()), LOOPBACK) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: here\r\n")
        assert await asyncio.wait_for(reader.read(), 10) == b""
        writer.close()


class Held:
    """Metrics whose rendering takes until the test lets it go on."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.begun = 0

    def exposition(self, _accept: str) -> tuple[bytes, str]:
        self.begun += 1
        assert self.go_on.wait(10)
        return b"", "text/plain"


async def test_a_slow_scrape_blocks_neither_the_loop_nor_lets_others_pile_up() -> None:
    held = Held()
    async with client(serving.metrics_app(held)) as session:
        scrapes = [asyncio.create_task(session.get("/metrics")) for _ in range(serving.SCRAPES)]
        await eventually(lambda: held.begun == serving.SCRAPES)
        assert (await session.get("/metrics")).status == 503
        held.go_on.set()
        assert [(await scrape).status for scrape in scrapes] == [200] * serving.SCRAPES


async def test_an_answer_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "DEADLINE", 0.05)
    held = Held()
    async with client(serving.metrics_app(held)) as session, session.get("/metrics") as response:
        assert response.status == 503
        held.go_on.set()


async def test_the_port_is_free_again_after_the_block() -> None:
    async with listening(serving.metrics_app(shown()), LOOPBACK) as port:
        with pytest.raises(BindAddressError, match=f'cannot listen on "127.0.0.1:{port}": '):
            async with listening(serving.metrics_app(shown()), BindAddress("127.0.0.1", port)):
                pass
    async with listening(serving.metrics_app(shown()), BindAddress("127.0.0.1", port)) as again:
        assert again == port


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("0.0.0.0:8080", "0.0.0.0", 8080),
        (":8081", "", 8081),
        ("[::1]:9", "::1", 9),
        ("localhost:65535", "localhost", 65535),
    ],
)
def test_an_address_is_read_as_it_is_written(text: str, host: str, port: int) -> None:
    address = BindAddress.parse(text)
    assert address == BindAddress(host, port)
    assert str(address) == text


@pytest.mark.parametrize("text", ["", "8080", "0.0.0.0", "::1:80", "[::1]", "host:65536", "host:-1", "[x]:1"])
def test_what_is_no_address_is_refused_with_the_forms_that_are(text: str) -> None:
    with pytest.raises(BindAddressError, match="is no address to listen on; write HOST:PORT"):
        BindAddress.parse(text)
