"""Which Exchange organisation each ExchangeOrganization of a process stands for, and which of two has it.

What was recorded is known from the start, what a pass reads from then on. All of it happens on one event
loop, and a pass asks before its first write, so that of two passes at once only one goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from um_operator.desired.claims import Claim, organization_claimed
from um_operator.desired.organization import Obstacle
from um_operator.engine.ports import Manifests, OrganizationId


@dataclass(frozen=True, slots=True)
class Identity:
    """What one ExchangeOrganization stands for.

    Attributes:
        guid: of the organisation in Exchange.
        created_at: when the resource was created.
        in_force: whether it had that organisation before.
    """

    guid: str
    created_at: datetime | None
    in_force: bool


class Identities:
    """The identities of all organisations that one process works on."""

    def __init__(self) -> None:
        self._known: dict[OrganizationId, Identity] = {}

    def know(self, recorded: Mapping[OrganizationId, Identity | None]) -> None:
        """Hear which organisations are declared, each with what is recorded of it; others are forgotten.

        What a pass has read since is newer than what is recorded.
        """
        found = {key: self._known.get(key, identity) for key, identity in recorded.items()}
        self._known = {key: identity for key, identity in found.items() if identity is not None}

    def judge(self, own: OrganizationId, identity: Identity, shown: str) -> Obstacle | None:
        """Note what an organisation stands for; return why it has no right to it, if another one has it.

        ``shown`` is how a message names the organisation in Exchange.
        """
        self._known[own] = identity
        claims = [Claim(key, one.created_at, (one.guid,), shown) for key, one in self._known.items()]
        obstacle = organization_claimed(own, claims, [k for k, one in self._known.items() if one.in_force])
        if obstacle is None:
            self._known[own] = replace(identity, in_force=True)
        return obstacle


def recorded(manifests: Manifests) -> Mapping[OrganizationId, Identity | None]:
    """Return what the statuses of all declared organisations say that they stand for."""
    return {
        OrganizationId(namespace, item.metadata.name): Identity(guid, item.metadata.created_at, in_force=True)
        if (guid := item.status.organization_guid) is not None
        else None
        for namespace in manifests.namespaces()
        for item in manifests.resources(namespace).organizations
    }
