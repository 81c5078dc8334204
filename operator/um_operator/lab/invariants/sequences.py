"""A server's sequence: what its beginning needs, what its steps need, how it ends (R8 to R17)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from um_operator.lab.hosts.host import COMPONENT_KIND, UM, UM_CALL_ROUTER
from um_operator.lab.hosts.service import KIND as SERVICE_KIND
from um_operator.lab.invariants.machines import SETTINGS
from um_operator.lab.invariants.situation import ACTIVE, LOADED, Situation
from um_operator.lab.invariants.world import Thing

EVIDENCE = timedelta(minutes=1)
"""A proof may be so old: an outage of somebody else's counts when it is older, a call when it is longer."""


def service_without_certificate(s: Situation) -> Iterator[str]:
    """R8: a service is stopped or started whose startup mode needs a certificate, and it is bound to none."""
    if (settings := _settings(s)) is not None and settings.is_half_bound:
        yield f'{s.effect.cmdlet} of "{s.effect.name}" in {settings["UMStartupMode"]} without a certificate'


def mode_and_binding_apart(s: Situation) -> Iterator[str]:
    """R8: something else is done on servers while a service has its mode and not its certificate."""
    if s.server is None or s.effect.kind not in (SERVICE_KIND, COMPONENT_KIND, *SETTINGS.values()):
        return
    for settings in _half_bound_by_us(s):
        if s.effect.kind in (SERVICE_KIND, COMPONENT_KIND) or settings.name.casefold() != s.server:
            yield (
                f'{s.effect.cmdlet} on "{s.server}" while {settings.kind} "{settings.name}" was in '
                f"{settings['UMStartupMode']} without a certificate"
            )


def restarted_before_it_arrived(s: Situation) -> Iterator[str]:
    """R9: a service is stopped or started before its server's own view has what we wrote."""
    settings = _settings(s)
    if settings is None or s.server is None:
        return
    view = s.machines.view(s.server, s.service)
    for name in LOADED:
        ours = s.world.last_writer(settings.kind, settings.name, name) == s.effect.caller
        if ours and view.get(name) != settings[name]:
            yield f'{s.effect.cmdlet} of "{s.effect.name}" before {name} had arrived in its site'


def calls_cut(s: Situation) -> Iterator[str]:
    """R10: the UM service is stopped under calls, before the time to wait is over or at all."""
    if not s.stops_service or s.service != UM or s.server is None:
        return
    active = s.machines.calls_on(s.server, s.effect.time - EVIDENCE)
    drained = s.server in s.machines.having(UM_CALL_ROUTER)
    began = s.sequence.began if s.sequence else s.effect.time
    waited = not drained or s.effect.time - began >= s.declared.drain
    if active and not (s.declared.cuts_calls and waited):
        yield f'{s.effect.cmdlet} of "{s.effect.name}" with {active} calls in progress'


def call_router_undrained(s: Situation) -> Iterator[str]:
    """R10: a call router is stopped that we have not drained: calls that it has in hand are lost."""
    if s.stops_service and s.service == UM_CALL_ROUTER and not (s.sequence and s.sequence.drains):
        yield f'{s.effect.cmdlet} of "{s.effect.name}", which was not drained'


def over_budget(s: Situation) -> Iterator[str]:
    """R11: a server is taken out while as many as may be are out already, whatever for."""
    if not s.interrupts:
        return
    others = {name: why for name, why in _unavailable(s).items() if name != s.server}
    if len(others) + 1 > s.declared.max_unavailable:
        listed = ", ".join(f"{name} {why}" for name, why in sorted(others.items()))
        yield f'{s.effect.cmdlet} on "{s.server}" while out of service: {listed}'


def last_of_its_service(s: Situation) -> Iterator[str]:
    """R11: no other server is left with the service, though there is one that has it."""
    if not s.interrupts or s.server is None:
        return
    scope = _in_scope(s)
    for service in _interrupted(s):
        others = (s.machines.having(service) & scope) - {s.server}
        if others and not others - _unavailable(s).keys():
            yield f'{s.effect.cmdlet} on "{s.server}" left nobody with a working {service}'


def only_one_outside_the_window(s: Situation) -> Iterator[str]:
    """R12: where one server is all there is, its step runs inside a window."""
    if s.begins_sequence and not s.declared.window(s.effect.time):
        for service in _interrupted(s):
            if s.machines.having(service) & _in_scope(s) == {s.server}:
                yield f'{s.effect.cmdlet} on "{s.server}", the only {service}, outside every window'


