"""An estate whose server is to work with Lync, from factory defaults on, and what people do for that."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.serialization import Encoding

from estate.declarations import Declarations
from estate.harness import declaring, write
from estate.manifests import resource
from estate.rollouts import BARELY, EX01, QUICK, Manifest, Rollout, estate
from um_operator.api.lync_status import LyncIntegrationStatus
from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.api.status import ExchangeOrganizationStatus
from um_operator.engine.one_pass import Report
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.exchange.builder import ServerSpec
from um_operator.lab.lync.services import FRONT_END
from um_operator.lab.presets import with_lync
from um_operator.planning.steps import StopFrontEndServices

LYNC: Final = ObjectKey("LyncIntegration", "lync")
ORGANIZATION: Final = ObjectKey("ExchangeOrganization", "default")
POOL, SE = "lyncpool01.contoso.com", "lyncse01.contoso.com"
PLAN, NUMBER = "Contoso-Lync", "+4989555004900"
UNIT, DOMAIN = "OU=UM Contacts,DC=contoso,DC=com", "contoso.com"
SERVER: Final = "ex01.contoso.com"


@dataclass
class Integration:
    """An operator that brings servers and pools together, and the people beside it."""

    rollout: Rollout
    lab: Lab

    def declare(self, **organization: Any) -> None:
        """Write the manifests, with more of the organisation."""
        self.rollout.organization |= organization
        self.rollout.declare()

    async def run(self, until: Callable[[Report], bool]) -> Report:
        """Have the operator work until something is so."""
        return await self.rollout.run(until)

    def approve(self, report: Report) -> None:
        """Approve what waits for that: restarts of front ends, by the people who answer for the pool."""
        statuses = report.memory.statuses.values()
        [found] = (one for one in statuses if isinstance(one, ExchangeOrganizationStatus))
        assert found.plan is not None
        declarations = self.rollout.operator.declarations
        declarations.approved |= {step.computer for step in stops(report)}
        declarations.exactly_quorum |= {step.pool for step in stops(report) if step.exactly_quorum}
        self.declare(approvedPlan=found.plan.digest)

    async def make_contact(self) -> None:
        """Type into OcsUmUtil.exe what the condition says (a person at a computer of Lync)."""
        assert self.lab.lync is not None
        await self.lab.lync.console().change(
            "OcsUmUtil",
            DialPlan=PLAN,
            OU=UNIT,
            Name=f"{PLAN}-SA",
            SipAddress=f"{PLAN.lower()}-sa@{DOMAIN}",
            Pool=POOL,
            PhoneNumber=NUMBER,
            Type="SubscriberAccess",
        )

    async def restart_by_hand(self, pool: str) -> None:
        """Restart the Front-End service of a pool that is left to a person."""
        assert self.lab.lync is not None
        for front_end in self.lab.lync.deployment.pools[pool].front_ends:
            console = self.lab.lync.console(front_end.fqdn)
            await console.change("Stop-CsWindowsService", FRONT_END)
            await console.change("Start-CsWindowsService")


def told(report: Report) -> dict[str, str]:
    """Return the conditions of the integration, ``type: status/reason``."""
    found = report.memory.statuses.get(LYNC)
    conditions = found.conditions if isinstance(found, LyncIntegrationStatus) else ()
    return {one.type: f"{one.status}/{one.reason}" for one in conditions}


def stops(report: Report) -> list[StopFrontEndServices]:
    """Return the front ends whose stop is planned."""
    found = (one.step for one in report.plan.steps)
    return [step for step in found if isinstance(step, StopFrontEndServices)]


def waits_for(report: Report, reason: Reason) -> bool:
    """Whether nothing goes on by itself, and every step left waits for that."""
    steps = report.plan.steps
    return not report.ran and bool(steps) and all({w.reason for w in one.waits} == {reason} for one in steps)


def waits_for_a_contact(report: Report) -> bool:
    """Whether nothing goes on until a person has made contacts, and the front ends wait for that."""
    steps = report.plan.steps
    return (
        not report.ran
        and told(report).get("ManualActionRequired") == f"True/{Reason.CONTACTS_MISSING}"
        and bool(steps)
        and not any(one.ready for one in steps)
        and {wait.reason for one in steps for wait in one.waits}
        <= {Reason.WAITING_FOR_APPROVAL, Reason.WAITING_FOR_PLANS}
    )


def manifests(lab: Lab) -> tuple[Manifest, ...]:
    """Return what is declared beside the organisation and its certificate, with the Secrets they name."""
    assert lab.lync is not None
    lync_root = lab.lync.deployment.authority.root.public_bytes(Encoding.PEM)
    return (
        resource(
            "UMDialPlan",
            "lync",
            name=PLAN,
            uriType="SipName",
            numberOfDigitsInExtension=4,
            countryOrRegionCode="49",
            voipSecurity="Secured",
            accessTelephoneNumbers=[NUMBER],
        ),
        resource(
            "LyncIntegration",
            "lync",
            pools=[{"fqdn": POOL}, {"fqdn": SE}],
            dialPlanRefs=[{"name": "lync", "outboundGateway": POOL}],
            permissions={
                "policy": "Run",
                "server": SERVER,
                "forest": DOMAIN,
                "authentication": {"method": "NTLM", "secretRef": {"name": "svc-um-exchucutil"}},
            },
            contacts={"organizationalUnit": UNIT, "sipDomain": DOMAIN, "pool": POOL},
            trust={"caRef": {"name": "lync-root"}},
        ),
        config_map("lync-root", lync_root),
        config_map("listeners", lab.authority.pem),
    )


def accounts(lab: Lab) -> list[Manifest]:
    """Return the Secrets of the accounts that may enter Lync, and run ExchUcUtil.ps1."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": one.name.rpartition("\\")[2]},
            "data": {
                "username": base64.b64encode(one.name.encode()).decode(),
                "password": base64.b64encode(one.password.encode()).decode(),
            },
        }
        for one in lab.spec.organization.accounts
        if one.name.endswith(("svc-um-lync", "svc-um-exchucutil"))
    ]


def way_in() -> dict[str, Any]:
    """Return what an organisation declares so that Lync is reached."""
    lync = {
        "endpoints": [f"https://{POOL}/OcsPowershell"],
        "authentication": {"method": "NTLM", "secretRef": {"name": "svc-um-lync"}},
        "hosts": {"configurationName": "UMOperatorLync"},
    }
    return {"lync": lync, "tls": {"caRef": {"name": "listeners"}}}


@asynccontextmanager
async def integration(folder: Path, *servers: ServerSpec) -> AsyncIterator[Integration]:
    """Start servers on factory defaults beside the pools of the larger example; judged in the end."""
    spec = with_lync(estate(*(servers or (EX01,))))
    fqdns = tuple(f"{one.name.lower()}.{DOMAIN}" for one in servers or (EX01,))
    async with Lab.start(spec, clock=Clock(rate=BARELY), times=QUICK, seed=7) as lab:
        assert lab.lync is not None
        operator = declaring(lab, folder)
        operator.folders.append(write(folder / "accounts", accounts(lab)))
        operator.declarations = Declarations(
            computers={
                pool.fqdn: tuple(one.fqdn for one in pool.front_ends)
                for pool in lab.lync.deployment.pools.values()
            }
        )
        found = Rollout(lab, operator, fqdns, organization=way_in(), others=manifests(lab))
        found.declare()
        try:
            yield Integration(found, lab)
        finally:
            await found.end()
        found.judge()


def config_map(name: str, pem: bytes) -> Manifest:
    """Return a ConfigMap with the CAs of somebody."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name},
        "data": {"ca.crt": pem.decode()},
    }
