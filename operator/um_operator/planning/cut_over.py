"""What a change of VoIPSecurity waits for: everything that would make calls of the plan fail (R18, R19)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from um_operator.api.reasons import Reason
from um_operator.observed.certificates import ServiceName
from um_operator.observed.exchange import CallRouterFact, UMServiceFact
from um_operator.observed.fact import Fact, Unknown
from um_operator.planning import cut_over_gateways, lync_facts
from um_operator.planning.checks.links import gateways_of
from um_operator.planning.plan import Wait
from um_operator.planning.steps import WINDOWS_SERVICES, SetVoIPSecurity
from um_operator.planning.view import View

NAMES_SHOWN: Final = 5
REASONS: Final = frozenset[str]({Reason.WAITING_FOR_SERVERS, Reason.WAITING_FOR_GATEWAYS})
"""Reasons of the waits that ``sentence`` sums up."""


def waits_of(step: SetVoIPSecurity, view: View) -> Iterator[Wait]:
    """Yield one wait for each thing that is missing before the plan may be cut over.

    The way back asks for nothing but a listener that takes its calls: it is never held otherwise (R13).
    """
    if not next(_services(view), None):
        yield Wait(Reason.WAITING_FOR_SERVERS, "no UM service was read", detail=Reason.NOT_READ)
    if step.security == "Unsecured":
        yield from _tcp_listeners(view)
    elif not step.back:
        yield from _tls_listeners(view)
        yield from cut_over_gateways.waits_of(step.dial_plan, step.security, view)
        yield from lync_facts.pools_take_the_plan(step.dial_plan, step.security, view)


def _tcp_listeners(view: View) -> Iterator[Wait]:
    """Yield the services that were not read, or that have no listener for plain SIP (R19)."""
    for key, name, fact in _services(view):
        if isinstance(fact, Unknown):
            yield _unread(key, name, fact)
        elif fact.value.startup_mode == "TLS":
            message = f'startup mode of {WINDOWS_SERVICES[name]} is "TLS"'
            yield Wait(Reason.WAITING_FOR_SERVERS, message, fact.value.server, Reason.STARTUP_MODE_TLS)


def _tls_listeners(view: View) -> Iterator[Wait]:
    """Yield the services that are not READY in Dual or TLS, each with the first thing that it lacks (R15)."""
    for key, name, fact in _services(view):
        windows_name = WINDOWS_SERVICES[name]
        if isinstance(fact, Unknown):
            yield _unread(key, name, fact)
            continue
        server = fact.value.server
        if fact.value.startup_mode == "TCP":
            message = f'startup mode of {windows_name} is "TCP"'
            yield Wait(Reason.WAITING_FOR_SERVERS, message, server, Reason.STARTUP_MODE_TCP)
            continue
        case = view.rollout.servers.get(key)
        target = case.targets.get(name) if case else None
        if case is None or target is None:
            message = f"no UMCertificate looks after {windows_name}, so what it should serve is not known"
            yield Wait(Reason.WAITING_FOR_SERVERS, message, server, Reason.NOT_PROVEN)
        elif case.entry.hold is not None or case.services[name].ready(target, view.now) is not True:
            message = f"{windows_name} is not known to run and to serve the wanted certificate"
            yield Wait(Reason.WAITING_FOR_SERVERS, message, server, Reason.SERVER_OUT_OF_SERVICE)


def _services(view: View) -> Iterator[tuple[str, ServiceName, Fact[UMServiceFact] | Fact[CallRouterFact]]]:
    """Yield every service in scope, by ``name_key`` of its server."""
    for key, um in sorted(view.snapshot.um_services.items()):
        yield key, "UM", um
    for key, router in sorted(view.snapshot.call_routers.items()):
        yield key, "UMCallRouter", router


def _unread(key: str, name: ServiceName, fact: Unknown) -> Wait:
    message = f'{WINDOWS_SERVICES[name]} of "{key}" was not read: {fact.message}'
    return Wait(Reason.WAITING_FOR_SERVERS, message, key, fact.reason)


def sentence(step: SetVoIPSecurity, waits: Iterable[Wait], view: View) -> str:
    """Return who is not ready for a cut-over, as one message for a person."""
    servers = len({*view.snapshot.um_services, *view.snapshot.call_routers})
    missing = [
        _not_ready(
            f"{total} {what}{'' if total == 1 else 's'}", [wait for wait in waits if wait.reason == reason]
        )
        for reason, what, total in (
            (Reason.WAITING_FOR_SERVERS, "server", servers),
            (Reason.WAITING_FOR_GATEWAYS, "gateway", len(gateways_of(view, step.dial_plan))),
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
