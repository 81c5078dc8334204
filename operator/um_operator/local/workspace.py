"""One run on folders: the organisations that the manifests declare, joined with the state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from um_operator.api.meta import ObjectKey
from um_operator.api.organization import ExchangeOrganization
from um_operator.api.select import AnyResource
from um_operator.desired.organization import DesiredOrganization
from um_operator.desired.resolve import resolve, without_organization
from um_operator.desired.resources import Resources
from um_operator.engine.identities import Identity
from um_operator.engine.ports import Lease, OrganizationId
from um_operator.local import state_directory
from um_operator.local.declaration import Declaration, declare
from um_operator.local.errors import LocalError
from um_operator.local.journal import LocalJournal
from um_operator.local.manifests import Manifests
from um_operator.local.plans import LocalPlans
from um_operator.local.records import LocalRecords
from um_operator.local.secret_files import SecretFiles
from um_operator.local.secrets import LocalSecrets


@dataclass(frozen=True, slots=True)
class Target:
    """One organisation of a run.

    Attributes:
        vanished: resources that are no longer declared: let go, left in Exchange.
        kept: resources whose deletion is given up because they are declared again.
    """

    organization: ExchangeOrganization
    desired: DesiredOrganization
    records: LocalRecords
    journal: LocalJournal
    plans: LocalPlans
    vanished: tuple[ObjectKey, ...] = ()
    kept: tuple[ObjectKey, ...] = ()

    @property
    def name(self) -> str:
        """Return the organisation's metadata.name."""
        return self.organization.metadata.name

    @property
    def id(self) -> OrganizationId:
        """Return which ExchangeOrganization it is."""
        return OrganizationId(self.desired.namespace, self.name)

    @property
    def identity(self) -> Identity | None:
        """Return what is remembered of the organisation in Exchange that it stands for."""
        guid = self.records.records[self.organization.key].entry.guid
        return Identity(guid, self.desired.created_at, in_force=True) if guid else None


@dataclass(frozen=True, slots=True)
class Workspace:
    """What a run works on. ``lease`` is the right to write; a run that only reads never has it."""

    targets: tuple[Target, ...]
    secrets: LocalSecrets
    lease: Lease


@contextmanager
def open_workspace(
    manifests: Manifests,
    state: Path,
    *,
    writable: bool,
    now: datetime,
    new_uid: Callable[[], str],
    delete: AbstractSet[ObjectKey] = frozenset(),
) -> Iterator[Workspace]:
    """Join manifests with the state directory.

    Args:
        manifests: what the folders say.
        state: the state directory; it may be missing when the run only reads.
        writable: whether the run keeps what it learns, and so needs the lock.
        now: the instant of creations and deletions.
        new_uid: makes the uid of a new resource.
        delete: what is to be deleted (``umctl delete``).

    Raises:
        ManifestsError: a manifest changes what cannot change.
        LocalError: the state cannot be used, or names of ``delete`` are unknown.
    """
    lock = state_directory.StateLock(state)
    with lock if writable else nullcontext():
        drafts = [
            _draft(manifests, organization, state, writable) for organization in _organizations(manifests)
        ]
        _expect_known(delete, drafts)
        for draft in drafts:
            manifests.refuse_forbidden_changes(
                {key: record.manifest for key, record in draft.records.records.items()}
            )
        declared = [draft.declare(delete, now, new_uid) for draft in drafts]
        resources = Resources.of(
            [resource for one in declared for resource in one.resources],
            secrets=frozenset(manifests.secrets),
        )
        targets = [_target(draft, one, resources) for draft, one in zip(drafts, declared, strict=True)]
        targets.sort(key=_seniority)
        namespace = _namespace(manifests)
        secrets = LocalSecrets(
            manifests.secrets,
            manifests.config_maps,
            SecretFiles(state, namespace),
            writable,
            SecretFiles(state, namespace, "ConfigMap"),
        )
        yield Workspace(tuple(targets), secrets, lock)


@dataclass(frozen=True, slots=True)
class _Draft:
    """An organisation's manifests and records, not yet joined."""

    name: str
    manifests: tuple[AnyResource, ...]
    records: LocalRecords
    journal: LocalJournal
    plans: LocalPlans

    @property
    def known(self) -> AbstractSet[ObjectKey]:
        return {resource.key for resource in self.manifests} | self.records.records.keys()

    def declare(
        self, delete: AbstractSet[ObjectKey], now: datetime, new_uid: Callable[[], str]
    ) -> Declaration:
        result = declare(
            self.manifests, self.records.records, delete=delete & self.known, now=now, new_uid=new_uid
        )
        self.records.keep(result.records)
        self.records.forget(result.vanished)
        return result


def _organizations(manifests: Manifests) -> Sequence[ExchangeOrganization]:
    found = [item for item in manifests.resources if isinstance(item, ExchangeOrganization)]
    if not found:
        raise LocalError(
            "the manifests declare no ExchangeOrganization, which says how to reach Exchange; add one with -f"
        )
    lost = without_organization(Resources.of(manifests.resources))
    if lost:
        raise LocalError(
            "\n".join(f"{key}: {obstacles[0].message}" for key, obstacles in sorted(lost.items()))
        )
    return found


def _namespace(manifests: Manifests) -> str | None:
    """Return the namespace of a run, which is one."""
    return next((item.metadata.namespace for item in manifests.resources if item.metadata.namespace), None)


def _draft(manifests: Manifests, organization: ExchangeOrganization, state: Path, writable: bool) -> _Draft:
    metadata = organization.metadata
    folder = state_directory.organization_folder(state, metadata.namespace, metadata.name)
    if writable:
        state_directory.make_private(folder, state)
    journal = LocalJournal(folder)
    if writable:
        journal.repair()
    own = tuple(item for item in manifests.resources if _organization_of(item) == metadata.name)
    return _Draft(metadata.name, own, LocalRecords(folder, writable=writable), journal, LocalPlans(folder))


def _organization_of(resource: AnyResource) -> str:
    if isinstance(resource, ExchangeOrganization):
        return resource.metadata.name
    return resource.spec.organization_ref.name


def _expect_known(delete: AbstractSet[ObjectKey], drafts: Sequence[_Draft]) -> None:
    unknown = delete - {key for draft in drafts for key in draft.known}
    if unknown:
        names = ", ".join(f'"{key}"' for key in sorted(unknown))
        raise LocalError(f"{names}: neither declared nor remembered; see umctl status")


def _seniority(target: Target) -> tuple[str, OrganizationId]:
    """Return what puts the older organisation first: of two for one in Exchange it is the one that has it."""
    return target.organization.metadata.creation_timestamp or "", target.id


def _target(draft: _Draft, declaration: Declaration, resources: Resources) -> Target:
    organization = resources.organization(draft.name)
    assert organization is not None
    in_force = [
        key for key, record in draft.records.records.items() if record.entry.applied_generation is not None
    ]
    return Target(
        organization=organization,
        desired=resolve(resources, organization, in_force),
        records=draft.records,
        journal=draft.journal,
        plans=draft.plans,
        vanished=declaration.vanished,
        kept=declaration.kept,
    )
