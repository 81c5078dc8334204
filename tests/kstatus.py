"""What every status must obey: kstatus, Flux's condition checks, the API conventions, our table of reasons.

Sources: kubernetes-sigs/cli-utils, pkg/kstatus/status (generic.go, status.go); fluxcd/pkg,
runtime/conditions/check (FAIL0001 to FAIL0009, WARN0003 to WARN0005); kubernetes/community, API conventions.
Flux's FAIL0010 is left out: it asks that observedGeneration stays behind while Reconciling, and ours says at
once that a generation was seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, TypeAlias, get_args

import pytest

from um_operator.api.condition import Condition, ConditionType
from um_operator.api.meta import ObjectKey
from um_operator.api.reason_table.row import Place
from um_operator.api.reasons import Reason
from um_operator.api.status import STATUSES, ExchangeOrganizationStatus, Status
from um_operator.planning import conditions

Outcome: TypeAlias = Literal["Terminating", "InProgress", "Failed", "Current"]

NEGATIVE: frozenset[ConditionType] = frozenset({"Reconciling", "Stalled", "Drifted"})
"""What cannot be beside Ready=True. The other abnormal-true conditions say what waits, not what is wrong."""
GOOD = frozenset({"UpToDate", "Connected", "Deployed", "Serving"})


def outcome(generation: int, status: Status, *, deleting: bool = False) -> Outcome:
    """Return what kstatus makes of an object (rules 1 to 6, in their order)."""
    if deleting:
        return "Terminating"
    if status.observed_generation != generation:
        return "InProgress"
    for one in status.conditions:
        if one.type == "Reconciling" and one.status == "True":
            return "InProgress"
        if one.type == "Stalled" and one.status == "True":
            return "Failed"
    ready = next((one for one in status.conditions if one.type == "Ready"), None)
    return "Current" if ready is None or ready.status == "True" else "InProgress"


def outcome_of(resource: Mapping[str, Any]) -> Outcome:
    """Return what kstatus makes of a resource as an API server returns it."""
    metadata = resource["metadata"]
    status = STATUSES[resource["kind"]].model_validate(resource.get("status", {}))
    return outcome(metadata["generation"], status, deleting="deletionTimestamp" in metadata)


def violations_of(resource: Mapping[str, Any]) -> list[str]:
    """Return which rules the status of a resource breaks, as an API server returns it."""
    key = ObjectKey(resource["kind"], resource["metadata"]["name"])
    status = STATUSES[key.kind].model_validate(resource.get("status", {}))
    return violations(key, resource["metadata"]["generation"], status)


def violations(key: ObjectKey, generation: int, status: Status, before: Status | None = None) -> list[str]:
    """Return which rules a status breaks; ``before`` is the one that it follows."""
    found = {condition.type: condition for condition in status.conditions}
    ready = found.get("Ready")
    if ready is None:
        return ["FAIL0002: Ready must always stand there"]
    is_ready, negative = ready.status == "True", NEGATIVE & set(found)
    seen = status.observed_generation
    rules = {
        "each type stands there once": len(found) == len(status.conditions),
        "every type is of the API": set(found) <= set(get_args(ConditionType)),
        "conditions other than Ready stand there only while True": all(
            one.status == "True" for one in status.conditions if one.type != "Ready"
        ),
        "FAIL0001: Ready is not True beside what is wrong": not (is_ready and negative),
        "FAIL0003: Ready is False while Reconciling": "Reconciling" not in found or ready.status == "False",
        "FAIL0004: Ready is False when Stalled": "Stalled" not in found or ready.status == "False",
        "FAIL0005: never Reconciling and Stalled": not {"Reconciling", "Stalled"} <= set(found),
        "FAIL0006: observedGeneration is never above the generation": seen <= generation,
        "FAIL0007: Ready is not True for an older generation": not is_ready or seen == generation,
        "FAIL0009: when Ready, every condition was judged by this generation": not is_ready
        or all(one.observed_generation == seen for one in status.conditions),
        "WARN0005: a condition says by which generation it was judged": all(
            one.observed_generation is not None and 1 <= one.observed_generation <= max(seen, 1)
            for one in status.conditions
        ),
        "Ready=True has a good reason": is_ready == (ready.reason in GOOD),
        "only what runs is Reconciling, and what waits is not": "Reconciling" not in found
        or not ready.reason.startswith("WaitingFor"),
    }
    broken = [rule for rule, kept in rules.items() if not kept]
    for waiting in () if isinstance(status, ExchangeOrganizationStatus) else status.waiting_for:
        broken += _of_reason(key, "waitingFor", waiting.reason)
    for one in status.conditions:
        broken += _of_condition(one) + _of_reason(key, one.type, one.reason)
        broken += _of_transition(one, before)
    return broken


@contextmanager
def watched() -> Iterator[None]:
    """Hold every status that the planner makes to the rules, as long as the block lasts."""
    writer = conditions._Writer
    organization, invalid = writer.organization, writer.invalid

    def watched_organization(self: Any) -> ExchangeOrganizationStatus:
        desired, status = self.view.desired, organization(self)
        _hold(desired.key, desired.generation, status, self.previous)
        return status

    def watched_invalid(self: Any, key: ObjectKey, item: Any) -> Status:
        status = invalid(self, key, item)
        _hold(key, item.generation, status, self.previous)
        return status

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(writer, "organization", watched_organization)
        patched.setattr(writer, "objects", _holding(writer.objects, "objects"))
        patched.setattr(writer, "certificates", _holding(writer.certificates, "certificates"))
        patched.setattr(writer, "lync", _holding(writer.lync, "lync_integrations"))
        patched.setattr(writer, "invalid", watched_invalid)
        yield


def _holding(statuses: Callable[[Any], Mapping[ObjectKey, Status]], items: str) -> Any:
    """Return what writes statuses as before, and holds those of the desired ``items`` to the rules."""

    def watched(self: Any) -> Mapping[ObjectKey, Status]:
        found = statuses(self)
        for item in getattr(self.view.desired, items):
            _hold(item.key, item.generation, found[item.key], self.previous)
        return found

    return watched


def _hold(key: ObjectKey, generation: int, status: Status, previous: Mapping[ObjectKey, Status]) -> None:
    broken = violations(key, generation, status, previous.get(key))
    assert not broken, f"{key}: {broken}: {status.conditions}"


def _of_condition(one: Condition) -> list[str]:
    rules = {
        "a condition has an instant": bool(one.last_transition_time),
        "a reason is one word in CamelCase": re.fullmatch(r"[A-Z][A-Za-z0-9]*", one.reason) is not None,
        "a message is one line that says something": bool(one.message) and len(one.message.splitlines()) == 1,
    }
    return [f"{one.type}: {rule}" for rule, kept in rules.items() if not kept]


def _of_transition(one: Condition, before: Status | None) -> list[str]:
    last = next((other for other in before.conditions if other.type == one.type), None) if before else None
    if last is None or last.status != one.status or last.last_transition_time == one.last_transition_time:
        return []
    return [f"{one.type}: lastTransitionTime changes with the status, not otherwise"]


def _of_reason(key: ObjectKey, place: Place, word: str) -> list[str]:
    reason = next((row for row in Reason if row == word), None)
    if reason is None:
        return [f'"{word}" is not in the table of reasons']
    if place not in reason.places:
        return [f'"{word}" may not stand in {place}']
    return [] if key.kind in reason.kinds else [f'"{word}" is no reason of {key.kind}']
