"""What a change of VoIPSecurity waits for: everything that would make calls of the plan fail (R18, R19)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from um_operator.api.reasons import Reason
from um_operator.api.strings import is_fqdn
from um_operator.observed.exchange import CallRouterFact, GatewayFact, StartupMode, UMServiceFact
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.values import name_key
from um_operator.planning.checks.links import SIP_TLS_PORT, linked_plans
from um_operator.planning.plan import Wait
from um_operator.planning.steps import SetVoIPSecurity
from um_operator.planning.view import View

NAMES_SHOWN: Final = 5
REASONS: Final = frozenset[str]({Reason.WAITING_FOR_SERVERS, Reason.WAITING_FOR_GATEWAYS})
"""Reasons of the waits that ``sentence`` sums up."""
UNFIT: Final[Mapping[StartupMode, str]] = {"TCP": Reason.STARTUP_MODE_TCP, "TLS": Reason.STARTUP_MODE_TLS}


def waits_of(step: SetVoIPSecurity, view: View) -> Iterator[Wait]:
    """Yield one wait for each thing that is missing before the plan may be cut over."""
    if step.security == "Unsecured":
        yield from _servers(view, lambda mode: mode != "TLS")
        return
    yield from _servers(view, lambda mode: mode != "TCP")
    for name in _gateways(step, view):
        yield from _gateway(step, view, name)


def _servers(view: View, fit: Callable[[StartupMode], bool]) -> Iterator[Wait]:
    """Yield the UM services and call routers that could not talk to the plan's gateways (R18, R19)."""
    services: list[tuple[str, str, Fact[UMServiceFact] | Fact[CallRouterFact]]] = [
        *((server, "MSExchangeUM", fact) for server, fact in sorted(view.snapshot.um_services.items())),
        *((server, "MSExchangeUMCR", fact) for server, fact in sorted(view.snapshot.call_routers.items())),
    ]
    if not services:
        yield Wait(Reason.WAITING_FOR_SERVERS, "no UM service was read", detail=Reason.NOT_READ)
    for server, service, fact in services:
        if isinstance(fact, Unknown):
            message = f'{service} of "{server}" was not read: {fact.message}'
            yield Wait(Reason.WAITING_FOR_SERVERS, message, server, fact.reason)
        elif not fit(fact.value.startup_mode):
            mode = fact.value.startup_mode
            message = f'startup mode of {service} is "{mode}"'
            yield Wait(Reason.WAITING_FOR_SERVERS, message, fact.value.server, UNFIT[mode])


def _gateways(step: SetVoIPSecurity, view: View) -> list[str]:
    plan = name_key(step.dial_plan)
    live = {name_key(group.gateway) for group in view.groups_of_plan.get(plan, ())}
    return sorted(live | set(view.gateways_for_plan.get(plan, ())))


def _gateway(step: SetVoIPSecurity, view: View, name: str) -> Iterator[Wait]:
    """Yield what a linked gateway lacks for mutual TLS (R18)."""
    declared, live = view.gateways.get(name), view.gateway(name)
    shown = str(declared.key) if declared else _live_name(live, name)

    def wait(detail: str, message: str) -> Wait:
        return Wait(Reason.WAITING_FOR_GATEWAYS, message, shown, detail)

    if isinstance(live, Unknown):
        yield wait(live.reason, live.message)
        return
    address = declared.address if declared else live.value.address if live.value else ""
    if not is_fqdn(address):
        yield wait(Reason.ADDRESS_NOT_FQDN, f'address "{address}" is no FQDN')
    if step.security == "Secured" and (declared is None or declared.media != "SRTP"):
        yield wait(Reason.MEDIA_NOT_SRTP, 'Secured asks every linked gateway to declare media "SRTP"')
    for plan in linked_plans(view, name, declared):
        if not plan.becomes_secured:
            yield wait(
                Reason.LINKED_TO_UNSECURED,
                f'it is also linked to dial plan "{plan.name}", which stays Unsecured',
            )
    port = declared.port if declared and declared.port else SIP_TLS_PORT
    yield wait(Reason.NOT_PROBED, f'"{address}:{port}" has not been seen to speak TLS')


def _live_name(live: Fact[GatewayFact | None], name: str) -> str:
    return live.value.name if isinstance(live, Known) and live.value is not None else name


def sentence(step: SetVoIPSecurity, waits: Iterable[Wait], view: View) -> str:
    """Return who is not ready for a cut-over, as one message for a person."""
    servers = len({*view.snapshot.um_services, *view.snapshot.call_routers})
    missing = [
        _not_ready(
            f"{total} {what}{'' if total == 1 else 's'}", [wait for wait in waits if wait.reason == reason]
        )
        for reason, what, total in (
            (Reason.WAITING_FOR_SERVERS, "server", servers),
            (Reason.WAITING_FOR_GATEWAYS, "gateway", len(_gateways(step, view))),
        )
    ]
    stays = f'VoIPSecurity stays "{step.before}", not "{step.security}"'
    return f"{stays}: {'; '.join(part for part in missing if part)}"


def _not_ready(of: str, waits: list[Wait]) -> str:
    names = list(dict.fromkeys(wait.object.rpartition("/")[2] for wait in waits))
    if not names:
        return ""
    shown = ", ".join(f'"{name}"' for name in names[:NAMES_SHOWN])
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    details = ", ".join(sorted({wait.detail for wait in waits}))
    return f"of {of} {shown}{more} {'is' if len(names) == 1 else 'are'} not ready ({details})"
