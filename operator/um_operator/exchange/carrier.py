"""Carries out steps in Exchange: one write each, sent at most once, and how that ended."""

from __future__ import annotations

from dataclasses import replace

from um_operator.api.reasons import Reason
from um_operator.exchange import rows
from um_operator.exchange.apply import invocation
from um_operator.exchange.codecs import ReadError
from um_operator.exchange.errors import outcome_of_error, outcome_of_records
from um_operator.exchange.fields import NotChangeableError
from um_operator.exchange.guard import Guard, guard
from um_operator.planning.outcome import Outcome
from um_operator.planning.steps import CreateDialPlan, CreateGateway, Step
from um_operator.remoting.error_records import one_line
from um_operator.remoting.errors import RemotingError
from um_operator.remoting.session import Argument, Command, Invoker, PSRow, Result


class ExchangeCarrier:
    """Carries out every step of the union. A write is never repeated: after an unclear one, read again."""

    def __init__(self, invoker: Invoker) -> None:
        """Take where commands run."""
        self._invoker = invoker

    async def carry(self, step: Step, domain_controller: str | None) -> Outcome:
        """Run the step's one cmdlet and say how it ended, within the step's deadline. Never raises."""
        try:
            command = invocation(step, domain_controller)
        except NotChangeableError as error:
            return Outcome("Refused", Reason.IMMUTABLE_FIELD_DIFFERS, str(error))
        before = guard(step)
        if before is not None:
            stopped = await self._stopped_by(before, step, domain_controller)
            if stopped is not None:
                return stopped
        try:
            result = await self._invoker.invoke(command, deadline=_seconds(step), write=True)
        except RemotingError as error:
            return outcome_of_error(error)
        if result.errors:
            return outcome_of_records(command, result.errors)
        return Outcome("Done", guid=_guid(step, result), warnings=tuple(map(one_line, result.warnings)))

    async def _stopped_by(self, before: Guard, step: Step, domain_controller: str | None) -> Outcome | None:
        """Return why nothing is removed, ``None`` when what was planned to go is there."""
        parameters: dict[str, Argument] = dict(before.parameters)
        if domain_controller is not None:
            parameters["DomainController"] = domain_controller
        command = Command(before.cmdlet, parameters)
        try:
            result = await self._invoker.invoke(command, deadline=_seconds(step), write=False)
        except RemotingError as error:
            return Outcome("NotSent", outcome_of_error(error).reason, one_line(str(error)))
        if result.errors:
            judged = outcome_of_records(command, result.errors)
            return judged if judged.kind == "Forbidden" else replace(judged, kind="NotSent")
        found = tuple(row for row in result.rows if isinstance(row, PSRow))
        if len(found) == len(result.rows) and before.admits(found):
            return None
        return Outcome(
            "NotSent",
            Reason.NOT_READ,
            f'"{step.subject}" is no longer the object that was planned to be removed; nothing was removed',
        )


def _guid(step: Step, result: Result) -> str | None:
    """Return the GUID of what a create step made, as its New- cmdlet shows it."""
    if not isinstance(step, CreateDialPlan | CreateGateway) or len(result.rows) != 1:
        return None
    made = result.rows[0]
    try:
        return rows.guid(made) if isinstance(made, PSRow) else None
    except ReadError:
        return None


def _seconds(step: Step) -> float:
    return step.deadline.total_seconds()
