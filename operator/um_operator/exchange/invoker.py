"""The one thing that this room needs of remoting: run a command somewhere in the organisation."""

from __future__ import annotations

from typing import Protocol

from um_operator.remoting.session import Command, Result


class Invoker(Protocol):
    """Runs commands on one of the organisation's endpoints; a pool of sessions has this shape."""

    async def invoke(self, command: Command, *, deadline: float, write: bool) -> Result:
        """Run one command within ``deadline`` seconds; a ``write`` is sent at most once.

        Raises:
            RemotingError: there is no result; ``sent`` says whether the command may have run.
        """
