"""The way into the Lync of a lab, as an organisation's manifest opens it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from pki_world import Store
from um_operator.api.meta import ObjectKey
from um_operator.api.organization import ExchangeOrganizationSpec
from um_operator.app import connection
from um_operator.app.connection import Connection
from um_operator.engine.ports import PortError, SecretChange
from um_operator.lab.estate import Lab
from um_operator.observed.fact import Fact, Known
from um_operator.observed.lync import LyncFacts
from um_operator.observed.snapshot import Snapshot
from um_operator.planning.outcome import Outcome
from um_operator.planning.scope import Scope
from um_operator.planning.steps import Step
from um_operator.remoting import connect_to

INTEGRATION = ObjectKey("LyncIntegration", "lync")
T = TypeVar("T")


def known(fact: Fact[T]) -> T:
    """Return what is known; a test fails with the reason if nothing is."""
    assert isinstance(fact, Known), fact
    return fact.value


class Secrets(Store):
    """Secrets in memory, beside which there is no ConfigMap."""

    async def config_map(self, name: str) -> Mapping[str, bytes] | None:
        """Return none."""
        return None

    async def write_config_map(
        self, name: str, change: SecretChange, *, labels: Mapping[str, str] | None = None
    ) -> None:
        """Refuse: nothing here is published."""
        raise PortError(name)


@dataclass
class WayIntoLync:
    """An open connection, and what was read last."""

    connection: Connection
    snapshot: Snapshot | None = None

    async def read(self, scope: Scope) -> LyncFacts:
        """Read what a scope names, as a pass does."""
        self.snapshot = await self.connection.estate.read(scope, self.snapshot, None)
        assert self.snapshot.lync is not None
        return self.snapshot.lync

    async def carry(self, step: Step) -> Outcome:
        """Carry out a step, as the choke does."""
        return await self.connection.carriers[type(step)].carry(step, None)


def organization(configuration: str = "UMOperatorLync") -> ExchangeOrganizationSpec:
    """Return an organisation with the way into Lync that the larger example has, by NTLM."""

    def account(secret: str) -> dict[str, object]:
        return {"method": "NTLM", "secretRef": {"name": secret}}

    return ExchangeOrganizationSpec.model_validate(
        {
            "exchange": {
                "endpoints": ["https://ex01.contoso.com/PowerShell/"],
                "authentication": account("svc-um-operator"),
            },
            "lync": {
                "endpoints": [
                    "https://lyncpool01.contoso.com/OcsPowershell",
                    "https://lyncse01.contoso.com/OcsPowershell",
                ],
                "authentication": account("svc-um-lync"),
                "hosts": {"scheme": "HTTPS", "configurationName": configuration},
            },
            "tls": {"caRef": {"kind": "Secret", "name": "root"}},
        }
    )


@asynccontextmanager
async def way_into_lync(lab: Lab, spec: ExchangeOrganizationSpec | None = None) -> AsyncIterator[WayIntoLync]:
    """Open the way in, and close every session in the end."""
    secrets = Secrets()
    for account in lab.spec.organization.accounts:
        name = account.name.rpartition("\\")[2]
        secrets.secrets[name] = {"username": account.name.encode(), "password": account.password.encode()}
    secrets.secrets["root"] = {"ca.crt": lab.authority.pem}
    with connect_to.installed(connect_to.parse(lab.connect_to)):
        async with connection.connected(spec or organization(), secrets, lab.clock) as opened:
            yield WayIntoLync(opened)
