"""The reference pages, made from the models and the table of reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from um_operator.api import durations
from um_operator.api.columns import COLUMNS, Column
from um_operator.api.meta import API_VERSION
from um_operator.api.model import COMPUTED, IMMUTABLE, LIST_MAP_KEYS, LIST_TYPE, SOURCE
from um_operator.api.names import Names
from um_operator.api.reasons import Reason
from um_operator.api.schema import VALIDATIONS, Schema, kind_schema
from um_operator.api.select import KINDS
from um_operator.api.text import ANYTHING, FORM

GENERATED: Final = "<!-- Made by tools/generate_docs.py from the models; do not edit. -->"


@dataclass(frozen=True, slots=True)
class _Row:
    path: str
    required: bool
    schema: Schema


def kind_page(names: Names) -> str:
    """Return the page of a kind, in Markdown."""
    schema = kind_schema(KINDS[names.kind], marks=True)
    properties = schema["properties"]
    lines = [
        GENERATED,
        "",
        f"# {names.kind}",
        "",
        f"{schema['description']} `apiVersion: {API_VERSION}`, short name `{names.short}`.",
        "",
        "A field that is left out is not managed, unless a default stands here. References are names of "
        "Kubernetes resources in the same namespace; messages show the names in Exchange.",
        "",
        "## spec",
        "",
        *_field_table(_rows(properties["spec"])),
        "",
        "## Rules across fields",
        "",
        *_rules(schema),
        "",
        "## status",
        "",
        "Written by the operator. Fields marked *ledger* are what it has to remember.",
        "",
        *_status_table(_rows(properties["status"])),
        "",
        "## kubectl get",
        "",
        *_column_table(COLUMNS[names.kind]),
    ]
    return "\n".join(lines) + "\n"


def conditions_page() -> str:
    """Return the page of conditions and reasons, in Markdown."""
    lines = [
        GENERATED,
        "",
        "# Conditions and reasons",
        "",
        "`Ready` always stands in `status.conditions`; every other type only while it is `True`. Ready says "
        "what is true, `spec.mode` what may be done about it. `status.waitingFor` names whom a step waits "
        "for, with the same words.",
        "",
        "| Reason | Where | Kinds | Meaning | What to do |",
        "|---|---|---|---|---|",
    ]
    for reason in sorted(Reason):
        where = ", ".join(f"`{place}`" for place in reason.places)
        kinds = ", ".join(reason.kinds)
        lines.append(f"| `{reason}` | {where} | {kinds} | {reason.meaning} | {reason.action} |")
    return "\n".join(lines) + "\n"


def _rows(schema: Schema, prefix: str = "") -> Iterator[_Row]:
    required = schema.get("required", ())
    for name, inner in schema.get("properties", {}).items():
        path = f"{prefix}{name}"
        yield _Row(path, name in required, inner)
        below = inner.get("items", inner)
        yield from _rows(below, f"{path}[]." if "items" in inner else f"{path}.")


def _field_table(rows: Iterable[_Row]) -> Iterator[str]:
    yield "| Field | Type | Default | Meaning |"
    yield "|---|---|---|---|"
    for row in rows:
        yield f"| `{row.path}` | {_type(row.schema)} | {_default(row)} | {_meaning(row.schema)} |"


def _status_table(rows: Iterable[_Row]) -> Iterator[str]:
    yield "| Field | Type | Meaning |"
    yield "|---|---|---|"
    for row in rows:
        yield f"| `{row.path}` | {_type(row.schema)} | {_meaning(row.schema)} |"


def _column_table(columns: Iterable[Column]) -> Iterator[str]:
    yield "| Column | Shows | Only with `-o wide` |"
    yield "|---|---|---|"
    for column in columns:
        yield f"| `{column.name.upper()}` | `{column.path}` | {'yes' if column.wide else ''} |"


def _rules(schema: Schema) -> Iterator[str]:
    yield "| Field | Rule | In CEL |"
    yield "|---|---|---|"
    for path, rule in _validations(schema):
        where = f"{path}{rule['fieldPath']}".lstrip(".")
        yield f"| `{where}` | {_cell(rule['message'])} | `{_cell(rule['rule'])}` |"


def _validations(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Yield rules across fields; a rule of one field is told in its own row."""
    yield from ((path, rule) for rule in schema.get(VALIDATIONS, ()) if "fieldPath" in rule)
    for name, inner in schema.get("properties", {}).items():
        yield from _validations(inner, f"{path}.{name}")
    if "items" in schema:
        yield from _validations(schema["items"], f"{path}[]")


def _type(schema: Schema) -> str:
    if "enum" in schema:
        return ", ".join(f"`{word}`" for word in schema["enum"])
    match schema["type"]:
        case "array":
            return f"list of up to {schema['maxItems']}: {_type(schema['items'])}"
        case "integer":
            return f"number{_range(schema.get('minimum'), schema.get('maximum'))}"
        case "string":
            return _text(schema)
        case "boolean":
            return "`true`, `false`"
        case _:
            return "map" if "additionalProperties" in schema else "object"


def _text(schema: Schema) -> str:
    if schema.get("pattern") == durations.PATTERN:
        ranges = [rule["message"].removeprefix("must be ") for rule in schema.get(VALIDATIONS, ())]
        return ", ".join(["duration", *ranges])
    form = schema.get("format", "text")
    return f"{form}, up to {schema['maxLength']}" if form != "date-time" else form


def _range(least: int | None, most: int | None) -> str:
    if least is not None and most is not None:
        return f" from {least} to {most}"
    return f" from {least}" if least is not None else ""


def _default(row: _Row) -> str:
    if row.required:
        return "**required**"
    default: Any = row.schema.get("default")
    if default is None or default == {}:
        computed = row.schema.get(COMPUTED)
        return f"computed: {computed}" if computed else ""
    if isinstance(default, list):
        return ", ".join(f"`{entry}`" for entry in default)
    return "`true`" if default is True else f"`{default}`" if default != "" else '`""`'


def _meaning(schema: Schema) -> str:
    sentences = [schema.get("description", "")]
    if schema.get(IMMUTABLE):
        sentences.append("*Cannot change.*")
    if schema.get(LIST_TYPE) == "map":
        keys = ", ".join(f"`{key}`" for key in schema[LIST_MAP_KEYS])
        sentences.append(f"Entries are told apart by {keys}.")
    form = schema.get("items", schema).get(FORM, ANYTHING)
    if form != ANYTHING and "enum" not in schema:
        sentences.append(f"{'Each must' if 'items' in schema else 'Must'}{form.removeprefix('must')}.")
    if SOURCE in schema:
        sentences.append(f"Source: {schema[SOURCE]}.")
    return _prose(" ".join(sentence for sentence in sentences if sentence))


def _prose(text: str) -> str:
    """Keep Markdown from taking a word in angle brackets for HTML; between backticks it does not."""
    parts = _cell(text).split("`")
    return "`".join(part.replace("<", "&lt;") if index % 2 == 0 else part for index, part in enumerate(parts))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
