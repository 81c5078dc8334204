"""Carries out steps on hosts: a service is told to stop or to start, issuers are added to a store.

A step starts an effect. Whether a service has stopped, or serves, is a state that the next pass reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol, cast

from cryptography import x509

from um_operator.api.reasons import Reason
from um_operator.hosts import commands, rows
from um_operator.hosts.commands import TrustStore, WindowsService
from um_operator.hosts.errors import outcome_of_error, outcome_of_record
from um_operator.hosts.rows import ReadError
from um_operator.hosts.sessions import HostInvoker
from um_operator.planning.outcome import Outcome, OutcomeKind
from um_operator.planning.steps.base import BaseStep
from um_operator.planning.steps.certificate import WINDOWS_SERVICES, InstallChain, RestartService
from um_operator.remoting.errors import RemotingError
from um_operator.remoting.session import Command, PSRow, Result


class Issuers(Protocol):
    """Knows the issuers of a revision."""

    async def issuers(self, certificate: str) -> Mapping[str, bytes] | None:
        """Return them by SHA-256, in DER; ``None`` while the revision is not issued or cannot be read."""


class HostsCarrier:
    """Carries out ``RestartService`` and ``InstallChain``. A write is sent at most once."""

    def __init__(self, invoker: HostInvoker, issuers: Issuers) -> None:
        """Take where commands run, and who knows the certificates to add."""
        self._invoker = invoker
        self._issuers = issuers

    async def carry(self, step: BaseStep, domain_controller: str | None) -> Outcome:
        """Start the step's effect and say how that ended, within the step's deadline. Never raises."""
        del domain_controller  # a host asks nobody
        match step:
            case RestartService():
                return await self._control(step)
            case InstallChain():
                return await self._install(step)
        raise NotImplementedError(f"no command for {type(step).__name__}")

    async def _control(self, step: RestartService) -> Outcome:
        service = cast(WindowsService, WINDOWS_SERVICES[step.service])
        command = commands.stop(service) if step.phase == "Stop" else commands.start(service)
        result = await self._write(step.server, command, step.deadline.total_seconds())
        return result if isinstance(result, Outcome) else _of_control(step, service, result)

    async def _install(self, step: InstallChain) -> Outcome:
        known = await self._issuers.issuers(step.certificate) or {}
        lacking = [sha256 for sha256 in step.missing if sha256 not in known]
        if lacking:
            message = f'an issuer of certificate "{step.certificate}" cannot be read (SHA-256 {lacking[0]})'
            return Outcome("NotSent", Reason.NOT_READ, message)
        added = [known[sha256] for sha256 in step.missing]
        return await self.trust(step.server, added, step.deadline.total_seconds())

    async def trust(self, host: str, certificates: Sequence[bytes], seconds: float) -> Outcome:
        """Add certificates (DER) to a host's stores, roots to Root, others to CA. Never raises.

        Args:
            host: the server's FQDN.
            certificates: what is added, in this order; after one that is not added none follows.
            seconds: the deadline of all together.
        """
        for certificate in certificates:
            command = commands.trust(_store(certificate), certificate)
            result = await self._write(host, command, seconds / len(certificates))
            if isinstance(result, Outcome):
                return result
        return Outcome("Done")

    async def _write(self, host: str, command: Command, seconds: float) -> Result | Outcome:
        try:
            result = await self._invoker.invoke(host, command, deadline=seconds, write=True)
        except RemotingError as error:
            return outcome_of_error(error)
        return outcome_of_record(host, command, result.errors[0]) if result.errors else result


def _store(certificate: bytes) -> TrustStore:
    """Return where a certificate belongs: what issued itself is a root."""
    parsed = x509.load_der_x509_certificate(certificate)
    return "Root" if parsed.subject == parsed.issuer else "CA"


_DONE: Final = {"Stop": (0, 6), "Start": (0, 10)}
"""Return values of Win32_Service that mean that it is done, or need not be: not active, already running."""
_SAID: Final[Mapping[int, tuple[OutcomeKind, Reason, str]]] = {
    2: ("Forbidden", Reason.FORBIDDEN, "access is denied"),
    3: ("Refused", Reason.REFUSED, "services that run depend on it"),
    5: ("NotSent", Reason.REFUSED, "it is between two states and takes no order"),
    7: ("Unclear", Reason.DEADLINE_EXCEEDED, "it did not react in time"),
    9: ("Refused", Reason.REFUSED, "its program is not found"),
    11: ("NotSent", Reason.REFUSED, "the list of services is locked"),
    13: ("Refused", Reason.REFUSED, "a service that it needs does not start"),
    14: ("Refused", Reason.REFUSED, "it is disabled"),
    15: ("Refused", Reason.REFUSED, "its account cannot log on"),
    16: ("Refused", Reason.REFUSED, "it is being removed"),
}


def _of_control(step: RestartService, service: WindowsService, result: Result) -> Outcome:
    verb = step.phase.lower()
    if not result.rows:
        message = f'"{step.server}" has no service "{service}" to {verb}'
        return Outcome("Refused", Reason.REFUSED, message)
    try:
        code = rows.number(cast(PSRow, result.rows[0]), "ReturnValue")
    except (ReadError, AttributeError):
        message = f'"{step.server}" gave an answer that is not understood when told to {verb} "{service}"'
        return Outcome("Unclear", Reason.ENDPOINT_UNUSABLE, message)
    if code in _DONE[step.phase]:
        return Outcome("Done")
    kind, reason, said = _SAID.get(code, ("Refused", Reason.REFUSED, "Windows says no more"))
    return Outcome(kind, reason, f'"{service}" on "{step.server}" does not {verb}: {said} ({code})')
