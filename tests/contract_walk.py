"""Random walks through the life of a few widgets: what one server answers, the other must answer, too."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Final, TypeAlias

from cluster_client import JSON_PATCH, Collection, Json, Reply

Do: TypeAlias = Callable[[Collection], Reply]

NAMES: Final = ("a", "b", "c")
PARTS: Final = (
    [{"name": "a"}],
    [{"name": "a"}, {"name": "a"}],
    [{"weight": 1}],
    [{"name": "a", "weight": 0}],
    [{"name": "b", "made": "x"}],
    [{"name": "b", "made": "y"}],
    [{"name": "b", "made": "x"}, {"name": "a", "weight": None}],
    [{"name": "a", "odd": 1}],
    {"a": 1},
    [None],
)
VALUES: Final[dict[str, tuple[Any, ...]]] = {
    "size": (1, 3, 49, 50, 60, 100, 0, 101, -1, "3", 3.5, None, True),
    "color": ("red", "green", "blue", "pink", None, 1),
    "note": ("a", "abc def", "UPPER", "x" * 11, None, 5, ""),
    "serial": ("a", "b", None, "x" * 21),
    "ratio": (0.5, 1, 0, -1, "x", None),
    "port": (80, "http", [1], None, 1.5, True),
    "since": ("2026-01-05T09:00:00Z", "2026-01-05", "x", None),
    "owner": (None, "me", 1),
    "limits": ({}, {"cpu": 1}, {"memory": 3}, {"cpu": None}, {"cpu": "x"}, None, {"other": 1}, []),
    "labels": ({}, {"a": "b"}, {"a": "too long"}, {"a": 1}, {str(n): "x" for n in range(6)}, {"a": None}),
    "anything": ({}, {"a": None}, {"a": [None, 1]}, [1], None),
    "tags": ([], ["a"], ["a", "a"], ["a", "b", "c", "d"], [1], ["b", "a"], [None], None),
    "parts": PARTS,
    "typo": (1,),
}
METADATA: Final[dict[str, tuple[Any, ...]]] = {
    "labels": ({"a": "b"}, {}, {"a": ""}, {"x/y": "1"}, {"bad key": "x"}, {"a": 1}, {"a": None}, None),
    "annotations": ({"a": "b c"}, {}, {"bad key": "x"}, {"a": 1}, {"a": None}, None),
    "finalizers": (["x.com/a"], ["x.com/a", "x.com/b"], [], None, ["x.com/b"]),
    "generation": (9,),
    "odd": (9,),
}
STATUSES: Final[tuple[Any, ...]] = (
    {},
    {"observedGeneration": 1},
    {"message": "hi"},
    {"message": "x" * 21},
    {"conditions": [{"type": "Ready", "status": "True"}]},
    {"conditions": [{"type": "Ready"}]},
    {"conditions": [{"type": "A", "status": "True"}, {"type": "A", "status": "False"}]},
    None,
    {"odd": 1},
    {"observedGeneration": "x"},
)
OPERATIONS: Final[tuple[Json, ...]] = (
    {"op": "add", "path": "/spec/note", "value": "n"},
    {"op": "add", "path": "/spec/note", "value": None},
    {"op": "remove", "path": "/spec/note"},
    {"op": "replace", "path": "/spec/size", "value": 3},
    {"op": "replace", "path": "/spec/size", "value": 0},
    {"op": "test", "path": "/spec/size", "value": 3},
    {"op": "add", "path": "/metadata/finalizers", "value": ["x.com/a"]},
    {"op": "remove", "path": "/metadata/finalizers/0"},
    {"op": "add", "path": "/spec/tags/-", "value": "z"},
    {"op": "copy", "from": "/spec/size", "path": "/spec/limits/memory"},
    {"op": "move", "from": "/spec/note", "path": "/spec/serial"},
    {"op": "add", "path": "/status/message", "value": "m"},
    {"op": "add", "path": "/spec/typo", "value": 1},
)


@dataclass(frozen=True)
class Step:
    """One request, in words, and how it is made."""

    words: str
    do: Do


def steps(chance: Random, count: int) -> Iterator[Step]:
    """Draw requests."""
    kinds = (_create, _create, _merge, _merge, _status, _operations, _put, _put, _delete)
    for _ in range(count):
        validation = chance.choice(("Strict", "Warn", "Ignore", ""))
        query = {"fieldValidation": validation} if validation else {}
        yield chance.choice(kinds)(chance, chance.choice(NAMES), query)


def compared(reply: Reply) -> Json:
    """What of an answer must be equal: a refusal's code, reason, causes; an object without its identity."""
    body = copy.deepcopy(reply.body)
    if body["kind"] == "Status":
        causes = body.get("details", {}).get("causes", ())
        fields = sorted({(cause.get("field", ""), cause["reason"]) for cause in causes})
        return {"code": reply.code, "reason": body.get("reason"), "causes": fields}
    return {"code": reply.code, "warnings": reply.headers.get("Warning", "").count("299"), **anonymous(body)}


