from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

import pytest

from exchange_support import NOW, UNREACHABLE, Answer, Clock, TableInvoker, error, row, rows
from probing_support import Issued, root
from um_operator.exchange import certificates
from um_operator.exchange.reader import Reader
from um_operator.exchange.server_keys import ServerKeys
from um_operator.exchange.stored_certificates import CertificateReader
from um_operator.observed.der import fact_of
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.pki import ports
from um_operator.planning.asked import Asked, SubjectParts
from um_operator.remoting.errors import DeadlineExceeded
from um_operator.remoting.session import PSRow, Result, Secret

T = TypeVar("T")
SERVER = "ex01.contoso.com"
OURS, PENDING = root(SERVER), root("pending")
KEY_OF_OURS = fact_of(OURS.der).public_key_sha256
KEY_OF_PENDING = fact_of(PENDING.der).public_key_sha256
THUMBPRINT = fact_of(OURS.der).thumbprint
ASKED = Asked(
    issuer="{}",
    common_name=SERVER,
    duration=timedelta(days=365),
    dns_names=("um.contoso.com",),
    subject=SubjectParts(organizations=("Contoso, Ltd.",), countries=("DE",)),
    key_size=4096,
)
REQUEST = row("Microsoft.Exchange.Data.BinaryFileDataObject", FileData=b"request")


def entry(issued: Issued, status: str | None = "Valid") -> PSRow:
    return row("X", RawData=issued.der, Status=status, HasPrivateKey=True if status else None)


STORE = rows(entry(OURS), entry(PENDING, "PendingRequest"))


class Exchange(TableInvoker):
    """Servers, and what asks them."""

    def __init__(self, **answers: Answer) -> None:
        found = {name.replace("_", "-"): answer for name, answer in answers.items()}
        super().__init__({"Get-ExchangeCertificate": STORE, **found})
        self.keys = ServerKeys(Reader(self, Clock(), 5), CertificateReader(fact_of))


def known(fact: Fact[T]) -> T:
    assert isinstance(fact, Known), fact
    assert fact.read_at == NOW
    return fact.value


def test_it_has_the_shape_that_issuers_ask_for() -> None:
    keys = Exchange().keys
    of_servers: ports.ServerKeys = keys
    certificates_of_servers: ports.ServerCertificates = keys
    assert {id(of_servers), id(certificates_of_servers)} == {id(keys)}


async def test_the_keys_of_a_server_are_those_of_certificates_and_of_requests() -> None:
    assert known(await Exchange().keys.stored(SERVER)) == {KEY_OF_OURS, KEY_OF_PENDING}
    assert isinstance(await Exchange(Get_ExchangeCertificate=UNREACHABLE).keys.stored(SERVER), Unknown)


async def test_a_server_makes_a_key_once_and_shows_the_request() -> None:
    exchange = Exchange(New_ExchangeCertificate=rows(REQUEST))
    made = await exchange.keys.make(SERVER, ASKED, f"um-operator um/{SERVER}/7")
    assert known(made) == b"request"
    [command] = exchange.writes
    expected = certificates.request_certificate(
        SERVER,
        subject=f'C=DE, O="Contoso, Ltd.", CN={SERVER}',
        names=(SERVER, "um.contoso.com"),
        key_size=4096,
        name="um-operator um/7",
    )
    assert command.parameters == {**expected.parameters, "Confirm": False}


@pytest.mark.parametrize(
    "answer",
    [
        Result((), (error("InvalidOperationException"),)),
        DeadlineExceeded("no", sent=True),
        rows(),
        rows("text"),
    ],
)
async def test_a_key_that_may_have_been_made_is_unknown_and_not_made_again(answer: Answer) -> None:
    exchange = Exchange(New_ExchangeCertificate=answer)
    assert isinstance(await exchange.keys.make(SERVER, ASKED, "um-operator um/7"), Unknown)
    assert len(exchange.writes) == 1


async def test_a_pending_request_is_found_by_its_key() -> None:
    exchange = Exchange(Export_ExchangeCertificate=rows(REQUEST))
    assert known(await exchange.keys.request(SERVER, KEY_OF_PENDING)) == b"request"
    [command] = exchange.named(["Export-ExchangeCertificate"])
    assert command == certificates.export_request(SERVER, fact_of(PENDING.der).thumbprint)


@pytest.mark.parametrize("key", [KEY_OF_OURS, "0" * 64], ids=["of a certificate", "of nothing"])
async def test_a_certificate_is_no_request_and_what_is_not_there_is_none(key: str) -> None:
    exchange = Exchange()
    assert known(await exchange.keys.request(SERVER, key)) is None
    assert exchange.named(["Export-ExchangeCertificate"]) == []


async def test_where_the_status_is_not_shown_only_asking_tells() -> None:
    exchange = Exchange(
        Get_ExchangeCertificate=rows(entry(PENDING, None)), Export_ExchangeCertificate=rows(REQUEST)
    )
    assert known(await exchange.keys.request(SERVER, KEY_OF_PENDING)) == b"request"
    refused = Result((), (error("ArgumentNullException", "InvalidArgument"),))
    exchange = Exchange(Get_ExchangeCertificate=rows(entry(OURS, None)), Export_ExchangeCertificate=refused)
    assert isinstance(await exchange.keys.request(SERVER, KEY_OF_OURS), Unknown)


async def test_a_certificate_is_found_by_its_thumbprint() -> None:
    keys = Exchange().keys
    assert known(await keys.find(SERVER, THUMBPRINT.lower())) == OURS.der
    assert known(await keys.find(SERVER, "0" * 40)) is None


async def test_a_certificate_is_exported_under_the_password_given() -> None:
    exchange = Exchange(Export_ExchangeCertificate=rows(row("X", FileData=b"pfx")))
    assert known(await exchange.keys.export(SERVER, THUMBPRINT, b"Blue-Harbour-7")) == b"pfx"
    [command] = exchange.commands
    assert command == certificates.export_certificate(SERVER, THUMBPRINT, Secret("Blue-Harbour-7"))
    assert "Blue-Harbour-7" not in repr(command)


async def test_a_key_that_may_not_leave_is_told_from_a_failure() -> None:
    kept = Result((), (error("PrivateKeyNotExportableException", "InvalidOperation"),))
    assert (
        known(await Exchange(Export_ExchangeCertificate=kept).keys.export(SERVER, THUMBPRINT, b"x")) is None
    )
    failed = Result((), (error("RpcException", "ReadError"),))
    assert isinstance(
        await Exchange(Export_ExchangeCertificate=failed).keys.export(SERVER, THUMBPRINT, b"x"), Unknown
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("Contoso", "O=Contoso"),
        ("Contoso Süd", "O=Contoso Süd"),
        ("Contoso, Ltd.", 'O="Contoso, Ltd."'),
        ('The "Real" Contoso', 'O="The ""Real"" Contoso"'),
        (" Contoso", 'O=" Contoso"'),
        ("a+b=c", 'O="a+b=c"'),
        ("", 'O=""'),
    ],
)
def test_a_value_of_a_subject_is_quoted_where_it_must_be(value: str, said: str) -> None:
    assert certificates.subject_name([("O", value)]) == said
