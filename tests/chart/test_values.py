"""Values, their schema and their documentation are one."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml

from manifests_support import EXAMPLES
from um_operator.api.select import Invalid, parse

ROOT = EXAMPLES.parent
CHART = ROOT / "charts" / "um-operator"
GENERATOR: dict[str, Any] = runpy.run_path(str(ROOT / "tools" / "generate_chart.py"))
FILES: dict[Path, str] = GENERATOR["files"]()
VALUES: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text())
META: dict[str, Any] = yaml.safe_load((CHART / "Chart.yaml").read_text())
NOT_A_VALUE = {"global"}
"""What a parent chart hands down."""


def leaves(values: dict[str, Any], documented: set[str], prefix: str = "") -> set[str]:
    """Return the paths of all values; below a documented one there is nothing more to document."""
    found: set[str] = set()
    for key, value in values.items():
        path = f"{prefix}{key}"
        inner = value if isinstance(value, dict) and path not in documented else {}
        found |= leaves(inner, documented, f"{path}.") or {path}
    return found


def in_schema(schema: dict[str, Any], documented: set[str], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for key, inner in schema.get("properties", {}).items():
        path = f"{prefix}{key}"
        below = set() if path in documented else in_schema(resolved(inner), documented, f"{path}.")
        found |= below or {path}
    return found


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return SCHEMA["definitions"][name] if name else schema


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_generated_file_is_current(path: Path) -> None:
    assert path.exists(), "run: python tools/generate_chart.py"
    assert path.read_text(encoding="utf-8") == FILES[path], "run: python tools/generate_chart.py"


def test_the_chart_has_every_definition_and_no_other() -> None:
    generated = {path.name for path in (ROOT / "crds").glob("*.yaml")}
    assert generated
    assert {path.name for path in (CHART / "files" / "crds").iterdir()} == generated


def test_every_value_is_documented_and_in_the_schema() -> None:
    documented = {value.path for value in GENERATOR["values"]()}
    assert leaves(VALUES, documented) == documented
    assert in_schema(SCHEMA, documented) - NOT_A_VALUE == documented


def test_the_schema_lets_nothing_unknown_through() -> None:
    def objects(schema: dict[str, Any]) -> list[dict[str, Any]]:
        inner = [*schema.get("properties", {}).values(), *schema.get("definitions", {}).values()]
        inner += [
            schema[key] for key in ("items", "additionalProperties") if isinstance(schema.get(key), dict)
        ]
        own = [schema] if schema.get("type") == "object" else []
        return own + [found for one in inner for found in objects(one)]

    open_ones = [one["description"] for one in objects(SCHEMA) if "additionalProperties" not in one]
    assert sorted(open_ones) == ["Checked by the API server.", "Values of a parent chart; not read."]


def test_every_row_of_the_table_has_four_cells() -> None:
    rows = [line for line in FILES[CHART / "README.md"].splitlines() if line.startswith("| `")]
    assert len(rows) == len(GENERATOR["values"]())
    assert all(line.count("|") == 5 for line in rows)


def test_the_chart_is_of_the_version_of_the_project() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    assert f'version = "{META["appVersion"]}"' in project
    assert META["version"].replace("-dev.", ".dev") == META["appVersion"]


def test_the_annotated_definitions_are_those_that_are_there() -> None:
    told = yaml.safe_load(META["annotations"]["artifacthub.io/crds"])
    crds = [yaml.load(path.read_text(), yaml.CSafeLoader) for path in sorted((ROOT / "crds").glob("*.yaml"))]
    assert [(one["kind"], one["version"], one["name"]) for one in told] == [
        (crd["spec"]["names"]["kind"], crd["spec"]["versions"][0]["name"], crd["metadata"]["name"])
        for crd in crds
    ]
    assert all(one["displayName"] and one["description"] for one in told)


def test_the_annotated_examples_are_valid() -> None:
    examples = yaml.safe_load(META["annotations"]["artifacthub.io/crdsExamples"])
    assert {example["kind"] for example in examples} == {
        one["kind"] for one in yaml.safe_load(META["annotations"]["artifacthub.io/crds"])
    }
    assert not [problem for example in examples if isinstance(problem := parse(example), Invalid)]
