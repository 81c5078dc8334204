from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Literal

import pytest

from exchange_support import Answer, row, rows
from hosts_support import HOST, NOT_OFFERED, HostTable, method_result, named
from probing_support import Issued, root
from um_operator.api.meta import ObjectKey
from um_operator.hosts.carrier import HostsCarrier
from um_operator.planning.outcome import Outcome
from um_operator.planning.steps.certificate import InstallChain, RestartService
from um_operator.remoting.errors import DeadlineExceeded, Unreachable
from um_operator.remoting.session import Command, Result

CERTIFICATE = "um/ex01.contoso.com/1"
OWNER = ObjectKey("ExchangeOrganization", "contoso")
CA = root()
INTERMEDIATE = CA.issue("Contoso Issuing CA", ca=True)


def _sha256(issued: Issued) -> str:
    return hashlib.sha256(issued.der).hexdigest()


class Known:
    """Issuers that a test knows."""

    def __init__(self, *issued: Issued) -> None:
        self.known = {_sha256(one): one.der for one in issued}

    async def issuers(self, certificate: str) -> Mapping[str, bytes] | None:
        assert certificate == CERTIFICATE
        return self.known or None


def restart(phase: Literal["Stop", "Start"], service: Literal["UM", "UMCallRouter"] = "UM") -> RestartService:
    return RestartService(
        owner=OWNER,
        server=HOST,
        service=service,
        phase=phase,
        certificate=CERTIFICATE,
        mode="Dual",
        serves=None,
        mode_before="TCP",
    )


async def told(answer: Answer, phase: Literal["Stop", "Start"] = "Stop") -> Outcome:
    return await HostsCarrier(named(Invoke_CimMethod=answer), Known()).carry(restart(phase), None)


@pytest.mark.parametrize(
    ("step", "service", "method"),
    [
        (restart("Stop"), "MSExchangeUM", "StopService"),
        (restart("Start"), "MSExchangeUM", "StartService"),
        (restart("Stop", "UMCallRouter"), "MSExchangeUMCR", "StopService"),
        (restart("Start", "UMCallRouter"), "MSExchangeUMCR", "StartService"),
    ],
)
async def test_a_restart_is_two_effects_that_are_told_once_each(
    step: RestartService, service: str, method: str
) -> None:
    table = named(Invoke_CimMethod=method_result(0))
    assert await HostsCarrier(table, Known()).carry(step, None) == Outcome("Done")
    (command,) = table.writes
    assert command.parameters == {
        "Query": f"SELECT * FROM Win32_Service WHERE Name = '{service}'",
        "MethodName": method,
    }
    assert (table.hosts, table.deadlines) == ([HOST], [60.0])


@pytest.mark.parametrize(("phase", "code"), [("Stop", 6), ("Start", 10)])
async def test_what_is_so_already_is_done(phase: Literal["Stop", "Start"], code: int) -> None:
    assert await told(method_result(code), phase) == Outcome("Done")


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        (2, "Forbidden", "access is denied (2)"),
        (5, "NotSent", "it is between two states and takes no order (5)"),
        (7, "Unclear", "it did not react in time (7)"),
        (10, "Refused", "Windows says no more (10)"),
        (14, "Refused", "it is disabled (14)"),
        (99, "Refused", "Windows says no more (99)"),
    ],
)
async def test_a_return_value_says_how_it_ended(code: int, kind: str, said: str) -> None:
    outcome = await told(method_result(code))
    assert outcome.kind == kind
    assert outcome.message == f'"MSExchangeUM" on "{HOST}" does not stop: {said}'


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (rows(), "Refused", "Refused"),
        (rows(row("CimMethodResult", ReturnValue="0")), "Unclear", "EndpointUnusable"),
        (rows("text"), "Unclear", "EndpointUnusable"),
        (Result((), (NOT_OFFERED,)), "Forbidden", "Forbidden"),
        (Unreachable("no", sent=False), "NotSent", "EndpointUnreachable"),
        (DeadlineExceeded("no", sent=True), "Unclear", "DeadlineExceeded"),
    ],
)
async def test_without_a_return_value_only_what_is_certain_is_said(
    answer: Answer, kind: str, reason: str
) -> None:
    outcome = await told(answer)
    assert (outcome.kind, outcome.reason) == (kind, reason)
    assert outcome.message


def install(*missing: Issued) -> InstallChain:
    return InstallChain(
        owner=OWNER, server=HOST, certificate=CERTIFICATE, missing=tuple(map(_sha256, missing))
    )


async def test_issuers_are_added_roots_to_root_and_others_to_ca() -> None:
    table = HostTable()
    outcome = await HostsCarrier(table, Known(CA, INTERMEDIATE)).carry(install(INTERMEDIATE, CA), None)
    assert outcome == Outcome("Done")
    assert table.writes == [
        Command("Add-UMOperatorTrust", {"Store": "CA", "RawData": INTERMEDIATE.der}),
        Command("Add-UMOperatorTrust", {"Store": "Root", "RawData": CA.der}),
    ]
    assert sum(table.deadlines) == 60


async def test_after_an_issuer_that_is_not_added_none_follows() -> None:
    table = named(Add_UMOperatorTrust=Result((), (NOT_OFFERED,)))
    outcome = await HostsCarrier(table, Known(CA, INTERMEDIATE)).carry(install(INTERMEDIATE, CA), None)
    assert outcome.kind == "Forbidden"
    assert outcome.message.endswith("the role capability in deploy/jea has it")
    assert len(table.writes) == 1


@pytest.mark.parametrize("known", [Known(), Known(CA)])
async def test_nothing_is_added_while_an_issuer_cannot_be_read(known: Known) -> None:
    table = HostTable()
    outcome = await HostsCarrier(table, known).carry(install(CA, INTERMEDIATE), None)
    assert (outcome.kind, outcome.reason) == ("NotSent", "NotRead")
    assert table.writes == []
