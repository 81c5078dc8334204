"""The definitions as an API server takes them: established, and found by every name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cluster_apiserver import APIServer
from cluster_objects import Objects
from manifests_support import gateway_document
from um_operator.api.names import NAMES, Names
from um_operator.cli.main import run

every_kind = pytest.mark.parametrize("names", NAMES.values(), ids=NAMES.keys())


def definition(server: APIServer, names: Names) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(server.kubectl("get", "crd", names.crd, "--output=json").stdout)
    return found


@every_kind
def test_a_definition_is_accepted_without_reserve(server: APIServer, names: Names) -> None:
    conditions = {one["type"]: one["status"] for one in definition(server, names)["status"]["conditions"]}
    assert conditions == {"NamesAccepted": "True", "Established": "True"}


@every_kind
def test_a_kind_is_found_by_each_of_its_names(server: APIServer, names: Names, namespace: str) -> None:
    for word in (names.kind, names.singular, names.plural, names.short):
        found = server.kubectl("get", word, f"--namespace={namespace}")
        assert (found.returncode, found.stdout) == (0, ""), (word, found.stderr)


def test_the_category_lists_every_kind(server: APIServer, objects: Objects, namespace: str) -> None:
    assert objects.create(gateway_document("sbc01")).accepted
    listed = server.kubectl("get", "um", f"--namespace={namespace}", "--output=name")
    assert listed.stdout == "umipgateway.unifiedmessaging.dev/sbc01\n"
    categories = server.kubectl("api-resources", "--categories=um", "--output=name").stdout.split()
    assert categories == sorted(names.crd for names in NAMES.values())


@every_kind
def test_kubectl_explains_every_field(server: APIServer, names: Names) -> None:
    explained = server.kubectl("explain", f"{names.plural}.spec", "--recursive")
    assert explained.returncode == 0, explained.stderr
    described = server.kubectl("explain", f"{names.plural}.spec.mode").stdout
    assert "more careful" in described


def test_what_umctl_prints_is_what_the_server_has(
    server: APIServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["crds"]) == 0
    difference = server.kubectl("diff", "--server-side", "--filename=-", input=capsys.readouterr().out)
    assert (difference.returncode, difference.stdout) == (0, "")
