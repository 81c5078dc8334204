"""The order of changes as a table: what must be read as true before a step of a type runs.

No step knows its successor. A step is ready when all its facts are Known and true in the snapshot, so
going on after a crash needs no code, and whatever a person did meanwhile counts (design, order).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from um_operator.planning import cut_over, facts, lync_facts
from um_operator.planning.edge import Edge
from um_operator.planning.front_ends.edges import FRONT_END_EDGES
from um_operator.planning.plan import Wait
from um_operator.planning.rollout import facts as rollout
from um_operator.planning.rollout import trust_facts as trust
from um_operator.planning.steps import (
    ActivateServer,
    ConfigureService,
    CreateHuntGroup,
    DeliverTrust,
    DrainServer,
    GrantPermissions,
    ImportCertificate,
    InstallChain,
    InstallLyncTrust,
    JoinDialPlans,
    PublishAuthorities,
    RemoveCertificate,
    RemoveDialPlan,
    RemoveGateway,
    RemoveHuntGroup,
    RemoveMailboxPolicy,
    RestartService,
    SetDialPlan,
    SetGateway,
    SetGatewayState,
    SetVoIPSecurity,
    Step,
)
from um_operator.planning.view import View

EDGES: Final[tuple[Edge[Any], ...]] = (
    Edge(
        "the plan exists", facts.dial_plan_exists, SetDialPlan,
        why="there is nothing to set", source="field notes 3.2",
    ),
    Edge(
        "the plan exists", facts.dial_plan_exists, CreateHuntGroup,
        why="New-UMHuntGroup refuses a plan that is not there", source="field notes 4.2",
    ),
    Edge(
        "a plan of ours is configured", facts.dial_plan_is_configured, CreateHuntGroup,
        why="callers would meet a half-made plan", source="design, order",
    ),
    Edge(
        "nothing would make its calls fail", cut_over.waits_of, SetVoIPSecurity,
        why="a plan is secured when servers and gateways speak TLS, unsecured when servers speak TCP",
        source="R18, R19",
    ),
    Edge(
        "the gateway exists", facts.gateway_exists, SetGateway,
        why="New-UMIPGateway has no -Port: there is nothing to set before it", source="field notes 4.1",
    ),
    Edge(
        "the gateway exists", facts.gateway_exists, SetGatewayState,
        why="there is nothing to set", source="field notes 4.1",
    ),
    Edge(
        "the gateway exists", facts.gateway_exists, CreateHuntGroup,
        why="New-UMHuntGroup refuses a gateway that is not there", source="field notes 4.2",
    ),
    Edge(
        "the gateway is reached as declared", facts.gateway_is_reached_as_declared, CreateHuntGroup,
        why="the link lets calls flow: over a half-made gateway they fail", source="S3, field notes 4.1",
    ),
    Edge(
        "the gateway's port fits the plan", facts.gateway_port_fits_dial_plan, CreateHuntGroup,
        why="calls of an Unsecured plan are plain SIP, which a TLS port does not understand", source="R18",
    ),
    Edge(
        "the gateway takes no new calls", facts.gateway_takes_no_new_calls, RemoveHuntGroup,
        why="a gateway that is deleted is emptied first", source="R3",
    ),
    Edge(
        "the gateway has no calls", facts.gateway_has_no_calls, RemoveHuntGroup,
        why="a call in progress would be cut", source="R3",
    ),
    Edge(
        "what replaces it exists", facts.replacement_exists, RemoveHuntGroup,
        why="between removing and adding, calls would fail", source="R21, field notes 4.2",
    ),
    Edge(
        "the gateway takes no new calls", facts.gateway_takes_no_new_calls, SetGatewayState,
        why="a gateway that takes new calls is never empty", source="field notes 4.1",
    ),
    Edge(
        "the gateway has no calls", facts.gateway_has_no_calls, SetGatewayState,
        why="a call in progress would be cut", source="field notes 4.1",
    ),
    Edge(
        "the gateway takes no new calls", facts.gateway_takes_no_new_calls, RemoveGateway,
        why="servers that have not read yet that it is parted from its plans still take its calls",
        source="R3, field notes 3.6",
    ),
    Edge(
        "the gateway has no calls", facts.gateway_has_no_calls, RemoveGateway,
        why="a call that began before it was parted from its plans would be cut", source="R3",
    ),
    Edge(
        "the gateway has no hunt groups", facts.gateway_has_no_hunt_groups, RemoveGateway,
        why="hunt groups would be left without gateway", source="field notes 4.1",
    ),
    Edge(
        "the plan has no hunt groups", facts.dial_plan_has_no_hunt_groups, RemoveMailboxPolicy,
        why="a plan that still takes calls would lose its policy", source="field notes 3.4",
    ),
    Edge(
        "the plan has no hunt groups", facts.dial_plan_has_no_hunt_groups, RemoveDialPlan,
        why="Remove-UMDialPlan refuses a plan that is referred to", source="field notes 3.4",
    ),
    Edge(
        "the plan has no mailbox policies", facts.dial_plan_has_no_policies, RemoveDialPlan,
        why="Remove-UMDialPlan refuses a plan that is referred to", source="field notes 3.4",
    ),
    Edge(
        "the plans exist", lync_facts.dial_plans_exist, JoinDialPlans,
        why="there is nothing to be a member of", source="field notes 11",
    ),
    Edge(
        "calls go out through the named gateway", lync_facts.another_gateway_places_calls, SetGateway,
        why="no gateway of the plan would place calls: no Play on Phone, no message waiting", source="R20",
    ),
    Edge(
        "every server is a member", lync_facts.every_server_is_a_member, GrantPermissions,
        why="the script looks at the servers that are members of the plans", source="field notes 11",
    ),
    Edge(
        "the plans of pools work", lync_facts.pools_plans_work, CreateHuntGroup,
        why="servers would call a pool in vain, and tell so by events that stop a rollout", source="R16, R18",
    ),
    Edge(
        "the plans of pools work", lync_facts.pools_plans_work, GrantPermissions,
        why="the script links pools that nobody declared, at the port of plain SIP", source="R16, R18",
    ),
    Edge(
        "the pools are linked", lync_facts.pools_are_linked, GrantPermissions,
        why="the script would make gateways of its own, at the port of plain SIP, all placing calls",
        source="field notes 6.1, S6",
    ),
    Edge(
        "the CAs are published", lync_facts.chain_is_published, InstallLyncTrust,
        why="Lync would get other CAs than the peers that are looked after by hand", source="R7",
    ),
    Edge(
        "the certificate is issued", rollout.certificate_is_issued, ImportCertificate,
        why="there is nothing to import", source="field notes 11",
    ),
    Edge(
        "the certificate is issued", rollout.certificate_is_issued, InstallChain,
        why="its issuers are not known", source="field notes 11",
    ),
    Edge(
        "the certificate is issued", rollout.certificate_is_issued, ConfigureService,
        why="a mode without certificate would keep the service from starting", source="R8",
    ),
    Edge(
        "the certificate is imported", rollout.certificate_is_imported, ConfigureService,
        why="Enable-ExchangeCertificate refuses what is not in the store, and the mode is written before it",
        source="R8, field notes 1.4",
    ),
    Edge(
        "the server trusts the chain", trust.chain_is_valid_on_the_host, ConfigureService,
        why="SChannel would not send the issuers, and Exchange refuses a certificate without chain",
        source="R5, field notes 1.4",
    ),
    Edge(
        "every peer trusts the chain", trust.peers_trust_the_chain, ConfigureService,
        why="calls of peers that do not trust it would fail", source="R6",
    ),
    Edge(
        "the server trusts the gateways", trust.gateways_are_trusted, ConfigureService,
        why="calls of a gateway whose certificate the server does not trust would fail", source="R5",
    ),
    Edge(
        "the certificate is issued", trust.authorities_are_known, PublishAuthorities,
        why="its issuers are not known", source="field notes 11",
    ),
    Edge(
        "the CAs are published", trust.authorities_are_published, DeliverTrust,
        why="a device would get other CAs than the peers that are looked after by hand", source="R7",
    ),
    Edge(
        "nobody else is at work on the device", trust.device_is_free, DeliverTrust,
        why="what somebody has not finished would be saved, put in force, or lost", source="R24",
    ),
    Edge(
        "mode and binding are written", rollout.services_are_configured, DrainServer,
        why="a server would be taken out of service for nothing", source="R8",
    ),
    Edge(
        "mode and binding have arrived", rollout.bindings_have_arrived, DrainServer,
        why="it would be out of service for as long as replication takes", source="R9, R13",
    ),
    Edge(
        "the UM services behind it are through", rollout.backends_are_through, DrainServer,
        why="a call router that comes up in TLS has to find backends that speak TLS",
        source="field notes 5.3",
    ),
    Edge(
        "mode and binding have arrived", rollout.binding_has_arrived, RestartService,
        why="the service would start with what stood there before", source="R9",
    ),
    Edge(
        "the server is drained", rollout.server_is_drained, RestartService,
        why="new calls would meet a service that is down", source="R10",
    ),
    Edge(
        "calls have ended", rollout.calls_have_ended, RestartService,
        why="calls in progress would be cut", source="R10",
    ),
    Edge(
        "the UM service beside it is ready", rollout.backend_is_ready, RestartService,
        why="a call router that comes up in TLS has to find a backend that speaks TLS",
        source="field notes 5.3",
    ),
    Edge(
        "the last start had its time", rollout.last_start_had_its_time, RestartService,
        why="a service that is coming up would be stopped again", source="R15, lab L8",
    ),
    Edge(
        "the service is at rest", rollout.service_is_at_rest, RestartService,
        why="a service that is stopping or starting cannot be told to do the other", source="lab L8",
    ),
    Edge(
        "the server is ready", rollout.server_is_ready, ActivateServer,
        why="calls would meet a service that does not serve what it should", source="R15",
    ),
    Edge(
        "nothing uses the certificate", rollout.nothing_uses_it, RemoveCertificate,
        why="a service whose certificate is gone does not start again", source="field notes 1.6",
    ),
    *FRONT_END_EDGES,
)  # fmt: skip


def waits_of(step: Step, view: View, edges: Iterable[Edge[Any]] = EDGES) -> tuple[Wait, ...]:
    """Return what a step waits for by the order of things, nothing twice."""
    facts = [edge.before for edge in edges if isinstance(step, edge.after)]
    return tuple(dict.fromkeys(wait for missing in facts for wait in missing(step, view)))