def begun_outside_the_window(s: Situation) -> Iterator[str]:
    """R26: a server's sequence begins inside a window; what has begun is finished (R13)."""
    if s.begins_sequence and not s.declared.window(s.effect.time):
        yield f'{s.effect.cmdlet} began on "{s.server}" outside every window'


def foreign_requester(s: Situation) -> Iterator[str]:
    """R14: somebody else's word about a component is changed, or the word of a requester that is not ours."""
    if s.effect.kind != COMPONENT_KIND:
        return
    for entry in sorted(s.effect.changed):
        if entry.rpartition("\\")[2] != s.declared.requester:
            yield f'{s.effect.cmdlet} changed {entry} of "{s.server}"'
        elif s.after(entry) == ACTIVE and s.is_word_of_others(entry):
            yield f'{s.effect.cmdlet} ended the maintenance {entry} of "{s.server}" that is not ours'


def touched_in_maintenance(s: Situation) -> Iterator[str]:
    """R14: a server that a person took out of service is left alone; what we had begun is finished (R13)."""
    if not s.interrupts or s.server is None or s.sequence is not None:
        return
    for entry in sorted(s.machines.holding(s.server).keys() - s.effect.changed):
        is_ours = entry.rpartition("\\")[2] == s.declared.requester and not s.is_word_of_others(entry)
        if not is_ours:
            yield f'{s.effect.cmdlet} on "{s.server}", which is out of service by {entry}'


def activated_before_ready(s: Situation) -> Iterator[str]:
    """R15: new calls are let in when the services that we stopped run again with a warm worker."""
    if s.effect.kind != COMPONENT_KIND or s.server is None or s.sequence is None:
        return
    if ACTIVE in (s.effect.after or {}).values():
        for service in sorted(s.sequence.unfinished(s.machines.unready(s.server))):
            yield f'{s.effect.cmdlet} let calls in on "{s.server}" before {service} was ready'


def begun_before_the_soak_was_over(s: Situation) -> Iterator[str]:
    """R16: after each restarted server the rollout waits."""
    if not s.begins_sequence:
        return
    for server, restarted in s.memory.restarted.items():
        if server != s.server and s.effect.time - restarted < s.declared.soak:
            yield f'{s.effect.cmdlet} began on "{s.server}" {s.effect.time - restarted} after "{server}"'


def tried_again(s: Situation) -> Iterator[str]:
    """R17: a mode or certificate that we took back is not tried again until something else is declared."""
    if s.effect.kind not in SETTINGS.values():
        return
    for name in LOADED:
        taken_back = s.memory.taken_back.get((s.effect.kind, s.effect.name.casefold(), name), set())
        if name in s.effect.changed and s.after(name) in taken_back:
            yield f'{name} of {s.effect.kind} "{s.effect.name}" was put to "{s.after(name)}" a second time'


def _settings(s: Situation) -> Thing | None:
    """What the service of an effect loads."""
    if s.effect.kind != SERVICE_KIND or s.server is None or s.service not in SETTINGS:
        return None
    return s.world.get(SETTINGS[s.service], s.server)


def _half_bound_by_us(s: Situation) -> list[Thing]:
    return [
        settings
        for kind in SETTINGS.values()
        for settings in s.world.all(kind)
        if settings.is_half_bound
        and s.world.last_writer(kind, settings.name, "UMStartupMode") == s.effect.caller
    ]


def _in_scope(s: Situation) -> frozenset[str]:
    return frozenset(name.casefold() for name in s.declared.servers)


def _interrupted(s: Situation) -> tuple[str, ...]:
    """The services that the effect takes away: a drain takes the call router's."""
    return (s.service,) if s.stops_service else (UM_CALL_ROUTER,)


def _unavailable(s: Situation) -> dict[str, str]:
    """Servers in scope that do not serve: by us at once, by others when a proof may not be that old.

    What others took away since we began with a server does not keep us from its end (R13).
    """
    ours, until = s.open_sequences().keys(), s.effect.time - EVIDENCE
    latest = min(until, s.sequence.began) if s.sequence else until
    return {
        name: outage.why
        for name, outage in s.machines.out_of_service().items()
        if name in _in_scope(s) and (name in ours or outage.since <= latest)
    }
