"""From documents to one namespace's resources, Secrets and ConfigMaps; every problem at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from um_operator.api.meta import API_VERSION, ObjectKey
from um_operator.api.select import KINDS, AnyResource, Invalid, is_ours, parse
from um_operator.api.tree import forbidden_changes
from um_operator.api.validation import Problem, shown
from um_operator.local.key_values import KeyValues, read_key_values
from um_operator.local.yaml_documents import Document, Unreadable, read_documents

_SILENT: Final = frozenset({"Kustomization", "Namespace"})
_KEPT: Final = frozenset({"Secret", "ConfigMap"})


@dataclass(frozen=True, slots=True, order=True)
class ManifestProblem:
    """One problem and where it stands; ``line`` and ``document`` count from 1, 0 is the file as a whole."""

    file: str
    line: int
    document: int
    about: str
    message: str

    def __str__(self) -> str:
        """Return ``um.yaml:12: document 2, UMIPGateway/sbc01: spec.port "70000": must be 65535 or less``."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        which = ", ".join(
            part for part in (f"document {self.document}" if self.document else "", self.about) if part
        )
        return ": ".join(part for part in (where, which, self.message) if part)


class ManifestsError(Exception):
    """Manifests that cannot be used, with every problem of every file; nothing was done."""

    def __init__(self, problems: Iterable[ManifestProblem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True)
class Manifests:
    """What the folders say.

    Attributes:
        resources: ours, a later ``-f`` before an earlier one of the same kind and name.
        secrets: data of each Secret by metadata.name.
        config_maps: data of each ConfigMap by metadata.name.
        skipped: documents that are not for this run, and why, for a person.
        documents: where each resource stands.
    """

    resources: tuple[AnyResource, ...]
    secrets: Mapping[str, KeyValues]
    config_maps: Mapping[str, KeyValues]
    skipped: tuple[str, ...] = ()
    documents: Mapping[ObjectKey, Document] = field(default_factory=dict)

    def place(self, key: ObjectKey) -> str:
        """Return file and line of a resource."""
        document = self.documents[key]
        return f"{document.file}:{document.line}"

    def refuse_forbidden_changes(self, before: Mapping[ObjectKey, Mapping[str, Any]]) -> None:
        """Judge changes against the manifests as last declared, as the API server does.

        Raises:
            ManifestsError: an immutable field changed.
        """
        problems = []
        for resource in self.resources:
            old = parse(before[resource.key]) if resource.key in before else None
            if old is not None and not isinstance(old, Invalid):
                place = self.documents[resource.key]
                problems += [_problem(place, problem) for problem in forbidden_changes(resource, old)]
        if problems:
            raise ManifestsError(problems)


def read_manifests(sources: Iterable[str]) -> Manifests:
    """Read the manifests of folders and files as one namespace.

    Raises:
        ManifestsError: something in them cannot be used.
    """
    documents, unreadable = read_documents(sources)
    reading = _Reading([_file_problem(problem) for problem in unreadable])
    for document in documents:
        for item in _items(document):
            reading.take(item)
    return reading.result()


class _Reading:
    """Sorts documents by what they are, and keeps the last of each kind and name."""

    def __init__(self, problems: list[ManifestProblem]) -> None:
        self._problems = problems
        self._last: dict[tuple[str, str], Document] = {}
        self._skipped: list[str] = []

    def take(self, document: Document) -> None:
        kind, name = _kind_and_name(document.value)
        for problem in document.problems:
            self._add(document, problem if is_ours(document.value) else replace(problem, value=""))
        if not is_ours(document.value) and kind not in _KEPT:
            if wrong := _hardly_foreign(document.value):
                self._add(document, wrong)
            elif kind not in _SILENT:
                self._skip(document, "is not for umctl")
        elif "sops" in document.value:
            self._skip(document, "is encrypted; decrypt it, or give it by another -f")
        else:
            self._keep(document, (kind, name))

    def _keep(self, document: Document, key: tuple[str, str]) -> None:
        earlier = self._last.get(key)
        if earlier is not None and earlier.source == document.source:
            where = f"{earlier.file}:{earlier.line}"
            self._add(document, Problem(("metadata", "name"), key[1], f"stands in {where} too"))
            self._parse(earlier)
        self._last[key] = document

    def result(self) -> Manifests:
        resources, places = [], {}
        data: dict[str, dict[str, KeyValues]] = {kind: {} for kind in _KEPT}
        namespace = self._namespace()
        for (kind, name), document in self._last.items():
            if kind in _KEPT:
                if namespace is None or _namespace_of(document.value) in (None, namespace):
                    data[kind][name] = self._key_values(document)
                else:
                    self._skip(document, f'is not in namespace "{namespace}"')
                continue
            if resource := self._parse(document):
                resources.append(resource)
                places[resource.key] = document
        if self._problems:
            raise ManifestsError(self._problems)
        return Manifests(
            tuple(resources), data["Secret"], data["ConfigMap"], tuple(sorted(self._skipped)), places
        )

    def _parse(self, document: Document) -> AnyResource | None:
        """Return the resource of a document, or keep what is wrong with it, of each field the first thing."""
        resource = parse(document.value) if is_ours(document.value) else None
        if not isinstance(resource, Invalid):
            return resource
        told = {problem.path for problem in document.problems}
        for problem in resource.problems:
            if problem.path not in told:
                self._add(document, problem)
        return None

    def _namespace(self) -> str | None:
        """Return the one namespace of our resources; a second one is a problem."""
        first: str | None = None
        for document in self._last.values():
            namespace = _namespace_of(document.value)
            if not is_ours(document.value) or namespace is None:
                continue
            first = first or namespace
            if namespace != first:
                why = f'one run works on one namespace, and an earlier document is in "{first}"'
                self._add(document, Problem(("metadata", "namespace"), namespace, why))
        return first

    def _key_values(self, document: Document) -> KeyValues:
        values, problems = read_key_values(document.value)
        self._problems += [_problem(document, problem) for problem in problems]
        return values

    def _add(self, document: Document, problem: Problem) -> None:
        self._problems.append(_problem(document, problem))

    def _skip(self, document: Document, why: str) -> None:
        self._skipped.append(f"{document.file}:{document.line}: {_about(document.value)} {why}")


def _hardly_foreign(value: Any) -> Problem | None:
    """Return what is wrong with a document that is of no group of ours and can be of no other."""
    kind, version = _kind_and_name(value)[0], value.get("apiVersion") if isinstance(value, Mapping) else None
    if not kind:
        return Problem(("kind",), "", "is required")
    if kind in KINDS:
        return Problem(("apiVersion",), shown(version or ""), f'must be "{API_VERSION}"')
    return None


def _items(document: Document) -> Iterator[Document]:
    """Yield a document, or the entries of a ``List`` as kubectl prints several resources."""
    value = document.value
    if isinstance(value, Mapping) and value.get("kind") == "List" and isinstance(value.get("items"), list):
        for index, item in enumerate(value["items"]):
            place = ("items", index)
            lines = {path[2:]: line for path, line in document.lines.items() if path[:2] == place}
            problems = tuple(replace(p, path=p.path[2:]) for p in document.problems if p.path[:2] == place)
            yield replace(document, line=document.line_of(place), value=item, lines=lines, problems=problems)
    else:
        yield document


def _kind_and_name(value: Any) -> tuple[str, str]:
    if not isinstance(value, Mapping):
        return "", ""
    kind, metadata = value.get("kind"), value.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    return kind if isinstance(kind, str) else "", name if isinstance(name, str) else ""


def _namespace_of(value: Mapping[str, Any]) -> str | None:
    metadata = value.get("metadata")
    namespace = metadata.get("namespace") if isinstance(metadata, Mapping) else None
    return namespace if isinstance(namespace, str) else None


def _about(value: Any) -> str:
    return "/".join(part for part in _kind_and_name(value) if part)


def _problem(document: Document, problem: Problem) -> ManifestProblem:
    line = document.line_of(problem.path)
    return ManifestProblem(document.file, line, document.index, _about(document.value), str(problem))


def _file_problem(problem: Unreadable) -> ManifestProblem:
    return ManifestProblem(problem.file, problem.line, 0, "", problem.message)
