"""What an identity may be, and the trap of asking with none (field notes 1.5)."""

import pytest

from exchange_bench import OMIT, Bench
from um_operator.lab.powershell import PSObject, Value
from um_operator.lab.variants import UnknownIdentity, Variants

GETS = ["Get-UMDialPlan", "Get-UMIPGateway", "Get-UMHuntGroup", "Get-UMMailboxPolicy", "Get-UMService"]


@pytest.fixture
def bench() -> Bench:
    return furnished()


def furnished(variants: Variants | None = None) -> Bench:
    bench = Bench(variants=variants)
    for plan, gateway in (("PBX", "sbc01"), ("Branch", "sbc02")):
        bench.plan(plan)
        bench.gateway(gateway)
        bench.link(gateway, plan, "main")
    return bench


@pytest.mark.parametrize("cmdlet", GETS)
@pytest.mark.parametrize("identity", [OMIT, None])
def test_no_identity_and_a_null_identity_give_everything(bench: Bench, cmdlet: str, identity: Value) -> None:
    assert len(bench.done(cmdlet, Identity=identity).rows) == 2


@pytest.mark.parametrize("cmdlet", GETS)
def test_an_unknown_identity_is_an_error_that_names_the_domain_controller(bench: Bench, cmdlet: str) -> None:
    done = bench.run(cmdlet, Identity="nobody\\here")
    assert (done.failure, done.rows) == ("ManagementObjectNotFoundException", [])
    assert "'dc01.contoso.com'" in done.errors[0].message
    assert done.errors[0].category == "NotSpecified"


@pytest.mark.parametrize("cmdlet", GETS)
def test_variant_an_unknown_identity_gives_everything(cmdlet: str) -> None:
    bench = furnished(Variants(unknown_identity=UnknownIdentity.EVERYTHING))
    assert len(bench.done(cmdlet, Identity="nobody\\here").rows) == 2


@pytest.mark.parametrize(
    "cmdlet", ["Set-UMDialPlan", "Remove-UMDialPlan", "Remove-UMIPGateway", "Set-UMService"]
)
def test_a_null_identity_changes_nothing(bench: Bench, cmdlet: str) -> None:
    given = {"Identity": None}
    assert bench.refused_binding(cmdlet, **given).startswith(
        "ParameterArgumentValidationErrorNullNotAllowed,"
    )


def test_an_empty_identity_is_refused(bench: Bench) -> None:
    assert bench.refused_binding("Get-UMDialPlan", "").startswith("ParameterArgumentTransformationError,")


@pytest.mark.parametrize("form", ["Name", "DistinguishedName", "Guid", "Identity", "row"])
def test_every_form_of_identity_finds_the_object(bench: Bench, form: str) -> None:
    row = bench.done("Get-UMDialPlan", "Branch").rows[0]
    identity: Value = row if form == "row" else row.properties[form]
    assert bench.done("Get-UMDialPlan", identity).names == ["Branch"]
    hunt_group = bench.done("Get-UMHuntGroup", UMDialPlan=identity).rows[0]
    assert isinstance(hunt_group.properties["Identity"], PSObject)
    assert bench.done("Get-UMHuntGroup", hunt_group).names == ["main"]


def test_the_guid_of_another_kind_of_object_finds_nothing(bench: Bench) -> None:
    guid = bench.done("Get-UMIPGateway", "sbc01").row["Guid"]
    assert bench.run("Get-UMDialPlan", guid).failure == "ManagementObjectNotFoundException"


def test_wildcards_are_no_identity(bench: Bench) -> None:
    assert bench.run("Get-UMIPGateway", "sbc*").failure == "ManagementObjectNotFoundException"
