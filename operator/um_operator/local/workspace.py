"""One organisation of a folder of manifests: what is wanted of it, and where it is remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from um_operator.api.meta import ObjectKey
from um_operator.api.organization import ExchangeOrganization
from um_operator.api.select import AnyResource
from um_operator.desired.organization import DesiredOrganization
from um_operator.desired.resolve import resolve
from um_operator.desired.resources import Resources
from um_operator.local.declaration import Declaration, declare
from um_operator.local.journal import LocalJournal
from um_operator.local.manifests import Manifests
from um_operator.local.records import LocalRecords
from um_operator.local.state_directory import make_private, organization_folder


@dataclass(frozen=True, slots=True)
class Workspace:
    """An organisation ready for a run.

    Attributes:
        organization: its own manifest.
        vanished: resources that were remembered and are no longer declared: let go, not deleted.
        kept: resources whose deletion is given up, because they are declared again.
    """

    organization: ExchangeOrganization
    desired: DesiredOrganization
    records: LocalRecords
    journal: LocalJournal
    vanished: tuple[ObjectKey, ...]
    kept: tuple[ObjectKey, ...]


def open_workspaces(
    manifests: Manifests,
    state: Path,
    *,
    writable: bool,
    now: datetime,
    new_uid: Callable[[], str],
    delete: AbstractSet[ObjectKey] = frozenset(),
) -> Iterator[Workspace]:
    """Yield one workspace an organisation of the manifests.

    Args:
        manifests: what the folders declare.
        state: the state directory, locked by the caller if ``writable``; it need not exist otherwise.
        writable: whether what changed is recorded; a plan only looks.
        now: the instant of a creation or deletion.
        new_uid: makes the uid of a new resource.
        delete: what is to be deleted (``umctl delete``).

    Raises:
        ManifestsError: an immutable field changed.
        StateDamagedError: the state holds something that this program did not write.
    """
    for organization in Resources.of(manifests.resources).organizations:
        namespace, name = organization.metadata.namespace, organization.metadata.name
        folder = organization_folder(state, namespace, name)
        if writable:
            make_private(folder, state)
        records = LocalRecords(folder, writable=writable)
        manifests.refuse_forbidden_changes({key: r.manifest for key, r in records.records.items()})
        mine = [resource for resource in manifests.resources if _belongs(resource, name)]
        declaration = declare(mine, records.records, delete=delete, now=now, new_uid=new_uid)
        records.keep(declaration.records)
        records.forget(declaration.vanished)
        journal = LocalJournal(folder)
        if writable:
            journal.repair()
        yield _workspace(name, declaration, records, journal)


def _workspace(
    name: str, declaration: Declaration, records: LocalRecords, journal: LocalJournal
) -> Workspace:
    resources = Resources.of(declaration.resources)
    organization = resources.organization(name)
    assert organization is not None, "an organisation declares itself"
    in_force = {key for key, record in records.records.items() if record.entry.applied_generation}
    desired = resolve(resources, organization, in_force)
    return Workspace(organization, desired, records, journal, declaration.vanished, declaration.kept)


def _belongs(resource: AnyResource, organization: str) -> bool:
    if isinstance(resource, ExchangeOrganization):
        return resource.metadata.name == organization
    return resource.spec.organization_ref.name == organization
