"""An operator at work in a cluster: simulated API server, simulated Exchange, over real sockets."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from cluster_simulator import SimulatedAPIServer
from estate.harness import account_of
from um_operator.api.meta import GROUP, KindName
from um_operator.app import operator
from um_operator.app.operator import Ending, OperatorSettings
from um_operator.engine.ports import Clock
from um_operator.kube.client import KubeClient
from um_operator.kube.errors import ConflictError, NotFoundError
from um_operator.kube.lease import LeaseTimes
from um_operator.kube.login import Credentials
from um_operator.kube.resources import (
    CONFIG_MAPS,
    DEFINITIONS,
    EVENTS,
    LEASES,
    NAMESPACES,
    OURS,
    SECRETS,
    RawObject,
    ResourceType,
)
from um_operator.lab.cluster.server import ApiServer
from um_operator.lab.estate import Lab
from um_operator.remoting import connect_to
from um_operator.web.listener import BindAddress

REPOSITORY = Path(__file__).parents[2]
Reference: TypeAlias = tuple[KindName, str]
NAMESPACE = "um"
SOON = 120.0
"""Real seconds within which what a test waits for must have happened; much longer than it takes."""
PAUSE = 0.1
"""Real seconds between two looks: each is a request that the tests' own process sends and answers."""
ANYWHERE = BindAddress("127.0.0.1", 0)


@dataclass
class Cluster:
    """A cluster as somebody with kubectl meets it."""

    client: KubeClient
    kubeconfig: Path
    namespace: str = NAMESPACE

    async def apply(self, *documents: Mapping[str, Any]) -> None:
        """Make each object, or merge what is declared into the one that is there."""
        for document in documents:
            kind = resource_of(document)
            namespace = None if kind in {NAMESPACES, DEFINITIONS} else self.namespace
            metadata = {**document["metadata"], **({"namespace": namespace} if namespace else {})}
            body = {**document, "metadata": metadata}
            try:
                await self.client.create(kind, namespace, body)
            except ConflictError:
                await self.client.patch(kind, namespace, metadata["name"], body)

    async def patch(self, kind: KindName, name: str, body: RawObject, subresource: str = "") -> None:
        """Merge a change into one of our resources."""
        await self.client.patch(OURS[kind], self.namespace, name, body, subresource)

    async def annotate(self, kind: KindName, name: str, **annotations: str | None) -> None:
        """Set annotations of our group; underscores stand for dashes."""
        ours = {f"{GROUP}/{key.replace('_', '-')}": value for key, value in annotations.items()}
        await self.patch(kind, name, {"metadata": {"annotations": ours}})

    async def delete(self, kind: KindName, name: str) -> None:
        """Delete one of our resources, without waiting until it is gone."""
        await self.client.delete(OURS[kind], self.namespace, name)

    async def get(self, kind: KindName, name: str) -> RawObject | None:
        """Return one of our resources, ``None`` if there is none."""
        try:
            return await self.client.get(OURS[kind], self.namespace, name)
        except NotFoundError:
            return None

    async def listed(self, resource: ResourceType) -> Sequence[RawObject]:
        """Return everything of a kind in the namespace."""
        page = await self.client.page(resource, self.namespace, limit=5_000, position=None)
        return list(page["items"])

    async def events(self, name: str) -> Sequence[tuple[str, str]]:
        """Return (reason, note) of the events about an object."""
        found = await self.listed(EVENTS)
        return [(event["reason"], event["note"]) for event in found if event["regarding"]["name"] == name]

    async def ready(self, kind: KindName, name: str) -> tuple[str, str]:
        """Return status and reason of a resource's Ready; empty where there is none."""
        found = condition(await self.get(kind, name), "Ready")
        return (found["status"], found["reason"]) if found else ("", "")

    async def reconciled(self, request: str, organization: str = "default") -> None:
        """Ask for a full pass and wait until one answers."""
        await self.annotate("ExchangeOrganization", organization, reconcile_requested_at=request)

        async def echoed() -> bool:
            raw = await self.get("ExchangeOrganization", organization)
            return raw is not None and raw["status"].get("lastHandledReconcileAt") == request

        await until(echoed, f'the request "{request}" is echoed')

    async def until_ready(self, *references: Reference, reason: str = "") -> None:
        """Wait until each of these is Ready=True for its newest generation, or not True for a reason."""

        async def all_are() -> bool:
            objects = [await self.get(kind, name) for kind, name in references]
            return all(_is(one, reason) for one in objects)

        await until(all_are, f"{references} are ready")


