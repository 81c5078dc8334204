"""What the engine needs of the world, as Protocols; adapters satisfy them by shape."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from um_operator.api.meta import ObjectKey
from um_operator.api.status import Status
from um_operator.desired.resources import Resources
from um_operator.observed.certificates import RevisionFact
from um_operator.observed.fact import Fact
from um_operator.observed.ledger import Ledger, ObjectEntry
from um_operator.observed.revision import Revision
from um_operator.observed.snapshot import Snapshot
from um_operator.planning.asked import Asked
from um_operator.planning.outcome import Outcome
from um_operator.planning.scope import Scope
from um_operator.planning.steps import Step
from um_operator.planning.stored_plan import StoredPlan


class PortError(Exception):
    """Something that the engine rests on does not work at present: records, manifests, Secrets.

    The pass is given up and tried again; one line says what was asked and what was answered.
    """


@dataclass(frozen=True, slots=True, order=True)
class OrganizationId:
    """An ExchangeOrganization among all that one process looks after."""

    namespace: str
    name: str

    @property
    def key(self) -> ObjectKey:
        """Return the key by which its namespace knows it."""
        return ObjectKey("ExchangeOrganization", self.name)

    def __str__(self) -> str:
        """Return ``namespace/name``, as it stands in messages; in a folder there may be no namespace."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class Manifests(Protocol):
    """What is declared, wherever this process works; held in memory between readings."""

    async def read(self, namespace: str | None) -> None:
        """Read everything of a namespace anew (``None``: of all). Raises PortError: nothing changed then."""

    def namespaces(self) -> frozenset[str]:
        """Return the namespaces in which anything is declared."""

    def resources(self, namespace: str) -> Resources:
        """Return everything of a namespace as it is known."""


class Estate(Protocol):
    """Reads one Exchange organisation."""

    async def read(self, scope: Scope, previous: Snapshot | None, domain_controller: str | None) -> Snapshot:
        """Read what ``scope`` names and merge it into ``previous``. Never raises: what failed is Unknown."""

    async def choose_domain_controller(self, snapshot: Snapshot, current: str | None) -> str | None:
        """Return ``current`` while it answers, else another domain controller, ``None`` if none is known."""

    async def close(self) -> None:
        """Free every session."""


class Carrier(Protocol):
    """Carries out steps of certain types. Never retries a write."""

    async def carry(self, step: Step, domain_controller: str | None) -> Outcome:
        """Start the step's effect and say how that ended, within the step's deadline. Never raises."""


class Clock(Protocol):
    """The one source of instants (aware, UTC)."""

    def now(self) -> datetime:
        """Return the present instant."""

    async def sleep_until(self, instant: datetime) -> None:
        """Return at ``instant`` or soon after."""


class Records(Protocol):
    """Where ledger and statuses are kept, entry by entry. Each call returns when the record is durable."""

    async def load_ledger(self) -> Ledger:
        """Return what is remembered; an empty ledger if nothing is."""

    async def remember(self, entries: Mapping[ObjectKey, ObjectEntry]) -> None:
        """Keep what is remembered of these resources; called before each effect on one."""

    async def remember_domain_controller(self, name: str, since: datetime) -> None:
        """Keep which domain controller is worked with."""

    async def load_statuses(self) -> Mapping[ObjectKey, Status]:
        """Return the statuses as last written."""

    async def save_statuses(self, statuses: Mapping[ObjectKey, Status]) -> None:
        """Have these resources say this from now on; what they say already is not written again."""

    async def release(self, key: ObjectKey) -> None:
        """Let a resource go whose deletion is done: remove the finalizer, forget its entry."""


class Plans(Protocol):
    """Where plans are kept that wait for approval or are approved, each by its digest."""

    @property
    def shown_by(self) -> str:
        """Return what shows a person the whole plan of a digest, such as ``ConfigMap of that name``."""

    async def store(self, plan: StoredPlan) -> None:
        """Keep a plan; what is there under its digest already is left as it is. Durable on return."""

    async def load(self, digest: str) -> StoredPlan | None:
        """Return the plan of a digest, ``None`` if it is not stored.

        Raises:
            UnusablePlanError: what is stored under the digest is not that plan.
        """

    async def forget(self, digest: str) -> None:
        """Remove the plan of a digest, if it is there."""


