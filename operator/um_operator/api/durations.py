"""Go durations ("90s", "1h30m"): the form in which Kubernetes resources write lengths of time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from pydantic import (
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from um_operator.api.text import refused

_UNITS = {"h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_PART = re.compile(r"([0-9]{1,5})(h|ms|m|s)")
PATTERN = r"^([0-9]{1,5}(h|ms|m|s))+$"
MAX_LENGTH = 32
_NO_FRACTION_OF_A_SECOND = "(timestamp('1970-01-01T00:00:00Z') + duration(self)).getMilliseconds() == 0"
"""In core CEL; of a duration itself getMilliseconds is the whole in one evaluator, the rest in another."""
_FORM = 'must be a duration such as "90s", "10m" or "1h30m"'


def parse(text: str) -> timedelta:
    """Read a duration of whole hours, minutes, seconds and milliseconds, such as ``1h30m``.

    Raises:
        ValueError: the text is not such a duration.
    """
    if len(text) > MAX_LENGTH or not re.fullmatch(PATTERN, text):
        raise ValueError(_FORM)
    return timedelta(milliseconds=sum(int(count) * _UNITS[unit] for count, unit in _PART.findall(text)))


def canonical(duration: timedelta) -> str:
    """Return the shortest exact text of a duration, not negative: ``90m`` is ``1h30m``, zero ``0s``."""
    rest = round(duration / timedelta(milliseconds=1))
    text = ""
    for unit, size in _UNITS.items():
        count, rest = divmod(rest, size)
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def _validate(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        raise refused(f"{_FORM}, in quotes")
    try:
        return parse(value)
    except ValueError as error:
        raise refused(str(error)) from None


Duration = Annotated[
    timedelta,
    PlainValidator(_validate),
    PlainSerializer(canonical, return_type=str),
    WithJsonSchema({"type": "string", "pattern": PATTERN, "maxLength": MAX_LENGTH}),
]
"""A Go duration; ``timedelta`` in Python."""


@dataclass(frozen=True, slots=True)
class Between:
    """The range of a duration, ends included; with ``whole`` (seconds or minutes) only multiples of it.

    One rule, two checks: the model's and the CRD's (``cel``).
    """

    least: str
    most: str
    whole: str | None = None

    def cel(self) -> str:
        """Return the range as a CEL rule on the field itself."""
        rule = f"duration(self) >= duration('{self.least}') && duration(self) <= duration('{self.most}')"
        if self.whole is None:
            return rule
        step = int(parse(self.whole).total_seconds())
        return f"{rule} && duration(self).getSeconds() % {step} == 0 && {_NO_FRACTION_OF_A_SECOND}"

    def holds(self, duration: timedelta) -> bool:
        """Tell whether a duration lies in the range."""
        if not parse(self.least) <= duration <= parse(self.most):
            return False
        return self.whole is None or not duration % parse(self.whole)

    def sentence(self) -> str:
        """Return the rule as a person reads it."""
        steps = f', in steps of "{self.whole}"' if self.whole else ""
        return f'must be between "{self.least}" and "{self.most}"{steps}'

    def _check(self, duration: timedelta) -> timedelta:
        if not self.holds(duration):
            raise refused(self.sentence())
        return duration

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check the range after the text was read."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Carry the range into the schema as a rule."""
        rule = {"rule": self.cel(), "message": self.sentence()}
        return {**handler(core_schema), "x-kubernetes-validations": [rule]}
