from __future__ import annotations

import pytest

from um_operator.remoting.clixml import parse
from um_operator.remoting.error_records import ErrorKind, failure_category, from_row, kind
from um_operator.remoting.session import ErrorRecord

EXCHANGE = (
    "[Server=EX01,RequestId=0f0f,TimeStamp=1/5/2026 9:00:00 AM] [FailureCategory=Cmdlet-{}] A1B2C3D4,"
    "Microsoft.Exchange.Management.Tasks.UM.X"
)
AUTOMATION = "System.Management.Automation."


def record(error_id: str, category: str = "NotSpecified", exception_type: str = "") -> ErrorRecord:
    return ErrorRecord(
        "Der Vorgang konnte nicht…", error_id, category, exception_type, None, terminating=True
    )


@pytest.mark.parametrize(
    ("exception", "meaning"),
    [
        ("ManagementObjectNotFoundException", ErrorKind.NOT_FOUND),
        ("ADObjectAlreadyExistsException", ErrorKind.ALREADY_EXISTS),
        ("ADTransientException", ErrorKind.TRANSIENT),
        ("ADTopologyUnexpectedException", ErrorKind.TRANSIENT),
        ("RpcException", ErrorKind.TRANSIENT),
        ("UMRpcException", ErrorKind.TRANSIENT),
        ("DialPlanAssociatedWithPoliciesException", ErrorKind.IN_USE),
        ("ParameterBindingException", ErrorKind.VALIDATION),
        ("DataValidationException", ErrorKind.VALIDATION),
        ("SomethingElse", ErrorKind.OTHER),
    ],
)
def test_exchange_names_the_failure_in_its_error_id(exception: str, meaning: ErrorKind) -> None:
    failure = record(EXCHANGE.format(exception))
    assert failure_category(failure) == exception
    assert kind(failure) is meaning


def test_the_failure_category_goes_before_the_powershell_category() -> None:
    assert kind(record(EXCHANGE.format("ADTransientException"), "InvalidArgument")) is ErrorKind.TRANSIENT


@pytest.mark.parametrize(
    ("error_id", "category", "exception_type", "meaning"),
    [
        (
            "CommandNotFoundException",
            "ObjectNotFound",
            AUTOMATION + "CommandNotFoundException",
            ErrorKind.FORBIDDEN,
        ),
        (
            "NamedParameterNotFound,Set-UMService",
            "InvalidArgument",
            AUTOMATION + "ParameterBindingException",
            ErrorKind.FORBIDDEN,
        ),
        (
            "ParameterArgumentTransformationError,Set-UMService",
            "InvalidData",
            AUTOMATION + "ParameterBindingArgumentTransformationException",
            ErrorKind.VALIDATION,
        ),
        ("X,Y", "ObjectNotFound", "", ErrorKind.NOT_FOUND),
        ("X,Y", "ResourceExists", "", ErrorKind.ALREADY_EXISTS),
        ("X,Y", "ResourceBusy", "", ErrorKind.IN_USE),
        ("X,Y", "PermissionDenied", "", ErrorKind.FORBIDDEN),
        ("X,Y", "InvalidArgument", "", ErrorKind.VALIDATION),
        ("X,Y", "OperationTimeout", "", ErrorKind.TRANSIENT),
        ("X,Y", "NotSpecified", "System.Exception", ErrorKind.OTHER),
    ],
)
def test_other_records_are_judged_by_id_then_type_then_category(
    error_id: str, category: str, exception_type: str, meaning: ErrorKind
) -> None:
    assert kind(record(error_id, category, exception_type)) is meaning


def test_a_record_is_read_from_the_wire() -> None:
    value = parse(
        '<Obj RefId="0"><TN RefId="0"><T>System.Management.Automation.ErrorRecord</T></TN>'
        "<ToString>shown</ToString><MS>"
        '<Obj N="Exception" RefId="1"><TN RefId="1"><T>Deserialized.Microsoft.Exchange.X</T></TN>'
        '<ToString>type: text</ToString><Props><S N="Message">text</S></Props></Obj>'
        '<S N="TargetObject">Berlin</S><S N="FullyQualifiedErrorId">id,Get-X</S>'
        '<I32 N="ErrorCategory_Category">13</I32><S N="ErrorCategory_TargetName">Berlin</S></MS></Obj>'
    )
    assert from_row(value, terminating=False) == ErrorRecord(
        "text", "id,Get-X", "ObjectNotFound", "Microsoft.Exchange.X", "Berlin", terminating=False
    )


def test_a_record_without_its_parts_is_still_a_record() -> None:
    bare = parse('<Obj RefId="0"><ToString>shown</ToString><MS><Nil N="TargetObject"/></MS></Obj>')
    assert from_row(bare, terminating=True) == ErrorRecord(
        "shown", "", "NotSpecified", "", None, terminating=True
    )
    assert from_row("only text", terminating=True).message == "only text"
