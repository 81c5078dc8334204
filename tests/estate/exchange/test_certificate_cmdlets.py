"""The certificate and component commands of the Exchange room, as the lab takes them, under every variant."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from cryptography import x509

from certificate_bench import PASSWORD, certify, intermediate, leaf, root
from um_operator.exchange import certificates, components
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.presets import first_steps
from um_operator.lab.variants import Variants
from um_operator.remoting import connect_to, endpoint
from um_operator.remoting.credentials import Authentication, Method, Password
from um_operator.remoting.pool import SessionPool
from um_operator.remoting.session import Command, Result, Secret

SERVER = "ex01.contoso.com"
DC = "dc01.contoso.com"
TRIED = {name: variants for name, variants in Variants.each() if name in ("defaults", "others")}


class Estate:
    """Commands to the lab, each with the domain controller of the server's site."""

    def __init__(self, lab: Lab, pool: SessionPool) -> None:
        self.lab = lab
        self._pool = pool

    async def done(self, command: Command) -> Result:
        """Run a command that must not fail."""
        given = {"DomainController": DC, **command.parameters}
        if not command.name.startswith("Get-"):
            given["Confirm"] = False
        result = await self._pool.invoke(Command(command.name, given, command.then), deadline=10, write=False)
        assert result.errors == (), result.errors
        return result

    def settings(self, cmdlet: str) -> object:
        """What a server's settings name as certificate, on its own domain controller."""
        [row] = self.lab.change(cmdlet, "ex01", DomainController=DC)
        return row.properties["UMCertificateThumbprint"]


@asynccontextmanager
async def estate(variants: Variants) -> AsyncIterator[Estate]:
    async with Lab.start(first_steps(), variants=variants, clock=Clock()) as lab:
        account = lab.spec.organization.accounts[0]
        authentication = Authentication(Method.NTLM, Password(account.name, account.password))
        with connect_to.installed(connect_to.parse(lab.connect_to)):
            async with SessionPool([endpoint.parse(f"http://{SERVER}/PowerShell/", authentication)]) as pool:
                yield Estate(lab, pool)


@pytest.mark.parametrize("variants", TRIED.values(), ids=TRIED)
async def test_a_pfx_is_imported_and_bound(variants: Variants) -> None:
    async with estate(variants) as exchange:
        stores = exchange.lab.host(SERVER).stores
        stores.root.trust(root().certificate)
        stores.ca.trust(intermediate().certificate)
        await exchange.done(
            certificates.import_certificate(SERVER, leaf().pfx(), Secret(PASSWORD.plain), "um-operator um/1")
        )
        for service in ("UM", "UMCallRouter"):
            await exchange.done(certificates.set_startup_mode(SERVER, service, "Dual"))
        await exchange.done(
            certificates.enable_certificate(SERVER, leaf().thumbprint, ["UM", "UMCallRouter"])
        )
        assert exchange.settings("Get-UMCallRouterSettings") == leaf().thumbprint


@pytest.mark.parametrize("variants", TRIED.values(), ids=TRIED)
async def test_a_key_is_made_on_the_server_and_its_request_answered(variants: Variants) -> None:
    async with estate(variants) as exchange:
        asked = certificates.request_certificate(
            SERVER, subject=f"CN={SERVER}", names=[SERVER], key_size=2048, name="um-operator um/1"
        )
        request = x509.load_der_x509_csr(certificates.file_data(await exchange.done(asked)))
        [stand_in] = exchange.lab.host(SERVER).stores.requests
        again = await exchange.done(certificates.export_request(SERVER, stand_in))
        assert x509.load_der_x509_csr(certificates.file_data(again)) == request
        answer = certify(SERVER, public=request.public_key())
        await exchange.done(certificates.import_certificate(SERVER, answer.der, None, "um-operator um/1"))
        assert exchange.lab.host(SERVER).stores.my.find(answer.thumbprint) is not None
        await exchange.done(certificates.remove_certificate(SERVER, answer.thumbprint))
        assert exchange.lab.host(SERVER).stores.my.find(answer.thumbprint) is None


@pytest.mark.parametrize("variants", TRIED.values(), ids=TRIED)
async def test_a_call_router_is_drained_and_released(variants: Variants) -> None:
    async with estate(variants) as exchange:
        host = exchange.lab.host(SERVER)
        await exchange.done(components.set_state(SERVER, host.component, "Sidelined", "Draining"))
        assert not host.takes_new_calls()
        await exchange.done(components.set_state(SERVER, host.component, "Sidelined", "Active"))
        assert host.takes_new_calls()
