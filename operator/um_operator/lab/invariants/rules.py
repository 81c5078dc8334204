"""Every rule of the rollout: by which checks an onlooker asserts it, or why not yet.

``calls`` and ``half-made`` are no numbers of the rollout's list: the one is its first sentence, the other
what its order of plan, gateway and hunt group is for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from um_operator.lab.invariants import interruptions, order, ownership, security
from um_operator.lab.invariants.situation import Situation

Check = Callable[[Situation], Iterable[str]]

ALWAYS: tuple[tuple[str, Check], ...] = (
    ("R1", ownership.made_twice),
    ("R18", security.secured_before_the_servers),
    ("R18", security.created_secured),
    ("R18", security.security_with_others),
    ("R18", security.tls_port_on_an_unsecured_plan),
    ("R19", security.tls_only_beside_an_unsecured_plan),
    ("R21", ownership.membership_overwritten),
    ("R27", interruptions.fight),
    ("half-made", order.half_made_gateway),
    ("half-made", order.half_made_plan),
)
"""What is asserted of each effect, whatever was declared."""

WHERE_DECLARED: tuple[tuple[str, Check], ...] = (
    ("R2", ownership.foreign_object),
    ("R2", ownership.foreign_property),
    ("R2", ownership.unlisted_hunt_group_removed),
    ("R3", ownership.written_where_nothing_may_be),
    ("R3", ownership.removed_without_permission),
    ("R3", order.removed_while_taking_calls),
    ("R3", order.closed_before_servers_knew),
    ("R3", order.removed_with_calls),
    ("R3", order.removed_with_hunt_groups),
    ("R3", order.policy_removed_from_a_linked_plan),
    ("R21", order.removed_before_replaced),
    ("R25", ownership.written_while_held),
    ("R26", interruptions.outside_the_window),
)
"""What is asserted of each effect once a test has said what is declared."""

OF_CALLS = "calls"
"""The rule that is asserted of the calls themselves, in the judge."""

_NO_RESTARTS = "nothing restarts a service yet"
_NO_CERTIFICATES = "nothing binds, renews or trusts a certificate yet"
_NO_LYNC = "there is no Lync yet"

NOT_YET: dict[str, str] = {
    "R4": "no sequence on a server yet, and no probe",
    "R5": _NO_CERTIFICATES,
    "R6": _NO_CERTIFICATES,
    "R7": _NO_CERTIFICATES,
    "R8": _NO_CERTIFICATES,
    "R9": _NO_RESTARTS,
    "R10": f"{_NO_RESTARTS}; calls that a deletion cuts are counted by R3",
    "R11": _NO_RESTARTS,
    "R12": _NO_RESTARTS,
    "R13": f"{_NO_RESTARTS}; that a deletion is finished shows in the exemptions of R25 and R26",
    "R14": "nothing drains a server yet",
    "R15": _NO_RESTARTS,
    "R16": _NO_RESTARTS,
    "R17": _NO_RESTARTS,
    "R20": f"{_NO_LYNC}; OutcallsAllowed of gateways that nobody declared is guarded by R2",
    "R22": _NO_LYNC,
    "R23": _NO_LYNC,
    "R24": "nothing works on devices yet",
}
"""Rules that no check asserts, and why."""
