"""Hunt groups: what tells one from another, and the name that a new one gets."""

from __future__ import annotations

import hashlib
from typing import Final

from um_operator.api.values import name_key

NAME_MAX: Final = 64
PILOT_SHOWN: Final = 24
HASH_DIGITS: Final = 6


def identity(gateway: str, dial_plan: str, pilot_identifier: str) -> tuple[str, str, str]:
    """Return what tells a hunt group from others; names in Exchange have no case."""
    return name_key(gateway), name_key(dial_plan), pilot_identifier


def hunt_group_name(gateway: str, dial_plan: str, pilot_identifier: str) -> str:
    """Return ``<plan>-<pilot>-<hash>`` within Exchange's 64 characters.

    The pilot is reduced to letters and digits; six hex digits of the SHA-256 of the identity keep hunt
    groups apart whose plan or pilot had to be cut. A hunt group can't be changed, so another pilot is
    another name, and the new one can be added before the old one is removed (R21).
    """
    digest = hashlib.sha256("\n".join(identity(gateway, dial_plan, pilot_identifier)).encode()).hexdigest()
    pilot = "".join(letter for letter in pilot_identifier if letter.isalnum())[:PILOT_SHOWN]
    end = f"-{pilot}-{digest[:HASH_DIGITS]}" if pilot else f"-{digest[:HASH_DIGITS]}"
    return dial_plan[: NAME_MAX - len(end)].rstrip() + end
