"""The table of every cmdlet that the lab's Exchange offers."""

from __future__ import annotations

from um_operator.lab.exchange import (
    calls_in_progress,
    certificates,
    dial_plans,
    hunt_groups,
    ip_gateways,
    mailbox_policies,
    servers,
    um_settings,
)

CMDLETS = (
    *servers.CMDLETS,
    *um_settings.CMDLETS,
    *dial_plans.CMDLETS,
    *ip_gateways.CMDLETS,
    *hunt_groups.CMDLETS,
    *mailbox_policies.CMDLETS,
    *calls_in_progress.CMDLETS,
    *certificates.CMDLETS,
)
