"""The table of every cmdlet that the lab's Lync offers."""

from __future__ import annotations

from um_operator.lab.lync import contact_cmdlets, media_cmdlets, replication, service_cmdlets, topology, users

CMDLETS = (
    *topology.CMDLETS,
    *media_cmdlets.CMDLETS,
    *replication.CMDLETS,
    *contact_cmdlets.CMDLETS,
    *service_cmdlets.CMDLETS,
    *users.CMDLETS,
)
