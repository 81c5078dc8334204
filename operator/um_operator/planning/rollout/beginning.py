"""The beginning of something that interrupts calls on a server: that alone may be held back (R13)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from um_operator.planning.plan import Wait
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.steps.certificate import ConfigureService, DrainServer
from um_operator.planning.view import View


@dataclass(frozen=True, slots=True)
class Beginning:
    """A step that would begin something that interrupts calls on a server."""

    step: ConfigureService | DrainServer
    server: ServerCase
    view: View

    @property
    def takes_back(self) -> bool:
        """Whether it leads a server back from a revision that is in force and that a person calls bad."""
        targets = self.server.wanted_by(self.step.owner).targets.values()
        return any(target.takes_back for target in targets)

    @property
    def brings_back(self) -> bool:
        """Whether it takes no calls away: the service is down, and stays so until something else is bound."""
        return (
            isinstance(self.step, ConfigureService) and self.server.services[self.step.service].down_for_good
        )


Hold: TypeAlias = Callable[[Beginning], Iterator[Wait]]


def is_beginning(step: object, server: ServerCase) -> bool:
    """Whether a step begins something that interrupts calls, so that it may be held back (R13).

    What is half written and what was begun before is no beginning, nor is the way back from it; the way back
    from what is in force is one, for it restarts a server that takes calls.
    """
    if isinstance(step, ConfigureService):
        service = server.services[step.service]
        return not (step.rejects and service.in_sequence) and not service.is_half_written
    return isinstance(step, DrainServer) and server.entry.hold is None
