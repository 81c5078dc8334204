"""The way into Lync: what reads it and its computers, and what writes there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import get_args

from um_operator.app.host_ways import host_sessions
from um_operator.app.lync import LyncReading, NoLync, ReadsLync
from um_operator.app.lync_steps import Granting, LyncTrusting, NoWay
from um_operator.app.settings import Settings
from um_operator.engine.ports import Carrier, Clock, Secrets
from um_operator.hosts.carrier import HostsCarrier, Issuers
from um_operator.hosts.commands import LYNC_COMPUTER
from um_operator.hosts.estate import HostEstate
from um_operator.hosts.sessions import HostSessions, OneHost
from um_operator.lync.carrier import FrontEndCarrier
from um_operator.lync.estate import LyncEstate
from um_operator.lync.reader import Reader
from um_operator.planning.steps import FrontEndRestartStep, GrantPermissions, InstallLyncTrust, Step
from um_operator.probing.prober import Prober
from um_operator.remoting.pool import Observer, SessionPool


@dataclass(frozen=True, slots=True)
class LyncConnection:
    """A way into Lync, or none.

    Attributes:
        reading: what reads.
        sessions: with the remote shell; ``None``: there is no way in.
        hosts: with each computer's own WinRM.
        carriers: what writes, by step type.
    """

    reading: ReadsLync
    sessions: SessionPool | None = None
    hosts: HostSessions | None = None
    carriers: Mapping[type[Step], Carrier] = field(default_factory=dict)


@asynccontextmanager
async def opened(
    settings: Settings,
    clock: Clock,
    *,
    prober: Prober,
    issuers: Issuers,
    secrets: Secrets,
    observe: Observer,
) -> AsyncIterator[LyncConnection]:
    """Open the way into the Lync of an organisation, and close every session in the end."""
    lync = settings.lync
    if isinstance(lync, str):
        step_types = (*get_args(FrontEndRestartStep), GrantPermissions, InstallLyncTrust)
        yield LyncConnection(NoLync(lync), carriers=dict.fromkeys(step_types, NoWay(lync)))
        return
    hosts = host_sessions(lync.hosts, lync.hosts_account, settings.ca_pem, observe)
    async with SessionPool(lync.ways_in, limits=settings.limits, observe=observe) as sessions:
        try:
            granting = Granting(settings, secrets, observe)
            reading = LyncReading(
                LyncEstate(Reader(sessions, clock.now), _readers(hosts, clock)),
                HostEstate(hosts, clock.now, machine=LYNC_COMPUTER),
                prober,
                granting,
                lambda: sessions.answered_by,
            )
            front_ends = FrontEndCarrier(sessions)
            carriers: dict[type[Step], Carrier] = dict.fromkeys(get_args(FrontEndRestartStep), front_ends)
            carriers |= {GrantPermissions: granting}
            carriers |= {InstallLyncTrust: LyncTrusting(HostsCarrier(hosts, issuers), issuers)}
            yield LyncConnection(reading, sessions, hosts, carriers)
        finally:
            await hosts.close()


def _readers(hosts: HostSessions, clock: Clock) -> Callable[[str], Reader]:
    """Return what gives the reader of a computer, by its FQDN."""
    return lambda computer: Reader(OneHost(hosts, computer), clock.now)
