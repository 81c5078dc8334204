"""The engine's Events without a cluster: shown as they come."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from um_operator.engine.ports import Event


@dataclass(frozen=True, slots=True)
class LocalEvents:
    """Hands each event to ``show``; a terminal that went away does not stop the pass."""

    show: Callable[[Event], None]

    def emit(self, event: Event) -> None:
        """Show an event; never raises."""
        with contextlib.suppress(OSError):
            self.show(event)
