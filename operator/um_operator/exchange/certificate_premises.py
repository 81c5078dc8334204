"""Premises of certificates and of the servers that they are brought to, one row each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from um_operator.exchange import certificates, components, rows
from um_operator.exchange.stored_certificates import SELECT
from um_operator.observed.values import name_key
from um_operator.remoting.premises import Judgement, Premise, broken, holds, of_binding, of_rows, unknown
from um_operator.remoting.session import Argument, Command, PSRow, Secret
from um_operator.remoting.values import text_of

SERVER_MANAGEMENT: Final = 'role group "Server Management"'
"""Who has the cmdlets of certificates and of servers' settings (field notes 1.9, 2.6)."""
NO_THUMBPRINT: Final = "0" * 40


def of_server(server: str) -> Iterator[Premise]:
    """Yield what a server in scope shows (FQDN)."""
    store = Command("Get-ExchangeCertificate", {"Server": server})
    yield _premise("certificates", f'Are those of "{server}" shown?', store, _bytes)
    yield _premise(
        "certificate details",
        "Does Select-Object make plain what bytes cannot tell?",
        Command(store.name, store.parameters, then=(SELECT,)),
        _details,
    )
    yield _premise(
        "call router component",
        f'What is it called on "{server}"?',
        Command("Get-ServerComponentState", {"Identity": server}),
        _component,
    )
    yield _premise(
        "own domain controller",
        f'Which one does "{server}" read settings from?',
        Command("Get-ExchangeServer", {"Identity": server, "Status": True}),
        _own_controller,
    )


def offered(nobody: str) -> Iterator[Premise]:
    """Yield every write with every parameter that is used, on a server that does not exist."""
    password = Secret("not a password")
    yield _binding(certificates.import_certificate(nobody, b"\0", password, "um-operator check"))
    yield _binding(certificates.enable_certificate(nobody, NO_THUMBPRINT, ["UM", "UMCallRouter"]))
    yield _binding(
        certificates.request_certificate(
            nobody, subject="CN=check.invalid", names=["check.invalid"], key_size=2048, name="check"
        )
    )
    yield _binding(certificates.export_certificate(nobody, NO_THUMBPRINT, password))
    yield _binding(certificates.remove_certificate(nobody, NO_THUMBPRINT))
    for command in (
        certificates.set_startup_mode(nobody, "UMCallRouter", "Dual"),
        Command("Set-UMService", {"Identity": nobody, "UMStartupMode": "Dual"}),
        components.set_state(nobody, components.NAMES[0], "Sidelined", "Active"),
    ):
        yield _binding(command)


def _premise(
    name: str, question: str, command: Command, judge: Callable[[tuple[PSRow, ...]], Judgement]
) -> Premise:
    return Premise(name, question, command, of_rows(command, judge))


def _binding(command: Command) -> Premise:
    parameters: Mapping[str, Argument] = {**command.parameters, "WhatIf": True, "Confirm": False}
    tried = Command(command.name, parameters)
    question = "Is it offered, with every parameter that is used?"
    return Premise(command.name, question, tried, of_binding(tried, SERVER_MANAGEMENT))


def _bytes(found: tuple[PSRow, ...]) -> Judgement:
    if not found:
        return unknown("none to look at")
    without = sum(not isinstance(row.properties.get("RawData"), bytes) for row in found)
    return broken(f"{without} without RawData") if without else holds(f"certificates: {len(found)}")


def _details(found: tuple[PSRow, ...]) -> Judgement:
    """Without them a certificate's validity on its server is known only once it is bound."""
    if not found:
        return unknown("none to look at")
    wanted = ("Status", "HasPrivateKey", "Services")
    missing = [name for name in wanted if all(row.properties.get(name) is None for row in found)]
    return broken(f"not shown: {', '.join(missing)}") if missing else holds(f"shown: {', '.join(wanted)}")


def _component(found: tuple[PSRow, ...]) -> Judgement:
    listed = {name_key(text_of(row.properties.get("Component"))) for row in found}
    named = next((name for name in components.NAMES if name_key(name) in listed), None)
    return holds(named) if named else broken(f"none of {', '.join(components.NAMES)}")


def _own_controller(found: tuple[PSRow, ...]) -> Judgement:
    shown = [name for row in found for name in rows.server(row).domain_controllers[:1]]
    said = any(row.properties.get("CurrentConfigDomainController") for row in found)
    if not shown:
        return broken("none is named")
    return holds(shown[0]) if said else unknown(f"{shown[0]}, the first that it works with")
