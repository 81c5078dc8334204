"""The lab's API server for tests that talk to it from outside: in a thread of its own, with kubectl."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import cluster_programs
from um_operator.lab.cluster.faults import Faults
from um_operator.lab.cluster.server import ApiServer

T = TypeVar("T")


class SimulatedAPIServer:
    """A running simulator with the same surface as the tests' real API server."""

    def __init__(self, folder: Path, server: ApiServer, loop: asyncio.AbstractEventLoop) -> None:
        self._server = server
        self._loop = loop
        self.folder = folder
        self.url = server.url
        self.ca_file = server.ca_file
        self.kubeconfig = server.kubeconfig

    @property
    def token(self) -> str:
        """The bearer token that is accepted now."""
        return self._server.token

    def have(self, done: Callable[[ApiServer], T]) -> T:
        """Do something with the server in its own loop."""

        async def do() -> T:
            return done(self._server)

        return asyncio.run_coroutine_threadsafe(do(), self._loop).result(timeout=10)

    @contextmanager
    def trouble(self, begin: Callable[[Faults], AbstractContextManager[None]]) -> Iterator[None]:
        """Have a fault last for the block."""
        fault = self.have(lambda server: begin(server.faults))
        self.have(lambda _: fault.__enter__())
        try:
            yield
        finally:
            self.have(lambda _: fault.__exit__(None, None, None))

    def kubectl(
        self,
        *arguments: str,
        input: str | None = None,  # noqa: A002 - as in subprocess.run
        timeout: float = 30.0,
    ) -> subprocess.CompletedProcess[str]:
        """Run kubectl; a refusal is the caller's to judge."""
        program = kubectl_program()
        assert program is not None, "no kubectl"
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("KUBE")},
            "KUBECONFIG": str(self.kubeconfig),
            "KUBECACHEDIR": str(self.folder / "kubectl"),
            "HOME": str(self.folder),
        }
        return subprocess.run(
            [program, *arguments],
            env=environment,
            input=input or "",
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )


def kubectl_program() -> str | None:
    """Return kubectl: of the folder of a real cluster's programs, else of the path."""
    with suppress(FileNotFoundError):
        return str(cluster_programs.program("kubectl"))
    return shutil.which("kubectl")


@contextmanager
def simulated_api_server(folder: Path) -> Iterator[SimulatedAPIServer]:
    """Run the simulator until the block ends."""
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    started: asyncio.Queue[ApiServer] = asyncio.Queue()

    async def serve() -> None:
        async with ApiServer.start(folder) as server:
            await started.put(server)
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=[serve()], daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(started.get(), loop).result(timeout=10)
    try:
        yield SimulatedAPIServer(folder, server, loop)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(timeout=10)
        loop.close()
