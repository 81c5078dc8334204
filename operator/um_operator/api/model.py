"""The base of every model: camelCase outside, frozen inside, unknown fields refused; marks for the CRD."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, Strict
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

T = TypeVar("T")


class Model(BaseModel):
    """What people write: no coercion, no unknown field; a field's docstring is its documentation."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        frozen=True,
        strict=True,
        use_attribute_docstrings=True,
        validate_by_alias=True,
        validate_by_name=False,
        serialize_by_alias=True,
    )

    def declared(self) -> dict[str, Any]:
        """Return the model as it would stand in a manifest: only what is set, plain JSON values."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


@dataclass(frozen=True, slots=True)
class Mark:
    """A word about a field that the JSON schema carries on to the CRD and the reference page."""

    key: str
    value: bool | str | tuple[str, ...]

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Add the mark to the field's schema."""
        return {**handler(core_schema), self.key: self.value}


IMMUTABLE = "x-um-immutable"
COMPUTED = "x-um-computed"
SOURCE = "x-um-source"
LIST_TYPE = "x-kubernetes-list-type"
LIST_MAP_KEYS = "x-kubernetes-list-map-keys"

Immutable = Mark(IMMUTABLE, True)
"""The field cannot change once the resource exists."""
Atomic = Mark(LIST_TYPE, "atomic")
"""The list is replaced as a whole by server-side apply."""


def computed(rule: str) -> Mark:
    """Mark a field that the operator computes when it is absent, and say how."""
    return Mark(COMPUTED, rule)


def source(where: str) -> Mark:
    """Mark where a limit or meaning comes from: a cmdlet page, a topic, an RFC."""
    return Mark(SOURCE, where)


def keyed_by(*keys: str) -> Mark:
    """Mark a list as a map whose entries are told apart by these (required or defaulted) fields."""
    return Mark(LIST_MAP_KEYS, keys)


def _as_tuple() -> Strict:
    """Let a list from YAML or JSON become a tuple although the models do not coerce otherwise."""
    return Strict(strict=False)


ListOf = Annotated[tuple[T, ...], _as_tuple()]
"""A list, kept as a tuple. Each use adds its bound: ``Annotated[ListOf[X], Field(max_length=8)]``."""


def at_most(items: int, *, at_least: int = 0) -> Any:
    """Bound a list. Where it is empty by default, an empty one is left out of what is written."""
    return Field(min_length=at_least or None, max_length=items, exclude_if=lambda entries: entries == ())
