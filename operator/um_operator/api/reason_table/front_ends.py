"""What front ends of Lync are waited for with, and what is left to a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from um_operator.api.reason_table.row import NOTHING, OWNED, RESTART_WAITS, Row

FRONT_ENDS: Final[Mapping[str, Row]] = {
    "WaitingForIntegration": Row(
        RESTART_WAITS,
        OWNED,
        "Front ends look for Unified Messaging only when they start, so all of it has to be in place before.",
        "See what else this object, its dial plans and the certificates wait for.",
    ),
    "WaitingForPool": Row(
        RESTART_WAITS,
        OWNED,
        "No front end is stopped while the pool might not go on without it (R23).",
        "status.waitingFor says what the pool lacks.",
    ),
    "FrontEndDown": Row(
        ("ManualActionRequired", "waitingFor"),
        OWNED,
        "A front end of the pool does not run, so that no other one is stopped (R23).",
        "Start it, or take it out of the topology.",
    ),
    "PoolNotReady": Row(
        ("waitingFor",),
        OWNED,
        "Get-CsPoolUpgradeReadinessState does not say that the pool can lose this front end (R23).",
        "Nothing, unless it lasts for more than half an hour; then look at the pool.",
    ),
    "QuorumAtRisk": Row(
        ("waitingFor",),
        OWNED,
        "The pool would be left with fewer front ends than it needs, or just as many without an approval for "
        "that (R23).",
        "Start the front ends that are down, or approve a plan that says what is left.",
    ),
    "RoutingGroupAtRisk": Row(
        ("waitingFor",),
        OWNED,
        "Users would be left without a primary and a secondary copy of their data (R23).",
        "Look at Get-CsPoolFabricState. Reset-CsPoolRegistrarState is a decision of a person.",
    ),
    "ManagementStoreLags": Row(
        ("waitingFor",),
        OWNED,
        "A front end does not have every change of the Central Management store yet (R23).",
        NOTHING,
    ),
    "FrontEndsByHand": Row(
        ("ManualActionRequired", "RestartPending"),
        OWNED,
        "Front ends have to be restarted, and the operator does not do it: the pool goes down with them, or "
        "frontEndRestart.policy says so (R23).",
        "Restart them when Enterprise Voice may be interrupted; it is seen by itself.",
    ),
}
"""Reasons that have to do with restarting front ends."""
