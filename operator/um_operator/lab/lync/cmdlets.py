"""The table of every cmdlet that the lab's Lync offers."""

from __future__ import annotations

from um_operator.lab.lync import contact_cmdlets, media_cmdlets, replication, topology

CMDLETS = (
    *topology.CMDLETS,
    *media_cmdlets.CMDLETS,
    *replication.CMDLETS,
    *contact_cmdlets.CMDLETS,
)
