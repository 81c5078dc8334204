"""The kinds that the server serves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from .errors import Cause, Resource
from .rules import Rules
from .schema import Schema
from .tables import Column
from .values import Json

NAMESPACES: Final = ("", "namespaces")
DEFINITIONS: Final = ("apiextensions.k8s.io", "customresourcedefinitions")
EVENTS: Final = ("", "events")
Served: TypeAlias = tuple[str, str, str]
"""Group, version, plural: how a path names a kind."""


def as_it_is(obj: Json) -> Json:
    """The served form is the stored one."""
    return obj


def _nothing(_obj: Json, _old: Json | None, _now: str) -> None: ...


def _no_fault(_obj: Json, _old: Json | None) -> list[Cause]:
    return []


@dataclass(frozen=True)
class Ways:
    """What a kind does beyond its schema.

    Attributes:
        prepare: changes a new or updated object, given its old state and the time.
        faults: what else does not hold.
        to_storage: from the served form to the stored one.
        from_storage: back.
    """

    prepare: Callable[[Json, Json | None, str], None] = _nothing
    faults: Callable[[Json, Json | None], list[Cause]] = _no_fault
    to_storage: Callable[[Json], Json] = as_it_is
    from_storage: Callable[[Json], Json] = as_it_is


@dataclass(frozen=True)
class Kind:
    """One served version of a kind.

    Attributes:
        group: empty for the core.
        version: the one that is served and stored.
        plural: as in paths.
        kind: as in manifests.
        schema: prunes, defaults and validates.
        rules: CEL rules of the schema.
        singular: for kubectl.
        short_names: for kubectl.
        categories: for kubectl.
        namespaced: whether objects live in namespaces.
        status: whether the status is a subresource.
        generations: whether changes outside of metadata and status are counted.
        built_in: whether it needs no definition.
        unconditional: whether PUT needs no resourceVersion.
        create_on_update: whether PUT creates what is missing.
        selectable: fields of field selectors beside name and namespace.
        columns: of tables.
        ways: its own, beyond the schema.
    """

    group: str
    version: str
    plural: str
    kind: str
    schema: Schema
    rules: Rules
    singular: str
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    namespaced: bool = True
    status: bool = False
    generations: bool = False
    built_in: bool = False
    unconditional: bool = True
    create_on_update: bool = False
    selectable: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    ways: Ways = Ways()

    @property
    def api_version(self) -> str:
        """As manifests write it."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def resource(self) -> Resource:
        """How refusals name it."""
        return Resource(self.group, self.plural, self.kind)

    @property
    def stored(self) -> tuple[str, str]:
        """Where objects are kept: both kinds of events are one."""
        return EVENTS if self.plural == "events" else (self.group, self.plural)

    @property
    def fields(self) -> tuple[str, ...]:
        """The paths of field selectors."""
        return ("metadata.name", *(["metadata.namespace"] if self.namespaced else []), *self.selectable)


class Kinds:
    """Which kinds are served now."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self._kinds = {_served(kind): kind for kind in kinds}

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._kinds.values())

    def get(self, group: str, version: str, plural: str) -> Kind | None:
        """The kind that a path names."""
        return self._kinds.get((group, version, plural))

    def serves(self, kind: Kind) -> bool:
        """Whether a kind is served as it is here."""
        return self._kinds.get(_served(kind)) is kind

    def register(self, kind: Kind) -> None:
        """Serve a kind from now on."""
        self._kinds[_served(kind)] = kind

    def remove(self, kind: Kind) -> None:
        """Serve a kind no more."""
        self._kinds.pop(_served(kind), None)


def _served(kind: Kind) -> Served:
    return kind.group, kind.version, kind.plural
