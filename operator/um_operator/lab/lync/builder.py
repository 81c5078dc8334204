"""From a description of Lync to a deployment that exists since long."""

from __future__ import annotations

from um_operator.lab.clock import Clock
from um_operator.lab.hosts.authority import CertificateAuthority
from um_operator.lab.hosts.host import Host
from um_operator.lab.hosts.times import ServiceTimes
from um_operator.lab.journal import Journal
from um_operator.lab.lync.contacts import Contact, Contacts
from um_operator.lab.lync.deployment import Deployment, FrontEnd, OtherPool, Pool, Service
from um_operator.lab.lync.media import MediaConfigurations
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
        hosts = [
            Host(fqdn, clock=clock, journal=journal, times=times, seed=seed, factory=False)
            for fqdn in pool.members
        ]
        front_ends = tuple(_front_end(host, pool, authority) for host in hosts)
        deployment.pools[pool.fqdn.lower()] = Pool(pool, front_ends)
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


def _front_end(host: Host, pool: PoolSpec, authority: CertificateAuthority) -> FrontEnd:
    """A computer with its certificate for Default: the pool's name first, its own beside it (notes 1.8)."""
    names = dict.fromkeys((pool.fqdn.lower(), host.fqdn))
    leaf = authority.issue(*names)
    host.stores.my.add(leaf)
    host.stores.root.trust(authority.root)
    if authority.intermediate is not None:
        host.stores.ca.trust(authority.intermediate)
    return FrontEnd(host, pool.fqdn.lower(), leaf.thumbprint)


def _domain(domain: str) -> str:
    return ",".join(f"DC={label}" for label in domain.split("."))
