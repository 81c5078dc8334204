"""Planned trouble with the API happens as it is named, to whom it is meant, and no longer."""

import time

import aiohttp
import pytest

from cluster_lab_support import Api, told
from um_operator.lab.cluster.errors import StatusError
from um_operator.lab.cluster.faults import ALWAYS, Broken, Where
from um_operator.lab.cluster.server import ApiServer

OVERLOADED = StatusError(429, "TooManyRequests", "try again later")


async def test_after_a_compaction_an_old_version_is_gone_and_a_new_list_helps(
    api: Api, server: ApiServer
) -> None:
    made = await api.create("w")
    await api.create("v")
    server.faults.compact()
    assert await api.watch(resourceVersion=made["metadata"]["resourceVersion"]) == [("ERROR", "Expired")]
    listed = (await api.ask("GET", api.widgets)).body["metadata"]["resourceVersion"]
    assert await api.watch(resourceVersion=listed, timeoutSeconds="1") == []


async def test_all_watches_can_be_closed_and_go_on_where_they_were(api: Api, server: ApiServer) -> None:
    made = await api.create("w")
    version = made["metadata"]["resourceVersion"]
    async with api.watching(resourceVersion=version) as first, api.watching() as second:
        server.faults.close_watches()
        assert (await told(first), await told(second)) == ([], [("ADDED", "w")])
    await api.create("v")
    assert await api.watch(resourceVersion=version, timeoutSeconds="1") == [("ADDED", "v")]


async def test_in_an_outage_nobody_gets_an_answer_and_watches_break(api: Api, server: ApiServer) -> None:
    async with api.watching() as watch:
        with server.faults.outage():
            with pytest.raises(aiohttp.ClientError):
                await api.names()
            with pytest.raises(aiohttp.ClientError):
                await told(watch)
    assert await api.names() == []


async def test_what_is_deleted_during_a_gap_is_told_to_no_watch(api: Api, server: ApiServer) -> None:
    made = await api.create("w")
    with server.faults.gap("tests/*"):
        with pytest.raises(aiohttp.ClientError):
            await api.names()
        await api.ask("DELETE", f"{api.widgets}/w", user_agent="administrator")
    assert await api.watch(resourceVersion=made["metadata"]["resourceVersion"]) == [("ERROR", "Expired")]
    assert await api.names() == []


async def test_rejected_tokens_are_unauthorized_until_they_are_accepted_again(
    api: Api, server: ApiServer
) -> None:
    with server.faults.rejected_tokens():
        assert (await api.ask("GET", api.widgets)).code == 401
    assert await api.names() == []


async def test_a_refusal_hits_whom_it_is_meant_for_so_many_times(api: Api, server: ApiServer) -> None:
    where = Where(verb="list", resource="widgets", user_agent="tests/*", nth=2, times=2)
    server.faults.refuse(where, OVERLOADED)
    codes = [(await api.ask("GET", api.widgets)).code for _ in range(4)]
    assert codes == [200, 429, 429, 200]
    assert (await api.ask("GET", "/api/v1/namespaces")).code == 200


async def test_a_refused_write_did_nothing(api: Api, server: ApiServer) -> None:
    await api.create("w")
    server.faults.refuse(Where(verb="patch", resource="widgets/status"), OVERLOADED)
    patch, path = {"status": {"message": "m"}}, f"{api.widgets}/w/status"
    codes = [
        (await api.ask("PATCH", path, patch, content_type="application/merge-patch+json")).code
        for _ in range(2)
    ]
    assert codes == [429, 200]


async def test_a_fault_can_be_taken_back(api: Api, server: ApiServer) -> None:
    take_back = server.faults.refuse(Where(times=ALWAYS), OVERLOADED)
    assert (await api.ask("GET", api.widgets)).code == 429
    take_back()
    assert (await api.ask("GET", api.widgets)).code == 200


async def test_a_list_that_fails_half_way_is_no_list(api: Api, server: ApiServer) -> None:
    await api.create("w")
    server.faults.fail_list_half_way("widgets")
    with pytest.raises(aiohttp.ClientPayloadError):
        await api.names()
    assert await api.names() == ["w"]


@pytest.mark.parametrize(("how", "left"), [(Broken.BEFORE, []), (Broken.AFTER, ["w"]), (Broken.HALF, ["w"])])
async def test_a_connection_breaks_before_or_after_the_effect(
    api: Api, server: ApiServer, how: Broken, left: list[str]
) -> None:
    server.faults.break_connection(Where(verb="create"), how)
    with pytest.raises(aiohttp.ClientError):
        await api.create("w")
    assert await api.names() == left


async def test_a_delay_is_waited(api: Api, server: ApiServer) -> None:
    server.faults.delay(Where(verb="list"), 0.2)
    begun = time.monotonic()
    await api.names()
    assert time.monotonic() - begun >= 0.2
