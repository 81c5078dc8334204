"""The real kustomize-controller, the repositories that it fetches and the Kustomizations that it applies."""

from __future__ import annotations

import asyncio
import hashlib
import io
import tarfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from aiohttp import web

from cluster_apiserver import APIServer
from cluster_programs import program
from incluster.harness import condition
from um_operator.kube.client import KubeClient
from um_operator.kube.resources import RawObject, ResourceType
from um_operator.lab.cluster.programs import Running
from um_operator.web.listener import BindAddress, listening

S = TypeVar("S")

NAMESPACE: Final = "flux-system"
SOURCES: Final = ResourceType("source.toolkit.fluxcd.io", "v1", "gitrepositories", "GitRepository")
KUSTOMIZATIONS: Final = ResourceType("kustomize.toolkit.fluxcd.io", "v1", "kustomizations", "Kustomization")
REQUESTED_AT: Final = "reconcile.fluxcd.io/requestedAt"
SOON: Final = 45.0
"""Seconds within which Flux must have come to an end; it looks at health every 5, for 30 at least."""
_PAUSE: Final = 0.1
_FEATURES: Final = ("--feature-gates=CancelHealthCheckOnNewRevision=true",)
"""What is pushed meanwhile is not kept waiting by what waits for health."""
_ONCE: Final = "2026-11-26T17:00:00Z"


@dataclass
class Flux:
    """Flux with its client; every Kustomization has a repository of the same name.

    Attributes:
        archives: what is served, by path.
        url: where.
    """

    client: KubeClient
    url: str
    archives: dict[str, bytes] = field(default_factory=dict)

    async def deploy(self, name: str, files: Mapping[str, str], **spec: Any) -> None:
        """Make a repository and a Kustomization that applies it."""
        source = {"interval": "1h", "url": "https://git.contoso.com/telephony/gitops.git"}
        await self.client.create(SOURCES, NAMESPACE, _object(SOURCES, name, source))
        await self.publish(name, files)
        reference = {"kind": "GitRepository", "name": name}
        applies = {"interval": "1h", "prune": True, **spec, "path": "./", "sourceRef": reference}
        await self.client.create(KUSTOMIZATIONS, NAMESPACE, _object(KUSTOMIZATIONS, name, applies))

    async def publish(self, name: str, files: Mapping[str, str]) -> str:
        """Serve an archive of the files and point to it, as source-controller does; return its revision."""
        archive = _packed(files)
        digest = hashlib.sha256(archive).hexdigest()
        path = f"{name}/{digest}.tar.gz"
        self.archives[path] = archive
        artifact = {
            "url": f"{self.url}/{path}",
            "path": path,
            "revision": f"main@sha1:{digest[:40]}",
            "digest": f"sha256:{digest}",
            "lastUpdateTime": _ONCE,
        }
        ready = {"type": "Ready", "status": "True", "reason": "Succeeded", "message": "stored"}
        conditions = [{**ready, "lastTransitionTime": _ONCE, "observedGeneration": 1}]
        status = {"observedGeneration": 1, "artifact": artifact, "conditions": conditions}
        await self.client.patch(SOURCES, NAMESPACE, name, {"status": status}, "status")
        return digest[:40]

    async def reconciled(self, name: str, request: str) -> RawObject:
        """Ask for a reconciliation; return the Kustomization once it came to an end."""
        body = {"metadata": {"annotations": {REQUESTED_AT: request}}}
        await self.client.patch(KUSTOMIZATIONS, NAMESPACE, name, body)
        await self._until(name, lambda raw: raw["status"].get("lastHandledReconcileAt") == request)
        return await self.done(name)

    async def done(self, name: str, revision: str = "") -> RawObject:
        """Return a Kustomization once Flux came to an end with it, well or not."""

        def ended(raw: RawObject) -> bool:
            attempted = raw["status"].get("lastAttemptedRevision", "")
            ready = condition(raw, "Ready")
            return attempted.endswith(revision) and ready is not None and ready["status"] != "Unknown"

        return await self._until(name, ended)

    async def checking_health(self, name: str) -> RawObject:
        """Return a Kustomization once everything is applied and Flux waits for it."""

        def waits(raw: RawObject) -> bool:
            found = condition(raw, "Healthy")
            return found is not None and found["status"] == "Unknown"

        return await self._until(name, waits)

    async def _until(self, name: str, holds: Callable[[RawObject], bool]) -> RawObject:
        async def kustomization() -> RawObject:
            return await self.client.get(KUSTOMIZATIONS, NAMESPACE, name)

        return await eventually(kustomization, lambda raw: "status" in raw and holds(raw))


async def eventually(get: Callable[[], Awaitable[S]], holds: Callable[[S], bool]) -> S:
    """Return what is got as soon as it is as wanted.

    Raises:
        AssertionError: it was not in time; shows what it was last.
    """
    end = asyncio.get_running_loop().time() + SOON
    while not holds(seen := await get()):
        assert asyncio.get_running_loop().time() < end, f"not within {SOON:.0f} s: {seen}"
        await asyncio.sleep(_PAUSE)
    return seen


@asynccontextmanager
async def flux(server: APIServer, client: KubeClient, folder: Path) -> AsyncIterator[Flux]:
    """Run the kustomize-controller beside the block, and serve it archives."""
    archives: dict[str, bytes] = {}

    async def get(request: web.Request) -> web.Response:
        found = archives.get(request.match_info["path"])
        return web.Response(status=404) if found is None else web.Response(body=found)

    app = web.Application()
    app.router.add_get("/{path:.+}", get)
    async with listening(app, BindAddress("127.0.0.1", 0)) as port:
        with _kustomize_controller(server, folder):
            yield Flux(client, f"http://127.0.0.1:{port}", archives)


@contextmanager
def _kustomize_controller(server: APIServer, folder: Path) -> Iterator[None]:
    """Run it; what it says is in ``kustomize-controller.log``."""
    flags = ("--metrics-addr=127.0.0.1:0", "--health-addr=127.0.0.1:0", "--concurrent=8", *_FEATURES)
    environment = {**server.environment(), "RUNTIME_NAMESPACE": NAMESPACE, "TMPDIR": str(folder)}
    running = Running(program("kustomize-controller"), flags, folder, environment)
    try:
        yield
        running.check()
    finally:
        running.kill()


def _object(resource: ResourceType, name: str, spec: Mapping[str, Any]) -> RawObject:
    return {
        "apiVersion": f"{resource.group}/{resource.version}",
        "kind": resource.kind,
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": spec,
    }


def _packed(files: Mapping[str, str]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for path, text in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return packed.getvalue()
