"""PowerShell's binder: what it takes, and the FullyQualifiedErrorId of everything that it does not take."""

from typing import Any

import pytest

from um_operator.lab.binding import Bound, Declaration, Parameter, bind, one_by_one
from um_operator.lab.powershell import CmdletError, EnumValue, Invocation, PSObject, SecureString, Value
from um_operator.lab.values import BOOLEAN, INTEGER, STRING, SWITCH, Edit, EnumType, Replace, multi_valued

MODE = EnumType.of("Microsoft.Exchange.UMStartupMode", "TCP", "TLS", "Dual")
CMDLET = Declaration(
    "Set-Thing",
    "Contoso.SetThing",
    (
        Parameter("Identity", STRING, mandatory=True, position=1, piped=True),
        Parameter("Port", INTEGER),
        Parameter("Enabled", BOOLEAN),
        Parameter("Mode", MODE.parameter),
        Parameter("Numbers", multi_valued(STRING)),
        Parameter("Force", SWITCH),
    ),
)
BY_SET = Declaration(
    "Get-Thing",
    "Contoso.GetThing",
    (
        Parameter("Plan", STRING, mandatory=True, sets=frozenset({"Plan"})),
        Parameter("Gateway", STRING, mandatory=True, sets=frozenset({"Gateway"})),
        Parameter("Server", STRING, sets=frozenset({"Server"})),
    ),
    default_set="Server",
)


def bound(declaration: Declaration, /, *positional: Value, **parameters: Value) -> Bound:
    return bind(declaration, Invocation(declaration.name, parameters, positional))


def refusal(declaration: Declaration, /, *positional: Value, **parameters: Value) -> CmdletError:
    with pytest.raises(CmdletError) as raised:
        bound(declaration, *positional, **parameters)
    return raised.value


@pytest.mark.parametrize(
    ("parameter", "sent", "converted"),
    [
        ("Port", 5061, 5061),
        ("Port", "5061", 5061),
        ("Enabled", False, False),
        ("Enabled", 1, True),
        ("Identity", 4900, "4900"),
        ("Identity", PSObject(("T",), "shown", {}), "shown"),
        ("Mode", "dual", MODE("Dual")),
        ("Mode", 1, MODE("TLS")),
        ("Mode", EnumValue("Other", "TCP", 9), MODE("TCP")),
        ("Numbers", ["1", 2], Replace(("1", "2"))),
        ("Numbers", "1", Replace(("1",))),
        ("Numbers", None, Replace(())),
        ("Numbers", {"Add": "1", "remove": ["2", "3"]}, Edit(("1",), ("2", "3"))),
    ],
)
def test_values_convert_as_powershell_converts_them(parameter: str, sent: Value, converted: Any) -> None:
    given: dict[str, Value] = {"Identity": "x", parameter: sent}
    assert bound(CMDLET, **given).arguments[parameter] == converted


@pytest.mark.parametrize(
    ("parameter", "sent"),
    [
        ("Port", "TLS"),
        ("Port", 2**31),
        ("Port", True),
        ("Port", None),
        ("Enabled", "false"),
        ("Enabled", None),
        ("Force", "yes"),
        ("Mode", "Both"),
        ("Mode", None),
        ("Identity", ["a", "b"]),
        ("Identity", SecureString("secret")),
        ("Numbers", {"Replace": "1"}),
        ("Numbers", {}),
    ],
)
def test_a_value_that_does_not_convert_is_refused(parameter: str, sent: Value) -> None:
    error = refusal(CMDLET, **{"Identity": "x", parameter: sent})
    assert error.error_id in (
        "ParameterArgumentTransformationError,Set-Thing",
        "ParameterArgumentValidationErrorNullNotAllowed,Set-Thing",
    )
    assert error.category == "InvalidData"
    assert "secret" not in str(error)


@pytest.mark.parametrize(
    ("parameters", "error_id"),
    [
        ({"Prot": 1}, "NamedParameterNotFound,Set-Thing"),
        ({"Por": 1}, "NamedParameterNotFound,Set-Thing"),
        ({"Port": 1, "PORT": 2}, "ParameterAlreadyBound,Set-Thing"),
        ({}, "MissingMandatoryParameter,Set-Thing"),
        ({"Identity": None}, "ParameterArgumentValidationErrorNullNotAllowed,Set-Thing"),
    ],
)
def test_wrong_names_are_refused_as_powershell_refuses_them(
    parameters: dict[str, Value], error_id: str
) -> None:
    assert refusal(CMDLET, **parameters).error_id == error_id


def test_arguments_without_name_go_by_position_and_no_further() -> None:
    assert bound(CMDLET, "sbc01").arguments == {"Identity": "sbc01"}
    assert refusal(CMDLET, "sbc01", 5061).error_id == "PositionalParameterNotFound,Set-Thing"


def test_common_parameters_are_no_arguments() -> None:
    outcome = bound(CMDLET, "sbc01", ErrorAction="Stop")
    assert (outcome.arguments, outcome.common) == ({"Identity": "sbc01"}, {"erroraction": "Stop"})


def test_a_parameter_outside_the_roles_does_not_exist() -> None:
    with pytest.raises(CmdletError, match="matches parameter name 'Port'"):
        bind(CMDLET, Invocation("Set-Thing", {"Identity": "x", "Port": 1}), lambda name: name != "Port")


@pytest.mark.parametrize(
    ("parameters", "chosen"),
    [({}, "Server"), ({"Server": "x"}, "Server"), ({"Plan": "x"}, "Plan"), ({"Gateway": "x"}, "Gateway")],
)
def test_the_parameter_set_follows_from_the_parameters(parameters: dict[str, Value], chosen: str) -> None:
    assert bound(BY_SET, **parameters).parameter_set == chosen


def test_parameters_of_two_sets_are_refused() -> None:
    error = refusal(BY_SET, Plan="x", Gateway="y")
    assert (error.error_id, error.category) == ("AmbiguousParameterSet,Get-Thing", "InvalidArgument")


def test_each_object_of_the_pipeline_is_one_invocation() -> None:
    invocation = Invocation("Set-Thing", {"Port": 1}, pipeline_input=("a", "b"))
    assert [bind(CMDLET, single).arguments["Identity"] for single in one_by_one(CMDLET, invocation)] == [
        "a",
        "b",
    ]


@pytest.mark.parametrize(("declaration", "given"), [(BY_SET, {}), (CMDLET, {"identity": "x"})])
def test_pipeline_input_that_nothing_takes_is_refused(
    declaration: Declaration, given: dict[str, Value]
) -> None:
    invocation = Invocation(declaration.name, given, pipeline_input=("a",))
    with pytest.raises(CmdletError) as raised:
        list(one_by_one(declaration, invocation))
    assert raised.value.error_id == f"InputObjectNotBound,{declaration.name}"
