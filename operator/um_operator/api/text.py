"""Text with a bound and a form: one constraint that the model and the CRD check alike."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

ANYTHING = "must have no control characters"
FORM = "x-um-form"
"""The key under which the JSON schema carries the meaning of a pattern to the reference page."""


def refused(sentence: str) -> PydanticCustomError:
    """Return the error of a value that breaks a rule: ``sentence`` says the rule."""
    return PydanticCustomError("rule", "{sentence}", {"sentence": sentence})


@dataclass(frozen=True, slots=True)
class Text:
    """How long a text may be and what it looks like; ``meaning`` says the pattern in words ("must …").

    Patterns stay within RE2, for the API server reads the same text, and are anchored at both ends.
    """

    most: int
    pattern: str = r"^[^\x00-\x1f]*$"
    meaning: str = ANYTHING
    least: int = 1

    def _check(self, text: str) -> str:
        if len(text) < self.least:
            raise refused(
                "must not be empty" if self.least == 1 else f"must have at least {self.least} characters"
            )
        if len(text) > self.most:
            raise refused(f"must have at most {self.most} characters")
        if not re.fullmatch(self.pattern, text):
            raise refused(self.meaning)
        return text

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check the form after it is known to be text."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Put bound and pattern into the schema."""
        bounds = {"minLength": self.least} if self.least else {}
        form = {"maxLength": self.most, "pattern": self.pattern, FORM: self.meaning}
        return {**handler(core_schema), **bounds, **form}
