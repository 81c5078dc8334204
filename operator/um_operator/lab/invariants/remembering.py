"""What an onlooker remembers of judged effects, and what they left undone."""

from __future__ import annotations

from collections.abc import Iterator

from um_operator.lab.exchange.objects import Kind
from um_operator.lab.hosts.host import COMPONENT_KIND
from um_operator.lab.hosts.service import KIND as SERVICE_KIND
from um_operator.lab.invariants.cut_overs import ports_left, remember_cut_over
from um_operator.lab.invariants.devices import trunks_lost
from um_operator.lab.invariants.interruptions import corrections
from um_operator.lab.invariants.machines import SETTINGS, Machines
from um_operator.lab.invariants.situation import (
    ACTIVE,
    LOADED,
    OUT_OF_SERVICE,
    Memory,
    Sequence,
    Situation,
)
from um_operator.lab.invariants.world import World


def remember(s: Situation) -> None:
    """Take a judged effect into the memory."""
    for name, value in corrections(s):
        key = (s.effect.kind, s.effect.name.casefold(), name, value)
        s.memory.corrected.setdefault(key, []).append(s.effect.time)
    remember_cut_over(s)
    if s.effect.kind == Kind.IP_GATEWAY:
        _remember_gateway(s)
    elif s.effect.kind in SETTINGS.values():
        _remember_settings(s)
    elif s.effect.kind in (SERVICE_KIND, COMPONENT_KIND):
        _remember_sequence(s)


def left_undone(memory: Memory, machines: Machines, world: World) -> Iterator[tuple[str, str]]:
    """What we have begun and not ended, as (rule, sentence)."""
    for server, sequence in memory.sequences.items():
        for entry in sorted(sequence.drains & machines.holding(server).keys()):
            yield "R13", f'"{server}" was drained by us and is still held by {entry}'
        for service in sorted(sequence.unfinished(machines.unready(server))):
            yield "R13", f'{service} of "{server}" was stopped by us and does not work'
    yield from trunks_lost(world)
    yield from ports_left(memory, world)
    for kind in SETTINGS.values():
        for settings in world.all(kind):
            wrote = settings.wrote.get("UMStartupMode")
            if settings.is_half_bound and wrote is not None and not wrote.is_by_hand:
                mode = settings["UMStartupMode"]
                yield "R8", f'{kind} "{settings.name}" was left in {mode} without a certificate'


def _remember_gateway(s: Situation) -> None:
    gateway = s.effect.name.casefold()
    if s.is_removal or s.after("Status") not in OUT_OF_SERVICE:
        s.memory.draining.pop(gateway, None)
    elif s.is_deletable:
        s.memory.draining.setdefault(gateway, s.effect.time)


def _remember_settings(s: Situation) -> None:
    """A value that we wrote and now replace has been taken back."""
    for name in LOADED:
        ours = s.world.last_writer(s.effect.kind, s.effect.name, name) == s.effect.caller
        if name in s.effect.changed and ours and s.thing is not None:
            key = (s.effect.kind, s.effect.name.casefold(), name)
            s.memory.taken_back.setdefault(key, set()).add(s.thing[name])


def _remember_sequence(s: Situation) -> None:
    assert s.server is not None
    sequence = s.sequence or Sequence(s.effect.time)
    s.memory.sequences[s.server] = sequence
    if s.effect.kind == SERVICE_KIND:
        sequence.stopped[s.service] = s.memory.restarted[s.server] = s.effect.time
        return
    for entry in s.effect.changed:
        if s.after(entry) == ACTIVE:
            sequence.drains.discard(entry)
        else:
            sequence.drains.add(entry)
