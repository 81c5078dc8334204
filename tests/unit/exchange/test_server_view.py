from __future__ import annotations

from dataclasses import dataclass, field, replace

from exchange_support import (
    DC1,
    DC2,
    DC_GONE,
    NOW,
    UNREACHABLE,
    Answer,
    Answers,
    Clock,
    TableInvoker,
    call_router,
    enum,
    organisation,
    row,
    rows,
    server_row,
    settings,
)
from probing_support import parse, root
from um_operator.exchange import rows as reading
from um_operator.exchange.own_view import OwnView
from um_operator.exchange.reader import Reader
from um_operator.exchange.server_view import ServerView, ServerViews
from um_operator.exchange.stored_certificates import CertificateReader
from um_operator.observed.certificates import StoredCertificate
from um_operator.observed.exchange import Binding, ServerFact
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.hosts import ComponentFact
from um_operator.remoting.session import Command

KEPT = "dc09.contoso.com"
EX01 = reading.server(server_row("ex01"))
LEAF = root("ex01.contoso.com")


def um_service(command: Command) -> Answer:
    return rows(settings(str(command.parameters["Identity"]).upper()))


SERVERS: Answers = {
    "Get-UMService": um_service,
    "Get-UMCallRouterSettings": call_router,
    "Get-ServerComponentState": rows(row("C", Component="UMCallRouter", State=enum("Active", 1))),
    "Get-UMActiveCalls": rows(row("Call"), row("Call")),
    "Get-ExchangeCertificate": rows(row("X", RawData=LEAF.der, Status="Valid", HasPrivateKey=True)),
}


@dataclass
class Exchange:
    """An organisation that shows single servers, and who reads them."""

    invoker: TableInvoker = field(default_factory=lambda: TableInvoker({**organisation(), **SERVERS}))
    views: ServerViews = field(default_factory=lambda: ServerViews(CertificateReader(parse), OwnView()))
    reader: Reader = field(init=False)

    def __post_init__(self) -> None:
        self.reader = Reader(self.invoker, Clock(), 5, domain_controller=KEPT)

    async def view(
        self, server: ServerFact = EX01, before: ServerView | None = None, *, with_certificates: bool = True
    ) -> ServerView:
        key = server.fqdn.casefold()
        known = {key: before} if before else {}
        found = await self.views.read(self.reader, [server], known, with_certificates=with_certificates)
        assert found.keys() == {key}
        return found[key]

    def change(self, cmdlet: str, answer: object) -> None:
        self.invoker.answers = {**self.invoker.answers, cmdlet: answer}  # type: ignore[dict-item]

    def asked(self, cmdlet: str) -> list[object]:
        return [c.parameters.get("DomainController") for c in self.invoker.commands if c.name == cmdlet]


async def test_a_server_is_seen_with_its_own_eyes_where_it_matters() -> None:
    exchange = Exchange()
    view = await exchange.view()
    assert view.component == Known(ComponentFact("UMCallRouter", "Active"), NOW)
    assert view.calls == Known(2, NOW)
    assert view.certificates == Known((StoredCertificate(parse(LEAF.der), "Valid", True),), NOW)
    for fact in (view.um_service, view.call_router):
        assert isinstance(fact, Known)
        assert fact.value is not None
        assert (fact.value.server, fact.value.startup_mode) == ("ex01.contoso.com", "TCP")
        assert fact.value.binding == Binding(shown=False)
    assert exchange.asked("Get-UMService") == exchange.asked("Get-UMCallRouterSettings") == [DC1]
    assert exchange.asked("Get-ServerComponentState") == exchange.asked("Get-UMActiveCalls") == [KEPT]
    assert exchange.invoker.writes == []


async def test_a_server_says_once_which_domain_controllers_it_works_with() -> None:
    exchange = Exchange()
    await exchange.view()
    await exchange.view()
    assert len(exchange.invoker.named(["Get-ExchangeServer"])) == 1


