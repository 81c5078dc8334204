"""What is read once more directly before something is removed: that it is still what was planned to go. Pure.

A name may have been given to another object since, and Get- with an identity that is not found may show
everything (field notes 1.5), so a removal follows only from exactly one object that is the right one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from um_operator.exchange import rows
from um_operator.exchange.apply import hunt_group_identity
from um_operator.exchange.codecs import ReadError
from um_operator.observed.exchange import HuntGroupFact
from um_operator.observed.values import name_key
from um_operator.planning.steps import (
    RemoveDialPlan,
    RemoveGateway,
    RemoveHuntGroup,
    RemoveMailboxPolicy,
    Step,
)
from um_operator.remoting.session import Argument, PSRow


@dataclass(frozen=True, slots=True)
class Guard:
    """A reading before a removal. ``is_it`` tells whether a row is the object that the step means."""

    cmdlet: str
    parameters: dict[str, Argument]
    is_it: Callable[[PSRow], bool]

    def admits(self, found: tuple[PSRow, ...]) -> bool:
        """Tell whether what was read is that object and nothing else."""
        try:
            return len(found) == 1 and self.is_it(found[0])
        except ReadError:
            return False


def guard(step: Step) -> Guard | None:
    """Return what must hold before a step, ``None`` for a step that removes nothing."""
    match step:
        case RemoveDialPlan():
            return Guard("Get-UMDialPlan", {"Identity": step.dial_plan}, _has_guid(step.dial_plan, step.guid))
        case RemoveGateway():
            return Guard(
                "Get-UMIPGateway",
                {"Identity": step.gateway, "IncludeSimulator": True},
                _has_guid(step.gateway, step.guid),
            )
        case RemoveHuntGroup():
            return Guard("Get-UMHuntGroup", {"Identity": hunt_group_identity(step)}, _is_link(step))
        case RemoveMailboxPolicy():
            return Guard("Get-UMMailboxPolicy", {"Identity": step.policy}, _is_policy(step))
        case _:
            return None


def _has_guid(name: str, guid: str) -> Callable[[PSRow], bool]:
    def is_it(row: PSRow) -> bool:
        return name_key(rows.name(row)) == name_key(name) and rows.guid(row).casefold() == guid.casefold()

    return is_it


def _is_link(step: RemoveHuntGroup) -> Callable[[PSRow], bool]:
    def key(group: HuntGroupFact) -> tuple[str, str, str, str]:
        return (
            name_key(group.name), name_key(group.gateway), name_key(group.dial_plan), group.pilot_identifier
        )  # fmt: skip

    wanted = key(HuntGroupFact(step.name, step.gateway, step.dial_plan, step.pilot_identifier))
    return lambda row: key(rows.hunt_group(row)) == wanted


def _is_policy(step: RemoveMailboxPolicy) -> Callable[[PSRow], bool]:
    def is_it(row: PSRow) -> bool:
        policy = rows.mailbox_policy(row)
        return name_key(policy.name) == name_key(step.policy) and name_key(policy.dial_plan) == name_key(
            step.dial_plan
        )

    return is_it
