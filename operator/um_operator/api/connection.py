"""How the operator reaches a product: endpoints, account, and each server's own WinRM."""

from __future__ import annotations

from typing import Annotated, Literal

from um_operator.api.model import Atomic, ListOf, Model, at_most, computed, keyed_by
from um_operator.api.references import CARef, SecretRef
from um_operator.api.strings import Address, Fqdn, HttpUrl, Port, ServerPattern
from um_operator.api.text import Text

SessionConfiguration = Annotated[
    str, Text(128, r"^[A-Za-z0-9_.-]+$", 'must be letters, digits, ".", "_" and "-"')
]


class Authentication(Model):
    """An account and how it proves itself."""

    method: Literal["Kerberos", "NTLM", "Basic", "Certificate"] = "Kerberos"
    """The HTTP authentication. Kerberos and NTLM encrypt what they carry over plain HTTP as well."""
    secret_ref: SecretRef
    """The Secret with the account: ``username`` and ``password``, or ``username`` and ``keytab``, or
    ``tls.crt`` and ``tls.key`` for Certificate."""
    kerberos_service: Annotated[str, Text(32, r"^[A-Za-z0-9]+$", "must be letters and digits")] = "HTTP"
    """The service part of the Kerberos name asked for, the host part being the server's FQDN."""


class HostOverride(Model):
    """Where one server answers, when it is not its own FQDN and the common port."""

    name: Fqdn
    """The server's FQDN."""
    address: Address | None = None
    """The address to connect to; names, SPN and certificate stay those of the server."""
    port: Port | None = None
    """The port to connect to."""


class Hosts(Model):
    """Each server's own WinRM: services, certificate stores, event log."""

    scheme: Literal["HTTP", "HTTPS"] = "HTTP"
    """HTTP is encrypted by Kerberos or NTLM; Basic and Certificate ask for HTTPS."""
    port: Annotated[Port | None, computed("5985 for HTTP, 5986 for HTTPS")] = None
    """The port of WinRM."""
    configuration_name: SessionConfiguration = "Microsoft.PowerShell"
    """The session configuration (JEA endpoint) to enter."""
    authentication: Annotated[Authentication | None, computed("the product's authentication")] = None
    """The account for the hosts."""
    overrides: Annotated[ListOf[HostOverride], keyed_by("name"), at_most(64)] = ()
    """Servers that answer elsewhere."""


class Product(Model):
    """Exchange or Lync: where its remote PowerShell is and who may enter."""

    endpoints: Annotated[ListOf[HttpUrl], Atomic, at_most(8, at_least=1)]
    """Addresses of the remote PowerShell, tried in order; the servers behind them are discovered."""
    authentication: Annotated[Authentication | None, computed("for Lync: the authentication of Exchange")] = (
        None
    )
    """The account. Required for Exchange."""
    hosts: Hosts = Hosts()
    """Each server's own WinRM."""


class TLSTrust(Model):
    """Whom the operator trusts."""

    ca_ref: CARef | None = None
    """CA certificates for HTTPS endpoints, WinRM and SIP peers, besides those of the system."""


class ServerSelection(Model):
    """Which servers count; one that is left out is neither read nor counted as out of service."""

    include: Annotated[ListOf[ServerPattern], at_most(256)] = ()
    """Only these, when the list is not empty."""
    exclude: Annotated[ListOf[ServerPattern], at_most(256)] = ()
    """None of these: directory entries whose machine is gone, servers that somebody else manages."""
