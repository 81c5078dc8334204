"""What a connection to an Exchange organisation is made of, as its manifest and Secrets say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from um_operator.api.connection import Authentication as DeclaredAccount
from um_operator.api.connection import Hosts
from um_operator.api.organization import ExchangeOrganizationSpec
from um_operator.api.server_patterns import ServerPatterns
from um_operator.engine.ports import Secrets
from um_operator.remoting import endpoint as endpoints
from um_operator.remoting.credentials import Authentication, CredentialsError, Method, authentication
from um_operator.remoting.endpoint import Endpoint
from um_operator.remoting.server_sessions import Limits


class ConnectionSettingsError(Exception):
    """What an ExchangeOrganization says of its connection can't be used; one line says what is missing."""


LYNC_SHELL: Final = "Microsoft.PowerShell"
"""The session configuration of Lync's remote shell: the default one (field notes 7.1)."""
NO_LYNC: Final = "the organisation has no spec.lync: endpoints, account and hosts of Lync"


@dataclass(frozen=True, slots=True)
class LyncSettings:
    """What the ways to Lync are made of: its endpoints with account and CA, and how its computers answer."""

    ways_in: tuple[Endpoint, ...]
    hosts: Hosts
    hosts_account: Authentication


@dataclass(frozen=True, slots=True)
class Settings:
    """What a connection is made of; two that are equal need no other connection.

    Attributes:
        ways_in: Exchange's endpoints, with account and CA.
        hosts: how each server's own WinRM is reached.
        hosts_account: the account for that.
        ca_pem: whom the operator trusts besides the system's authorities, PEM.
        lync: what the ways to Lync are made of; if it is text, why there is none.
    """

    ways_in: tuple[Endpoint, ...]
    limits: Limits
    selection: ServerPatterns
    hosts: Hosts
    hosts_account: Authentication
    ca_pem: str | None
    lync: LyncSettings | str = NO_LYNC


async def settings_of(spec: ExchangeOrganizationSpec, secrets: Secrets) -> Settings:
    """Return what the connection of an organisation is made of, as its manifest and Secrets say.

    Raises:
        ConnectionSettingsError: a Secret, a key in it or a CA is missing.
        PortError: Secrets cannot be read.
    """
    declared = spec.exchange
    account = await account_of(declared.authentication, "spec.exchange.authentication", secrets)
    hosts_account = account
    if declared.hosts.authentication is not None:
        path = "spec.exchange.hosts.authentication"
        hosts_account = await account_of(declared.hosts.authentication, path, secrets)
    ca_pem = await _authorities(spec, secrets)
    return Settings(
        ways_in=tuple(endpoints.parse(url, account, ca_pem=ca_pem) for url in declared.endpoints),
        limits=Limits(per_endpoint=spec.sessions.per_server, total=spec.sessions.total),
        selection=ServerPatterns(spec.servers.include, spec.servers.exclude),
        hosts=declared.hosts,
        hosts_account=hosts_account,
        ca_pem=ca_pem,
        lync=await _lync(spec, account, ca_pem, secrets),
    )


async def _lync(
    spec: ExchangeOrganizationSpec, account: Authentication, ca_pem: str | None, secrets: Secrets
) -> LyncSettings | str:
    """Return what the ways to Lync are made of. What is missing there does not keep us from Exchange."""
    declared = spec.lync
    if declared is None:
        return NO_LYNC
    try:
        if declared.authentication is not None:
            account = await account_of(declared.authentication, "spec.lync.authentication", secrets)
        hosts_account = account
        if declared.hosts.authentication is not None:
            path = "spec.lync.hosts.authentication"
            hosts_account = await account_of(declared.hosts.authentication, path, secrets)
    except ConnectionSettingsError as error:
        return str(error)
    ways_in = tuple(
        endpoints.parse(url, account, configuration_name=LYNC_SHELL, ca_pem=ca_pem)
        for url in declared.endpoints
    )
    return LyncSettings(ways_in, declared.hosts, hosts_account)


async def account_of(declared: DeclaredAccount | None, path: str, secrets: Secrets) -> Authentication:
    """Return the account that a field at ``path`` names.

    Raises:
        ConnectionSettingsError: the field, its Secret or a key in it is missing.
        PortError: Secrets cannot be read.
    """
    if declared is None:
        raise ConnectionSettingsError(f"{path}: is missing")
    name = declared.secret_ref.name
    data = await secrets.secret(name)
    if data is None:
        raise ConnectionSettingsError(
            f'{path}.secretRef: there is no Secret "{name}"; create it, or name another'
        )
    try:
        return authentication(Method(declared.method), data, kerberos_service=declared.kerberos_service)
    except CredentialsError as error:
        raise ConnectionSettingsError(f'Secret "{name}": {error}') from None


async def _authorities(spec: ExchangeOrganizationSpec, secrets: Secrets) -> str | None:
    reference = spec.tls.ca_ref
    if reference is None:
        return None
    read = secrets.secret if reference.kind == "Secret" else secrets.config_map
    data = await read(reference.name)
    value = data.get(reference.key) if data else None
    if value is None:
        raise ConnectionSettingsError(
            f'spec.tls.caRef: {reference.kind} "{reference.name}" with key "{reference.key}" is missing'
        )
    return value.decode("ascii", "replace")
