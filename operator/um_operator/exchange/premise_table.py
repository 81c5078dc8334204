"""The premises, one row each, and what is looked at to judge them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from um_operator.exchange import certificate_premises, rows
from um_operator.exchange.codecs import ReadError, type_name
from um_operator.exchange.fields import DIAL_PLAN, GATEWAY, Field, Noun
from um_operator.remoting.error_records import ErrorKind, kind
from um_operator.remoting.premises import Judgement, Premise, broken, holds, of_binding, of_rows, unknown
from um_operator.remoting.session import Argument, Command, PSEnum, PSRow, PSValue, Result

NO_SUCH_OBJECT = "um-operator-check-no-such-object"
UM_MANAGEMENT = 'role group "UM Management"'
"""Who has the cmdlets of plans and gateways (field notes 2.6)."""

_DIAL_PLANS = Command("Get-UMDialPlan")
_GATEWAYS = Command("Get-UMIPGateway", {"IncludeSimulator": True})
_HUNT_GROUPS = Command("Get-UMHuntGroup")
_POLICIES = Command("Get-UMMailboxPolicy")
_SERVICES = Command("Get-UMService")


def premises(server: str | None, domain_controller: str | None) -> tuple[Premise, ...]:
    """Return everything to try.

    Args:
        server: FQDN of a server in scope; without one its settings are not asked for.
        domain_controller: one that a server works with; without one -DomainController is not tried.
    """
    return (
        *_lists(),
        *_shapes(),
        *(_of_server(server) if server is not None else ()),
        *(certificate_premises.of_server(server) if server is not None else ()),
        *(_of_controller(domain_controller) if domain_controller is not None else ()),
        _identity(),
        *_offered(),
        *certificate_premises.offered(NO_SUCH_OBJECT),
    )


def _premise(
    name: str, question: str, command: Command, judge: Callable[[tuple[PSRow, ...]], Judgement]
) -> Premise:
    return Premise(name, question, command, of_rows(command, judge))


def _lists() -> Iterator[Premise]:
    readers: list[tuple[Command, str, Callable[[PSRow], object]]] = [
        (Command("Get-OrganizationConfig"), "organisation", rows.organization),
        (Command("Get-ExchangeServer"), "servers", rows.server),
        (_DIAL_PLANS, "dial plans", rows.dial_plan),
        (_GATEWAYS, "gateways", rows.gateway),
        (_HUNT_GROUPS, "hunt groups", rows.hunt_group),
        (_POLICIES, "mailbox policies", rows.mailbox_policy),
        (_SERVICES, "UM services", lambda row: rows.um_service(row, rows.name(row))),
    ]
    for command, things, read in readers:
        yield _premise(f"read {things}", "Is every object understood?", command, _understood(things, read))


def _understood(things: str, read: Callable[[PSRow], object]) -> Callable[[tuple[PSRow, ...]], Judgement]:
    def judge(found: tuple[PSRow, ...]) -> Judgement:
        for row in found:
            try:
                read(row)
            except ReadError as error:
                return broken(f'"{row.text}": {error}')
        return holds(f"{things}: {len(found)}") if found else unknown(f"no {things} to look at")

    return judge


def _shapes() -> Iterator[Premise]:
    yield _premise(
        "dial plan properties", "Are all declared fields shown?", _DIAL_PLANS, _complete(DIAL_PLAN)
    )
    yield _premise("gateway properties", "Are all declared fields shown?", _GATEWAYS, _complete(GATEWAY))
    yield _premise("enums", "Which shape has an enum?", _DIAL_PLANS, _shape("VoIPSecurity"))
    yield _premise("addresses", "Which shape has a gateway's address?", _GATEWAYS, _shape("Address"))
    yield _premise("references", "Which shape has a reference?", _HUNT_GROUPS, _shape("UMDialPlan"))
    yield _premise(
        "dialling rules", "Which shape have they?", _DIAL_PLANS, _shape("ConfiguredInternationalGroups")
    )


def _complete(noun: Noun) -> Callable[[tuple[PSRow, ...]], Judgement]:
    def judge(found: tuple[PSRow, ...]) -> Judgement:
        if not found:
            return unknown("none to look at")
        shown = found[0].properties
        missing = [f.name for f in noun.fields.values() if f.output is not None and f.output not in shown]
        return broken(f"not shown: {', '.join(missing)}") if missing else holds("all shown")

    return judge


def _shape(output: str) -> Callable[[tuple[PSRow, ...]], Judgement]:
    def judge(found: tuple[PSRow, ...]) -> Judgement:
        values = [row.properties.get(output) for row in found]
        shapes = sorted({_shape_of(value) for value in values if value is not None})
        return holds(f"{output}: {', '.join(shapes)}") if shapes else unknown(f"no {output} to look at")

    return judge


def _shape_of(value: PSValue) -> str:
    match value:
        case PSEnum():
            return "text with a number"
        case str():
            return "text"
        case tuple():
            inner = sorted({_shape_of(item) for item in value})
            return f"list of {', '.join(inner)}" if inner else "empty list"
    return type_name(value)


def _of_server(server: str) -> Iterator[Premise]:
    routers = Command("Get-UMCallRouterSettings", {"Server": server})
    calls = Command("Get-UMActiveCalls", {"Server": server})
    status = Command("Get-ExchangeServer", {"Identity": server, "Status": True})
    yield _premise(
        "call router", f'Does -Server "{server}" show that server?', routers, _is_router_of(server)
    )
    yield _premise(
        "call router binding", "Is its certificate shown?", routers, _shows("UMCertificateThumbprint")
    )
    yield _premise(
        "UM service binding", "Is its certificate shown?", _SERVICES, _shows("UMCertificateThumbprint")
    )
    yield _premise("active calls", f'Does "{server}" tell its calls?', calls, _calls)
    yield _premise(
        "domain controllers", f'Does "{server}" name its domain controllers?', status, _controllers
    )


def _is_router_of(server: str) -> Callable[[tuple[PSRow, ...]], Judgement]:
    def judge(found: tuple[PSRow, ...]) -> Judgement:
        if len(found) != 1:
            return broken(f"{len(found)} objects")
        try:
            router = rows.call_router(found[0], server)
        except ReadError as error:
            return broken(str(error))
        if not rows.is_of_server(found[0], server):
            return broken("another server's")
        return holds(f"{router.startup_mode}, ports {router.tcp_port} and {router.tls_port}")

    return judge


def _shows(output: str) -> Callable[[tuple[PSRow, ...]], Judgement]:
    def judge(found: tuple[PSRow, ...]) -> Judgement:
        if not found:
            return unknown("none to look at")
        return holds(f"{output} is shown") if output in found[0].properties else broken(f"no {output}")

    return judge


def _calls(found: tuple[PSRow, ...]) -> Judgement:
    """Without the gateway every call holds back the deletion of every gateway."""
    if not found:
        return unknown("no call to look at")
    named = "GatewayId" in found[0].properties
    return holds(f"{len(found)}, with GatewayId") if named else broken(f"{len(found)}, without GatewayId")


def _controllers(found: tuple[PSRow, ...]) -> Judgement:
    try:
        names = [name for row in found for name in rows.server(row).domain_controllers]
    except ReadError as error:
        return broken(str(error))
    return holds(", ".join(names)) if names else broken("none is named")


def _of_controller(name: str) -> Iterator[Premise]:
    for command in (_DIAL_PLANS, _GATEWAYS, _HUNT_GROUPS, _POLICIES, _SERVICES):
        asked = Command(command.name, {**command.parameters, "DomainController": name})
        yield _premise(
            f"{command.name} -DomainController",
            f'Does it read from "{name}"?',
            asked,
            lambda found: holds(f"{len(found)} objects"),
        )


def _identity() -> Premise:
    """Either is handled: what comes back is always compared with what was asked for."""
    command = Command("Get-UMIPGateway", {"Identity": NO_SUCH_OBJECT, "IncludeSimulator": True})

    def judge(result: Result) -> Judgement:
        if result.errors and kind(result.errors[0]) is ErrorKind.NOT_FOUND:
            return holds("an error")
        return unknown("another error") if result.errors else holds(f"{len(result.rows)} objects")

    return Premise("unknown identity", "What is shown for an identity that does not exist?", command, judge)


def _offered() -> Iterator[Premise]:
    """Every cmdlet that writes, with every parameter that apply.py uses, in a way that it must refuse."""
    plan, gateway = DIAL_PLAN.fields.values(), GATEWAY.fields.values()
    there: dict[str, Argument] = {"Identity": NO_SUCH_OBJECT}
    upgraded: dict[str, Argument] = {**there, "ForceUpgrade": True}
    yield _binding("New-UMDialPlan", _examples(f for f in plan if f.created))
    yield _binding("Set-UMDialPlan", {**upgraded, **_examples(f for f in plan if f.changed)})
    yield _binding("Remove-UMDialPlan", there)
    yield _binding("Remove-UMMailboxPolicy", there)
    yield _binding("New-UMIPGateway", _examples(f for f in gateway if f.created))
    yield _binding("Set-UMIPGateway", {**upgraded, **_examples(f for f in gateway if f.changed)})
    yield _binding("Remove-UMIPGateway", there)
    yield _binding("New-UMHuntGroup", {"UMDialPlan": "1", "UMIPGateway": "1", "PilotIdentifier": "1"})
    yield _binding("Remove-UMHuntGroup", {"Identity": f"{NO_SUCH_OBJECT}\\1"})


def _examples(fields: Iterable[Field]) -> dict[str, Argument]:
    return {field.parameter: field.codec.write(field.codec.example) for field in fields}


def _binding(cmdlet: str, parameters: Mapping[str, Argument]) -> Premise:
    """New- lacks its mandatory -Name, the others have an identity that does not exist; -WhatIf besides."""
    command = Command(cmdlet, {**parameters, "WhatIf": True, "Confirm": False})
    question = "Is it offered, with every parameter that is used?"
    return Premise(cmdlet, question, command, of_binding(command, UM_MANAGEMENT))
