"""Events: one for what happens, a series for what repeats, and none in anybody's way."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from planning_support import NOW
from um_operator.api.meta import ObjectKey
from um_operator.engine.ports import Event
from um_operator.kube.client import KubeClient
from um_operator.kube.errors import KubeError, NotFoundError, UnavailableError
from um_operator.kube.events import NOTE_MAX, SERIES, WAITING, EventPoster
from um_operator.kube.objects import Objects

SBC01 = ObjectKey("UMIPGateway", "sbc01")
LATER = timedelta(minutes=1)


@dataclass
class Server:
    """The API server, as far as events are concerned, and the clock."""

    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    trouble: KubeError | None = None
    now: datetime = NOW

    async def create(self, _resource: object, namespace: str, body: Any) -> Any:
        if self.trouble is not None:
            raise self.trouble
        assert body["metadata"]["namespace"] == namespace
        self.events[body["metadata"]["name"]] = body
        return body

    async def patch(self, _resource: object, _namespace: str, name: str, body: Any) -> Any:
        if name not in self.events:
            raise NotFoundError("it is gone")
        self.events[name] |= body
        return self.events[name]

    def poster(self) -> EventPoster:
        objects = Objects()
        objects.put(GATEWAY)
        return EventPoster(cast("KubeClient", self), objects, "pod-1", lambda: self.now)

    async def happens(self, poster: EventPoster, *events: Event, after: timedelta = LATER) -> None:
        """Post events, the time between two of them apart; return when that is done."""
        stop = asyncio.Event()
        stop.set()
        for event in events:
            poster.of("um").emit(event)
            await poster.run(stop)
            self.now += after

    @property
    def told(self) -> list[tuple[str, int]]:
        """Reason and how often it was seen, in the order in which they came."""
        return [(one["reason"], one.get("series", {}).get("count", 1)) for one in self.events.values()]


GATEWAY = {
    "apiVersion": "unifiedmessaging.dev/v1beta1",
    "kind": "UMIPGateway",
    "metadata": {"name": "sbc01", "namespace": "um", "uid": "1-2-3", "generation": 1, "resourceVersion": "1"},
    "spec": {"address": "sbc01.contoso.com"},
}


def drifted(message: str = 'port: want "5061", have "5060"') -> Event:
    return Event(SBC01, "Warning", "Drifted", message)


async def test_an_event_says_what_happened_to_which_resource_and_who_says_so() -> None:
    server = Server()
    await server.happens(server.poster(), drifted())
    [event] = server.events.values()
    assert (event["type"], event["reason"], event["note"]) == (
        "Warning",
        "Drifted",
        'port: want "5061", have "5060"',
    )
    assert event["regarding"] == {
        "apiVersion": "unifiedmessaging.dev/v1beta1",
        "kind": "UMIPGateway",
        "namespace": "um",
        "name": "sbc01",
        "uid": "1-2-3",
    }
    assert event["reportingInstance"] == "pod-1"


async def test_what_repeats_is_a_series_of_the_first_one_and_what_differs_is_not() -> None:
    server = Server()
    await server.happens(server.poster(), drifted(), drifted(), drifted("port: something else"), drifted())
    assert server.told == [("Drifted", 3), ("Drifted", 1)]


async def test_what_happens_again_after_a_long_time_is_another_event() -> None:
    server = Server()
    await server.happens(server.poster(), drifted(), drifted(), after=SERIES + LATER)
    assert server.told == [("Drifted", 1), ("Drifted", 1)]


async def test_a_series_whose_event_has_expired_begins_anew() -> None:
    server = Server()
    poster = server.poster()
    await server.happens(poster, drifted())
    server.events.clear()
    await server.happens(poster, drifted())
    assert server.told == [("Drifted", 1)]


async def test_one_that_cannot_be_posted_is_lost_and_said_and_the_next_is_posted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = Server(trouble=UnavailableError("no answer in time"))
    poster = server.poster()
    await server.happens(poster, drifted())
    server.trouble = None
    await server.happens(poster, Event(SBC01, "Normal", "Applied", "Set port."))
    assert server.told == [("Applied", 1)]
    assert 'event Drifted of UMIPGateway "um/sbc01" is lost: no answer in time' in caplog.text


async def test_beyond_a_bound_the_oldest_are_dropped_and_that_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = Server()
    poster = server.poster()
    for number in range(WAITING + 2):
        poster.of("um").emit(drifted(f"change {number}"))
    await server.happens(poster, drifted("the last"))
    notes = [one["note"] for one in server.events.values()]
    assert (len(notes), notes[0], notes[-1]) == (WAITING, "change 3", "the last")
    assert poster.dropped == 3
    assert "an event is dropped, too many wait: Drifted" in caplog.text


async def test_a_long_note_is_cut_to_the_bytes_that_an_api_server_takes() -> None:
    server = Server()
    await server.happens(server.poster(), drifted("x" + "ü" * NOTE_MAX))
    [event] = server.events.values()
    assert event["note"] == "x" + "ü" * ((NOTE_MAX - 1) // 2)
