"""Carries out the steps that bring a certificate to a server, as far as Exchange does them.

A write is never repeated. Of a step with two writes the second follows only a first one that was confirmed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from um_operator.api.reasons import Reason
from um_operator.exchange import certificates, components
from um_operator.exchange.codecs import ReadError
from um_operator.exchange.errors import outcome_of_error, outcome_of_records
from um_operator.exchange.own_view import OwnView
from um_operator.exchange.reader import Reader
from um_operator.exchange.removal import Removal
from um_operator.exchange.server_keys import ServerKeys
from um_operator.observed.fact import NotReadError, Unknown
from um_operator.observed.hosts import ComponentState
from um_operator.planning.outcome import Outcome, OutcomeKind
from um_operator.planning.steps.base import BaseStep
from um_operator.planning.steps.certificate import (
    ActivateServer,
    ConfigureService,
    DrainServer,
    ImportCertificate,
    RemoveCertificate,
)
from um_operator.remoting.error_records import one_line
from um_operator.remoting.errors import RemotingError
from um_operator.remoting.session import Argument, Command, Invoker, Secret

MOST_WRITES: Final = 3
"""Writes that a step may take, the way back of one that failed halfway included."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A revision as a server takes it: a PFX and its password, or an issuer's answer without one.

    ``completes``: of an answer, the SHA-256 of the public key of the request that waits for it on the server.
    """

    data: bytes = field(repr=False)
    password: Secret | None = None
    completes: str | None = None


class Bundles(Protocol):
    """Makes bundles of revisions: the one who reads their private keys."""

    async def bundle(self, certificate: str) -> Bundle | Unknown:
        """Return a revision's bundle; Unknown: it is not issued, cannot be read or may not travel."""


def not_to_be_had(why: Unknown) -> Outcome:
    """Return how a step ends that has no certificate; a key that may not travel now never may."""
    kind: OutcomeKind = "Refused" if why.reason == Reason.KEY_NOT_EXPORTABLE else "NotSent"
    return Outcome(kind, why.reason, why.message)


