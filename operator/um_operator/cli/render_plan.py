"""A plan for a person, line by line, and for a program, as plain data. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final

from um_operator.api.reasons import Reason
from um_operator.api.strings import Mode
from um_operator.cli.render_against import Against, against_data, against_notes
from um_operator.planning.maintenance import Span
from um_operator.planning.plan import ApprovalReport, Finding, Plan, PlannedStep, Wait
from um_operator.planning.steps import DeliverTrust, Step

INTERRUPTS = "!"
"""Marks a step during which calls fail."""


@dataclass(frozen=True)
class OrganizationPlan:
    """What was planned for one organisation.

    Attributes:
        mode: of the organisation.
        trouble: why the organisation could not be read; empty if it was.
        remembered: whether there was state; without it nothing counts as drift.
        next_window: when interruptions may begin next; ``None`` where no window is declared.
        against: the cluster that it was made against; ``None``: a folder and its state.
    """

    organization: str
    mode: Mode
    plan: Plan
    trouble: str = ""
    remembered: bool = True
    next_window: Span | None = None
    against: Against | None = None

    @property
    def refused(self) -> tuple[Finding, ...]:
        """Return what will not be tried, or was not judged because it could not be read."""
        return tuple(found for found in self.plan.findings if found.weight in {"Blocked", "Unread"})

    @cached_property
    def owners(self) -> frozenset[str]:
        """Return the resources that the plan has steps for."""
        return frozenset(str(planned.step.owner) for planned in self.plan.steps)

    @property
    def digest(self) -> str:
        """Return the digest of what there is to approve, else of the whole plan."""
        pending = self.plan.approval.pending
        return pending.digest if pending else self.plan.digest

    @property
    def in_force(self) -> bool:
        """Whether nothing is left to do."""
        return not (self.trouble or self.plan.steps or self.plan.findings)


def plan_lines(planned: OrganizationPlan) -> Iterator[str]:
    """Yield an organisation's plan: what would be done, what waits and why, what will not be tried."""
    yield summary(planned)
    if planned.trouble:
        yield f"  {planned.trouble}"
        return
    yield from (f"  {note}" for note in notes(planned))
    for step in planned.plan.steps:
        yield from _step_lines(step, gates(planned, step))
    if planned.refused:
        yield ""
        yield "Not tried:"
        yield from (f"  {found.owner}: {found.message} ({found.reason})" for found in planned.refused)
    unrepaired = differences_without_step(planned.plan)
    if unrepaired:
        yield ""
        yield "Differs, and is left alone:"
        yield from (f"  {found.owner}: {found.message} ({found.reason})" for found in unrepaired)


def plan_data(planned: OrganizationPlan) -> dict[str, Any]:
    """Return an organisation's plan as JSON-able data."""
    return {
        "organization": planned.organization,
        "mode": planned.mode,
        "digest": planned.digest,
        "approval": _approval_data(planned.plan.approval),
        "remembered": planned.remembered,
        "against": against_data(planned.against) if planned.against else None,
        "trouble": planned.trouble,
        "nextWindow": _span_data(planned.next_window),
        "steps": [_step_data(step) for step in planned.plan.steps],
        "findings": [_finding_data(found) for found in planned.plan.findings],
        "warnings": {str(owner): warning for owner, warning in planned.plan.warnings.items()},
    }


def counted(number: int, thing: str) -> str:
    """Return ``1 step`` or ``3 steps``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def summary(planned: OrganizationPlan) -> str:
    """Return an organisation's plan in one line."""
    start = f'Organization "{planned.organization}", mode {planned.mode}{_change(planned)}'
    if planned.trouble:
        return f"{start}: could not be read."
    if planned.in_force:
        return f"{start}: nothing to do, Exchange is as declared."
    steps = planned.plan.steps
    if not steps:
        return f"{start}: no step, {counted(len(planned.plan.findings), 'finding')}."
    interrupting = sum(step.step.interrupts for step in steps)
    waiting = sum(bool(gates(planned, step)) for step in steps)
    parts = [counted(len(steps), "step")]
    if interrupting:
        parts.append(f"{interrupting} of them interrupt{'s' if interrupting == 1 else ''} calls")
    if waiting:
        parts.append(f"{waiting} wait{'s' if waiting == 1 else ''}")
    return f"{start}: {', '.join(parts)}. {planned.digest}"


def _change(planned: OrganizationPlan) -> str:
    """Return what the mode lets run, where that is not everything."""
    if planned.mode == "Enforce":
        return ""
    return " (only what is approved)" if planned.plan.approval.approved else " (nothing is changed)"


