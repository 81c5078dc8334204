"""Declared properties beside live ones: what differs, and which change puts it right."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from um_operator.api.reasons import Reason
from um_operator.desired.declared import canonical_address
from um_operator.observed.values import PropertyValue
from um_operator.planning.checks.case import Case, D, L
from um_operator.planning.plan import Finding
from um_operator.planning.steps import Change


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was found, and the changes that put it right (none for what is not corrected any more)."""

    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()

    def __add__(self, other: Comparison) -> Comparison:
        return Comparison(self.findings + other.findings, self.changes + other.changes)


def changes_to(
    case: Case[D, L], wanted: Mapping[str, PropertyValue], created_with: Collection[str]
) -> Comparison:
    """Return what has to be set.

    An object that we create is configured by all that is declared, in one piece, as long as anything is
    missing. So the step stays the same while the object is being made, and an approved plan approved.

    Args:
        case: the resource and its object.
        wanted: what may be set now.
        created_with: what the create step sets already.
    """
    new = {path: want for path, want in wanted.items() if path not in created_with}
    if case.live is None:
        return Comparison((), _configuration(case, new))
    found = compare(case, wanted)
    if not case.first_configuration or not found.changes:
        return found
    changed = {change.path: change.want for change in found.changes}
    return Comparison(found.findings, _configuration(case, {**new, **changed}))


def compare(case: Case[D, L], wanted: Mapping[str, PropertyValue]) -> Comparison:
    """Return how an existing object differs from what is declared of it."""
    assert case.live is not None
    return sum(
        (_compare(case, path, want, case.live.properties) for path, want in sorted(wanted.items())),
        Comparison(),
    )


def paths_of(changes: Iterable[Change]) -> frozenset[str]:
    """Return the paths that changes put right."""
    return frozenset(change.path for change in changes)


def equal(path: str, one: PropertyValue, other: PropertyValue) -> bool:
    """Whether two values mean the same: host names are compared without case and trailing dot."""
    if path == "address" and isinstance(one, str) and isinstance(other, str):
        return canonical_address(one) == canonical_address(other)
    return one == other


def _configuration(case: Case[D, L], wanted: Mapping[str, PropertyValue]) -> tuple[Change, ...]:
    return tuple(Change(path, want, case.have(None)) for path, want in sorted(wanted.items()))


def _compare(
    case: Case[D, L], path: str, want: PropertyValue, live: Mapping[str, PropertyValue]
) -> Comparison:
    if not case.managed(path):
        return Comparison()
    if path not in live:
        message = f"{path} is declared, but this version of Exchange does not show it"
        return Comparison((case.finding("Unread", Reason.NOT_READ, message, path),))
    have = live[path]
    if equal(path, want, have):
        return Comparison()
    change = () if case.fought(path) else (Change(path, want, case.have(have)),)
    return Comparison(case.differs(path, want, have), change)
