"""Claims: of two resources that want the same thing, one has it; the other is told who."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar

from um_operator.api.certificate import UMServiceName
from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.desired.organization import DesiredOrganization, Obstacle

_NEVER: Final = datetime.max.replace(tzinfo=UTC)


class Ordered(Protocol):
    """What tells resources apart, and which of two is the lesser."""

    def __lt__(self, other: Any, /) -> bool:
        """Whether it is the lesser one."""


K = TypeVar("K", bound=Ordered)


@dataclass(frozen=True, slots=True)
class Claimant(Generic[K]):
    """A resource that wants something, and how old it is."""

    by: K
    created_at: datetime | None

    def rank(self, in_force: Collection[K]) -> tuple[bool, datetime, K]:
        """Return its place among rivals: those in force first, then the older, then the lesser name."""
        return self.by not in in_force, self.created_at or _NEVER, self.by


@dataclass(frozen=True, slots=True)
class Claim(Claimant[K]):
    """What a resource wants: ``thing`` is compared, ``shown`` is how a message says it."""

    thing: tuple[str, ...]
    shown: str


def holder(claims: Iterable[Claim[K]], in_force: Collection[K]) -> Claim[K]:
    """Return whose the thing is: of those in force, else of all, the oldest, then the lesser name."""
    return min(claims, key=lambda claim: claim.rank(in_force))


def judge(
    claims: Iterable[Claim[ObjectKey]], in_force: Collection[ObjectKey]
) -> Mapping[ObjectKey, tuple[Obstacle, ...]]:
    """Return, for each resource that wants what another one has, why it cannot have it.

    Args:
        claims: what every resource of the organisation wants, in any order.
        in_force: resources whose declaration was once in force; a newcomer does not take from them.
    """
    by_thing: dict[tuple[str, ...], list[Claim[ObjectKey]]] = defaultdict(list)
    for claim in claims:
        by_thing[claim.thing].append(claim)
    refused: dict[ObjectKey, tuple[Obstacle, ...]] = {}
    for rivals in by_thing.values():
        winner = holder(rivals, in_force)
        for claim in rivals:
            if claim.by != winner.by:
                message = f'{claim.shown} is claimed by "{winner.by}", which has it'
                refused[claim.by] = (
                    *refused.get(claim.by, ()),
                    Obstacle(Reason.CLAIMED, message, stalled=True),
                )
    return refused


def organization_claimed(own: K, claims: Iterable[Claim[K]], in_force: Collection[K]) -> Obstacle | None:
    """Return why an ExchangeOrganization has no right to the organisation in Exchange that it stands for.

    Args:
        own: which one is asked about; one of ``claims`` is its.
        claims: what every ExchangeOrganization, of any namespace, stands for.
        in_force: those that had theirs before.
    """
    claims = tuple(claims)
    wanted = next(claim for claim in claims if claim.by == own)
    winner = holder([claim for claim in claims if claim.thing == wanted.thing], in_force).by
    if winner == own:
        return None
    message = (
        f'organization "{wanted.shown}" belongs to ExchangeOrganization "{winner}", which has it; '
        "nothing is written for this one"
    )
    return Obstacle(Reason.ORGANIZATION_CLAIMED, message, stalled=True)


ServicesOfServers: TypeAlias = Mapping[str, Collection[UMServiceName]]
"""By FQDN in lower case, the UM services that a server runs."""
Service: TypeAlias = tuple[str, UMServiceName]
"""A service of a server."""


def services_claimed(
    desired: DesiredOrganization, services: ServicesOfServers, in_force: Collection[ObjectKey]
) -> Mapping[ObjectKey, Obstacle]:
    """Return, for each certificate that wants a service which another one has, why it cannot have it.

    Nothing is done for such a certificate, not on its other servers either, so it keeps nothing from others.
    One that cannot be used still claims every service: what it was to deploy is not known, and a mistake in
    its manifest must not hand its servers over to another one.

    Args:
        desired: what is declared.
        services: the servers that count.
        in_force: certificates that are in force somewhere; a newcomer does not take from them.
    """
    refused: dict[ObjectKey, Obstacle] = {}
    holders: dict[Service, ObjectKey] = {}
    for rival, wanted in sorted(_rivals(desired, services), key=lambda pair: pair[0].rank(in_force)):
        lost = [service for service in wanted if service in holders]
        if lost:
            refused[rival.by] = _service_claimed(lost, holders[lost[0]])
        else:
            holders.update(dict.fromkeys(wanted, rival.by))
    return {item.key: refused[item.key] for item in desired.certificates if item.key in refused}


def _rivals(
    desired: DesiredOrganization, services: ServicesOfServers
) -> Iterator[tuple[Claimant[ObjectKey], list[Service]]]:
    """Yield who wants which services, these in the order of their names."""
    everything = sorted((server, service) for server, names in services.items() for service in names)
    for item in desired.certificates:
        wanted = [
            (server, service)
            for server, service in everything
            if item.servers.selects(server) and service in item.spec.services
        ]
        yield Claimant(item.key, item.created_at), wanted
    for invalid in desired.invalid:
        if invalid.key is not None and invalid.key.kind == "UMCertificate":
            yield Claimant(invalid.key, invalid.created), everything


def _service_claimed(lost: Sequence[Service], holder: ObjectKey) -> Obstacle:
    server, service = lost[0]
    more = f" (and {len(lost) - 1} more)" if len(lost) > 1 else ""
    message = f'service "{service}" of "{server}"{more} is claimed by "{holder}", which has it'
    return Obstacle(Reason.CLAIMED, message, stalled=True)
