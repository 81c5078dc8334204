"""A folder against what a cluster has: what merging it would do, seen as the operator there would see it.

Reads only: lists of our kinds, and by name the Secrets, ConfigMaps and stored plans that they refer to.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias

from um_operator.api.meta import ObjectKey
from um_operator.api.organization import ExchangeOrganization
from um_operator.api.select import AnyResource
from um_operator.app.read_only import ReadOnlySecrets
from um_operator.desired.organization import DesiredOrganization
from um_operator.desired.resolve import resolve, without_organization
from um_operator.desired.resources import Resources
from um_operator.engine.identities import Identities, Identity
from um_operator.engine.ports import Clock, OrganizationId
from um_operator.kube import remembered
from um_operator.kube.applied import Applied, Change, applied
from um_operator.kube.client import KubeClient
from um_operator.kube.errors import ForbiddenError, KubeError, NotFoundError
from um_operator.kube.journal import LogJournal
from um_operator.kube.lists import Lists
from um_operator.kube.login import Credentials
from um_operator.kube.objects import Held, Objects
from um_operator.kube.plans import KubePlans
from um_operator.kube.recalled import RecalledRecords
from um_operator.kube.secrets import KubeSecrets
from um_operator.local.errors import LocalError
from um_operator.local.manifests import Manifests
from um_operator.local.secrets import LocalSecrets

ChooseClock: TypeAlias = Callable[[Iterable[ExchangeOrganization]], Clock]
"""Returns the clock to go by, given the organisations that might be asked."""
Read: TypeAlias = Callable[[str], Awaitable[Mapping[str, bytes] | None]]


@dataclass(frozen=True, slots=True)
class LiveTarget:
    """One organisation as it would be declared, with what the cluster remembers of it.

    Attributes:
        changes: what applying the folder does to its resources.
    """

    organization: ExchangeOrganization
    desired: DesiredOrganization
    records: RecalledRecords
    journal: LogJournal
    plans: KubePlans
    changes: tuple[Change, ...]

    @property
    def name(self) -> str:
        """Return the organisation's metadata.name."""
        return self.organization.metadata.name


class NoRight:
    """The right to write of a run that only reads: it never has it."""

    def held(self) -> bool:
        """Say that nothing may be written."""
        return False


@dataclass(frozen=True, slots=True)
class FolderThenCluster:
    """Secrets and ConfigMaps of the folder, else those of the cluster by the same name."""

    folder: LocalSecrets
    cluster: KubeSecrets

    async def secret(self, name: str) -> Mapping[str, bytes] | None:
        """Return a Secret's data by key, ``None`` if there is no such Secret.

        Raises:
            KubeError: only the cluster may have it, and it cannot be read there.
        """
        found = await self.folder.secret(name)
        return found if found is not None else await self._of_cluster(self.cluster.secret, name)

    async def config_map(self, name: str) -> Mapping[str, bytes] | None:
        """Return a ConfigMap's data by key, ``None`` if there is no such ConfigMap.

        Raises:
            KubeError: only the cluster may have it, and it cannot be read there.
        """
        found = await self.folder.config_map(name)
        return found if found is not None else await self._of_cluster(self.cluster.config_map, name)

    @staticmethod
    async def _of_cluster(read: Read, name: str) -> Mapping[str, bytes] | None:
        try:
            return await read(name)
        except ForbiddenError as error:
            raise ForbiddenError(f"{error}; or give it by a later -f") from None


@dataclass(frozen=True, slots=True)
class LiveWorkspace:
    """What a run against a cluster works on."""

    namespace: str
    targets: tuple[LiveTarget, ...]
    secrets: ReadOnlySecrets
    clock: Clock
    identities: Identities
    lease: NoRight


