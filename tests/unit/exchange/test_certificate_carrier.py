from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exchange_support import (
    DC1,
    NOW,
    UNREACHABLE,
    Answer,
    Clock,
    TableInvoker,
    error,
    organisation,
    row,
    rows,
)
from probing_support import root
from um_operator.api.meta import ObjectKey
from um_operator.exchange.certificate_carrier import Bundle, CertificateCarrier
from um_operator.exchange.own_view import OwnView
from um_operator.exchange.reader import Reader
from um_operator.exchange.removal import Removal
from um_operator.exchange.stored_certificates import CertificateReader
from um_operator.observed.der import fact_of
from um_operator.observed.fact import Unknown
from um_operator.observed.rollout import Previous
from um_operator.planning.outcome import Outcome
from um_operator.planning.steps.certificate import (
    ActivateServer,
    ConfigureService,
    DrainServer,
    ImportCertificate,
)
from um_operator.remoting.errors import DeadlineExceeded
from um_operator.remoting.session import Command, Result, Secret

SERVER = "ex01.contoso.com"
SITE, KEPT = "dc05.contoso.com", "dc09.contoso.com"
OLD, NEW = "A" * 40, "B" * 40
CERTIFICATE = "um/ex01.contoso.com/7"
OWNER = ObjectKey("ExchangeOrganization", "contoso")
REFUSED = Result((), (error("InvalidOperationException", "InvalidOperation", "Not in this mode."),))
PFX = Bundle(b"pfx", Secret("Blue-Harbour-7"))


class Bundles:
    def __init__(self, bundle: Bundle | Unknown) -> None:
        self.bundle_ = bundle

    async def bundle(self, certificate: str) -> Bundle | Unknown:
        assert certificate == CERTIFICATE
        return self.bundle_


def carrier(invoker: TableInvoker, bundle: Bundle | Unknown = PFX) -> CertificateCarrier:
    own = OwnView()
    removal = Removal(CertificateReader(fact_of), own)
    return CertificateCarrier(invoker, Reader(invoker, Clock(), 5), own, removal, Bundles(bundle))


def exchange(**answers: Answer | Callable[[Command], Answer]) -> TableInvoker:
    return TableInvoker({**organisation(), **{name.replace("_", "-"): one for name, one in answers.items()}})


def configure(**changed: Any) -> ConfigureService:
    return ConfigureService(
        **{
            "owner": OWNER,
            "server": SERVER,
            "service": "UM",
            "mode": "Dual",
            "certificate": CERTIFICATE,
            "thumbprint": NEW,
            "mode_before": "TCP",
            "bound_before": None,
            "before": Previous(None, "TCP"),
            "domain_controllers": (SITE,),
            **changed,
        }
    )


SET_DUAL = ("Set-UMService", {"Identity": "ex01", "UMStartupMode": "Dual"})
SET_TCP = ("Set-UMService", {"Identity": "ex01", "UMStartupMode": "TCP"})
BIND = (
    "Enable-ExchangeCertificate",
    {"Thumbprint": NEW, "Server": SERVER, "Services": "UM", "Force": True},
)


def written(invoker: TableInvoker, domain_controller: str = SITE) -> list[tuple[str, dict[str, Any]]]:
    """What was written, less what every write has: it asks nothing and names the domain controller."""
    common = {"Confirm": False, "DomainController": domain_controller}
    assert all(common.items() <= command.parameters.items() for command in invoker.writes)
    return [
        (command.name, {key: value for key, value in command.parameters.items() if key not in common})
        for command in invoker.writes
    ]


async def test_a_revision_is_imported_with_its_password_and_our_mark() -> None:
    invoker = exchange()
    step = ImportCertificate(owner=OWNER, server=SERVER, certificate=CERTIFICATE)
    assert await carrier(invoker).carry(step, KEPT) == Outcome("Done")
    ((name, parameters),) = written(invoker, KEPT)
    assert (name, parameters["FileData"], parameters["Password"]) == (
        "Import-ExchangeCertificate",
        b"pfx",
        Secret("Blue-Harbour-7"),
    )
    assert parameters["FriendlyName"] == "um-operator um/7"
    assert parameters["PrivateKeyExportable"] is False


@pytest.mark.parametrize(("reason", "kind"), [("NotRead", "NotSent"), ("KeyNotExportable", "Refused")])
async def test_what_is_not_to_be_had_is_not_imported(reason: str, kind: str) -> None:
    invoker = exchange()
    step = ImportCertificate(owner=OWNER, server=SERVER, certificate=CERTIFICATE)
    outcome = await carrier(invoker, Unknown(reason, "why", NOW)).carry(step, KEPT)
    assert (outcome.kind, outcome.reason, outcome.message) == (kind, reason, "why")
    assert invoker.writes == []


