"""Confirmation, -WhatIf, error records, roles, landing, domain controllers: the same for every cmdlet."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from exchange_bench import DC1, DC2, OMIT, SERVICE, SPEC, Bench, Collected, spec_with
from um_operator.lab.exchange.cmdlets import CMDLETS
from um_operator.lab.exchange.rbac import ROLE_GROUPS
from um_operator.lab.powershell import CmdletError, Invocation
from um_operator.lab.variants import Existing, Landing, Refusal, Variants

PROMPTING = ["Remove-UMDialPlan", "Remove-UMIPGateway", "Remove-UMMailboxPolicy", "Disable-UMIPGateway"]
ERROR_ID = re.compile(
    r"\[Server=EX0[12],RequestId=[0-9a-f-]{36},TimeStamp=1/5/2026 9:00:00 AM\] "
    r"\[FailureCategory=Cmdlet-ManagementObjectNotFoundException\] [0-9A-F]+,"
    r"Microsoft\.Exchange\.Management\.Tasks\.UM\.SetUMDialPlan"
)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def targets(bench: Bench) -> dict[str, str]:
    bench.plan("PBX", GenerateUMMailboxPolicy=False)
    bench.plan("Spare")
    bench.gateway("sbc01")
    return {"UMDialPlan": "PBX", "UMIPGateway": "sbc01", "UMMailboxPolicy": "Spare Default Policy"}


@pytest.mark.parametrize("cmdlet", PROMPTING)
def test_a_cmdlet_that_prompts_fails_without_confirm_false(bench: Bench, cmdlet: str) -> None:
    identity = targets(bench)[cmdlet.partition("-")[2]]
    effects = len(bench.journal.effects)
    assert bench.refused_binding(cmdlet, identity).startswith("HostFunctionNotImplemented,")
    assert len(bench.journal.effects) == effects
    bench.done(cmdlet, identity, Confirm=False)
    assert len(bench.journal.effects) == effects + 1


def test_asking_for_confirmation_fails_on_any_cmdlet(bench: Bench) -> None:
    bench.gateway("sbc01")
    error_id = bench.refused_binding("Set-UMIPGateway", "sbc01", Port=5061, Confirm=True)
    assert error_id.startswith("HostFunctionNotImplemented,")


def test_whatif_changes_nothing(bench: Bench) -> None:
    targets(bench)
    effects = len(bench.journal.effects)
    new = bench.done(
        "New-UMDialPlan", "New", CountryOrRegionCode="49", NumberOfDigitsInExtension=4, WhatIf=True
    )
    bench.done("Set-UMIPGateway", "sbc01", Port=5061, WhatIf=True)
    bench.done("Remove-UMIPGateway", "sbc01", WhatIf=True)
    assert (new.rows, len(bench.journal.effects)) == ([], effects)


def test_whatif_still_refuses_what_would_be_refused(bench: Bench) -> None:
    assert bench.run("Remove-UMDialPlan", "PBX", WhatIf=True).failure == "ManagementObjectNotFoundException"


def test_an_error_record_has_the_id_that_exchange_gives_it(bench: Bench) -> None:
    [error] = bench.run("Set-UMDialPlan", "none", FaxEnabled=True).errors
    assert ERROR_ID.fullmatch(error.error_id)
    assert (error.reason, error.activity) == ("ManagementObjectNotFoundException", "Set-UMDialPlan")
    assert error.exception_type == (
        "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException"
    )


def test_errors_follow_erroraction(bench: Bench) -> None:
    assert bench.run("Get-UMDialPlan", "none", ErrorAction="SilentlyContinue").errors == []
    with pytest.raises(CmdletError, match="none"):
        bench.run("Get-UMDialPlan", "none", ErrorAction="Stop")


def test_variant_a_refusal_ends_the_pipeline_but_a_failed_reading_does_not() -> None:
    bench = Bench(variants=Variants(refusal=Refusal.TERMINATING))
    with pytest.raises(CmdletError, match="none"):
        bench.run("Set-UMDialPlan", "none", FaxEnabled=True)
    assert bench.run("Get-UMDialPlan", "none").failure == "ManagementObjectNotFoundException"


@pytest.mark.parametrize("existing", Existing)
def test_variant_the_exception_for_a_name_that_is_taken(existing: Existing) -> None:
    bench = Bench(variants=Variants(existing=existing))
    bench.gateway("sbc01")
    done = bench.run("New-UMIPGateway", "sbc01", Address="other.contoso.com")
    assert done.failure == existing.value
    assert done.failure.endswith("ObjectAlreadyExistsException")


def test_cmdlets_are_known_in_any_case_and_no_other_is(bench: Bench) -> None:
    assert bench.done("get-umdialplan").rows == []
    with pytest.raises(CmdletError, match="not recognized") as raised:
        bench.run("Get-Mailbox")
    assert (raised.value.error_id, raised.value.category) == ("CommandNotFoundException", "ObjectNotFound")


@pytest.mark.parametrize(
    ("groups", "cmdlet", "there"),
    [
        (("UM Management",), "Set-UMDialPlan", True),
        (("UM Management",), "Set-UMService", False),
        (("Server Management",), "Set-UMService", True),
        (("Server Management",), "Set-UMCallRouterSettings", False),
        (("View-Only Organization Management",), "Get-UMIPGateway", True),
        (("View-Only Organization Management",), "New-UMIPGateway", False),
        ((), "Get-UMIPGateway", False),
    ],
)
def test_a_cmdlet_outside_the_roles_does_not_exist(groups: tuple[str, ...], cmdlet: str, there: bool) -> None:
    bench = Bench(spec_with(accounts=(replace(SERVICE, role_groups=groups),)), account=SERVICE.name)
    with pytest.raises(CmdletError) as raised:
        bench.run(cmdlet, NoSuchParameter=1)
    expected = f"NamedParameterNotFound,{cmdlet}" if there else "CommandNotFoundException"
    assert raised.value.error_id == expected


def test_a_parameter_outside_the_roles_does_not_exist() -> None:
    account = replace(SERVICE, withheld=frozenset({("Set-UMIPGateway", "Port")}))
    bench = Bench(spec_with(accounts=(account,)), account=SERVICE.name)
    bench.gateway("sbc01")
    bench.done("Set-UMIPGateway", "sbc01", OutcallsAllowed=False)
    assert (
        bench.refused_binding("Set-UMIPGateway", "sbc01", Port=1) == "NamedParameterNotFound,Set-UMIPGateway"
    )


def test_an_unknown_account_has_no_cmdlets() -> None:
    assert Bench(account="CONTOSO\\stranger").refused_binding("Get-UMDialPlan") == "CommandNotFoundException"


def test_every_cmdlet_is_in_a_role_group_and_every_role_names_cmdlets_that_exist() -> None:
    names = {cmdlet.declaration.name for cmdlet in CMDLETS}
    assert ROLE_GROUPS["Organization Management"] == names
    assert all(held <= names for held in ROLE_GROUPS.values())


def test_effects_say_who_did_what_where(bench: Bench) -> None:
    bench.gateway("sbc01")
    bench.done("Set-UMIPGateway", "sbc01", Port=5061)
    effect = bench.last
    assert (effect.cmdlet, effect.kind, effect.name) == ("Set-UMIPGateway", "UMIPGateway", "sbc01")
    assert (effect.before, effect.after) == ({"Port": 5060}, {"Port": 5061})
    assert (effect.caller, effect.domain_controller) == ("administrator", DC1)


def test_a_domain_controller_is_asked_for_and_told_what_is_meant(bench: Bench) -> None:
    bench.done("New-UMIPGateway", "sbc01", Address="sbc01.contoso.com", DomainController=DC2)
    assert bench.done("Get-UMIPGateway").rows == []
    assert bench.done("Get-UMIPGateway", DomainController=DC2.upper()).row["OriginatingServer"] == DC2
    bench.clock.advance(timedelta(minutes=3))
    assert bench.done("Get-UMIPGateway").names == ["sbc01"]


def test_an_unknown_domain_controller_is_refused(bench: Bench) -> None:
    done = bench.run("Get-UMIPGateway", DomainController="dc99.contoso.com")
    assert done.failure == "ADServerNotFoundException"


def test_a_domain_controller_that_is_down_answers_nobody_and_servers_use_another(bench: Bench) -> None:
    bench.organization.directory.take_down(DC1)
    assert bench.run("Get-UMIPGateway").failure == "ADTransientException"
    row = bench.done("Get-ExchangeServer", "ex01", Status=True, DomainController=OMIT).row
    assert (row["CurrentDomainControllers"], row["OriginatingServer"]) == ([DC2], DC2)
    bench.organization.directory.take_down(DC2)
    assert bench.run("Get-UMIPGateway", DomainController=OMIT).failure == "ADTransientException"
    bench.organization.directory.bring_up(DC1)
    assert bench.done("Get-UMIPGateway").rows == []


@pytest.mark.parametrize(("server", "domain_controller"), [("ex01", DC1), ("ex02", DC2)])
def test_without_one_the_domain_controller_is_that_of_the_running_servers_site(
    server: str, domain_controller: str
) -> None:
    bench = Bench(variants=Variants(landing=Landing.DIALLED), server=f"{server}.contoso.com")
    bench.done("New-UMIPGateway", "sbc01", Address="sbc01.contoso.com", DomainController=OMIT)
    assert bench.last.domain_controller == domain_controller


def test_a_session_lands_on_any_running_server_and_stays_there() -> None:
    bench = Bench(account="administrator")
    caller = bench.caller
    landed = set()
    for number in range(20):
        bench.caller = replace(caller, session=str(number))
        rows = [bench.done("Get-UMCallRouterSettings").names for _ in range(3)]
        assert rows[0] == rows[1] == rows[2]
        landed.add(rows[0][0])
    assert landed == {"ex01", "ex02"}


def test_objects_of_the_pipeline_are_worked_on_one_by_one(bench: Bench) -> None:
    bench.gateway("sbc01")
    bench.gateway("sbc02")
    rows = bench.done("Get-UMIPGateway").rows
    collected = Collected()
    invocation = Invocation("Set-UMIPGateway", {"Port": 5061, "DomainController": DC1}, pipeline_input=rows)
    asyncio.run(bench.shell.run(invocation, bench.caller, collected))
    assert [row.properties["Port"] for row in bench.done("Get-UMIPGateway").rows] == [5061, 5061]


def test_the_same_seed_gives_the_same_answers() -> None:
    def told() -> list[str]:
        bench = Bench(SPEC)
        bench.plan("PBX")
        return [*bench.journal.lines(), bench.run("Get-UMIPGateway", "x").errors[0].error_id]

    assert told() == told()