@asynccontextmanager
async def opened(
    manifests: Manifests,
    credentials: Credentials,
    namespace: str | None,
    *,
    prune: bool,
    choose_clock: ChooseClock,
) -> AsyncIterator[LiveWorkspace]:
    """Join the manifests of a folder with what a cluster has; connected for as long as the block lasts.

    Args:
        manifests: what the folder says.
        credentials: for the API server.
        namespace: where the folder would be applied; ``None``: as it says, else as the credentials do.
        prune: whether what the folder does not have any more is deleted.
        choose_clock: the clock to go by.

    Raises:
        PortError: the cluster cannot be read.
        LocalError: there is nothing to plan.
        ManifestsError: a manifest changes what cannot change.
    """
    namespace = _namespace(manifests, namespace) or credentials.namespace()
    async with KubeClient(credentials.configuration, user_agent="umctl") as client:
        objects = await read_objects(client, namespace)
        live = objects.of_namespace(namespace)
        _refuse_forbidden_changes(manifests, live)
        clock = choose_clock(
            [*_organizations(manifests.resources), *objects.resources(namespace).organizations]
        )
        result = applied(manifests.resources, live, namespace=namespace, prune=prune, now=clock.now())
        resources = Resources.of(result.resources)
        targets = tuple(_targets(client, objects, namespace, resources, result))
        _expect_organizations(manifests, namespace, resources, targets)
        yield LiveWorkspace(
            namespace,
            targets,
            ReadOnlySecrets(
                FolderThenCluster(
                    LocalSecrets(manifests.secrets, manifests.config_maps), KubeSecrets(client, namespace)
                )
            ),
            clock,
            _identities(namespace, resources),
            NoRight(),
        )


async def read_objects(client: KubeClient, namespace: str) -> Objects:
    """Return what a namespace of a cluster has of our kinds.

    Raises:
        KubeError: it cannot be read.
    """
    objects = Objects()
    try:
        await Lists(client, objects, [namespace]).read(namespace)
    except NotFoundError as error:
        what = f"{error}: the cluster does not know our kinds; umctl crds prints their definitions"
        raise KubeError(what) from None
    return objects


def _targets(
    client: KubeClient, objects: Objects, namespace: str, resources: Resources, result: Applied
) -> Iterator[LiveTarget]:
    """Yield the organisations that the folder says something of, the older one first."""
    concerned = {change.organization for change in result.changes if change.what != "Kept"}
    organizations = [item for item in resources.organizations if item.metadata.name in concerned]
    for organization in sorted(organizations, key=_seniority):
        name = organization.metadata.name
        own = objects.of_organization(namespace, name)
        statuses = {key: remembered.status_of(key.kind, held.raw) for key, held in own.items()}
        remembers = remembered.ledger_of(statuses, organization.key).objects
        in_force = [key for key, entry in remembers.items() if entry.applied_generation is not None]
        yield LiveTarget(
            organization,
            resolve(resources, organization, in_force),
            RecalledRecords(organization.key, statuses),
            LogJournal(f"{namespace}/{name}"),
            KubePlans(client, objects, OrganizationId(namespace, name)),
            tuple(change for change in result.changes if change.organization == name),
        )


def _seniority(organization: ExchangeOrganization) -> tuple[str, str]:
    """Return what puts the older organisation first: of two for one in Exchange it is the one that has it."""
    return organization.metadata.creation_timestamp or "", organization.metadata.name


def _identities(namespace: str, resources: Resources) -> Identities:
    """Return what the organisations of the namespace stand for, as their statuses say."""
    identities = Identities()
    identities.know(
        {
            OrganizationId(namespace, item.metadata.name): Identity(
                item.status.organization_guid, item.metadata.created_at, in_force=True
            )
            for item in resources.organizations
            if item.status is not None and item.status.organization_guid is not None
        }
    )
    return identities


def _namespace(manifests: Manifests, given: str | None) -> str | None:
    """Return the namespace that the folder names, else the one given; they must not differ.

    Raises:
        LocalError: they do.
    """
    named = next((one.metadata.namespace for one in manifests.resources if one.metadata.namespace), None)
    if named and given and named != given:
        raise LocalError(f'the manifests are for namespace "{named}", and -n says "{given}"')
    return named or given


def _expect_organizations(
    manifests: Manifests, namespace: str, resources: Resources, targets: tuple[LiveTarget, ...]
) -> None:
    declared = {resource.key for resource in manifests.resources}
    lost = {key: why for key, why in without_organization(resources).items() if key in declared}
    if lost:
        raise LocalError("\n".join(f"{key}: {why[0].message}" for key, why in sorted(lost.items())))
    if not targets:
        raise LocalError(
            f'neither the manifests nor namespace "{namespace}" of the cluster declare an '
            "ExchangeOrganization, which says how to reach Exchange; add one with -f"
        )


def _refuse_forbidden_changes(manifests: Manifests, live: Mapping[ObjectKey, Held]) -> None:
    before = {key: held.raw for key, held in live.items()}
    manifests.refuse_forbidden_changes(
        {key: {name: value for name, value in raw.items() if name != "status"} for key, raw in before.items()}
    )


def _organizations(resources: Iterable[AnyResource]) -> list[ExchangeOrganization]:
    return [item for item in resources if isinstance(item, ExchangeOrganization)]
