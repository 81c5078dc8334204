"""What computers tell by their own endpoints, and the endpoint that runs ExchUcUtil.ps1."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from certificate_bench import root
from lynclab import FE01, POOL
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.exchange.permissions import GROUPS
from um_operator.lab.hosts.times import INSTANT
from um_operator.lab.presets import smallest, with_lync
from um_operator.lab.variants import FabricText, Variants
from um_operator.remoting import connect_to, endpoint
from um_operator.remoting.credentials import Authentication, Method, Password
from um_operator.remoting.errors import RemotingError
from um_operator.remoting.pool import SessionPool
from um_operator.remoting.session import Command, PSEnum, PSRow, Result

EX01 = "ex01.contoso.com"
JEA = ("svc-um-lync", "UMOperatorLync")
SCRIPT = ("svc-um-exchucutil", "UMOperatorPermissions")


@dataclass
class Wire:
    """Sessions with whoever is named."""

    lab: Lab

    async def ask(self, host: str, command: Command, way: tuple[str, str] = JEA) -> Result:
        user, configuration = way
        account = next(a for a in self.lab.spec.organization.accounts if a.name.endswith(user))
        target = endpoint.parse(
            f"https://{host}:5986/wsman",
            Authentication(Method.NTLM, Password(account.name, account.password)),
            configuration_name=configuration,
            ca_pem=self.lab.authority.pem.decode(),
        )
        async with SessionPool([target]) as pool:
            return await pool.invoke(command, deadline=10, write=False)

    async def row(self, command: Command) -> PSRow:
        [row] = (await self.ask(FE01, command)).rows
        assert isinstance(row, PSRow)
        return row


@asynccontextmanager
async def wire(variants: Variants | None = None) -> AsyncIterator[Wire]:
    async with Lab.start(with_lync(smallest()), variants=variants, clock=Clock(), times=INSTANT) as lab:
        with connect_to.installed(connect_to.parse(lab.connect_to)):
            yield Wire(lab)


async def test_a_front_end_tells_of_itself_and_of_its_pool() -> None:
    async with wire() as wired:
        certificate = await wired.row(Command("Get-CsCertificate", {"Type": "Default"}))
        assert certificate.properties["AlternativeNames"] == (FE01, POOL)
        readiness = await wired.row(Command("Get-CsPoolUpgradeReadinessState"))
        state = readiness.properties["PoolUpgradeState"]
        assert isinstance(state, PSEnum)
        assert state.text == "Ready"
        assert readiness.properties["TotalActiveFrontEnds"] == 3
        added = await wired.row(Command("Add-UMOperatorTrust", {"Store": "Root", "RawData": root().der}))
        assert added.properties["Added"] is True
        assert wired.lab.host(FE01).stores.root.holds(root().certificate)
        for missing in ("Stop-CsWindowsService", "Set-CsCertificate", "Reset-CsPoolRegistrarState"):
            refused = await wired.ask(FE01, Command(missing))
            assert refused.errors[0].error_id == "CommandNotFoundException"
        with pytest.raises(RemotingError):
            await wired.ask("lyncdir01.contoso.com", Command("Get-CsCertificate"), ("svc-nobody", JEA[1]))


@pytest.mark.parametrize("text", FabricText)
async def test_the_fabric_state_is_text(text: FabricText) -> None:
    async with wire(replace(Variants(), fabric_text=text)) as wired:
        command = Command("Get-CsPoolFabricState", {"PoolFqdn": POOL, "Type": "Routing"})
        lines = [line for row in (await wired.ask(FE01, command)).rows for line in str(row).splitlines()]
        assert sum(line.startswith("Routing Group:") for line in lines) == 6
        assert sum("Primary:" in line for line in lines) == 6
        assert sum("Secondary:" in line for line in lines) == 12


async def test_the_script_runs_through_an_endpoint_of_its_own_and_its_effect_is_seen() -> None:
    async with wire() as wired:
        lab = wired.lab
        lab.change("New-UMDialPlan", "Contoso-Lync", URIType="SipName", CountryOrRegionCode="49",
                   NumberOfDigitsInExtension=4)  # fmt: skip
        container = {"Identity": "UM DialPlan Container"}
        assert lab.change("Get-ADPermission", **container) == []
        run = Command("Invoke-UmExchUcUtil", {"Forest": "contoso.com"})
        with pytest.raises(RemotingError):
            await wired.ask(EX01, run, ("svc-um-operator", SCRIPT[1]))
        wrong = await wired.ask(EX01, Command("Invoke-UmExchUcUtil", {"Forest": "fabrikam.com"}), SCRIPT)
        assert wrong.errors
        assert not (await wired.ask(EX01, run, SCRIPT)).errors
        rows = lab.change("Get-ADPermission", **container)
        assert [str(row.properties["User"]) for row in rows] == [f"CONTOSO\\{group}" for group in GROUPS]
        [gateway] = [row for row in lab.change("Get-UMIPGateway") if row.properties["Address"] == POOL]
        assert gateway.properties["Port"] == 5060
        [group] = lab.change("Get-UMHuntGroup", f"{gateway.text}\\Contoso-Lync")
        assert group.properties["PilotIdentifier"] == "Contoso-Lync"
        callers = {effect.caller for effect in lab.journal.effects if effect.kind == "ADPermission"}
        assert callers == {"CONTOSO\\svc-um-exchucutil"}
