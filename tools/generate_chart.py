"""Writes what in the chart is made from something else: its CRDs, and the table of its values.

Usage: python tools/generate_chart.py
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parent.parent
CHART: Final = ROOT / "charts" / "um-operator"
BEGIN: Final = (
    "<!-- Values: made by tools/generate_chart.py from values.yaml and values.schema.json; do not edit. -->"
)
END: Final = "<!-- End of the values. -->"
PAGE: Final = """\
# Values of the chart

[Install in a cluster](../how-to/install.md) says which ones matter.

"""


@dataclass(frozen=True, slots=True)
class Value:
    """One value of the chart: its path, what may be written there, what holds without, what it is for."""

    path: str
    schema: dict[str, Any]
    default: Any
    meaning: str


def values() -> list[Value]:
    """Return every documented value, in the order of values.yaml."""
    text = (CHART / "values.yaml").read_text(encoding="utf-8")
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    return list(_values(yaml.compose(text, yaml.SafeLoader), text.splitlines(), schema, schema, ""))


def files() -> dict[Path, str]:
    """Return the generated files."""
    table = f"{BEGIN}\n\n{_table()}\n{END}\n"
    readme = CHART / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    crds = {CHART / "files" / "crds" / path.name: path for path in sorted((ROOT / "crds").glob("*.yaml"))}
    return {
        readme: before + table + rest.partition(END)[2].removeprefix("\n"),
        ROOT / "docs" / "reference" / "chart.md": PAGE + table,
        **{copy: path.read_text(encoding="utf-8") for copy, path in crds.items()},
    }


def main() -> None:
    """Write every file."""
    for path, text in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _values(
    node: yaml.MappingNode, lines: list[str], schema: dict[str, Any], root: dict[str, Any], prefix: str
) -> Iterator[Value]:
    for key, value in node.value:
        path, inner = f"{prefix}{key.value}", _resolved(schema["properties"][key.value], root)
        if meaning := _comment_above(key.start_mark.line, lines):
            yield Value(path, inner, yaml.SafeLoader("").construct_document(value), meaning)
        elif isinstance(value, yaml.MappingNode):
            yield from _values(value, lines, inner, root, f"{path}.")


def _comment_above(line: int, lines: list[str]) -> str:
    words: list[str] = []
    while line > 0 and lines[line - 1].lstrip().startswith("#"):
        line -= 1
        text = lines[line].lstrip().removeprefix("#").strip()
        words.insert(0, text.removeprefix("-- "))
        if text.startswith("-- "):
            return " ".join(words)
    return ""


def _resolved(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return root["definitions"][name] if name else schema


def _table() -> str:
    rows = [
        f"| `{one.path}` | {_type(one.schema)} | {_default(one.default)} | {one.meaning} |"
        for one in values()
    ]
    return "\n".join(["| Value | Type | Default | Meaning |", "|---|---|---|---|", *rows]) + "\n"


def _type(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f"`{word}`" for word in schema["enum"])
    match schema["type"]:
        case "integer":
            return f"number from {schema['minimum']} to {schema['maximum']}"
        case "boolean":
            return "`true`, `false`"
        case "string":
            return "text"
        case "array":
            return "list"
        case _:
            return "map"


def _default(value: Any) -> str:
    return f"`{json.dumps(value)}`"


if __name__ == "__main__":
    main()
