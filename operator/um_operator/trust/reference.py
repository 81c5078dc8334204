"""The reference page of recipes, made from the models, the presets and the closed lists."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from typing import Any, Final

from um_operator.api.model import Model
from um_operator.trust.presets import FILES, preset
from um_operator.trust.recipe import Dialogue, Files, Parameter, Recipe, Say
from um_operator.trust.words import LINES, RELOADS, UNDOING

GENERATED: Final = "<!-- Made by tools/generate_docs.py from the models; do not edit. -->"


def recipes_page() -> str:
    """Return the page, in Markdown."""
    lines = [
        GENERATED,
        "",
        "# Recipes",
        "",
        "A recipe says how CAs get onto a kind of device over SSH: `trust.delivery` of a UMIPGateway names "
        "one that comes along (`preset`), or one of your own in a ConfigMap (`recipeRef`). It can only add, "
        "read back, save, and take back what the same delivery added: reset, restart and reboot have no word "
        "in it. `{name}` stands for a parameter.",
        "",
        "## Presets",
        "",
        *(line for name in FILES for line in _preset(name)),
        "## Fields",
        "",
        *_fields("recipe", Recipe),
        *_fields("files", Files),
        *_fields("dialogue", Dialogue),
        *_fields("dialogue.add[], save[], takeBack[], begin[], enable", Say),
        *_fields("parameters", Parameter),
        "## Commands that a recipe may run",
        "",
        "As regular expressions; anything else is refused, in a recipe and in a parameter alike.",
        "",
        *_listed(pattern.pattern for pattern in RELOADS),
        "## Lines that a recipe may type",
        "",
        *_listed(pattern.pattern for pattern in LINES),
        "Only in `takeBack`:",
        "",
        *_listed(pattern.pattern for pattern in UNDOING),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _preset(name: str) -> Iterator[str]:
    recipe = preset(name)
    yield f"### {name}"
    yield ""
    interrupts = (
        "may interrupt calls: it waits for a window" if recipe.interrupts_calls else "interrupts none"
    )
    yield f"{recipe.title}; a delivery {interrupts}."
    yield ""
    yield "| Parameter | Default | Meaning |"
    yield "|---|---|---|"
    for parameter, about in recipe.parameters.items():
        yield f"| `{parameter}` | `{about.default}` | {about.description} |"
    yield ""
    content = resources.files("um_operator.trust").joinpath("presets", FILES[name]).read_text("utf-8")
    yield from ("```yaml", content.rstrip(), "```", "")


def _fields(title: str, model: type[Model]) -> Iterator[str]:
    yield f"### {title}"
    yield ""
    yield "| Field | Needed | Meaning |"
    yield "|---|---|---|"
    for name, field in model.model_fields.items():
        needed: Any = "**required**" if field.is_required() else ""
        yield f"| `{field.alias or name}` | {needed} | {' '.join((field.description or '').split())} |"
    yield ""


def _listed(patterns: Iterator[str]) -> Iterator[str]:
    yield "```text"
    yield from patterns
    yield "```"
    yield ""
