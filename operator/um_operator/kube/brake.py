"""The hand on the brake (R25): an organisation's hold, set and lifted as a person does it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from um_operator.api.annotations import HOLD, Hold, hold_of, hold_text
from um_operator.api.condition import Condition
from um_operator.api.reasons import Reason
from um_operator.engine.ports import OrganizationId
from um_operator.kube import remembered
from um_operator.kube.client import KubeClient
from um_operator.kube.errors import NotFoundError
from um_operator.kube.resources import OURS
from um_operator.planning.status.instants import instant

FIELD_MANAGER: Final = "umctl"
"""Who owns the annotation, as the user agent says it. Flux takes off what a manager named kubectl… set."""
LOOK: Final = 0.5
"""Seconds between two looks at what the operator says."""
_KIND: Final = OURS["ExchangeOrganization"]


@dataclass(frozen=True, slots=True)
class Brake:
    """The brake of one organisation. ``client`` has ``FIELD_MANAGER`` as its user agent."""

    client: KubeClient
    organization: OrganizationId

    async def hold(self) -> Hold | None:
        """Return the hold that stands there, in force or not.

        Raises:
            KubeError: it cannot be read; NotFoundError: there is no such organisation.
        """
        hold, _ = await self._read()
        return hold

    async def pull(self, hold: Hold) -> None:
        """Set a hold in the place of any other.

        Raises:
            KubeError: it is not taken.
        """
        assert hold.until is not None
        await self._annotate(hold_text(hold.until, hold.reason))

    async def lift(self) -> None:
        """Take the hold away.

        Raises:
            KubeError: it is not taken away.
        """
        await self._annotate(None)

    async def until_seen(self) -> None:
        """Return once the operator says in the status what the annotation says; it may never.

        Raises:
            KubeError: the organisation cannot be read.
        """
        while not _is_seen(*await self._read()):  # noqa: ASYNC110 - a server can only be asked
            await asyncio.sleep(LOOK)

    async def _annotate(self, value: str | None) -> None:
        patch = {"metadata": {"annotations": {HOLD: value}}}
        await self.client.patch(_KIND, self.organization.namespace, self.organization.name, patch)

    async def _read(self) -> tuple[Hold | None, Condition | None]:
        """Return the hold, and the condition Suspended."""
        own = self.organization
        try:
            raw = await self.client.get(_KIND, own.namespace, own.name)
        except NotFoundError:
            what = f'there is no ExchangeOrganization "{own}"; kubectl get xorg -A lists them'
            raise NotFoundError(what) from None
        conditions = remembered.status_of("ExchangeOrganization", raw).conditions
        suspended = next((one for one in conditions if one.type == "Suspended"), None)
        return hold_of(raw["metadata"].get("annotations")), suspended


def _is_seen(hold: Hold | None, suspended: Condition | None) -> bool:
    if suspended is None:
        return hold is None
    if suspended.reason == Reason.SUSPENDED:
        return True
    until = instant(hold.until) if hold and hold.until else ""
    return hold is not None and until in suspended.message and f'"{hold.reason}"' in suspended.message