SecretChange: TypeAlias = Callable[[Mapping[str, bytes]], Mapping[str, bytes | None]]
"""From what a Secret holds to what is to be set in it; ``None`` removes a key, nothing writes nothing."""


class Secrets(Protocol):
    """Secrets and ConfigMaps by name, never as a list. Each call raises PortError when they cannot be had."""

    async def secret(self, name: str) -> Mapping[str, bytes] | None:
        """Return a Secret's data by key, ``None`` if there is no such Secret."""

    async def config_map(self, name: str) -> Mapping[str, bytes] | None:
        """Return a ConfigMap's data by key, ``None`` if there is no such ConfigMap."""


class SecretStore(Secrets, Protocol):
    """Secrets that are written as well."""

    async def create_secret(
        self,
        name: str,
        data: Mapping[str, bytes],
        *,
        kind: str = "Opaque",
        labels: Mapping[str, str] | None = None,
    ) -> bool:
        """Make a Secret and return whether it was made: one of that name is left as it is. Durable on return.

        Args:
            name: its name.
            data: what it holds, by key.
            kind: its type, such as ``kubernetes.io/tls``.
            labels: by which a person selects it. It has no owner: keys that servers use must not go with the
                resource that they were made for (R3).
        """

    async def update_secret(self, name: str, change: SecretChange) -> Mapping[str, bytes] | None:
        """Merge what ``change`` makes of a Secret; return what it holds then, ``None`` if it is gone.

        What somebody else wrote meanwhile is kept: ``change`` is asked again, of what the Secret holds then.
        Durable on return.
        """

    async def delete_secret(self, name: str) -> None:
        """Remove a Secret, if it is there."""

    async def write_config_map(
        self, name: str, change: SecretChange, *, labels: Mapping[str, str] | None = None
    ) -> None:
        """Merge what ``change`` makes of a ConfigMap's text; one that is not there is made.

        What somebody else wrote meanwhile is kept: ``change`` is asked again, of what it holds then. Durable
        on return. Like a Secret it has no owner.

        Args:
            name: its name.
            change: is given nothing while there is no such ConfigMap.
            labels: of one that is made; those of one that is there stay.
        """


class Issuer(Protocol):
    """Where the certificates of one UMCertificate come from: asynchronous, and one for each revision.

    Behind it keys, requests and answers are kept, and an answer is checked before it is believed. What an
    issuer says is never raised; PortError is, when Secrets cannot be had.
    """

    async def submit(
        self, revision: Revision, asked: Asked, *, key_of: Revision | None = None
    ) -> Fact[RevisionFact]:
        """Have a revision issued, from where an earlier call left off; one that is answered stays as it is.

        Args:
            revision: which one.
            asked: what is asked. A revision that was begun for something else is returned untouched.
            key_of: an earlier revision whose key is used again, if it is there and as long as asked.

        Returns:
            How far it has come; Unknown: the issuer or the server could not be asked, nothing was lost.
        """

    async def poll(self, revision: Revision, asked: Asked) -> Fact[RevisionFact]:
        """Ask what became of a revision that is pending for this; any other is returned as it is."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a resource, for a person."""

    about: ObjectKey
    type: Literal["Normal", "Warning"]
    reason: str
    message: str


class Events(Protocol):
    """Where events go."""

    def emit(self, event: Event) -> None:
        """Publish an event; never blocks, never raises."""


class Lease(Protocol):
    """The right to write."""

    def held(self) -> bool:
        """Whether this process may write now; judged before each write."""


Phase: TypeAlias = Literal["Start", "End"]


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line of the journal: a step that is about to run, or how it ended."""

    at: datetime
    step_id: str
    subject: str
    sentence: str
    phase: Phase
    outcome: Outcome | None = None


class Journal(Protocol):
    """Append-only account of every effect."""

    async def append(self, entries: Sequence[JournalEntry]) -> None:
        """Make the entries durable, in order."""

    def read(self) -> Iterable[JournalEntry]:
        """Return all entries, oldest first."""
