"""What every status must obey: kstatus (cli-utils), Flux's condition checks, and our own table of reasons.

Sources: field notes on operators E.3 and E.4.
"""

from __future__ import annotations

from typing import get_args

from um_operator.api.condition import ConditionType
from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.api.status import Status


def violations(key: ObjectKey, generation: int, status: Status) -> list[str]:
    """Return which rules a status breaks."""
    found = {condition.type: condition for condition in status.conditions}
    ready = found.get("Ready")
    if ready is None:
        return ["Ready must always stand there"]
    rules = {
        "each type stands there once": len(found) == len(status.conditions),
        "observedGeneration is never above the generation": status.observed_generation <= generation,
        "a condition has an instant": all(one.last_transition_time for one in status.conditions),
        "conditions other than Ready stand there only while True": all(
            one.status == "True" for one in status.conditions if one.type != "Ready"
        ),
        "never Reconciling and Stalled": not {"Reconciling", "Stalled"} <= set(found),
        "Ready is not True while Reconciling or Stalled": ready.status != "True"
        or not {"Reconciling", "Stalled"} & set(found),
        "Ready is False when Stalled": "Stalled" not in found or ready.status == "False",
        "Ready is not True while Drifted": "Drifted" not in found or ready.status != "True",
        "Ready=True has a good reason": (ready.status == "True")
        == (ready.reason in {"UpToDate", "Connected"}),
        "every type is of the API": set(found) <= set(get_args(ConditionType)),
    }
    broken = [rule for rule, kept in rules.items() if not kept]
    return broken + [
        problem for one in status.conditions for problem in _of_reason(key, one.type, one.reason)
    ]


def _of_reason(key: ObjectKey, place: ConditionType, word: str) -> list[str]:
    reason = next((row for row in Reason if row == word), None)
    if reason is None:
        return [f'"{word}" is not in the table of reasons']
    if place not in reason.places:
        return [f'"{word}" may not stand in {place}']
    return [] if key.kind in reason.kinds else [f'"{word}" is no reason of {key.kind}']
