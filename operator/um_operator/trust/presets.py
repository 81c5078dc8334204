"""The recipes that come along, and those of a ConfigMap: read, checked, refused in one clear line."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

import yaml
from pydantic import ValidationError

from um_operator.api.gateway_trust import TrustDelivery
from um_operator.api.validation import problems_of
from um_operator.trust.errors import RecipeError
from um_operator.trust.recipe import Recipe

FILES: Final[Mapping[str, str]] = {
    "CiscoCUBE": "ciscocube.yaml",
    "Kamailio": "kamailio.yaml",
    "Asterisk": "asterisk.yaml",
}
"""The presets, and where they are."""
LARGEST: Final = 64 * 1024
"""Bytes of a recipe."""


def recipe_of(delivery: TrustDelivery, config_map: Mapping[str, bytes] | None) -> Recipe:
    """Return the recipe that ``trust.delivery`` names.

    Args:
        delivery: as declared.
        config_map: what the ConfigMap of ``recipeRef`` holds; ``None`` where there is none, or none is named.

    Raises:
        RecipeError: there is none, or it cannot be used.
    """
    if delivery.recipe_ref is None:
        return preset(delivery.preset or "")
    shown = f'ConfigMap "{delivery.recipe_ref.name}" with key "{delivery.recipe_ref.key}"'
    content = (config_map or {}).get(delivery.recipe_ref.key)
    if content is None:
        raise RecipeError(f"trust.delivery.recipeRef: there is no {shown}")
    return parse(content, shown)


@cache
def preset(name: str) -> Recipe:
    """Return a preset.

    Raises:
        RecipeError: there is none of that name yet.
    """
    if name not in FILES:
        known = ", ".join(f'"{one}"' for one in FILES)
        raise RecipeError(
            f'trust.delivery.preset: "{name}" is delivered over HTTPS, which is not available yet; take one '
            f"of {known}, or leave delivery out and load the CA by hand"
        )
    found = resources.files("um_operator.trust").joinpath("presets", FILES[name])
    return parse(found.read_bytes(), f'preset "{name}"')


def parse(content: bytes, where: str) -> Recipe:
    """Read a recipe.

    Args:
        content: YAML.
        where: it stands, for the message.

    Raises:
        RecipeError: it is none, and why, in one line.
    """
    if len(content) > LARGEST:
        raise RecipeError(f"{where}: it is longer than {LARGEST} bytes")
    try:
        return Recipe.model_validate(yaml.safe_load(content))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        at = f", line {mark.line + 1}" if mark else ""
        raise RecipeError(f"{where}{at}: it is no YAML") from None
    except ValidationError as error:
        first = problems_of(Recipe, error)[0]
        raise RecipeError(f"{where}: {first if first.path else first.message}") from None
