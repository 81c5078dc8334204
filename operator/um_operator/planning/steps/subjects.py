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


def of_certificate(revision: str) -> str:
    """Return the subject of steps on a revision of a certificate, by its name."""
    return f"Certificate/{revision}"


def in_store(server: str, revision: str) -> str:
    """Return the subject of steps on a revision in a server's store."""
    return f"ExchangeCertificate/{server}\\{revision}"


def of_stores(server: str) -> str:
    """Return the subject of steps on what a server trusts."""
    return f"CertificateStore/{server}"


def of_gateway_in_stores(server: str, gateway: str) -> str:
    """Return the subject of steps on whether a server trusts a gateway."""
    return f"CertificateStore/{server}\\{gateway}"


def of_config_map(name: str) -> str:
    """Return the subject of steps on what peers are told to trust."""
    return f"ConfigMap/{name}"


def of_device(gateway: str, config_map: str) -> str:
    """Return the subject of steps on what the device of a gateway trusts."""
    return f"Device/{gateway}\\{config_map}"


def of_service(server: str, service: str) -> str:
    """Return the subject of steps on a Windows service of a server."""
    return f"Service/{server}\\{service}"


def of_component(server: str, component: str) -> str:
    """Return the subject of steps on a server component; empty where the server has none of its own."""
    return f"ServerComponent/{server}\\{component}"


def of_membership(server: str, service: str) -> str:
    """Return the subject of steps on the dial plans that a service of a server is a member of."""
    return f"Membership/{server}\\{service}"


def of_permissions(integration: str) -> str:
    """Return the subject of steps on what Lync may read of Exchange, by the LyncIntegration."""
    return f"Permissions/{integration}"
