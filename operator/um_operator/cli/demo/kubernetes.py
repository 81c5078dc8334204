"""Which Kubernetes API the demo runs on: one of yours, a real one that is found here, or the lab's."""

from __future__ import annotations

import asyncio
import shlex
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from um_operator.kube.login import Credentials
from um_operator.lab.clock import Clock
from um_operator.lab.cluster.programs import ASSETS, Programs
from um_operator.lab.cluster.real_server import RealApiServer
from um_operator.lab.cluster.server import ApiServer
from um_operator.local.errors import LocalError


class Api(StrEnum):
    """Which API is started (--api)."""

    SIMULATOR = "simulator"
    REAL = "real"


@dataclass(frozen=True, slots=True)
class Kubernetes:
    """The API of a demo: that of a context of yours, else a real one, else the simulated one."""

    context: str | None = None
    programs: Programs | None = None

    @property
    def is_yours(self) -> bool:
        """Whether it stays when the demo ends."""
        return self.context is not None

    @property
    def sentence(self) -> str:
        """Return what it is, for the first line."""
        if self.context is not None:
            return f'The Kubernetes API of context "{self.context}"'
        if self.programs is not None:
            return f"A real Kubernetes API (kube-apiserver and etcd of {self.programs.apiserver.parent})"
        return "A simulated Kubernetes API"

    @asynccontextmanager
    async def running(self, folder: Path, clock: Clock) -> AsyncIterator[Credentials]:
        """Run it while the block lasts; its files are in a folder.

        Raises:
            LocalError: the real one does not come up.
        """
        if self.context is not None:
            yield Credentials(context=self.context)
        elif self.programs is not None:
            async with _real(folder, self.programs) as server:
                yield Credentials(kubeconfig=server.kubeconfig)
        else:
            async with ApiServer.start(folder, clock=clock) as simulator:
                yield Credentials(kubeconfig=simulator.kubeconfig)

    def kubectl(self, credentials: Credentials) -> str:
        """Return how kubectl is called on it."""
        beside = self.programs.kubectl if self.programs else None
        command = str(beside) if beside and not shutil.which("kubectl") else "kubectl"
        if credentials.kubeconfig is None:
            return f"{command} --context {shlex.quote(self.context or '')}"
        return f"{command} --kubeconfig {shlex.quote(str(credentials.kubeconfig))}"


def chosen(api: Api | None, context: str | None) -> Kubernetes:
    """Return the API to run on, as the command line says, else the best there is.

    Raises:
        LocalError: a real one is asked for and is not here.
    """
    if context is not None or api is Api.SIMULATOR:
        return Kubernetes(context)
    programs = Programs.found()
    if programs is None and api is Api.REAL:
        raise LocalError(
            f"there is no kube-apiserver with etcd beside it: name their folder in {ASSETS}, "
            "run tools/apiserver.sh, or take --api simulator"
        )
    return Kubernetes(programs=programs)


@asynccontextmanager
async def _real(folder: Path, programs: Programs) -> AsyncIterator[RealApiServer]:
    """Run a real API server; it comes up in a thread, for that takes seconds."""
    running = RealApiServer.running(folder, programs)
    try:
        server = await asyncio.to_thread(running.__enter__)
    except (RuntimeError, OSError) as error:
        raise LocalError(f"the real Kubernetes API does not come up; try --api simulator: {error}") from None
    try:
        yield server
    finally:
        await asyncio.to_thread(running.__exit__, None, None, None)
