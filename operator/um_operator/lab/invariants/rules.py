"""Every rule of the rollout: by which checks an onlooker asserts it, or why not yet.

``calls`` and ``half-made`` are no numbers of the rollout's list: the one is its first sentence, the other
what its order of plan, gateway and hunt group is for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from um_operator.lab.invariants import (
    certificates,
    cut_overs,
    devices,
    front_ends,
    interruptions,
    order,
    ownership,
    security,
    sequences,
)
from um_operator.lab.invariants.situation import Situation

Check = Callable[[Situation], Iterable[str]]

ALWAYS: tuple[tuple[str, Check], ...] = (
    ("R1", ownership.made_twice),
    ("R7", certificates.bound_certificate_removed),
    ("R7", certificates.trust_taken_away),
    ("R7", devices.trust_taken_from_a_device),
    ("R8", sequences.service_without_certificate),
    ("R8", sequences.mode_and_binding_apart),
    ("R9", sequences.restarted_before_it_arrived),
    ("R17", sequences.tried_again),
    ("R18", security.secured_before_the_servers),
    ("R18", security.created_secured),
    ("R18", security.security_with_others),
    ("R18", security.tls_port_on_an_unsecured_plan),
    ("R18", cut_overs.secured_before_the_ports),
    ("R18", cut_overs.secured_with_an_address),
    ("R18", cut_overs.port_not_followed),
    ("R19", security.tls_only_beside_an_unsecured_plan),
    ("R21", ownership.membership_overwritten),
    ("R24", devices.changed_a_locked_device),
    ("R24", devices.edits_of_others_lost),
    ("R27", interruptions.fight),
    ("half-made", order.half_made_gateway),
    ("half-made", order.half_made_plan),
)
"""What is asserted of each effect, whatever was declared."""

WHERE_DECLARED: tuple[tuple[str, Check], ...] = (
    ("R2", ownership.foreign_object),
    ("R2", ownership.foreign_property),
    ("R2", ownership.unlisted_hunt_group_removed),
    ("R2", certificates.foreign_certificate_removed),
    ("R3", ownership.written_where_nothing_may_be),
    ("R3", ownership.removed_without_permission),
    ("R3", order.removed_while_taking_calls),
    ("R3", order.closed_before_servers_knew),
    ("R3", order.removed_with_calls),
    ("R3", order.removed_with_hunt_groups),
    ("R3", order.policy_removed_from_a_linked_plan),
    ("R6", certificates.bound_before_trusted),
    ("R10", sequences.calls_cut),
    ("R10", sequences.call_router_undrained),
    ("R11", sequences.over_budget),
    ("R11", sequences.last_of_its_service),
    ("R12", sequences.only_one_outside_the_window),
    ("R14", sequences.foreign_requester),
    ("R14", sequences.touched_in_maintenance),
    ("R15", sequences.activated_before_ready),
    ("R16", sequences.begun_before_the_soak_was_over),
    ("R16", cut_overs.secured_beside_another),
    ("R18", cut_overs.secured_before_trusted),
    ("R2", front_ends.lync_changed),
    ("R2", front_ends.permissions_granted_unasked),
    ("R2", front_ends.script_made_what_was_declared),
    ("half-made", front_ends.permissions_before_members),
    ("R20", front_ends.nobody_calls_out),
    ("R20", front_ends.calls_out_where_nobody_serves),
    ("R21", order.removed_before_replaced),
    ("R22", front_ends.begun_beside_front_ends),
    ("R25", ownership.written_while_held),
    ("R26", interruptions.outside_the_window),
    ("R26", devices.device_interrupted_outside_the_window),
    ("R26", sequences.begun_outside_the_window),
)
"""What is asserted of each effect once a test has said what is declared."""

OF_FRONT_ENDS: tuple[tuple[str, Check], ...] = (
    ("R3", front_ends.begun_where_nothing_may_be),
    ("R14", front_ends.started_what_a_person_stopped),
    ("R22", front_ends.stopped_without_approval),
    ("R22", front_ends.other_service_stopped),
    ("R22", front_ends.sessions_ended),
    ("R22", front_ends.stopped_beside_exchange),
    ("R23", front_ends.below_quorum),
    ("R23", front_ends.pool_too_small),
    ("R23", front_ends.routing_group_lost),
    ("R23", front_ends.stopped_beside_another),
    ("R23", front_ends.stopped_before_ready),
    ("R23", front_ends.next_domain_too_soon),
    ("R25", front_ends.begun_while_held),
    ("R26", front_ends.front_end_outside_the_window),
)
"""What is asserted of each effect on a service of Lync, and nothing else is."""

OF_CALLS = "calls"
"""The rule that is asserted of the calls themselves, in the judge."""

AT_THE_END = frozenset({"R8", "R13", "R18", "R20", "R22", "R24"})
"""Rules of which something is asserted when all is done, in the judge: what was begun has been finished."""

NOT_YET: dict[str, str] = {
    "R4": "a probe leaves no effect, and what it found is known to whoever sent it alone",
    "R5": "trust is a relation of many stores; that it was missing shows in calls, in event 1113, and in R6",
}
"""Rules that no check asserts, and why."""
