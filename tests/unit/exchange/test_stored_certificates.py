from __future__ import annotations

import pytest

from exchange_support import NOW, Answer, Clock, TableInvoker, enum, error, row, rows
from probing_support import parse, root
from um_operator.exchange.reader import Reader
from um_operator.exchange.stored_certificates import CertificateReader
from um_operator.observed.certificates import StoredCertificate
from um_operator.observed.fact import Fact, Known, NotReadError, Unknown
from um_operator.remoting.errors import Unreachable
from um_operator.remoting.session import PSRow, PSValue, Result

SERVER = "ex01.contoso.com"
FACTORY, OURS = root("ex01"), root("ex01.contoso.com")
THUMBPRINT = parse(OURS.der).thumbprint
NO_SELECT = Result((), (error(".CommandNotFoundException", "ObjectNotFound"),))


def selected(der: bytes, status: PSValue = None, has_key: PSValue = None, services: PSValue = None) -> PSRow:
    return row("Selected.X", RawData=der, Status=status, HasPrivateKey=has_key, Services=services)


def bare(der: bytes) -> PSRow:
    return row("System.Security.Cryptography.X509Certificates.X509Certificate2", RawData=der)


class Exchange(TableInvoker):
    """Answers a reading behind which Select-Object stands, and one without."""

    def __init__(self, selecting: Answer, plain: Answer | None = None) -> None:
        plain = plain or rows(bare(FACTORY.der), bare(OURS.der))
        super().__init__({"Get-ExchangeCertificate": lambda command: selecting if command.then else plain})
        self.reader = CertificateReader(parse)

    async def store(self) -> Fact[tuple[StoredCertificate, ...]]:
        reader = Reader(self, Clock(), 5, domain_controller="dc01.contoso.com")
        return await reader.fact(None, lambda reader: self.reader.store(reader, SERVER))

    async def services(self) -> frozenset[str] | None:
        return await self.reader.services(Reader(self, Clock(), 5), SERVER, THUMBPRINT)


async def test_what_bytes_cannot_tell_is_made_plain_on_the_server() -> None:
    exchange = Exchange(
        rows(selected(FACTORY.der, enum("Untrusted", 4), False), selected(OURS.der, "Valid", True))
    )
    assert await exchange.store() == Known(
        (
            StoredCertificate(parse(FACTORY.der), "Untrusted", False),
            StoredCertificate(parse(OURS.der), "Valid", True),
        ),
        NOW,
    )
    (command,) = exchange.commands
    assert command.parameters == {"Server": SERVER}, "a store is no part of the directory"
    assert [part.name for part in command.then] == ["Select-Object"]


@pytest.mark.parametrize(
    "selecting",
    [
        rows(selected(FACTORY.der), selected(OURS.der)),
        NO_SELECT,
        Result((), (error(".ScriptsNotAllowed", "SyntaxError"),)),
    ],
)
async def test_where_it_is_not_made_plain_only_the_bytes_are_known_and_it_is_tried_once(
    selecting: Result,
) -> None:
    exchange = Exchange(selecting)
    for _ in range(3):
        assert await exchange.store() == Known(
            (StoredCertificate(parse(FACTORY.der)), StoredCertificate(parse(OURS.der))), NOW
        )
    assert [bool(command.then) for command in exchange.commands].count(True) == 1


async def test_a_server_that_fails_either_way_does_not_end_the_trying() -> None:
    down = Result((), (error("RpcException", "ReadError"),))
    exchange = Exchange(down, down)
    for _ in range(2):
        assert isinstance(await exchange.store(), Unknown)
    assert [bool(command.then) for command in exchange.commands] == [True, False, True, False]


async def test_a_connection_that_fails_is_not_asked_twice() -> None:
    exchange = Exchange(Unreachable("no", sent=False))
    assert isinstance(await exchange.store(), Unknown)
    assert len(exchange.commands) == 1


@pytest.mark.parametrize(
    "odd", [row("X"), bare(b"nonsense"), selected(OURS.der, "Fine"), selected(OURS.der, "Valid", "maybe")]
)
async def test_a_store_with_something_that_is_not_understood_is_unknown(odd: PSRow) -> None:
    exchange = Exchange(rows(selected(FACTORY.der, "Valid", True), odd))
    assert isinstance(await exchange.store(), Unknown)


@pytest.mark.parametrize(
    ("shown", "services"),
    [
        (enum("UM, UMCallRouter", 68), {"UM", "UMCallRouter"}),
        ("SMTP", {"SMTP"}),
        (enum("None", 0), set()),
        (None, None),
    ],
)
async def test_the_services_of_a_certificate_are_known_where_they_are_shown(
    shown: PSValue, services: set[str] | None
) -> None:
    exchange = Exchange(rows(selected(FACTORY.der, "Valid", True), selected(OURS.der, "Valid", True, shown)))
    assert await exchange.services() == services


async def test_services_of_a_certificate_that_is_not_there_are_not_those_of_another_one() -> None:
    exchange = Exchange(rows(selected(FACTORY.der, "Valid", True, "UM")))
    with pytest.raises(NotReadError):
        await exchange.services()
