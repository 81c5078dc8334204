from __future__ import annotations

import pytest

from exchange_support import row, rows
from um_operator.exchange import certificates
from um_operator.exchange.codecs import ReadError
from um_operator.observed.certificates import ServiceName
from um_operator.remoting.session import Command, Result, Secret

SERVER = "ex01.contoso.com"
THUMBPRINT = "A" * 40


def test_a_certificate_is_imported_on_its_server_and_its_key_stays_there() -> None:
    command = certificates.import_certificate(SERVER, b"pfx", Secret("Blue-Harbour-7"), "um-operator um/7")
    assert command == Command(
        "Import-ExchangeCertificate",
        {
            "FileData": b"pfx",
            "Password": Secret("Blue-Harbour-7"),
            "PrivateKeyExportable": False,
            "FriendlyName": "um-operator um/7",
            "Server": SERVER,
        },
    )
    assert "Blue-Harbour-7" not in repr(command)


def test_the_answer_to_a_pending_request_needs_no_password() -> None:
    assert "Password" not in certificates.import_certificate(SERVER, b"p7b", None, "x").parameters


@pytest.mark.parametrize(
    ("services", "said"),
    [(("UM",), "UM"), (("UMCallRouter",), "UMCallRouter"), (("UM", "UMCallRouter"), "UM,UMCallRouter")],
)
def test_only_our_services_are_bound_and_websites_are_left_alone(
    services: tuple[ServiceName, ...], said: str
) -> None:
    command = certificates.enable_certificate(SERVER, THUMBPRINT, services)
    assert command == Command(
        "Enable-ExchangeCertificate",
        {"Thumbprint": THUMBPRINT, "Server": SERVER, "Services": said, "Force": True},
    )


def test_the_two_services_are_named_differently() -> None:
    assert certificates.set_startup_mode("EX01-MUNICH-MAIL.contoso.com", "UM", "Dual") == Command(
        "Set-UMService", {"Identity": "ex01-munich-mai", "UMStartupMode": "Dual"}
    )
    assert certificates.set_startup_mode(SERVER, "UMCallRouter", "TCP") == Command(
        "Set-UMCallRouterSettings", {"Server": SERVER, "UMStartupMode": "TCP"}
    )


@pytest.mark.parametrize(
    ("certificate", "name"),
    [
        ("um/ex03.contoso.com/7", "um-operator um/7"),
        ("um/12", "um-operator um/12"),
        (f"{'u' * 200}/ex03.contoso.com/1234", f"um-operator {'u' * 46}/1234"),
    ],
)
def test_a_friendly_name_tells_resource_and_revision_and_is_short_enough(certificate: str, name: str) -> None:
    assert certificates.friendly_name(certificate) == name
    assert len(name) < 64


def test_a_key_that_is_made_in_exchange_cannot_leave_it() -> None:
    command = certificates.request_certificate(
        SERVER,
        subject=f"CN={SERVER}",
        names=[SERVER, "um.contoso.com"],
        key_size=2048,
        name="um-operator um/1",
    )
    assert command.name == "New-ExchangeCertificate"
    assert command.parameters == {
        "GenerateRequest": True,
        "BinaryEncoded": True,
        "SubjectName": f"CN={SERVER}",
        "DomainName": [SERVER, "um.contoso.com"],
        "KeySize": 2048,
        "PrivateKeyExportable": False,
        "FriendlyName": "um-operator um/1",
        "Server": SERVER,
    }


def test_what_is_exported_or_removed_is_named_by_server_and_thumbprint() -> None:
    of_server = {"Thumbprint": THUMBPRINT, "Server": SERVER}
    exported = certificates.export_certificate(SERVER, THUMBPRINT, Secret("x"))
    assert exported.parameters == {**of_server, "Password": Secret("x"), "BinaryEncoded": True}
    assert certificates.export_request(SERVER, THUMBPRINT).parameters == {**of_server, "BinaryEncoded": True}
    assert certificates.remove_certificate(SERVER, THUMBPRINT).parameters == of_server


def test_bytes_come_in_one_object() -> None:
    assert certificates.file_data(rows(row("BinaryFileDataObject", FileData=b"der"))) == b"der"


@pytest.mark.parametrize(
    "result",
    [
        rows(),
        rows("-----BEGIN NEW CERTIFICATE REQUEST-----"),
        rows(row("X", FileData=None)),
        rows(row("X", FileData=b"")),
        rows(row("X", FileData=b"a"), row("X", FileData=b"b")),
    ],
)
def test_anything_else_is_not_taken_for_bytes(result: Result) -> None:
    with pytest.raises(ReadError):
        certificates.file_data(result)
