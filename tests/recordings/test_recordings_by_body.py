"""Recorded dialogues whose script a test body stands in for: it writes the same objects by the lab's API."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import psrpcore
import pytest

from um_operator.lab.clock import Clock
from um_operator.lab.powershell import Caller, CmdletError, PSObject, Value
from um_operator.lab.wsman.invocation_info import SCRIPT, InvocationInfo
from um_operator.lab.wsman.pipeline import ClientStreams, Runner
from um_operator.lab.wsman.records import TerminatedError
from um_operator.lab.wsman.server import WSManServer
from um_operator.lab.wsman.service import Endpoint, Quotas
from wsman_jea import JEAHost
from wsman_replay import ScriptStep
from wsman_replay_server import MakeEndpoint, replay

Body: TypeAlias = Callable[[psrpcore.PowerShell, Sequence[Value], ClientStreams], Awaitable[None]]
WRITE_ERROR = "Microsoft.PowerShell.Commands.WriteErrorException"


@dataclass(frozen=True)
class BodyRunner:
    """Runs a test body in place of every pipeline."""

    body: Body

    async def run(
        self, pipeline: psrpcore.PowerShell, given: Sequence[Value], streams: ClientStreams
    ) -> None:
        await self.body(pipeline, given, streams)


def running(body: Body) -> MakeEndpoint:
    """Return what makes an endpoint behind which only the body runs."""

    class BodyEndpoint(Endpoint):
        def runner(self, caller: Caller, invocations: Counter[str]) -> Runner:
            return BodyRunner(body)

    return lambda configuration: BodyEndpoint("/wsman", configuration, JEAHost())


def preparing_modules(streams: ClientStreams) -> None:
    """Write what the first pipeline of a runspace shows while it loads modules."""
    streams.progress("Preparing modules for first use.", " ", completed=True)


def script(pipeline: psrpcore.PowerShell) -> InvocationInfo:
    return InvocationInfo("", SCRIPT, str(pipeline.commands[0].command_text))


def attributed(streams: ClientStreams, info: InvocationInfo) -> ClientStreams:
    return ClientStreams(streams.send, streams.enums, info)


async def test_objects_of_the_client_come_back_as_they_were_serialised() -> None:
    async def body(pipeline: psrpcore.PowerShell, given: Sequence[Value], streams: ClientStreams) -> None:
        streams = attributed(streams, replace(script(pipeline), expecting_input=True))
        preparing_modules(streams)
        streams.debug("Start Block")
        for value in given:
            streams.output(deserialized(value))
        attributed(streams, replace(script(pipeline), expecting_input=True, iteration=(4, 4))).debug(
            "End Block"
        )

    await replay("psrp_with_input", endpoint=running(body))


def deserialized(value: Value) -> Value:
    """Return a collection of the client as a server serialises it a second time."""
    if isinstance(value, Mapping):
        names = ("System.Collections.Hashtable", "System.Object")
        return PSObject(tuple(f"Deserialized.{name}" for name in names), "", {}, items=value)
    if isinstance(value, tuple):
        array = ("System.Object[]", "System.Array", "System.Object")
        return PSObject(tuple(f"Deserialized.{name}" for name in array), "", {}, items=value)
    return value


async def test_a_pipeline_larger_than_an_envelope_arrives_whole() -> None:
    async def body(_: psrpcore.PowerShell, given: Sequence[Value], streams: ClientStreams) -> None:
        streams.output(given[0])
        streams.output("a" * 20_000)
        streams.output("a" * 10_000)

    quotas = Quotas(envelope_bytes=32 * 1024, idle_timeout=timedelta(hours=2))
    await replay("psrp_small_msg_size", endpoint=running(body), quotas=quotas)


async def test_a_large_file_comes_down_the_pipeline() -> None:
    async def body(_: psrpcore.PowerShell, given: Sequence[Value], streams: ClientStreams) -> None:
        *chunks, digest = (base64.b64decode(str(value)) for value in given)
        assert hashlib.sha1(b"".join(chunks), usedforsecurity=False).hexdigest() == digest.decode()
        preparing_modules(streams)
        streams.output("C:\\Users\\vagrant\\Documents\\test_file")

    await replay("client_copy_file_really_large", endpoint=running(body))


async def test_an_object_larger_than_a_fragment_is_cut() -> None:
    content = b"abc\r\n" * 50_000 + b"\r\n"

    async def body(_: psrpcore.PowerShell, _given: Sequence[Value], streams: ClientStreams) -> None:
        preparing_modules(streams)
        preparing_modules(streams)
        streams.output(base64.b64encode(content).decode())
        streams.output(hashlib.sha1(content, usedforsecurity=False).hexdigest())

    await replay("client_fetch_file", endpoint=running(body))


async def test_a_receive_times_out_while_a_cmdlet_runs() -> None:
    release = asyncio.Event()

    async def body(_: psrpcore.PowerShell, _given: Sequence[Value], streams: ClientStreams) -> None:
        await release.wait()
        streams.output("hi")

    def during(server: WSManServer, clock: Clock) -> Mapping[int, ScriptStep]:
        async def time_passes() -> None:
            before = server.counters.faults.total()
            while server.counters.faults.total() == before:
                clock.advance(timedelta(seconds=20))
                await asyncio.sleep(0.01)

        return {4: time_passes, 5: time_passes}

    def before(_: WSManServer, __: Clock) -> Mapping[int, ScriptStep]:
        async def end() -> None:
            release.set()

        return {6: end}

    await replay("psrp_long_running_cmdlet", endpoint=running(body), during=during, before=before)


async def test_a_record_of_every_stream() -> None:
    async def body(pipeline: psrpcore.PowerShell, _given: Sequence[Value], streams: ClientStreams) -> None:
        streams = attributed(streams, script(pipeline))
        preparing_modules(streams)
        streams.debug("debug stream")
        streams.verbose("verbose stream")
        error = CmdletError("error stream", WRITE_ERROR, exception_type=WRITE_ERROR)
        streams.error(replace(error, activity="Write-Error"))
        streams.output("output stream")
        streams.warning("warning stream")
        at = datetime(2018, 6, 13, 23, 45, 29, tzinfo=UTC)
        streams.information("information stream", "Write-Information", Caller("user", "computer", ""), at)

    await replay("psrp_stream_output_invocation", endpoint=running(body))


async def test_an_error_ends_the_pipeline() -> None:
    async def body(pipeline: psrpcore.PowerShell, _given: Sequence[Value], streams: ClientStreams) -> None:
        preparing_modules(streams)
        streams.output("before")
        text = script(pipeline).definition
        position = (
            "At line:1 char:55\r\n"
            "+ ... onPreference = 'Stop'; Write-Output before; Write-Error error; Write- ...\r\n"
            "+                                                 ~~~~~~~~~~~~~~~~~"
        )
        info = InvocationInfo("", SCRIPT, text, line=text, line_number=1, offset=55, position=position)
        error = CmdletError("error", WRITE_ERROR, exception_type=WRITE_ERROR, activity="Write-Error")
        raise TerminatedError(error, info)

    await replay("psrp_error_failed", endpoint=running(body))


@pytest.mark.parametrize("text", ["before", "Before", None], ids=["source", "text", "record"])
async def test_the_replay_notices_what_is_missing_or_different(text: str | None) -> None:
    async def body(pipeline: psrpcore.PowerShell, _given: Sequence[Value], streams: ClientStreams) -> None:
        preparing_modules(streams)
        if text is not None:
            streams.output(text)
        raise CmdletError("error", WRITE_ERROR, exception_type=WRITE_ERROR, activity="Write-Error")

    with pytest.raises(AssertionError, match="the lab has"):
        await replay("psrp_error_failed", endpoint=running(body))