def anonymous(obj: Json) -> Json:
    """An object without what differs from server to server."""
    metadata = {k: v for k, v in obj["metadata"].items() if k not in ("managedFields", "namespace")}
    for name in ("uid", "resourceVersion", "creationTimestamp", "deletionTimestamp"):
        metadata |= {name: "set"} if name in metadata else {}
    return {**obj, "metadata": metadata}


def _some(chance: Random, values: dict[str, tuple[Any, ...]], share: float) -> Json:
    return {name: chance.choice(drawn) for name, drawn in values.items() if chance.random() < share}


def _spec(chance: Random, share: float) -> Json:
    good = {"size": chance.choice((1, 3, 49, 100)), "color": "green"}
    return good if chance.random() < 0.5 else {**good, **_some(chance, VALUES, share)}


def _create(chance: Random, name: str, query: dict[str, str]) -> Step:
    fields = {"spec": _spec(chance, 0.3), "status": chance.choice(STATUSES)}
    fields["metadata"] = _some(chance, METADATA, 0.2)

    def create(widgets: Collection) -> Reply:
        return widgets.create(name, query=query, **copy.deepcopy(fields))

    return Step(f"create {name} {fields} {query}", create)


def _merge(chance: Random, name: str, query: dict[str, str]) -> Step:
    patch = {"metadata": _some(chance, METADATA, 0.1), "spec": _some(chance, VALUES, 0.12)}
    return Step(f"merge {name} {patch} {query}", lambda w: w.patch(name, patch, **query))


def _status(chance: Random, name: str, query: dict[str, str]) -> Step:
    patch = {"status": chance.choice(STATUSES), "metadata": _some(chance, METADATA, 0.05)}
    return Step(f"status {name} {patch} {query}", lambda w: w.patch(name, patch, "status", **query))


def _operations(chance: Random, name: str, query: dict[str, str]) -> Step:
    operations = chance.sample(OPERATIONS, chance.randint(1, 2))
    return Step(
        f"operations {name} {operations} {query}",
        lambda w: w.patch(name, operations, content_type=JSON_PATCH, **query),
    )


def _put(chance: Random, name: str, query: dict[str, str]) -> Step:
    fields = {"spec": _spec(chance, 0.3), "status": chance.choice(STATUSES)}
    metadata = _some(chance, METADATA, 0.1)
    metadata |= {"resourceVersion": chance.choice(("3", ""))} if chance.random() < 0.2 else {}
    subresource = chance.choice(("", "status"))

    def put(widgets: Collection) -> Reply:
        found = widgets.get(name)
        if found.code != 200:
            return found
        now = found.body
        changed = {**now, **fields, "metadata": {**now["metadata"], **metadata}}
        return widgets.replace(copy.deepcopy(changed), subresource, **query)

    return Step(f"put {subresource} {name} {fields} {metadata} {query}", put)


def _delete(_chance: Random, name: str, _query: dict[str, str]) -> Step:
    return Step(f"delete {name}", lambda w: w.delete(name))
