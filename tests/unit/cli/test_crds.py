"""``umctl crds`` prints the definitions of this release as kubectl takes them."""

from __future__ import annotations

import json

import pytest
import yaml

from um_operator.api.crd import custom_resource_definition
from um_operator.api.select import KINDS
from um_operator.cli.main import run

ALL = [custom_resource_definition(kind) for kind in KINDS]


def test_all_definitions_are_printed_as_documents(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["crds"]) == 0
    assert list(yaml.load_all(capsys.readouterr().out, yaml.CSafeLoader)) == ALL


def test_or_those_that_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["crds", "umgw", "UMDialPlan"]) == 0
    printed = list(yaml.load_all(capsys.readouterr().out, yaml.CSafeLoader))
    assert [crd["spec"]["names"]["kind"] for crd in printed] == ["UMIPGateway", "UMDialPlan"]


def test_as_json_they_are_a_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["crds", "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"apiVersion": "v1", "kind": "List", "items": ALL}


def test_another_kind_is_an_error_that_names_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["crds", "pod"]) == 1
    error = capsys.readouterr().err
    assert '"pod" is no kind of this API; it has xorg, lyncint, umcert, umdp, umgw' in " ".join(error.split())
