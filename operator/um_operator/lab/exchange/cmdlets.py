"""The table of every cmdlet that the lab's Exchange offers."""

from __future__ import annotations

from um_operator.lab.exchange import (
    auto_attendants,
    calls_in_progress,
    component_states,
    connectivity,
    dial_plans,
    hunt_groups,
    ip_gateways,
    mailbox_policies,
    permissions,
    servers,
    um_settings,
)
from um_operator.lab.exchange.certificates import enabling, exporting, getting, importing, new, removing

CMDLETS = (
    *servers.CMDLETS,
    *um_settings.CMDLETS,
    *dial_plans.CMDLETS,
    *ip_gateways.CMDLETS,
    *hunt_groups.CMDLETS,
    *mailbox_policies.CMDLETS,
    *auto_attendants.CMDLETS,
    *permissions.CMDLETS,
    *calls_in_progress.CMDLETS,
    *component_states.CMDLETS,
    *connectivity.CMDLETS,
    *getting.CMDLETS,
    *new.CMDLETS,
    *importing.CMDLETS,
    *exporting.CMDLETS,
    *enabling.CMDLETS,
    *removing.CMDLETS,
)
