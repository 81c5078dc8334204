"""The management roles of deploy/exchange: cmdlets and parameters that there are, and rights that suffice."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from certificate_bench import PASSWORD, CertificateBench, leaf
from exchange_bench import SERVICE, spec_with
from powershell_data import load
from um_operator.lab.exchange.cmdlets import CMDLETS
from um_operator.lab.powershell import CmdletError

EXCHANGE = Path(__file__).parents[3] / "deploy" / "exchange"
ROLES = {name: frozenset(given) for name, given in load(EXCHANGE / "UMOperatorRoles.psd1").items()}
DECLARED = {cmdlet.declaration.name: cmdlet.declaration for cmdlet in CMDLETS}
RESTRICTED = replace(SERVICE, role_groups=(), granted=ROLES)


@pytest.fixture
def bench() -> CertificateBench:
    bench = CertificateBench(spec_with(accounts=(RESTRICTED,)))
    bench.caller = replace(bench.caller, account=RESTRICTED.name)
    return bench


@pytest.mark.parametrize("cmdlet", ROLES)
def test_roles_name_what_there_is(cmdlet: str) -> None:
    assert cmdlet in DECLARED
    assert ROLES[cmdlet] <= {parameter.name for parameter in DECLARED[cmdlet].parameters}


def test_what_is_not_in_the_roles_does_not_exist(bench: CertificateBench) -> None:
    with pytest.raises(CmdletError, match="is not recognized"):
        bench.run("Disable-UMIPGateway", "sbc01")
    error_id = bench.refused_binding("Set-UMService", Identity="ex01", MaxCallsAllowed=1)
    assert error_id == "NamedParameterNotFound,Set-UMService"


def test_a_certificate_comes_to_a_service_by_these_rights(bench: CertificateBench) -> None:
    bench.trust()
    given: dict[str, Any] = {
        "FileData": leaf().pfx(),
        "Password": PASSWORD,
        "PrivateKeyExportable": False,
    }
    bench.done("Import-ExchangeCertificate", Server="ex01", FriendlyName="um/1", **given)
    bench.done("Set-UMService", Identity="ex01", UMStartupMode="Dual", Confirm=False)
    bench.done(
        "Enable-ExchangeCertificate",
        Thumbprint=leaf().thumbprint,
        Server="ex01",
        Services="UM",
        Force=True,
        Confirm=False,
    )
    state = {"Identity": "ex01", "Component": "UMCallRouter", "Requester": "Sidelined", "State": "Draining"}
    bench.done("Set-ServerComponentState", Confirm=False, **state)
    assert bench.done("Get-UMService", Identity="ex01").row["UMCertificateThumbprint"] == leaf().thumbprint
