"""Whether what a step rests on was read lately enough; else the wait says what has to be read (R1, R11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from um_operator.api.reasons import Reason
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.values import name_key
from um_operator.planning.attempt import Attempt
from um_operator.planning.front_ends import facts as front_ends
from um_operator.planning.plan import Wait
from um_operator.planning.rollout import waits as rollout
from um_operator.planning.steps import BaseStep, FrontEndStep, ServerStep, SnapshotField, StopFrontEndServices

LISTS: Final = ("organization", "servers", "dial_plans", "gateways", "hunt_groups", "mailbox_policies")
SETTINGS: Final[tuple[SnapshotField, ...]] = ("um_services", "call_routers")
NAMES: Final[Mapping[str, str]] = {
    "organization": "the organization",
    "servers": "the list of servers",
    "dial_plans": "the list of dial plans",
    "gateways": "the list of gateways",
    "hunt_groups": "the list of hunt groups",
    "mailbox_policies": "the list of mailbox policies",
    "um_services": "the list of UM services",
    "call_routers": "the list of call routers",
}
"""What a person calls what was read."""


def fresh(attempt: Attempt) -> Iterator[Wait]:
    """Hold unless what the step changes or endangers was read in this pass, and the rest lately.

    What ends a server's sequence rests on that server alone (R13).
    """
    snapshot, view = attempt.view.snapshot, attempt.view
    oldest = view.now - 2 * view.desired.interval
    ends = attempt.finishes and (attempt.server is not None or isinstance(attempt.step, FrontEndStep))
    for name in LISTS if not ends else ():
        fact = getattr(snapshot, name)
        limit = view.pass_started if name in attempt.step.reads else oldest
        if isinstance(fact, Unknown):
            message = f"{NAMES[name]} could not be read: {fact.message}"
            yield Wait(Reason.WAITING_FOR_READING, message, detail=fact.reason)
        elif fact.read_at < limit:
            yield _unread(attempt.step, NAMES[name], here=name in attempt.step.reads)
    for field in SETTINGS:
        facts = _concerning(attempt, getattr(snapshot, field)) if field in attempt.step.reads else ()
        if any(isinstance(fact, Known) and fact.read_at < view.pass_started for fact in facts):
            yield _unread(attempt.step, NAMES[field])
    if any(read_at < view.pass_started for read_at in _server_read_at(attempt)):
        yield _unread(attempt.step, "the server")
    if isinstance(attempt.step, StopFrontEndServices) and any(
        read_at < view.pass_started for read_at in front_ends.read_at(attempt.step, view)
    ):
        yield _unread(attempt.step, "the pool")


def _unread(step: BaseStep, what: str, *, here: bool = True) -> Wait:
    """Return the wait for what a step reads itself, or where it is not that, for a full pass."""
    server = step.server if isinstance(step, ServerStep) else ""
    reads = step.reads if here else frozenset[SnapshotField]()
    return Wait(Reason.WAITING_FOR_READING, f"{what} has to be read again", server, reads=reads)


def looked_at(attempt: Attempt) -> Iterator[Wait]:
    """Hold unless every server was looked at just now, where it is a matter of all of them.

    Before a plan is secured all have to be READY (R18). Before a service is stopped somebody else has to be
    there for its calls, and what was done on the server before may have taken long (R11).
    """
    if attempt.begins_cut_over:
        yield from rollout.everyone_was_looked_at(attempt.view, rollout.LOOK)
    if attempt.stops_service:
        yield from rollout.everyone_was_looked_at(attempt.view, rollout.AVAILABILITY)


def _concerning(attempt: Attempt, settings: Mapping[str, Fact[Any]]) -> Iterator[Fact[Any]]:
    """Yield the settings of the server that a step is about, else those of all."""
    own = name_key(attempt.step.server) if isinstance(attempt.step, ServerStep) else None
    yield from (fact for key, fact in settings.items() if own in {None, key})


def _server_read_at(attempt: Attempt) -> Iterator[datetime]:
    """Yield when what a step rests on was read of its server; what is unknown holds it back elsewhere."""
    server = attempt.server
    if server is None:
        return
    if "certificates" in attempt.step.reads and isinstance(server.stored, Known):
        yield server.stored.read_at
    if "hosts" in attempt.step.reads:
        yield from server.read_at
    if "stores" in attempt.step.reads and isinstance(server.stores, Known):
        yield server.stores.read_at