def notes(planned: OrganizationPlan) -> Iterator[str]:
    """Yield what has to be known of the plan as a whole."""
    if planned.against is not None:
        yield from against_notes(planned.against)
    yield from (f"{owner}: {warning}." for owner, warning in planned.plan.warnings.items())
    if planned.in_force:
        return
    if not planned.remembered:
        where = (
            "The cluster remembers nothing of it" if planned.against else "No state of earlier runs (--state)"
        )
        yield f"{where}: every difference counts as pending, none as drift."
    approval = planned.plan.approval
    yield from (f"{sentence} ({reason})." for reason, sentence in approval.told)
    if approval.pending is not None:
        yield f'To approve it, set spec.approvedPlan to "{approval.pending.digest}".'
    if planned.next_window is not None and any(step.step.interrupts for step in planned.plan.steps):
        yield f"Steps that interrupt calls may begin {_span_text(planned.next_window)}."


_MODE_WAITS: Final[Mapping[Mode, str]] = {
    "Observe": Reason.OBSERVE,
    "Plan": Reason.WAITING_FOR_APPROVAL,
}
"""What every step waits for in a mode that changes nothing; the first line says it once."""
_ORDER_WAITS: Final = frozenset[str]({Reason.WAITING_FOR_DIAL_PLAN, Reason.WAITING_FOR_GATEWAY})
"""Reasons that name a resource to be made first; said only where its step is not in the same plan."""


def gates(planned: OrganizationPlan, step: PlannedStep) -> tuple[Wait, ...]:
    """Return what holds a step back besides steps above it and the organisation's mode."""
    by_mode = None if planned.plan.approval.approved else _MODE_WAITS.get(planned.mode)
    return tuple(
        wait
        for wait in step.waits
        if wait.reason != by_mode and not (wait.reason in _ORDER_WAITS and wait.object in planned.owners)
    )


def _step_lines(planned: PlannedStep, waits: tuple[Wait, ...]) -> Iterator[str]:
    step = planned.step
    mark = "+" if step.have is None else "-" if step.want is None else "~"
    drift = "  (drift)" if planned.corrects else ""
    yield f"  {INTERRUPTS if step.interrupts else ' '} {mark} {step.sentence}{drift}"
    yield from (f"        waits: {wait_text(wait)}" for wait in waits)
    yield from (f"        > {line}" for line in procedure(step))


def procedure(step: Step) -> tuple[str, ...]:
    """Return what a step does on a device, a line each; nothing of what is Exchange's."""
    return step.procedure if isinstance(step, DeliverTrust) else ()


def wait_text(wait: Wait) -> str:
    """Return what is waited for, by whom, why, and until when, in one line."""
    who = f"{wait.object}: " if wait.object else ""
    why = f"{wait.reason}, {wait.detail}" if wait.detail else wait.reason
    until = f", until {instant(wait.until)}" if wait.until else ""
    return f"{who}{wait.message} ({why}{until})"


def differences_without_step(plan: Plan) -> Sequence[Finding]:
    """Return the differences of resources for which no step is planned."""
    owners = {planned.step.owner for planned in plan.steps}
    return [
        found for found in plan.findings if found.weight in {"Pending", "Drift"} and found.owner not in owners
    ]


def _span_text(span: Span) -> str:
    name = f'in window "{span.name}", ' if span.name else ""
    return f"{name}from {instant(span.starts_at)} to {instant(span.ends_at)}"


def instant(when: datetime) -> str:
    """Return an instant as Kubernetes writes it: RFC 3339, UTC, whole seconds."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _span_data(span: Span | None) -> dict[str, str] | None:
    if span is None:
        return None
    return {"name": span.name, "startsAt": instant(span.starts_at), "endsAt": instant(span.ends_at)}


def _step_data(planned: PlannedStep) -> dict[str, Any]:
    step = planned.step
    return {
        "id": step.step_id,
        "type": type(step).__name__,
        "owner": str(step.owner),
        "subject": step.subject,
        "sentence": step.sentence,
        "want": step.want,
        "have": step.have,
        "interrupts": step.interrupts,
        "requires": list(planned.requires),
        "corrects": sorted(planned.corrects),
        "waits": [_wait_data(wait) for wait in planned.waits],
        **({"procedure": list(lines)} if (lines := procedure(step)) else {}),
    }


def _approval_data(approval: ApprovalReport) -> dict[str, Any]:
    return {
        "pending": approval.pending.digest if approval.pending else None,
        "approved": approval.approved.digest if approval.approved else None,
        "told": [{"reason": reason, "message": sentence} for reason, sentence in approval.told],
    }


def _wait_data(wait: Wait) -> dict[str, Any]:
    return {
        "reason": wait.reason,
        "message": wait.message,
        "object": wait.object,
        "detail": wait.detail,
        "until": instant(wait.until) if wait.until else None,
    }


def _finding_data(found: Finding) -> dict[str, Any]:
    return {
        "owner": str(found.owner),
        "weight": found.weight,
        "reason": found.reason,
        "message": found.message,
        "path": found.path,
        "want": found.want,
        "have": found.have,
    }