@dataclass
class Replica:
    """A running operator process, as a task of this one."""

    task: asyncio.Task[Ending]
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def end(self) -> Ending:
        """Ask it to end as SIGTERM does, and wait for that."""
        self.stop.set()
        return await asyncio.wait_for(self.task, SOON)


@asynccontextmanager
async def cluster_of(server: ApiServer | SimulatedAPIServer) -> AsyncIterator[Cluster]:
    """Give access to a cluster in which our kinds are known."""
    credentials = Credentials(server.kubeconfig)
    async with KubeClient(credentials.configuration, user_agent="kubectl") as client:
        cluster = Cluster(client, server.kubeconfig)
        await cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        await cluster.apply(*definitions())
        yield cluster


@cache
def definitions() -> tuple[Mapping[str, Any], ...]:
    """Return the definitions of our kinds: reading them takes longer than all else that a cluster needs."""
    return tuple(
        yaml.load(path.read_text(), yaml.CSafeLoader) for path in sorted((REPOSITORY / "crds").glob("*.yaml"))
    )


@asynccontextmanager
async def at_work(
    cluster: Cluster,
    clock: Clock,
    *,
    identity: str = "one",
    times: LeaseTimes | None = None,
    namespaces: Sequence[str] | None = None,
    probes_at: BindAddress = ANYWHERE,
    metrics_at: BindAddress = ANYWHERE,
) -> AsyncIterator[Replica]:
    """Run an operator beside the block."""
    stop = asyncio.Event()
    settings = OperatorSettings(
        credentials=Credentials(cluster.kubeconfig),
        lease_namespace=cluster.namespace,
        identity=identity,
        clock=clock,
        metrics_at=metrics_at,
        probes_at=probes_at,
        namespaces=namespaces,
        lease_times=times or LeaseTimes(),
    )
    replica = Replica(asyncio.create_task(operator.run(settings, stop)), stop)
    try:
        yield replica
    finally:
        stop.set()
        await asyncio.wait([replica.task], timeout=SOON)
        if not replica.task.done():
            replica.task.cancel()


@asynccontextmanager
async def reachable(lab: Lab) -> AsyncIterator[None]:
    """Let this process reach the lab's servers by their names."""
    with connect_to.installed(connect_to.parse(lab.connect_to)):
        yield


def secret(lab: Lab) -> dict[str, Any]:
    """Return the Secret of the operator's account in the lab."""
    account = account_of(lab)
    values = {"username": account.name, "password": account.password}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "exchange-operator"},
        "data": {key: base64.b64encode(value.encode()).decode() for key, value in values.items()},
    }


def resource_of(document: Mapping[str, Any]) -> ResourceType:
    """Return the resource that a document is of."""
    known = (*OURS.values(), SECRETS, CONFIG_MAPS, NAMESPACES, EVENTS, LEASES, DEFINITIONS)
    return next(resource for resource in known if resource.kind == document["kind"])


def condition(raw: RawObject | None, type_: str) -> Mapping[str, Any] | None:
    """Return a condition of an object, ``None`` if it has none of the type."""
    conditions = ((raw or {}).get("status") or {}).get("conditions", ())
    return next((one for one in conditions if one["type"] == type_), None)


async def until(holds: Callable[[], Any], what: str, within: float = SOON) -> None:
    """Wait until something holds.

    Raises:
        AssertionError: it did not within so many seconds.
    """
    end = asyncio.get_running_loop().time() + within
    while not await _value(holds()):
        assert asyncio.get_running_loop().time() < end, f"not within {within:.0f} s: {what}"
        await asyncio.sleep(PAUSE)


async def _value(found: Any) -> Any:
    return await found if asyncio.iscoroutine(found) else found


def _is(raw: RawObject | None, reason: str) -> bool:
    found = condition(raw, "Ready")
    if raw is None or found is None or found["observedGeneration"] != raw["metadata"]["generation"]:
        return False
    return bool(found["reason"] == reason if reason else found["status"] == "True")
