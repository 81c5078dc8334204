"""Devices: a gateway carries more than Unified Messaging, and others are at work on it (R7, R24, R26)."""

from __future__ import annotations

from collections.abc import Iterator

from um_operator.lab.invariants.situation import MANAGED_DEVICE, Situation
from um_operator.lab.invariants.world import World

STORES = ("Trusted", "Saved")


def trust_taken_from_a_device(s: Situation) -> Iterator[str]:
    """R7: a CA goes that we did not put there ourselves with our own last change."""
    for store in STORES if s.effect.kind == MANAGED_DEVICE else ():
        gone = _listed(s.effect.before, store) - _listed(s.effect.after, store)
        if gone - _added_last(s, store):
            yield f'{s.effect.cmdlet} took {len(gone)} CAs from {store} of device "{s.effect.name}"'


def changed_a_locked_device(s: Situation) -> Iterator[str]:
    """R24: somebody else keeps it locked."""
    holder = (s.effect.before or {}).get("LockedBy")
    if s.effect.kind == MANAGED_DEVICE and holder:
        yield f'{s.effect.cmdlet} changed device "{s.effect.name}", which "{holder}" had locked'


def edits_of_others_lost(s: Situation) -> Iterator[str]:
    """R24: what another administrator had not saved was saved, put in force or dropped by us."""
    if s.effect.kind != MANAGED_DEVICE:
        return
    before, after = _listed(s.effect.before, "Unsaved"), _listed(s.effect.after, "Unsaved")
    if lost := before - after:
        yield f'{s.effect.cmdlet} on device "{s.effect.name}" ended unsaved edits: {", ".join(sorted(lost))}'


def device_interrupted_outside_the_window(s: Situation) -> Iterator[str]:
    """R26: the calls over a device are ended outside of every window."""
    if s.effect.kind != MANAGED_DEVICE or s.declared.window(s.effect.time):
        return
    if "Interruptions" in s.effect.changed:
        yield f'{s.effect.cmdlet} ended the calls over device "{s.effect.name}" outside every window'


def trunks_lost(world: World) -> Iterator[tuple[str, str]]:
    """R24, at the end: a trunk of somebody else is down by our doing, and was not brought back."""
    for device in world.all(MANAGED_DEVICE):
        wrote = device.wrote.get("Trunk")
        if device["Trunk"] == "Down" and wrote is not None and not wrote.is_by_hand:
            yield "R24", f'{wrote.cmdlet} took the carrier\'s trunk of device "{device.name}" down'


def _added_last(s: Situation, store: str) -> frozenset[str]:
    """What the last change of a store added, if it was ours: that may be taken back."""
    wrote = s.thing.wrote.get(store) if s.thing else None
    if wrote is None or wrote.is_by_hand or wrote.caller != s.effect.caller:
        return frozenset()
    return _listed(wrote.after, store) - _listed(wrote.before, store)


def _listed(state: object, name: str) -> frozenset[str]:
    found = state.get(name) if isinstance(state, dict) else None
    return frozenset(map(str, found)) if isinstance(found, list) else frozenset()
