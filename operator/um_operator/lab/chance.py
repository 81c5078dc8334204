"""Chance that is the same on every run: each thing that is drawn has a generator of its own."""

from __future__ import annotations

from random import Random


def chance(seed: int, what: str) -> Random:
    """A generator for one purpose; what others draw does not move it."""
    return Random(f"{seed} {what}")  # noqa: S311 - an estate that can be had again, no secret
