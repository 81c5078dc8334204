"""Carriers of steps that need more than one room of the house: CAs for Lync hosts, permissions for Lync."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from um_operator.api.lync_integration import LyncPermissions
from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.app.settings import ConnectionSettingsError, Settings, account_of
from um_operator.engine.ports import PortError, Secrets
from um_operator.hosts.carrier import HostsCarrier, Issuers
from um_operator.hosts.sessions import A_HOST, endpoint_of
from um_operator.lync import commands
from um_operator.lync.errors import outcome_of_error, outcome_of_record
from um_operator.observed.exchange import OrganizationFact
from um_operator.observed.fact import Fact, Known
from um_operator.planning.outcome import Outcome
from um_operator.planning.scope import LyncScope
from um_operator.planning.steps import GrantPermissions, InstallLyncTrust
from um_operator.planning.steps.base import BaseStep
from um_operator.remoting.endpoint import Endpoint, EndpointError
from um_operator.remoting.error_records import one_line
from um_operator.remoting.errors import RemotingError
from um_operator.remoting.pool import Observer, SessionPool
from um_operator.remoting.session import PSRow, Result

MOST_SAID: Final = 2000
"""How much of what the script says is kept, in characters."""


@dataclass(frozen=True, slots=True)
class NoWay:
    """Carries out nothing, for there is no way to Lync; a step of Lync is planned only where it was read."""

    message: str

    async def carry(self, step: BaseStep, domain_controller: str | None) -> Outcome:
        """Say why nothing was sent."""
        del step, domain_controller
        return Outcome("NotSent", Reason.DEPENDENCY_NOT_FOUND, self.message)


@dataclass(frozen=True, slots=True)
class LyncTrusting:
    """Carries out ``InstallLyncTrust``: what is in a store stays, CAs of UM certificates are added (R7)."""

    hosts: HostsCarrier
    issuers: Issuers

    async def carry(self, step: BaseStep, domain_controller: str | None) -> Outcome:
        """Add the CAs and say how that ended. Never raises."""
        del domain_controller  # stores are not in the directory
        assert isinstance(step, InstallLyncTrust)
        known: dict[str, bytes] = {}
        for certificate in step.certificates:
            known |= await self.issuers.issuers(certificate) or {}
        if lacking := [one for one in step.missing if one not in known]:
            message = f"a CA of the UM certificates cannot be read any more (SHA-256 {lacking[0]})"
            return Outcome("NotSent", Reason.NOT_READ, message)
        added = [known[one] for one in step.missing]
        return await self.hosts.trust(step.computer, added, step.deadline.total_seconds())


class Granting:
    """Carries out ``GrantPermissions`` through the endpoint on an Exchange server that can do nothing else.

    It remembers which account and endpoint each LyncIntegration names, for steps name no account. The session
    is closed at once: its account may be one of Organization Management.
    """

    def __init__(self, settings: Settings, secrets: Secrets, observe: Observer) -> None:
        self._settings = settings
        self._secrets = secrets
        self._observe = observe
        self._permissions: dict[ObjectKey, LyncPermissions] = {}
        self._forest = ""

    def remember(self, declared: Iterable[LyncScope], organization: Fact[OrganizationFact]) -> None:
        """Note how the script is run at present, and in which forest Exchange is."""
        self._permissions = {one.key: one.permissions for one in declared}
        if isinstance(organization, Known):
            self._forest = forest_of(organization.value.distinguished_name)

    async def carry(self, step: BaseStep, domain_controller: str | None) -> Outcome:
        """Run the script once and say how that ended, with what it said. Never raises."""
        del domain_controller  # the script asks a global catalog of its own choice
        assert isinstance(step, GrantPermissions)
        try:
            endpoint = await self._endpoint(step)
        except (ConnectionSettingsError, EndpointError, PortError) as error:
            return Outcome("NotSent", Reason.DEPENDENCY_NOT_FOUND, one_line(str(error)))
        forest, seconds = step.forest or self._forest, step.deadline.total_seconds()
        if not forest:
            return Outcome("NotSent", Reason.NOT_READ, "the forest of Exchange is not known yet")
        command = commands.grant(forest)
        try:
            async with SessionPool([endpoint], limits=A_HOST, observe=self._observe) as session:
                result = await session.invoke(command, deadline=seconds, write=True)
        except RemotingError as error:
            return outcome_of_error(error)
        if result.errors:
            return outcome_of_record(f'{command.name} on "{step.server}"', result.errors[0])
        return Outcome("Done", message=said(result), warnings=tuple(map(one_line, result.warnings)))

    async def _endpoint(self, step: GrantPermissions) -> Endpoint:
        """Return the endpoint that is named, for the account that is named, else that of Exchange's hosts."""
        declared = self._permissions.get(step.owner, LyncPermissions())
        account = self._settings.hosts_account
        if declared.authentication is not None:
            path = f'LyncIntegration "{step.owner.name}", spec.permissions.authentication'
            account = await account_of(declared.authentication, path, self._secrets)
        hosts = self._settings.hosts.model_copy(update={"configuration_name": declared.configuration_name})
        return endpoint_of(step.server, hosts, account, self._settings.ca_pem)


def forest_of(distinguished_name: str) -> str:
    """Return the forest of an object of the configuration partition: FQDN of the root domain."""
    parts = (part.strip().partition("=") for part in distinguished_name.split(","))
    return ".".join(value for kind, _, value in parts if kind.casefold() == "dc")


def said(result: Result) -> str:
    """Return what a script wrote, in one line."""
    lines = (row.text if isinstance(row, PSRow) else row for row in result.rows)
    return "; ".join(one_line(line) for line in lines if isinstance(line, str) and line.strip())[:MOST_SAID]
