"""Carries out steps on front ends: services are told to stop or to start, and nobody waits for them.

Whether they have stopped, or run again, is a state that the next pass reads.
"""

from __future__ import annotations

from um_operator.lync import commands
from um_operator.lync.errors import outcome_of_error, outcome_of_record
from um_operator.observed.front_ends import FRONT_END_SERVICE
from um_operator.planning.outcome import Outcome
from um_operator.planning.steps.base import BaseStep
from um_operator.planning.steps.front_end import StartFrontEndServices, StopFrontEndServices
from um_operator.remoting.error_records import one_line
from um_operator.remoting.errors import RemotingError
from um_operator.remoting.session import Command, Invoker


class FrontEndCarrier:
    """Carries out ``StopFrontEndServices`` and ``StartFrontEndServices``. A write is sent at most once."""

    def __init__(self, shell: Invoker) -> None:
        """Take the remote shell of Lync."""
        self._shell = shell

    async def carry(self, step: BaseStep, domain_controller: str | None) -> Outcome:
        """Start the step's effect and say how that ended, within the step's deadline. Never raises."""
        del domain_controller  # Lync's services are not in the directory
        match step:
            case StopFrontEndServices():
                # What depends on it stops with it.
                return await self._control(step, [commands.stop(step.computer, FRONT_END_SERVICE)])
            case StartFrontEndServices():
                return await self._control(
                    step, [commands.start(step.computer, name) for name in _front_end_first(step.services)]
                )
        raise NotImplementedError(f"no command for {type(step).__name__}")

    async def _control(
        self, step: StopFrontEndServices | StartFrontEndServices, orders: list[Command]
    ) -> Outcome:
        """Give orders one after another, whatever became of those before; tell of the first trouble.

        One service that does not start keeps none of the others down (R13).
        """
        trouble: Outcome | None = None
        warnings: list[str] = []
        seconds = step.deadline.total_seconds() / max(1, len(orders))
        for order in orders:
            outcome = await self._order(step.computer, order, seconds)
            warnings += outcome.warnings
            if outcome.kind != "Done":
                trouble = trouble or outcome
        return trouble or Outcome("Done", warnings=tuple(warnings))

    async def _order(self, computer: str, order: Command, seconds: float) -> Outcome:
        try:
            result = await self._shell.invoke(order, deadline=seconds, write=True)
        except RemotingError as error:
            return outcome_of_error(error)
        if result.errors:
            return outcome_of_record(f'{order.name} on "{computer}"', result.errors[0])
        return Outcome("Done", warnings=tuple(map(one_line, result.warnings)))


def _front_end_first(services: tuple[str, ...]) -> list[str]:
    """Return services in the order of their start: the others depend on the Front-End service."""
    return sorted(services, key=lambda name: name.casefold() != FRONT_END_SERVICE.casefold())
