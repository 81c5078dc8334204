"""An Exchange organisation and its Lync pools under the planner: a model that each step changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from manifests_support import dial_plan, lync_integration
from model_estate import ModelEstate, plan_fact
from planning_support import NOW, World
from um_operator.api.meta import ObjectKey
from um_operator.desired.resources import Owned
from um_operator.observed.certificates import CertificateFact, HostStores
from um_operator.observed.exchange import CallRouterFact, UMServiceFact
from um_operator.observed.fact import Known
from um_operator.observed.front_ends import LyncServiceFact
from um_operator.observed.hosts import TLS, Closed, HostEvent
from um_operator.observed.lync import (
    AssignedCertificate,
    AutoAttendantFact,
    ContactFact,
    FrontEndFacts,
    Grant,
    LyncFacts,
    MediaEncryption,
    MediaFact,
    PermissionsFact,
    PoolFact,
    ReplicaFact,
)
from um_operator.observed.snapshot import Snapshot
from um_operator.observed.values import name_key
from um_operator.planning.steps import GrantPermissions, InstallLyncTrust, JoinDialPlans, Step

LYNC = ObjectKey("LyncIntegration", "lync")
POOL, STANDARD, EX01 = "lyncpool01.contoso.com", "lyncse01.contoso.com", "ex01.contoso.com"
FRONT_ENDS = tuple(f"lyncfe0{number}.contoso.com" for number in (1, 2, 3))
SERVICES = frozenset({"Registrar", "UserServer", "MediationServer"})
NUMBER = "+4989555004900"
CONTACT = ContactFact("sip:contoso-lync-sa@contoso.com", POOL, NUMBER, auto_attendant=False, enabled=True)
READ = Grant("RTCUniversalServerAdmins", "UM DialPlan Container")
LYNC_OF_ORGANIZATION = {
    "endpoints": [f"https://{POOL}/OcsPowershell"],
    "authentication": {"secretRef": {"name": "lync-operator"}},
}


def pool_fact(fqdn: str = POOL, computers: tuple[str, ...] = FRONT_ENDS, **facts: Any) -> PoolFact:
    return PoolFact(**{"fqdn": fqdn, "site": "Munich", "computers": computers, "services": SERVICES, **facts})


def leaf(pool: str = POOL, *names: str, **facts: Any) -> CertificateFact:
    """Return the certificate of a front end as Lync asks for it."""
    issuer = facts.pop("issuer", "CN=Contoso Lync CA")
    given = {
        "thumbprint": "A1" * 20, "sha256": "a1" * 32, "subject": f"CN={pool}", "common_name": pool,
        "dns_names": (pool, *(names or FRONT_ENDS)), "issuer": issuer, "serial_number": "1",
        "not_before": NOW.replace(year=2026), "not_after": NOW.replace(year=2028), "key_algorithm": "RSA",
        "key_size": 2048, "public_key_sha256": "p", "signature_hash": "sha256", "self_issued": False,
        "extended_key_usages": frozenset({"serverAuth"}), "is_ca": False,
    }  # fmt: skip
    given["not_before"] = NOW.replace(year=2025)
    return CertificateFact(**{**given, **facts})


def assigned_of(shown: CertificateFact) -> AssignedCertificate:
    return AssignedCertificate(
        "Default",
        shown.thumbprint,
        shown,
        subject=f"CN={shown.common_name}, O=Contoso",
        issuer=f"CN={shown.common_name}, O=Contoso" if shown.self_issued else shown.issuer,
        dns_names=shown.dns_names,
        not_before=shown.not_before,
        not_after=shown.not_after,
    )


@dataclass(frozen=True)
class LyncEstate(ModelEstate):
    """Both products: one Exchange server, an Enterprise pool unless another topology is given."""

    pools: tuple[PoolFact, ...] = (pool_fact(),)
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)
    encryption: MediaEncryption = "RequireEncryption"
    missing: frozenset[Grant] = frozenset({READ})
    contacts: tuple[ContactFact, ...] = ()
    attendants: tuple[AutoAttendantFact, ...] = ()
    certificates: Mapping[str, CertificateFact | None] = field(default_factory=dict)
    late: frozenset[str] = frozenset()
    events: tuple[HostEvent, ...] = ()
    major: int = 5
    roots: Mapping[str, frozenset[str]] = field(default_factory=dict)
    intermediates: Mapping[str, frozenset[str]] = field(default_factory=dict)
    topology_read: bool = True

    def read(self, at: datetime) -> Snapshot:
        """Return everything, as read at an instant."""
        snapshot = super().read(at)
        um = UMServiceFact(EX01, self.startup_mode, self.members.get("UM", frozenset()))
        joined = self.members.get("UMCallRouter", frozenset())
        router = CallRouterFact(EX01, self.startup_mode, 5060, 5061, joined)
        return replace(
            snapshot,
            um_services={EX01: Known(um, at)},
            call_routers={EX01: Known(router, at)},
            lync=self.lync(at) if self.topology_read else None,
        )

    def lync(self, at: datetime) -> LyncFacts:
        """Return what is read of Lync."""
        computers = [fqdn for pool in self.pools for fqdn in pool.computers]
        replicas = {
            name_key(one): ReplicaFact(one, one not in self.late, at, (self.major, 0, 8308, 0))
            for one in computers
        }
        return LyncFacts(
            pools=Known({name_key(one.fqdn): one for one in self.pools}, at),
            replicas=Known(replicas, at),
            media=Known((MediaFact("Global", self.encryption),), at),
            contacts=Known(self.contacts, at),
            auto_attendants=Known(self.attendants, at),
            permissions=Known(PermissionsFact(f'Get-ADPermission on "{EX01}"', self.missing), at),
            front_ends={name_key(one): self._front_end(one, at) for one in computers},
        )

    def _front_end(self, fqdn: str, at: datetime) -> FrontEndFacts:
        pool = next(one for one in self.pools if fqdn in one.computers)
        shown = self.certificates.get(fqdn, leaf(pool.fqdn, fqdn))
        assigned = () if shown is None else (assigned_of(shown),)
        return FrontEndFacts(
            services=Known({"rtcsrv": LyncServiceFact("RTCSRV", "Running", started_at=at)}, at),
            certificates=Known(assigned, at),
            stores=Known(
                HostStores(self.roots.get(fqdn, frozenset()), self.intermediates.get(fqdn, frozenset())),
                at,
            ),
            events=Known(self.events, at),
            listener=Known(TLS(shown) if shown else Closed(), at),
        )

    def after(self, step: Step) -> LyncEstate:
        """Return the estate after a step."""
        match step:
            case JoinDialPlans():
                self._refuse_unless(
                    all(name_key(one) in self.plans for one in step.dial_plans), "no such plan"
                )
                before = self.members.get(step.service, frozenset())
                return replace(self, members={**self.members, step.service: before | {*step.dial_plans}})
            case GrantPermissions():
                return replace(self, missing=frozenset())
            case InstallLyncTrust():
                held = self.roots.get(step.computer, frozenset()) | set(step.missing)
                return replace(self, roots={**self.roots, step.computer: held})
            case _:
                changed = super().after(step)
                assert isinstance(changed, LyncEstate)
                return changed


def sip_plan(**spec: Any) -> Owned:
    """Return the manifest of a dial plan for Lync."""
    wanted = {"name": "Contoso-Lync", "uriType": "SipName", "voipSecurity": "Secured", **spec}
    return dial_plan("lync", **{"accessTelephoneNumbers": [NUMBER], **wanted})


SECURED = plan_fact(
    "Contoso-Lync", uriType="SipName", voipSecurity="Secured", accessTelephoneNumbers=(NUMBER,)
)
"""That plan in Exchange, in force."""
JOINED = {"UM": frozenset({"Contoso-Lync"}), "UMCallRouter": frozenset({"Contoso-Lync"})}


def world(estate: LyncEstate, *others: Owned, plan: Owned | None = None, **spec: Any) -> World:
    """Return the estate under one integration and its dial plan; ``spec`` is the integration's."""
    resources = (plan or sip_plan(), lync_integration(**spec), *others)
    return World(resources, estate, organization={"mode": "Enforce", "lync": LYNC_OF_ORGANIZATION})


def estate(*objects: Any, **facts: Any) -> LyncEstate:
    """Return an estate that has these plans, gateways and hunt groups."""
    made = ModelEstate.of(*objects)
    return LyncEstate(plans=made.plans, gateways=made.gateways, groups=made.groups, **facts)


def words(world: World, key: ObjectKey = LYNC) -> list[str]:
    """Return what is found of the integration, in words."""
    return [finding.message for finding in world.plan.findings_of(key)]
