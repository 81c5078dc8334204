"""The examples of the documentation are a real server's output for the statuses that stand there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, get_args

import pytest
import yaml

from cluster_apiserver import APIServer
from cluster_client import Json
from cluster_objects import Objects
from manifests_support import EXAMPLES, lync_document
from um_operator.api.meta import KindName
from um_operator.api.select import KINDS, is_ours

PAGE = EXAMPLES.parent / "docs" / "reference" / "kubectl-get.md"
COMMAND = re.compile(r"^\$ kubectl (.+)\n((?:(?!\$ ).*\n)+)", re.MULTILINE)


@dataclass(frozen=True)
class Example:
    """A resource with its status, and what each command prints for it."""

    title: str
    kind: KindName
    name: str
    spec: dict[str, Any]
    status: dict[str, Any]
    printed: tuple[tuple[str, str], ...]


def examples() -> list[Example]:
    kinds = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)[1:]
    return [
        example(kind, section)
        for text in kinds
        for kind in [text.partition("\n")[0]]
        for section in re.split(r"^### ", text, flags=re.MULTILINE)[1:]
    ]


def example(kind: str, section: str) -> Example:
    (known,) = (name for name in get_args(KindName) if name == kind)
    console, text = (
        match[1] for match in re.finditer(r"```(?:console|yaml)\n(.*?)```", section, flags=re.DOTALL)
    )
    resource = yaml.safe_load(text)
    printed = tuple((match[1], match[2]) for match in COMMAND.finditer(console))
    name = printed[0][0].split()[2]
    return Example(
        section.partition("\n")[0], known, name, resource.get("spec", {}), resource["status"], printed
    )


def declared(kind: KindName, name: str) -> Json:
    """Return a resource of the examples, the larger one's first, without the namespace that stands there."""
    if kind == "LyncIntegration":
        return lync_document(name)
    found, *_ = (
        document
        for folder in ("contoso", "smallest")
        for path in (EXAMPLES / folder).glob("*.yaml")
        for document in yaml.load_all(path.read_text(), yaml.CSafeLoader)
        if is_ours(document) and (document["kind"], document["metadata"]["name"]) == (kind, name)
    )
    return {**found, "metadata": {"name": name}}


def without_age(table: str) -> list[str]:
    return [line.rsplit(maxsplit=1)[0].rstrip() for line in table.splitlines()]


@pytest.mark.parametrize("shown", examples(), ids=lambda shown: shown.title)
def test_a_table_of_the_documentation_is_what_kubectl_prints(
    shown: Example, server: APIServer, objects: Objects
) -> None:
    document = declared(shown.kind, shown.name)
    made = objects.create({**document, "spec": {**document["spec"], **shown.spec}})
    assert made.accepted, made
    written = objects.write_status(shown.kind, shown.name, shown.status)
    assert written.accepted, written
    for command, table in shown.printed:
        printed = server.kubectl(*command.split(), f"--namespace={objects.namespace}")
        assert without_age(printed.stdout) == without_age(table)


def test_every_kind_is_shown_ready_and_not_ready() -> None:
    ready = {
        (shown.kind, condition["status"])
        for shown in examples()
        for condition in shown.status["conditions"]
        if condition["type"] == "Ready"
    }
    assert ready == {(kind, status) for kind in KINDS for status in ("True", "False")}