async def test_another_of_its_domain_controllers_is_taken_when_the_first_one_fails() -> None:
    exchange = Exchange()

    def failing(command: Command) -> Answer:
        return DC_GONE if command.parameters["DomainController"] == DC1 else um_service(command)

    exchange.change("Get-UMService", failing)
    first, second = await exchange.view(), await exchange.view()
    assert isinstance(first.um_service, Unknown)
    assert first.um_service.reason == "DomainControllerUnavailable"
    assert isinstance(second.um_service, Known)
    assert exchange.asked("Get-UMService") == [DC1, DC2]


async def test_when_all_have_failed_the_server_is_asked_again() -> None:
    exchange = Exchange()
    exchange.change("Get-UMService", DC_GONE)
    exchange.change("Get-UMCallRouterSettings", DC_GONE)
    await exchange.view()
    await exchange.view()
    assert len(exchange.invoker.named(["Get-ExchangeServer"])) > 1


async def test_a_server_has_what_its_roles_have() -> None:
    client_access = reading.server(server_row("ex01", minor=0, roles="ClientAccess"))
    exchange = Exchange()
    view = await exchange.view(client_access)
    assert view.um_service == Known(None, NOW)
    assert view.calls == Known(0, NOW)
    assert isinstance(view.call_router, Known)
    assert exchange.asked("Get-UMService") == exchange.asked("Get-UMActiveCalls") == []
    mailbox = reading.server(server_row("ex01", minor=0, roles="Mailbox"))
    assert (await exchange.view(mailbox)).call_router == Known(None, NOW)


async def test_settings_of_another_server_are_not_taken_for_those_asked_for() -> None:
    exchange = Exchange()
    exchange.change("Get-UMService", rows(settings("EX02")))
    exchange.change("Get-UMCallRouterSettings", rows(settings("EX02")))
    view = await exchange.view()
    assert isinstance(view.um_service, Unknown)
    assert isinstance(view.call_router, Unknown)


async def test_several_servers_shown_for_one_are_none() -> None:
    exchange = Exchange()
    exchange.change("Get-UMService", rows(settings("EX01"), settings("EX02")))
    assert isinstance((await exchange.view()).um_service, Unknown)


async def test_a_server_that_names_no_domain_controller_has_no_own_view() -> None:
    exchange = Exchange()
    exchange.change("Get-ExchangeServer", rows(server_row("ex01")))
    view = await exchange.view()
    assert isinstance(view.um_service, Unknown)
    assert view.um_service.message == '"ex01.contoso.com" names no domain controller that it works with'
    assert isinstance(view.component, Known), "the rest is read all the same"


async def test_what_stays_unknown_is_so_since_it_became_so() -> None:
    exchange = Exchange()
    exchange.change("Get-UMActiveCalls", UNREACHABLE)
    first = await exchange.view()
    assert isinstance(first.calls, Unknown)
    clock = Clock()
    clock.at = NOW.replace(hour=23)
    exchange.reader = Reader(exchange.invoker, clock, 5, domain_controller=KEPT)
    later = await exchange.view(before=first)
    assert isinstance(later.calls, Unknown)
    assert later.calls.since == NOW
    assert isinstance(later.component, Known)
    assert later.component.read_at == clock.at


async def test_a_store_that_holds_still_is_read_again_only_where_something_rests_on_it() -> None:
    exchange = Exchange()
    first = await exchange.view(with_certificates=False)
    assert isinstance(first.certificates, Known), "nothing was known of it"
    exchange.change("Get-ExchangeCertificate", rows())
    assert (await exchange.view(before=first, with_certificates=False)).certificates == first.certificates
    assert (await exchange.view(before=first)).certificates == Known((), NOW)


async def test_a_store_that_could_not_be_read_is_read_again() -> None:
    exchange = Exchange()
    failed = replace(await exchange.view(), certificates=Unknown("Unreachable", "no answer", NOW))
    again = await exchange.view(before=failed, with_certificates=False)
    assert isinstance(again.certificates, Known)