async def test_a_certificate_that_is_there_already_is_read_again_and_not_given_up() -> None:
    there = Result((), (error("CertificateAlreadyExistsException", "ResourceExists"),))
    step = ImportCertificate(owner=OWNER, server=SERVER, certificate=CERTIFICATE)
    outcome = await carrier(exchange(Import_ExchangeCertificate=there)).carry(step, KEPT)
    assert (outcome.kind, outcome.reason) == ("NotSent", "AlreadyExists")


WAITING = root("a request that waits")
ANSWER = Bundle(b"certificate", completes=fact_of(WAITING.der).public_key_sha256)


async def test_an_answer_completes_the_request_with_its_key() -> None:
    invoker = exchange(Get_ExchangeCertificate=rows(row("X", RawData=WAITING.der, Status="PendingRequest")))
    step = ImportCertificate(owner=OWNER, server=SERVER, certificate=CERTIFICATE)
    assert await carrier(invoker, ANSWER).carry(step, None) == Outcome("Done")
    [(name, parameters)] = [(one.name, one.parameters) for one in invoker.writes]
    assert (name, parameters["FileData"]) == ("Import-ExchangeCertificate", b"certificate")
    assert "Password" not in parameters


@pytest.mark.parametrize(
    ("store", "kind", "reason"),
    [
        (rows(row("X", RawData=root("a person's request").der)), "Refused", "CertificateNotFound"),
        (rows(), "Refused", "CertificateNotFound"),
        (UNREACHABLE, "NotSent", "EndpointUnreachable"),
    ],
    ids=["another request", "nothing", "a server that is away"],
)
async def test_an_answer_without_its_request_is_not_imported(store: Answer, kind: str, reason: str) -> None:
    invoker = exchange(Get_ExchangeCertificate=store)
    step = ImportCertificate(owner=OWNER, server=SERVER, certificate=CERTIFICATE)
    outcome = await carrier(invoker, ANSWER).carry(step, None)
    assert (outcome.kind, outcome.reason) == (kind, reason)
    assert invoker.writes == []


@pytest.mark.parametrize("answer", [REFUSED, UNREACHABLE])
async def test_no_message_shows_the_password_or_the_key(answer: Answer) -> None:
    step = ImportCertificate(owner=OWNER, server=SERVER, certificate=CERTIFICATE)
    outcome = await carrier(exchange(Import_ExchangeCertificate=answer)).carry(step, KEPT)
    for shown in (repr(outcome), repr(PFX)):
        assert "Blue-Harbour-7" not in shown
        assert "pfx" not in shown


async def test_mode_and_binding_are_one_unit_on_a_domain_controller_of_the_servers_own_site() -> None:
    invoker = exchange(Set_UMService=Result((), warnings=("After a restart.",)))
    outcome = await carrier(invoker).carry(configure(), KEPT)
    assert outcome == Outcome("Done", warnings=("After a restart.",))
    assert written(invoker) == [SET_DUAL, BIND]


@pytest.mark.parametrize(
    ("what", "changed", "expected"),
    [
        ("a renewal", {"mode_before": "Dual", "bound_before": OLD}, [BIND]),
        ("another mode", {"mode_before": "TLS", "bound_before": NEW}, [SET_DUAL]),
        ("both", {"mode_before": "TLS", "bound_before": OLD}, [SET_DUAL, BIND]),
        ("nothing", {"mode_before": "Dual", "bound_before": NEW}, []),
        (
            "the way back to plain SIP",
            {
                "mode": "TCP",
                "mode_before": "Dual",
                "bound_before": NEW,
                "certificate": None,
                "thumbprint": None,
            },
            [SET_TCP],
        ),
    ],
)
async def test_only_what_differs_is_written(
    what: str, changed: dict[str, Any], expected: list[tuple[str, dict[str, Any]]]
) -> None:
    invoker = exchange()
    assert (await carrier(invoker).carry(configure(**changed), KEPT)).kind == "Done"
    assert written(invoker) == expected


async def test_a_call_router_is_named_by_server() -> None:
    invoker = exchange()
    await carrier(invoker).carry(configure(service="UMCallRouter"), KEPT)
    (mode, bind) = written(invoker)
    assert mode == ("Set-UMCallRouterSettings", {"Server": SERVER, "UMStartupMode": "Dual"})
    assert bind[1]["Services"] == "UMCallRouter"


