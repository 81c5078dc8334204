"""What the operator knows of its resources in the cluster: the newest version of each that was seen."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from um_operator.api.meta import KindName, ObjectKey
from um_operator.api.select import AnyResource, Invalid, parse
from um_operator.api.status import Status
from um_operator.desired.resources import Resources
from um_operator.kube.hints import what_matters
from um_operator.kube.remembered import status_of
from um_operator.kube.resources import OURS, RawObject

_GONE_KEPT: Final = 10_000
"""How many objects are remembered as gone, by uid: more than vanish while a list is read."""


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """A resource of ours in the cluster."""

    namespace: str
    key: ObjectKey

    def __str__(self) -> str:
        """Return ``Kind "namespace/name"``, as it stands in log lines."""
        return f'{self.key.kind} "{self.namespace}/{self.key.name}"'


@dataclass(frozen=True, slots=True)
class Held:
    """An object as the API server sent it, and as the models read it."""

    raw: RawObject
    parsed: AnyResource | Invalid
    status: Status

    @property
    def uid(self) -> str:
        """Return what tells it from others that had or will have its name."""
        return str(self.raw["metadata"]["uid"])

    @property
    def generation(self) -> int:
        """Return the number of its spec."""
        return int(self.raw["metadata"]["generation"])

    @property
    def organization(self) -> str:
        """Return the metadata.name of the organisation that it belongs to, or that it is."""
        if isinstance(self.parsed, Invalid):
            own = self.raw.get("kind") == "ExchangeOrganization"
            return str(self.raw["metadata"]["name"]) if own else self.parsed.organization
        if self.parsed.kind == "ExchangeOrganization":
            return self.parsed.metadata.name
        return self.parsed.spec.organization_ref.name


Changed: TypeAlias = Callable[[Reference, str], None]
"""Called with a resource that came, changed or went, and the name of the organisation that it concerns."""


class Objects:
    """A store of the newest version of each resource; used by one event loop.

    A list takes a while, and single objects come and go meanwhile. So a list neither removes what is newer
    than itself nor brings back what is known to be gone.

    Args:
        changed: is called with each change, whoever learned of it: a look at one object, a list that somebody
            else needed, the answer to a write. So nothing gets known without the pass that it calls for.
    """

    def __init__(self, changed: Changed = lambda *_: None) -> None:
        self._changed = changed
        self._held: dict[Reference, Held] = {}
        self._gone: deque[str] = deque(maxlen=_GONE_KEPT)

    def get(self, reference: Reference) -> Held | None:
        """Return an object, ``None`` if there is none."""
        return self._held.get(reference)

    def uid(self, reference: Reference) -> str | None:
        """Return the uid of an object, ``None`` if there is none."""
        held = self._held.get(reference)
        return held.uid if held else None

    def put(self, raw: RawObject) -> None:
        """Keep an object unless a newer version is known, or it is known to be gone."""
        reference = reference_of(raw)
        known = self._held.get(reference)
        if raw["metadata"]["uid"] in self._gone or (known and not _is_newer(raw, _version(known.raw))):
            return
        held = self._held[reference] = _read(reference.key.kind, raw)
        if known is None or what_matters(known.raw) != what_matters(raw):
            self._tell(reference, *((known, held) if known else (held,)))

    def drop(self, reference: Reference, uid: str | None) -> None:
        """Forget an object that is gone; one that was made anew by its name meanwhile stays."""
        held = self._held.get(reference)
        if held is not None and held.uid == uid:
            del self._held[reference]
            self._gone.append(uid)
            self._tell(reference, held)

    def replace(
        self, kind: KindName, namespace: str | None, listed: Iterable[RawObject], version: str
    ) -> None:
        """Take over a complete list: what is not in it is gone.

        Args:
            kind: of the list.
            namespace: of the list; ``None``: of all namespaces.
            listed: the objects.
            version: the list's resourceVersion.
        """
        found = {reference_of(raw): raw for raw in listed}
        for reference in [*self.references(kind, namespace)]:
            if reference not in found and not _is_newer(self._held[reference].raw, version):
                self.drop(reference, self.uid(reference))
        for raw in found.values():
            self.put(raw)

    def references(self, kind: KindName, namespace: str | None = None) -> Iterator[Reference]:
        """Yield what is known of a kind, in one namespace or in all."""
        for reference in list(self._held):
            if reference.key.kind == kind and namespace in {None, reference.namespace}:
                yield reference

    def of_organization(self, namespace: str, name: str) -> Mapping[ObjectKey, Held]:
        """Return an organisation with all that names it."""
        everything = self.of_namespace(namespace)
        return {key: held for key, held in everything.items() if held.organization == name}

    def of_namespace(self, namespace: str) -> Mapping[ObjectKey, Held]:
        """Return everything of a namespace."""
        return {
            reference.key: held for reference, held in self._held.items() if reference.namespace == namespace
        }

    def resources(self, namespace: str) -> Resources:
        """Return everything of a namespace, as the models read it."""
        return Resources.of(held.parsed for held in self.of_namespace(namespace).values())

    @property
    def namespaces(self) -> frozenset[str]:
        """Return the namespaces in which anything of ours stands."""
        return frozenset(reference.namespace for reference in self._held)

    def _tell(self, reference: Reference, *states: Held) -> None:
        for organization in {held.organization for held in states}:
            self._changed(reference, organization)


def reference_of(raw: RawObject) -> Reference:
    """Return whose object it is.

    Raises:
        KeyError: it is none of our kinds.
    """
    kinds: Mapping[str, KindName] = {kind: kind for kind in OURS}
    metadata = raw["metadata"]
    return Reference(metadata["namespace"], ObjectKey(kinds[raw["kind"]], metadata["name"]))


def _read(kind: KindName, raw: RawObject) -> Held:
    """Read an object; a status that cannot be read must not make the resource invalid, it counts as lost."""
    parsed = parse({name: value for name, value in raw.items() if name != "status"})
    status = status_of(kind, raw)
    if isinstance(parsed, Invalid):
        return Held(raw, parsed, status)
    return Held(raw, parsed.model_copy(update={"status": status}), status)


def _version(raw: RawObject) -> str:
    return str(raw["metadata"]["resourceVersion"])


def _is_newer(raw: RawObject, version: str) -> bool:
    """Whether an object was written after ``version``.

    Resource versions of one kind are comparable numbers (KEP-5504); an object made anew under the same name
    has a higher one as well.
    """
    return int(_version(raw)) > int(version)
