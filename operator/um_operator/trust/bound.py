"""A recipe with the values of a manifest: every command that it leads to, checked once more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from um_operator.api.validation import did_you_mean
from um_operator.trust.errors import RecipeError
from um_operator.trust.recipe import PASTE, PLACEHOLDER, Dialogue, Files, Recipe
from um_operator.trust.words import is_line, is_reload

WHERE = "trust.delivery.parameters"
MASK = "********"
"""What is shown of a secret."""
_AFTER_A_LOSS = "only if a protected listener is lost"


@dataclass(frozen=True, slots=True)
class Bound:
    """A recipe and the values of its parameters."""

    recipe: Recipe
    values: Mapping[str, str]

    def fill(self, line: str, **more: str) -> str:
        """Return a line with the values in it; ``more`` are those of one CA."""
        values = {**self.values, **more}
        return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), line)

    def pattern(self, pattern: str) -> re.Pattern[str]:
        """Return a regular expression with the values in it, each standing for itself."""
        return re.compile(
            PLACEHOLDER.sub(lambda found: re.escape(self.values.get(found[1], found[0])), pattern)
        )

    def procedure(self) -> tuple[str, ...]:
        """Return what is done on the device, a line each, for a person who wants to know beforehand."""
        if self.recipe.files is not None:
            return tuple(_of_files(self, self.recipe.files))
        assert self.recipe.dialogue is not None
        return tuple(_of_dialogue(self, self.recipe.dialogue))


def bind(recipe: Recipe, given: Mapping[str, str]) -> Bound:
    """Give a recipe its values.

    Raises:
        RecipeError: one is missing, unknown, or not what the recipe allows.
    """
    for name in given:
        if name not in recipe.parameters:
            close = did_you_mean(name, recipe.parameters)
            more = f'; did you mean "{close}"?' if close else ""
            raise RecipeError(f'{WHERE}: "{name}" is no parameter of this recipe{more}')
    values: dict[str, str] = {}
    for name, parameter in recipe.parameters.items():
        value = given.get(name, parameter.default)
        if value is None:
            raise RecipeError(f'{WHERE}: "{name}" is missing: {parameter.description}')
        if not re.fullmatch(parameter.pattern, value):
            raise RecipeError(f'{WHERE}.{name} "{value}": must match "{parameter.pattern}"')
        values[name] = value
    bound = Bound(recipe, values)
    _refuse_commands(bound)
    return bound


def _refuse_commands(bound: Bound) -> None:
    recipe = bound.recipe
    if recipe.files is not None and not is_reload(command := bound.fill(recipe.files.reload)):
        raise RecipeError(f'{WHERE}: "{command}" is no command that a recipe may run')
    for line, undoing in recipe.dialogue.lines() if recipe.dialogue else ():
        filled = bound.fill(line, name="x")
        if not is_line(filled, undoing=undoing):
            raise RecipeError(f'{WHERE}: "{filled}" is no line that a recipe may send')


def _of_files(bound: Bound, files: Files) -> Iterator[str]:
    authorities = bound.fill(files.authorities)
    for configuration in files.configuration:
        yield f"sftp get {bound.fill(configuration)}  # stop if it was changed since it was read last"
    yield f"sftp get {authorities}"
    yield f"sftp put {authorities}.previous  # what it holds"
    yield f"sftp put {authorities}.um-operator  # what it holds, and the CAs that it lacks"
    yield f"sftp posix-rename {authorities}.um-operator {authorities}"
    yield bound.fill(files.reload)
    yield f"sftp get {authorities}  # read back"
    yield f"sftp put {authorities}.loaded  # what was read"
    yield f"sftp put {authorities}  # {_AFTER_A_LOSS}, with what it held before, and read once more"


def _of_dialogue(bound: Bound, dialogue: Dialogue) -> Iterator[str]:
    if dialogue.enable is not None:
        yield f"{dialogue.enable.send}  # where the account has no rights yet, with {MASK}"
    yield from (say.send for say in dialogue.begin)
    yield f"{bound.fill(dialogue.locked.send)}  # stop if somebody keeps it locked"
    yield f"{bound.fill(dialogue.unsaved.send)}  # stop if anything of others is not saved"
    yield from (bound.fill(line) for line in (dialogue.running, dialogue.saved))
    name = f"{bound.fill(dialogue.name)}-<8 digits of its SHA-256>"
    for say in dialogue.add:
        yield "<PEM of the CA>" if say.send == PASTE else bound.fill(say.send, name=name)
    yield f"{bound.fill(dialogue.unsaved.send)}  # stop if anything of others is not saved"
    yield from (bound.fill(say.send) for say in dialogue.save)
    yield from (f"{bound.fill(line)}  # read back" for line in (dialogue.running, dialogue.saved))
    yield from (f"{bound.fill(say.send, name=name)}  # {_AFTER_A_LOSS}" for say in dialogue.take_back)