@dataclass(frozen=True, slots=True)
class CertificateCarrier:
    """Carries out imports, bindings, drains and removals.

    Attributes:
        invoker: where writes run.
        reader: for what is read directly before a write.
        own: knows each server's own domain controllers.
        removal: refuses to remove what is used.
        bundles: what is imported.
    """

    invoker: Invoker
    reader: Reader
    own: OwnView
    removal: Removal
    bundles: Bundles

    async def carry(self, step: BaseStep, domain_controller: str | None) -> Outcome:
        """Carry out the step and say how that ended, within its deadline. Never raises."""
        match step:
            case ImportCertificate():
                return await self._import(step, domain_controller)
            case ConfigureService():
                return await self._configure(step, domain_controller)
            case DrainServer():
                return await self._set_state(step, "Draining", domain_controller)
            case ActivateServer():
                return await self._set_state(step, "Active", domain_controller)
            case RemoveCertificate():
                return await self._remove(step, domain_controller)
        raise NotImplementedError(f"no cmdlet for {type(step).__name__}")

    async def _import(self, step: ImportCertificate, domain_controller: str | None) -> Outcome:
        bundle = await self.bundles.bundle(step.certificate)
        if isinstance(bundle, Unknown):
            return not_to_be_had(bundle)
        if bundle.completes is not None:
            obstacle = await self._nothing_to_complete(step, bundle.completes)
            if obstacle is not None:
                return obstacle
        command = certificates.import_certificate(
            step.server, bundle.data, bundle.password, certificates.friendly_name(step.certificate)
        )
        outcome = await self._write(step, command, domain_controller)
        # It is there, so nothing was changed; the next reading tells whether it is whole.
        return replace(outcome, kind="NotSent") if outcome.reason == Reason.ALREADY_EXISTS else outcome

    async def _nothing_to_complete(self, step: ImportCertificate, public_key_sha256: str) -> Outcome | None:
        """Return that the key of an answer is not on the server, ``None`` if it is.

        It is told by its public key in RawData: a person's request may be for the same names.
        """
        held = await ServerKeys(self.reader, self.removal.certificates).stored(step.server)
        if isinstance(held, Unknown):
            return Outcome("NotSent", held.reason, held.message)
        if public_key_sha256 in held.value:
            return None
        message = (
            f'"{step.server}" has no request with the key of certificate "{step.certificate}" any more; '
            "the annotation unifiedmessaging.dev/renew-requested-at has it make another one"
        )
        return Outcome("Refused", Reason.CERTIFICATE_NOT_FOUND, message)

    async def _configure(self, step: ConfigureService, domain_controller: str | None) -> Outcome:
        """Set mode and binding as one unit (R8): what cannot be bound leaves no other mode behind.

        A certificate is bound only in a mode that speaks TLS, so the mode comes first (field notes 1.4).
        """
        if _leaves_unbound(step):
            message = f'certificate "{step.certificate}" has no thumbprint yet; nothing was written'
            return Outcome("NotSent", Reason.NOT_READ, message)
        try:
            own = await self._own_domain_controller(step, domain_controller)
        except (NotReadError, ReadError) as error:
            return Outcome("NotSent", getattr(error, "reason", Reason.NOT_READ), str(error))
        mode = certificates.set_startup_mode(step.server, step.service, step.mode)
        back = certificates.set_startup_mode(step.server, step.service, step.mode_before)
        bind = _binding(step)
        warnings: tuple[str, ...] = ()
        if step.mode != step.mode_before:
            outcome = await self._write(step, mode, own)
            if outcome.kind != "Done" or bind is None:
                return outcome
            warnings = outcome.warnings
        if bind is None:
            return Outcome("Done")
        outcome = await self._write(step, bind, own)
        if outcome.kind in ("Done", "Unclear") or step.mode == step.mode_before:
            return replace(outcome, warnings=(*warnings, *outcome.warnings))
        restored = await self._write(step, back, own)
        what = "is set back to" if restored.kind == "Done" else "could not be set back to"
        return replace(outcome, message=f'{outcome.message}; the startup mode {what} "{step.mode_before}"')

    async def _own_domain_controller(self, step: ConfigureService, kept: str | None) -> str:
        """Return a domain controller of the server's own site (R9)."""
        if step.domain_controllers:
            return step.domain_controllers[0]
        reader = replace(self.reader, domain_controller=kept)
        return (await self.own.domain_controllers(reader, step.server))[0]

    async def _set_state(
        self, step: DrainServer | ActivateServer, state: ComponentState, domain_controller: str | None
    ) -> Outcome:
        if step.component is None:
            return Outcome("Done")
        command = components.set_state(step.server, step.component, step.requester, state)
        return await self._write(step, command, domain_controller)

    async def _remove(self, step: RemoveCertificate, domain_controller: str | None) -> Outcome:
        reader = replace(self.reader, domain_controller=domain_controller)
        obstacle = await self.removal.obstacle(reader, step.server, step.thumbprint)
        if obstacle is not None:
            return obstacle
        command = certificates.remove_certificate(step.server, step.thumbprint)
        return await self._write(step, command, domain_controller)

    async def _write(self, step: BaseStep, command: Command, domain_controller: str | None) -> Outcome:
        """Send one write. It asks nothing: a question in a session without a host is an error."""
        parameters: dict[str, Argument] = {**command.parameters, "Confirm": False}
        if domain_controller is not None:
            parameters["DomainController"] = domain_controller
        command = Command(command.name, parameters)
        seconds = step.deadline.total_seconds() / MOST_WRITES
        try:
            result = await self.invoker.invoke(command, deadline=seconds, write=True)
        except RemotingError as error:
            return outcome_of_error(error)
        if result.errors:
            return outcome_of_records(command, result.errors)
        return Outcome("Done", warnings=tuple(map(one_line, result.warnings)))


def _leaves_unbound(step: ConfigureService) -> bool:
    """Tell whether a service would start with TLS and without what it is to serve (R8)."""
    return step.mode != "TCP" and step.thumbprint is None


def _binding(step: ConfigureService) -> Command | None:
    """Return what binds the step's certificate, ``None`` if none is to be bound, or it is bound already."""
    if step.mode == "TCP" or step.thumbprint is None or step.thumbprint == step.bound_before:
        return None
    return certificates.enable_certificate(step.server, step.thumbprint, [step.service])
