from __future__ import annotations

from collections.abc import Callable

import pytest

from exchange_support import (
    UNREACHABLE,
    Answer,
    Clock,
    TableInvoker,
    enum,
    organisation,
    row,
    rows,
    server_row,
    settings,
)
from exchange_support import servers as listed
from probing_support import parse, root
from um_operator.api.meta import ObjectKey
from um_operator.exchange.certificate_carrier import Bundle, CertificateCarrier
from um_operator.exchange.own_view import OwnView
from um_operator.exchange.reader import Reader
from um_operator.exchange.removal import Removal
from um_operator.exchange.stored_certificates import CertificateReader
from um_operator.planning.outcome import Outcome
from um_operator.planning.steps.certificate import RemoveCertificate
from um_operator.remoting.properties import Properties
from um_operator.remoting.session import Command, PSRow, PSValue

SERVER, KEPT = "ex01.contoso.com", "dc09.contoso.com"
FORMER, OTHER = root("ex01.contoso.com"), root("factory")
THUMBPRINT = parse(FORMER.der).thumbprint
STEP = RemoveCertificate(
    owner=ObjectKey("ExchangeOrganization", "contoso"),
    server=SERVER,
    certificate="um/ex01.contoso.com/6",
    thumbprint=THUMBPRINT,
)


class Nothing:
    async def bundle(self, certificate: str) -> Bundle:
        raise AssertionError("a removal reads no key")


def bound(name: str, thumbprint: PSValue) -> PSRow:
    shown = settings(name)
    return row("Settings", **{**Properties(shown.properties), "UMCertificateThumbprint": thumbprint})


def um_services(thumbprints: dict[str, PSValue]) -> Callable[[Command], Answer]:
    def answer(command: Command) -> Answer:
        asked = command.parameters.get("Identity")
        every = [bound(name, thumbprints.get(name)) for name in ("EX01", "EX02")]
        return rows(*(one for one in every if asked in (None, str(one.properties["Name"]).lower())))

    return answer


def routers(thumbprints: dict[str, PSValue]) -> Callable[[Command], Answer]:
    def answer(command: Command) -> Answer:
        name = str(command.parameters["Server"]).partition(".")[0].upper()
        return rows(bound(name, thumbprints.get(name)))

    return answer


def certificate(services: PSValue = enum("None", 0)) -> PSRow:  # noqa: B008 - frozen
    return row("X", RawData=FORMER.der, Status="Valid", HasPrivateKey=True, Services=services)


def exchange(**changed: Answer | Callable[[Command], Answer]) -> TableInvoker:
    usual: dict[str, Answer | Callable[[Command], Answer]] = {
        "UMService": um_services({}),
        "UMCallRouterSettings": routers({}),
        "ExchangeCertificate": rows(row("X", RawData=OTHER.der, Status="Valid"), certificate()),
    }
    return TableInvoker(organisation(**{**usual, **changed}))


async def removed(invoker: TableInvoker) -> Outcome:
    own, reader = OwnView(), Reader(invoker, Clock(), 5)
    carrier = CertificateCarrier(invoker, reader, own, Removal(CertificateReader(parse), own), Nothing())
    return await carrier.carry(STEP, KEPT)


async def test_what_nothing_uses_is_removed_from_its_server() -> None:
    invoker = exchange()
    assert await removed(invoker) == Outcome("Done")
    (command,) = invoker.writes
    assert command == Command(
        "Remove-ExchangeCertificate",
        {"Thumbprint": THUMBPRINT, "Server": SERVER, "Confirm": False, "DomainController": KEPT},
    )


@pytest.mark.parametrize(
    ("user", "changed"),
    [
        ('UM on "ex01.contoso.com"', {"UMService": um_services({"EX01": THUMBPRINT})}),
        ('UM on "ex02.contoso.com"', {"UMService": um_services({"EX02": THUMBPRINT.lower()})}),
        ('UMCallRouter on "ex01.contoso.com"', {"UMCallRouterSettings": routers({"EX01": THUMBPRINT})}),
        ('UMCallRouter on "ex02.contoso.com"', {"UMCallRouterSettings": routers({"EX02": THUMBPRINT})}),
        ('IIS on "ex01.contoso.com"', {"ExchangeCertificate": rows(certificate(enum("IIS", 8)))}),
    ],
)
async def test_what_anything_uses_anywhere_stays(user: str, changed: dict[str, Answer]) -> None:
    invoker = exchange(**changed)
    outcome = await removed(invoker)
    assert (outcome.kind, outcome.reason) == ("Refused", "InUse")
    assert outcome.message == f"the certificate with thumbprint {THUMBPRINT} is used by {user}"
    assert invoker.writes == []


async def test_what_only_the_servers_own_view_still_shows_stays() -> None:
    def differing(command: Command) -> Answer:
        own = command.parameters.get("DomainController") != KEPT
        return um_services({"EX01": THUMBPRINT if own else None})(command)

    outcome = await removed(exchange(UMService=differing))
    assert outcome.reason == "InUse"


@pytest.mark.parametrize(
    "changed",
    [
        {"ExchangeCertificate": rows(row("X", RawData=OTHER.der, Status="Valid"))},
        {"ExchangeCertificate": rows()},
        {"ExchangeCertificate": UNREACHABLE},
        {"UMService": UNREACHABLE},
        {"UMService": rows(bound("EX01", None))},
        {"UMCallRouterSettings": UNREACHABLE},
        {"ExchangeServer": UNREACHABLE},
        {"ExchangeCertificate": rows(row("X", RawData=FORMER.der, Status="Valid", Services=(1, 2)))},
    ],
)
async def test_while_it_cannot_be_told_it_stays(changed: dict[str, Answer]) -> None:
    invoker = exchange(**changed)
    outcome = await removed(invoker)
    assert outcome.kind == "NotSent"
    assert outcome.message
    assert invoker.writes == []


def unshown(command: Command) -> Answer:
    asked = command.parameters.get("Identity")
    return rows(*(settings(name) for name in ("EX01", "EX02") if asked in (None, name.lower())))


async def test_a_server_that_shows_no_binding_is_trusted_only_if_the_certificate_shows_its_services() -> None:
    assert await removed(exchange(UMService=unshown)) == Outcome("Done")
    untold = exchange(UMService=unshown, ExchangeCertificate=rows(row("X", RawData=FORMER.der)))
    outcome = await removed(untold)
    assert outcome.kind == "NotSent"
    assert outcome.message == (
        f'whether UM on "ex01.contoso.com" uses the certificate with thumbprint {THUMBPRINT} is not shown'
    )
    assert untold.writes == []


async def test_a_server_that_is_not_in_the_organisation_keeps_what_it_has() -> None:
    def others(command: Command) -> Answer:
        return rows(server_row("ex02")) if "Status" not in command.parameters else listed(command)

    assert (await removed(exchange(ExchangeServer=others))).kind == "NotSent"