async def test_a_mode_that_was_not_confirmed_is_followed_by_nothing() -> None:
    for answer, kind in ((REFUSED, "Refused"), (DeadlineExceeded("no", sent=True), "Unclear")):
        invoker = exchange(Set_UMService=answer)
        assert (await carrier(invoker).carry(configure(), KEPT)).kind == kind
        assert written(invoker) == [SET_DUAL]


async def test_a_certificate_that_cannot_be_bound_leaves_no_other_mode_behind() -> None:
    invoker = exchange(Enable_ExchangeCertificate=REFUSED)
    outcome = await carrier(invoker).carry(configure(), KEPT)
    assert written(invoker) == [SET_DUAL, BIND, SET_TCP]
    assert outcome.kind == "Refused"
    assert outcome.message.endswith('"Not in this mode."; the startup mode is set back to "TCP"')


async def test_a_mode_that_cannot_be_set_back_is_said() -> None:
    answers = iter([Result(()), REFUSED])
    invoker = exchange(Enable_ExchangeCertificate=REFUSED, Set_UMService=lambda _: next(answers))
    outcome = await carrier(invoker).carry(configure(), KEPT)
    assert outcome.message.endswith('the startup mode could not be set back to "TCP"')


async def test_a_binding_that_may_have_come_about_is_left_to_the_next_reading() -> None:
    invoker = exchange(Enable_ExchangeCertificate=DeadlineExceeded("no", sent=True))
    assert (await carrier(invoker).carry(configure(), KEPT)).kind == "Unclear"
    assert written(invoker) == [SET_DUAL, BIND]


async def test_a_renewal_that_cannot_be_bound_changes_nothing() -> None:
    invoker = exchange(Enable_ExchangeCertificate=REFUSED)
    outcome = await carrier(invoker).carry(configure(mode_before="Dual", bound_before=OLD), KEPT)
    assert written(invoker) == [BIND]
    assert "set back" not in outcome.message


async def test_no_mode_that_speaks_tls_is_written_without_a_certificate() -> None:
    invoker = exchange()
    outcome = await carrier(invoker).carry(configure(thumbprint=None), KEPT)
    assert (outcome.kind, invoker.writes) == ("NotSent", [])


async def test_a_server_that_was_not_asked_for_its_domain_controllers_is_asked() -> None:
    invoker = exchange()
    assert (await carrier(invoker).carry(configure(domain_controllers=()), KEPT)).kind == "Done"
    assert written(invoker, DC1) == [SET_DUAL, BIND]


async def test_without_a_domain_controller_of_its_site_nothing_is_written() -> None:
    invoker = exchange(Get_ExchangeServer=UNREACHABLE)
    outcome = await carrier(invoker).carry(configure(domain_controllers=()), KEPT)
    assert (outcome.kind, outcome.reason, invoker.writes) == ("NotSent", "EndpointUnreachable", [])


@pytest.mark.parametrize(("step", "state"), [(DrainServer, "Draining"), (ActivateServer, "Active")])
async def test_a_server_is_drained_and_activated_in_our_name(step: Any, state: str) -> None:
    invoker = exchange()
    taken = step(owner=OWNER, server=SERVER, component="UMCallRouter", requester="Sidelined")
    assert await carrier(invoker).carry(taken, KEPT) == Outcome("Done")
    expected = {"Identity": SERVER, "Component": "UMCallRouter", "Requester": "Sidelined", "State": state}
    assert written(invoker, KEPT) == [("Set-ServerComponentState", expected)]


@pytest.mark.parametrize("step", [DrainServer, ActivateServer])
async def test_a_server_without_a_component_is_left_as_it_is(step: Any) -> None:
    invoker = exchange()
    taken = step(owner=OWNER, server=SERVER, component=None, requester="Sidelined")
    assert await carrier(invoker).carry(taken, KEPT) == Outcome("Done")
    assert invoker.commands == []


async def test_a_write_takes_no_more_than_its_part_of_the_deadline() -> None:
    deadlines: list[float] = []

    class Timed(TableInvoker):
        async def invoke(self, command: Command, *, deadline: float, write: bool) -> Result:
            deadlines.append(deadline)
            return await super().invoke(command, deadline=deadline, write=write)

    await carrier(Timed({"Enable-ExchangeCertificate": REFUSED})).carry(configure(), KEPT)
    assert len(deadlines) == 3
    assert sum(deadlines) <= configure().deadline.total_seconds()
