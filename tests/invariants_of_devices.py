"""Seeded journals of managed devices: what an operator might do to a gateway that carries more than UM."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

from invariants_support import DECLARED, Story
from um_operator.lab.journal import Readable

BEGINNING: dict[str, Readable] = {
    "Trusted": ["carrier"],
    "Saved": ["carrier"],
    "LockedBy": "",
    "Unsaved": [],
    "Trunk": "Up",
    "Interruptions": 0,
}
Tale = Callable[[Any], object]


@dataclass
class Workbench(Story):
    """A story that has a device in it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.state = dict(BEGINNING)

    def touch(self, *, by: str = "operator", **changes: Readable) -> Self:
        """Change what is true of the device."""
        before, self.state = self.state, {**self.state, **changes}
        self.effect("touch", "sbc01", before, self.state, by=by, kind="ManagedDevice")
        return self


WRONG: dict[str, tuple[str, Story, Tale]] = {
    "trust_taken_from_a_device": (
        "R7",
        Workbench(),
        lambda s: s.touch(Trusted=["ours"]),
    ),
    "changed_a_locked_device": (
        "R24",
        Workbench(),
        lambda s: s.touch(by="administrator", LockedBy="anna").touch(Trusted=["carrier", "ours"]),
    ),
    "edits_of_others_lost": (
        "R24",
        Workbench(),
        lambda s: s.touch(by="administrator", Unsaved=["+ shutdown"]).touch(Unsaved=[]),
    ),
    "device_interrupted_outside_the_window": (
        "R26",
        Workbench(declared=replace(DECLARED, window=lambda _: False)),
        lambda s: s.touch(Interruptions=1),
    ),
}
ALSO_WRONG: dict[str, tuple[str, Story, Tale]] = {
    "more taken back than was added": (
        "R7",
        Workbench(),
        lambda s: s.touch(Saved=["carrier", "ours"]).touch(Saved=[]),
    ),
    "a device that nobody declared": (
        "R2",
        Workbench(),
        lambda s: s.effect("touch", "legacy-pbx", BEGINNING, {"Trunk": "Down"}, kind="ManagedDevice"),
    ),
}
RIGHT: dict[str, tuple[Story, Tale]] = {
    "a CA added, in force and saved": (
        Workbench(),
        lambda s: s.touch(Trusted=["carrier", "ours"]).touch(Saved=["carrier", "ours"]),
    ),
    "what was added taken back": (
        Workbench(),
        lambda s: s.touch(Trusted=["carrier", "ours"], Trunk="Down").touch(Trusted=["carrier"], Trunk="Up"),
    ),
    "work beside edits of others": (
        Workbench(),
        lambda s: s.touch(by="administrator", Unsaved=["+ shutdown"]).touch(Trusted=["carrier", "ours"]),
    ),
}
