"""What was read of a service beside what is wanted of it: yes, no, or ``None`` where nothing tells (R1)."""

from __future__ import annotations

from dataclasses import dataclass

from um_operator.observed.exchange import Binding, StartupMode
from um_operator.observed.fact import Fact, Unknown
from um_operator.observed.hosts import TLS, Closed, Listener
from um_operator.planning.rollout.target import Target


@dataclass(frozen=True, slots=True)
class Settings:
    """What a service is configured for."""

    mode: StartupMode
    binding: Binding


def equal(settings: Fact[Settings], target: Target, *, unshown: bool) -> bool | None:
    """Whether mode and binding are those of ``target``; ``unshown``: where the binding is not shown."""
    if isinstance(settings, Unknown):
        return None
    if settings.value.mode != target.mode:
        return False
    if target.mode == "TCP":
        return True
    binding = settings.value.binding
    return binding.thumbprint == target.thumbprint if binding.shown else unshown


def plain_as_wanted(fact: Fact[Listener], mode: StartupMode) -> bool | None:
    """Whether the port for plain SIP answers as a startup mode has it."""
    if isinstance(fact, Unknown):
        return None
    return isinstance(fact.value, Closed) == (mode == "TLS")


def tls_as_wanted(fact: Fact[Listener], target: Target) -> bool | None:
    """Whether the port for TLS shows what ``target`` has."""
    if isinstance(fact, Unknown):
        return None
    if target.mode == "TCP":
        return isinstance(fact.value, Closed)
    return isinstance(fact.value, TLS) and fact.value.leaf.thumbprint == target.thumbprint
