"""The engine's Plans on the state directory: a file each, as a ConfigMap would hold it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from um_operator.local import durable, state_directory
from um_operator.local.errors import LocalError
from um_operator.planning import stored_plan
from um_operator.planning.stored_plan import StoredPlan

FOLDER: Final = "plans"


class LocalPlans:
    """The stored plans of one organisation, in ``plans/<digest>.json``."""

    shown_by: Final = "umctl plan"

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER

    async def store(self, plan: StoredPlan) -> None:
        """Keep a plan; a file of its name is left as it is. Durable on return.

        Raises:
            LocalError: the file cannot be written.
        """
        path = self._path(plan.digest)
        if not path.exists():
            await asyncio.to_thread(_write, path, stored_plan.to_json(plan))

    async def load(self, digest: str) -> StoredPlan | None:
        """Return the plan of a digest, ``None`` if there is no such file.

        Raises:
            UnusablePlanError: the file does not hold that plan.
            LocalError: the file cannot be read.
        """
        path = self._path(digest)
        try:
            content = await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise LocalError(f'stored plan "{path}" cannot be read: {error.strerror}') from None
        return stored_plan.from_json(content, digest)

    async def forget(self, digest: str) -> None:
        """Remove the file of a plan, if it is there."""
        await asyncio.to_thread(self._path(digest).unlink, missing_ok=True)

    def _path(self, digest: str) -> Path:
        return self._folder / f"{digest}.json"


def _write(path: Path, content: bytes) -> None:
    state_directory.make_private(path.parent, path.parent)
    durable.replace(path, content)
