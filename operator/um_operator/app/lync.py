"""What Lync shows, put together from everything that can be asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Protocol, TypeVar

from um_operator.api.reasons import Reason
from um_operator.api.sip import SIP_TLS_PORT
from um_operator.app.lync_steps import Granting
from um_operator.exchange import lync_needs
from um_operator.exchange.reader import Reader as ExchangeReader
from um_operator.hosts.estate import HostEstate
from um_operator.lync import commands
from um_operator.lync.estate import Lists, LyncEstate
from um_operator.lync.reader import unknown
from um_operator.observed.exchange import OrganizationFact
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.front_ends import FRONT_END_SERVICE, LyncServiceFact
from um_operator.observed.hosts import TLS, Listener, ServiceFact
from um_operator.observed.lync import (
    AssignedCertificate,
    AutoAttendantFact,
    FrontEndFacts,
    LyncFacts,
    PermissionsFact,
    PoolFact,
    PoolState,
    Product,
)
from um_operator.observed.values import name_key
from um_operator.planning.scope import Scope
from um_operator.probing import listeners
from um_operator.probing.prober import Prober
from um_operator.remoting.session import Command

T = TypeVar("T")

LOOK_DEADLINE: Final = 5.0
"""Seconds for one look at one port."""
TELLS_READINESS: Final[Mapping[Product | None, Command]] = {
    "Lync2013": commands.READINESS,
    "SkypeForBusiness2015": commands.READINESS,
    "SkypeForBusiness2019": commands.UPGRADE_DOMAINS,
}
"""What tells on a front end how ready its pool is; Lync Server 2010 has no such thing."""


class ReadsLync(Protocol):
    """Reads Lync for one organisation."""

    async def read(
        self, scope: Scope, before: LyncFacts | None, reader: ExchangeReader, organization: OrganizationOf
    ) -> LyncFacts | None:
        """Read what ``scope`` names and merge it into what was known; ``None`` while nothing is declared."""


OrganizationOf = Fact[OrganizationFact]


@dataclass(frozen=True, slots=True)
class NoLync:
    """Lync that cannot be asked: its account is missing, or the organisation does not say where it is."""

    message: str

    async def read(
        self, scope: Scope, before: LyncFacts | None, reader: ExchangeReader, organization: OrganizationOf
    ) -> LyncFacts | None:
        """Return that nothing is known, and why."""
        del before, organization
        if not scope.lync:
            return None
        return _nothing(unknown(Reason.DEPENDENCY_NOT_FOUND, self.message, reader.now()))


@dataclass(frozen=True, slots=True)
class LyncReading:
    """Reads Lync, its front ends, and what of Exchange only matters to it.

    Attributes:
        estate: the remote shell, and what is local on front ends.
        hosts: front ends as Windows computers.
        prober: looks at their ports.
        granting: is told how ExchUcUtil.ps1 is run at present.
        answered_by: the URL of the endpoint that answered last.
    """

    estate: LyncEstate
    hosts: HostEstate
    prober: Prober
    granting: Granting
    answered_by: Callable[[], str | None]

    async def read(
        self, scope: Scope, before: LyncFacts | None, reader: ExchangeReader, organization: OrganizationOf
    ) -> LyncFacts | None:
        """Read what ``scope`` names and merge it into what was known; ``None`` while nothing is declared.

        Never raises: what failed is Unknown.
        """
        if not scope.lync:
            return None
        self.granting.remember(scope.lync, organization)
        declared = [fqdn for one in scope.lync for fqdn in one.pools]
        facts = before or _nothing(unknown(Reason.NOT_READ, "not yet read", reader.now()))
        if before is None or scope.names("lync"):
            facts = await self._lists(facts, declared, reader, organization)
        pools = _of(declared, facts)
        if before is None or scope.names("front_ends") or pools.keys() - before.pool_states.keys():
            facts = await self._pools(facts, pools)
        facts = replace(
            facts,
            pool_states={key: state for key, state in facts.pool_states.items() if key in pools},
            front_ends=dict(_kept(facts.front_ends, pools)),
        )
        return replace(facts, endpoint=self.answered_by() or facts.endpoint)

    async def _lists(
        self,
        facts: LyncFacts,
        declared: list[str],
        reader: ExchangeReader,
        organization: OrganizationOf,
    ) -> LyncFacts:
        earlier = Lists(facts.pools, facts.replicas, facts.media, facts.contacts)
        async with asyncio.TaskGroup() as group:
            lists = group.create_task(self.estate.lists(declared, earlier))
            attendants = group.create_task(reader.fact(facts.auto_attendants, lync_needs.auto_attendants))
            permissions = group.create_task(_permissions(reader, organization, facts.permissions))
        found = lists.result()
        return replace(
            facts,
            pools=found.pools,
            replicas=found.replicas,
            media=found.media,
            contacts=found.contacts,
            auto_attendants=attendants.result(),
            permissions=permissions.result(),
        )

    async def _pools(self, facts: LyncFacts, pools: Mapping[str, PoolFact]) -> LyncFacts:
        """Look at declared pools: at their computers first, for only one that runs can tell of its pool."""
        computers = {name_key(one): one for pool in pools.values() for one in pool.computers}
        looks = await asyncio.gather(
            *(self._front_end(fqdn, facts.front_ends.get(key)) for key, fqdn in computers.items())
        )
        front_ends = dict(zip(computers, looks, strict=True))
        services = {key: front_end.services for key, front_end in front_ends.items()}
        states: list[PoolState] = await asyncio.gather(
            *(
                self.estate.pool(
                    pool, services, facts.pool_states.get(key), readiness=readiness_of(pool, facts)
                )
                for key, pool in pools.items()
            )
        )
        return replace(facts, front_ends=front_ends, pool_states=dict(zip(pools, states, strict=True)))

    async def _front_end(self, computer: str, before: FrontEndFacts | None) -> FrontEndFacts:
        async with asyncio.TaskGroup() as group:
            services = group.create_task(self.estate.services(computer, before.services if before else None))
            began = group.create_task(self.hosts.services(computer, [FRONT_END_SERVICE], {}))
            certificates = group.create_task(
                self.estate.certificates(computer, before.certificates if before else None)
            )
            stores = group.create_task(self.hosts.stores(computer, before.stores if before else None))
            events = group.create_task(self.hosts.events(computer, before.events if before else None))
            seen = group.create_task(
                listeners.listeners(
                    self.prober,
                    computer,
                    [listeners.Port(SIP_TLS_PORT, tls=True)],
                    {SIP_TLS_PORT: before.listener} if before else {},
                    deadline=LOOK_DEADLINE,
                )
            )
        listener = seen.result()[SIP_TLS_PORT]
        return FrontEndFacts(
            services=_with_start(services.result(), began.result()[FRONT_END_SERVICE]),
            certificates=_with_leaf(certificates.result(), listener),
            stores=stores.result(),
            events=events.result(),
            listener=listener,
        )


async def _permissions(
    reader: ExchangeReader, organization: OrganizationOf, before: Fact[PermissionsFact]
) -> Fact[PermissionsFact]:
    if isinstance(organization, Unknown):
        return organization
    name = organization.value.distinguished_name
    return await reader.fact(before, lambda reader: lync_needs.permissions(reader, name))


def _of(declared: list[str], facts: LyncFacts) -> Mapping[str, PoolFact]:
    """Return the declared pools that the topology has."""
    known = facts.pools.value if isinstance(facts.pools, Known) else {}
    return {key: known[key] for key in map(name_key, declared) if key in known}


def _kept(
    front_ends: Mapping[str, FrontEndFacts], pools: Mapping[str, PoolFact]
) -> Iterator[tuple[str, FrontEndFacts]]:
    """Yield what is known of computers that belong to a declared pool."""
    computers = {name_key(one) for pool in pools.values() for one in pool.computers}
    return ((key, front_end) for key, front_end in front_ends.items() if key in computers)


def readiness_of(pool: PoolFact, facts: LyncFacts) -> Command | None:
    """Return what tells how ready a pool is, by the product that one of its computers shows."""
    replicas = facts.replicas.value if isinstance(facts.replicas, Known) else {}
    shown = (replicas.get(name_key(computer)) for computer in pool.computers)
    products = (replica.product for replica in shown if replica is not None)
    return next((TELLS_READINESS[one] for one in products if one in TELLS_READINESS), None)


def _with_start(
    services: Fact[Mapping[str, LyncServiceFact]], began: Fact[ServiceFact]
) -> Fact[Mapping[str, LyncServiceFact]]:
    """Return services with the start of the Front-End service's process, where the computer shows it."""
    key = FRONT_END_SERVICE.casefold()
    if isinstance(services, Unknown) or isinstance(began, Unknown) or key not in services.value:
        return services
    front_end = replace(services.value[key], started_at=began.value.started_at)
    return Known({**services.value, key: front_end}, services.read_at)


def _with_leaf(
    certificates: Fact[tuple[AssignedCertificate, ...]], listener: Fact[Listener]
) -> Fact[tuple[AssignedCertificate, ...]]:
    """Return certificates with what the wire shows of that which is served."""
    if isinstance(certificates, Unknown) or isinstance(listener, Unknown):
        return certificates
    if not isinstance(listener.value, TLS):
        return certificates
    leaf = listener.value.leaf
    joined = (
        replace(one, certificate=leaf) if one.thumbprint == leaf.thumbprint else one
        for one in certificates.value
    )
    return Known(tuple(joined), certificates.read_at)


def _nothing(why: Unknown) -> LyncFacts:
    permissions: Fact[PermissionsFact] = why
    attendants: Fact[tuple[AutoAttendantFact, ...]] = why
    return LyncFacts(why, why, why, why, attendants, permissions)
