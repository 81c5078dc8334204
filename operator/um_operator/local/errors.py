"""What can go wrong with the folders that a run without a cluster works on."""

from __future__ import annotations


class LocalError(Exception):
    """A folder or file that cannot be used; the text says which, why, and what to do."""


class StateLockedError(LocalError):
    """Another run works on the same state."""


class StateDamagedError(LocalError):
    """A state file holds something that was not written by this program, or was cut."""
