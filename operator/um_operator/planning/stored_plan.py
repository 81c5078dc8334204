"""A plan as it is stored for approval: plain JSON that a person reads and an approval names by its digest.

The digest covers what the steps do (type, subject, want, have). Whoever approves it approves exactly these
steps, whatever became of the file meanwhile: what does not have its own digest is no approval.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Final, Self

from pydantic import TypeAdapter, ValidationError

from um_operator.planning.steps import Step
from um_operator.planning.steps.base import step_id_of

VERSION: Final = 1
"""Of the content; another release refuses what it does not know."""
KEY: Final = "plan.json"
KEY_COMPRESSED: Final = "plan.json.gz"
"""Under which key of a ConfigMap the content stands: as it is while it fits, else compressed."""
MOST_BYTES: Final = 1_000_000
"""A ConfigMap holds 1 MiB; some of that is left to its metadata."""
MOST_BYTES_READ: Final = 64 * 1024 * 1024
"""No content that was written here is longer, uncompressed; a longer one is somebody's prank."""
MOST_SHOWN: Final = 200
"""Characters of an error's text that are told."""


class UnusablePlanError(ValueError):
    """A stored plan that cannot be used; one line says why."""


@dataclass(frozen=True, slots=True)
class StoredStep:
    """A step of a stored plan.

    Attributes:
        id: as ``BaseStep.step_id``.
        owner: the resource that asks for it, ``Kind/name``.
        generation: of the owner, when the plan was made.
        corrects: whether it repairs what drifted; else that generation was not in force yet.
        want: the state after it, as JSON; ``None`` is absent.
        have: the state before it, as JSON; ``None`` is absent.
        requires: the ids of the steps of the plan that it waits for by the order of things.
    """

    id: str
    type: str
    subject: str
    owner: str
    generation: int
    corrects: bool
    want: Any
    have: Any
    interrupts: bool
    sentence: str
    requires: tuple[str, ...]

    @classmethod
    def of(cls, step: Step, generation: int, requires: Iterable[str], *, corrects: bool = False) -> Self:
        """Return a step as it is stored."""
        return cls(
            id=step.step_id,
            type=type(step).__name__,
            subject=step.subject,
            owner=str(step.owner),
            generation=generation,
            corrects=corrects,
            want=plain(step.want),
            have=plain(step.have),
            interrupts=step.interrupts,
            sentence=step.sentence,
            requires=tuple(requires),
        )


@dataclass(frozen=True)
class StoredPlan:
    """Steps that an approval lets run, in the order of the plan; ``organization`` is a metadata.name."""

    organization: str
    steps: tuple[StoredStep, ...]

    @cached_property
    def digest(self) -> str:
        """Return the plan's digest, which is also its name."""
        return digest_of(step.id for step in self.steps)

    @cached_property
    def by_id(self) -> Mapping[str, StoredStep]:
        """Return the steps by their ids."""
        return {step.id: step for step in self.steps}


def digest_of(step_ids: Iterable[str]) -> str:
    """Return ``plan-`` and 24 hex digits of the SHA-256 of the sorted step ids; no time, no gate."""
    ids = "\n".join(sorted(step_ids))
    return f"plan-{hashlib.sha256(ids.encode()).hexdigest()[:24]}"


def plain(value: object) -> Any:
    """Return a step's want or have as it comes back from JSON."""
    return json.loads(json.dumps(value))


def to_json(plan: StoredPlan) -> bytes:
    """Return the content of a stored plan: the same bytes for the same plan, a step a line."""
    steps = ",\n".join(_canonical(asdict(step)) for step in plan.steps)
    head = {"digest": plan.digest, "organization": plan.organization, "version": VERSION}
    return f'{_canonical(head)[:-1]},"steps":[\n{steps}\n]}}\n'.encode()


def from_json(content: bytes, digest: str) -> StoredPlan:
    """Read a stored plan.

    Args:
        content: as ``to_json`` made it, or whatever has become of it.
        digest: the name under which it was stored.

    Raises:
        UnusablePlanError: it is not the plan of that digest, or of another release.
    """
    try:
        return _verified(_plan(json.loads(content), digest), digest)
    except UnusablePlanError:
        raise
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _unusable(digest, f"is damaged at steps.{where} ({first['msg']})") from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        why = str(error).partition("\n")[0][:MOST_SHOWN]
        raise _unusable(digest, f"is damaged ({type(error).__name__}: {why})") from None


def packed(plan: StoredPlan) -> Mapping[str, bytes]:
    """Return what of a ConfigMap's data a plan is: plain while that fits, else compressed."""
    content = to_json(plan)
    if len(content) <= MOST_BYTES:
        return {KEY: content}
    return {KEY_COMPRESSED: gzip.compress(content, mtime=0)}


def fits(plan: StoredPlan) -> bool:
    """Whether a ConfigMap can hold a plan."""
    return all(len(content) <= MOST_BYTES for content in packed(plan).values())


def unpacked(data: Mapping[str, bytes], digest: str) -> StoredPlan:
    """Read a plan from a ConfigMap's data.

    Raises:
        UnusablePlanError: there is none in it, or not the one of that digest.
    """
    if KEY in data:
        return from_json(data[KEY], digest)
    if KEY_COMPRESSED in data:
        return from_json(_decompressed(data[KEY_COMPRESSED], digest), digest)
    raise _unusable(digest, f'has neither key "{KEY}" nor "{KEY_COMPRESSED}"')


def _plan(document: Any, digest: str) -> StoredPlan:
    version = document["version"]
    if version != VERSION:
        raise _unusable(digest, f'is of version "{version}", and this release knows "{VERSION}"')
    return StoredPlan(str(document["organization"]), _STEPS.validate_python(document["steps"]))


def _verified(plan: StoredPlan, digest: str) -> StoredPlan:
    """Return a plan whose ids and digest are those of its content."""
    for step in plan.steps:
        if step.id != step_id_of(step.type, step.subject, step.want, step.have):
            raise _unusable(digest, f'was changed: "{step.subject}" is not the step of its id')
    if plan.digest != digest:
        raise _unusable(digest, f'was changed: its steps are those of "{plan.digest}"')
    return plan


def _decompressed(content: bytes, digest: str) -> bytes:
    reader = zlib.decompressobj(wbits=31)
    try:
        text = reader.decompress(content, MOST_BYTES_READ)
    except zlib.error as error:
        raise _unusable(digest, f"is damaged ({error})") from None
    if not reader.eof:
        raise _unusable(digest, "is damaged (cut, or too long)")
    return text


def _unusable(digest: str, why: str) -> UnusablePlanError:
    return UnusablePlanError(
        f'stored plan "{digest}" {why}; delete it and approve the plan that is made anew'
    )


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


_STEPS: Final = TypeAdapter(tuple[StoredStep, ...])
