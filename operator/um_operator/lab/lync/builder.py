"""From a description of Lync to a deployment that exists since long."""

from __future__ import annotations

from um_operator.lab.chance import chance
from um_operator.lab.clock import Clock
from um_operator.lab.exchange.organization import Organization
from um_operator.lab.hosts.authority import CertificateAuthority
from um_operator.lab.hosts.event_log import LYNC_SERVER
from um_operator.lab.hosts.host import Host
from um_operator.lab.hosts.times import ServiceTimes
from um_operator.lab.journal import Journal
from um_operator.lab.lync.contacts import Contact, Contacts
from um_operator.lab.lync.deployment import Deployment, FrontEnd, OtherPool, Pool, Service
from um_operator.lab.lync.fabric import groups_of
from um_operator.lab.lync.media import MediaConfigurations
from um_operator.lab.lync.membership import Membership
from um_operator.lab.lync.services import Services
from um_operator.lab.lync.sessions import Sessions
from um_operator.lab.lync.spec import LyncSpec, PoolSpec, Release
from um_operator.lab.lync.store import ManagementStore
from um_operator.lab.variants import Variants


def build(
    spec: LyncSpec,
    *,
    clock: Clock,
    journal: Journal,
    variants: Variants,
    times: ServiceTimes | None = None,
    seed: int = 0,
) -> Deployment:
    """Make the deployment of a description; ``times`` is what its services take."""
    authority = CertificateAuthority(spec.authority, clock.now())
    deployment = Deployment(
        clock=clock,
        journal=journal,
        variants=variants,
        sip_domain=spec.sip_domain,
        authority=authority,
        media=MediaConfigurations(spec.encryption, dict(spec.encryption_of)),
        contacts=Contacts(),
        store=ManagementStore(clock, spec.replication, seed),
        others=tuple(
            OtherPool(fqdn.lower(), Service(role, fqdn.lower(), site, Release.LYNC2013.version))
            for fqdn, role, site in spec.other_pools
        ),
        seed=seed,
    )
    for pool in spec.pools:
        hosts = tuple(
            Host(fqdn, clock=clock, journal=journal, times=times, seed=seed, factory=False, log=LYNC_SERVER)
            for fqdn in pool.members
        )
        deployment.pools[pool.fqdn.lower()] = _pool(deployment, pool, hosts)
    deployment.store.add(front_end.host for front_end in deployment.front_ends)
    for contact in spec.contacts:
        deployment.contacts.add(
            Contact(
                contact.name,
                contact.sip_address,
                contact.pool.lower(),
                contact.number,
                contact.dial_plan,
                contact.attendant,
                f"OU=UM Contacts,{_domain(spec.sip_domain)}",
                clock.now(),
            )
        )
    return deployment


def trust_each_other(organization: Organization, deployment: Deployment) -> None:
    """Have front ends believe Exchange's CA, and Exchange's servers that of the front ends."""
    for server in organization.um_servers.values():
        _trust(server.host, deployment.authority)
    for front_end in deployment.front_ends:
        if organization.authority is not None:
            _trust(front_end.host, organization.authority)


def _trust(host: Host, authority: CertificateAuthority) -> None:
    host.stores.root.trust(authority.root)
    if authority.intermediate is not None:
        host.stores.ca.trust(authority.intermediate)


def _pool(deployment: Deployment, spec: PoolSpec, hosts: tuple[Host, ...]) -> Pool:
    fqdn, seed = spec.fqdn.lower(), deployment.seed
    machines = {host.fqdn: host for host in hosts}

    async def stop(computer: str) -> None:
        for service in machines[computer].services.values():
            await service.kill("the pool has lost its quorum")

    members = tuple(machines)
    domains = tuple(tuple(members[n] for n in one) for one in spec.domains) or tuple((m,) for m in members)
    return Pool(
        spec,
        tuple(_front_end(deployment, host, spec) for host in hosts),
        Membership(
            fqdn,
            members,
            spec.release,
            clock=deployment.clock,
            journal=deployment.journal,
            random=chance(seed, f"membership of {fqdn}"),
            stop=stop,
        ),
        domains,
        groups_of(fqdn, domains, seed),
    )


def _front_end(deployment: Deployment, host: Host, pool: PoolSpec) -> FrontEnd:
    """A computer with its certificate for Default: the pool's name first, its own beside it (notes 1.8)."""
    names = dict.fromkeys((pool.fqdn.lower(), host.fqdn))
    authority = deployment.authority
    leaf = authority.issue(*names)
    host.stores.my.add(leaf)
    _trust(host, authority)
    sessions = Sessions(deployment.clock)
    services = Services(host, deployment.journal, sessions)
    return FrontEnd(host, pool.fqdn.lower(), leaf.thumbprint, sessions, services)


def _domain(domain: str) -> str:
    return ",".join(f"DC={label}" for label in domain.split("."))
