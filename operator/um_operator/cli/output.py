"""Where a command's result goes: lines for a person, JSON or YAML for a program, always on stdout."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import yaml


class Format(StrEnum):
    """How a result is printed (-o)."""

    TEXT = "text"
    JSON = "json"
    YAML = "yaml"


class ManifestFormat(StrEnum):
    """How manifests are printed (-o)."""

    YAML = "yaml"
    JSON = "json"


class PlanFormat(StrEnum):
    """How a plan is printed (-o): besides the others, as a comment on a pull request."""

    TEXT = "text"
    JSON = "json"
    YAML = "yaml"
    MARKDOWN = "markdown"


def show(form: Format, lines: Iterable[str], data: Any) -> None:
    """Print a result in the form asked for."""
    match form:
        case Format.TEXT:
            text = "".join(f"{line}\n" for line in lines)
        case Format.JSON:
            text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
        case Format.YAML:
            text = to_yaml(data)
    write(text)


def write(text: str) -> None:
    """Print text as it is."""
    sys.stdout.write(text)
    sys.stdout.flush()


def manifests_text(documents: Sequence[Mapping[str, Any]], form: ManifestFormat) -> str:
    """Return manifests as ``kubectl apply`` takes them: YAML documents, or one JSON List."""
    if form is ManifestFormat.YAML:
        return "---\n".join(to_yaml(document) for document in documents)
    several = {"apiVersion": "v1", "kind": "List", "items": documents}
    return json.dumps(several, indent=2, ensure_ascii=False) + "\n"


def to_yaml(data: Any) -> str:
    """Return data as YAML that every loader reads the same: text that could be taken for more is quoted."""
    return yaml.dump(data, Dumper=_QuotingDumper, sort_keys=False, allow_unicode=True, width=110)


class _QuotingDumper(yaml.SafeDumper):
    """Quotes text that YAML 1.1 or 1.2 might read as a number, a boolean or a date."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    risky = not value or value[0] in "+-.0123456789=~" or value.lower() in _WORDS
    style = '"' if risky else "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})

_QuotingDumper.add_representer(str, _text)
_QuotingDumper.add_multi_representer(str, _text)
