"""How steps name what they change, in Exchange's terms."""

from __future__ import annotations


def of_dial_plan(name: str) -> str:
    """Return the subject of steps on a dial plan."""
    return f"UMDialPlan/{name}"


def of_gateway(name: str) -> str:
    """Return the subject of steps on a gateway."""
    return f"UMIPGateway/{name}"


def of_hunt_group(gateway: str, name: str) -> str:
    """Return the subject of steps on a hunt group."""
    return f"UMHuntGroup/{gateway}\\{name}"


def of_mailbox_policy(name: str) -> str:
    """Return the subject of steps on a mailbox policy."""
    return f"UMMailboxPolicy/{name}"
