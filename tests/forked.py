"""Our programs as processes of their own, forked from one that has loaded them and nothing else yet.

Loading them takes longer than most of their runs. That the installed commands start is tried where the
command line is.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Callable, Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import TypeAlias

Program: TypeAlias = Callable[[list[str]], object]
"""Takes a command line without the program's name; what it returns, or exits with, is its exit code."""

STANDARD_STREAMS = (1, 2)
LOADED = multiprocessing.get_context("forkserver")
LOADED.set_forkserver_preload(
    ["__main__", "um_operator.cli.main", "um_operator.cli.operator", "um_operator.remoting.pypsrp_backend"]
)


async def start(
    program: Program, arguments: list[str], environment: Mapping[str, str], output: Path | None = None
) -> ForkServerProcess:
    """Start a program.

    Args:
        program: a function of a module.
        arguments: its command line.
        environment: what it has beside the environment of the tests.
        output: where it writes what it says; to where the tests do when absent.
    """
    process = LOADED.Process(target=_run, args=(program, arguments, environment, output))
    await asyncio.to_thread(process.start)
    return process


async def ended(process: ForkServerProcess, within: float | None) -> int:
    """Return a process's exit code once it ended, negative for a signal; one that hangs is killed.

    Raises:
        TimeoutError: it did not end within so many seconds.
    """
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(process.sentinel, over.set)
    try:
        async with asyncio.timeout(within):
            await over.wait()
    except BaseException:
        process.kill()
        raise
    finally:
        loop.remove_reader(process.sentinel)
        process.join()
    assert process.exitcode is not None
    return process.exitcode


def _run(program: Program, arguments: list[str], environment: Mapping[str, str], output: Path | None) -> None:
    if output is not None:
        with output.open("wb") as file:
            for stream in STANDARD_STREAMS:
                os.dup2(file.fileno(), stream)
    os.environ.update(environment)
    raise SystemExit(program(arguments))
