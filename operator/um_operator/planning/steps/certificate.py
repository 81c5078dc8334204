"""Steps that bring a certificate to a server and into force there.

A certificate is named by revision, ``um/ex03.contoso.com/7``, so that a step is the same before and after
it is issued; thumbprints are no part of a step's identity.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final, Literal, TypeAlias

from typing_extensions import override

from um_operator.observed.certificates import ServiceName
from um_operator.observed.exchange import StartupMode
from um_operator.observed.rollout import Previous
from um_operator.planning.steps import subjects
from um_operator.planning.steps.base import BaseStep, SnapshotField
from um_operator.planning.steps.issuance import RequestCertificate

WINDOWS_SERVICES: Final[dict[ServiceName, str]] = {"UM": "MSExchangeUM", "UMCallRouter": "MSExchangeUMCR"}
"""The Windows service behind each service of Enable-ExchangeCertificate (field notes 5.1)."""

NO_CERTIFICATE: Final = "no certificate"
GaveUp: TypeAlias = Literal["CallsGoOn", "OthersAreOut"]
WHY_GIVEN_UP: Final[dict[GaveUp, str]] = {
    "CallsGoOn": "its calls did not end in time",
    "OthersAreOut": "others went out of service meanwhile",
}
"""Why a server that owes a restart goes back into service without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerStep(BaseStep):
    """A step on one server, by its FQDN, for the sake of a certificate (a revision's name)."""

    server: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportCertificate(ServerStep):
    """Put a revision into a server's store, after its issuers; binds nothing (field notes 1.2)."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"certificates", "revisions"})
    deadline: ClassVar[timedelta] = timedelta(seconds=120)
    certificate: str

    @property
    @override
    def subject(self) -> str:
        return subjects.in_store(self.server, self.certificate)

    @property
    @override
    def want(self) -> object:
        return {"imported": True}

    @property
    @override
    def sentence(self) -> str:
        return (
            f'Import certificate "{self.certificate}" and its chain on "{self.server}"; nothing uses it yet.'
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallChain(ServerStep):
    """Add issuers of a certificate to a server's stores: roots to Root, others to CA. Never removes (R7)."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"hosts", "stores", "revisions"})
    certificate: str
    missing: tuple[str, ...]
    """SHA-256 of the certificates that the stores lack; none are known before the certificate is issued."""

    @property
    @override
    def subject(self) -> str:
        return subjects.of_stores(self.server)

    @property
    @override
    def want(self) -> object:
        return {"trusted": self.certificate}

    @property
    @override
    def sentence(self) -> str:
        return f'Add issuers of certificate "{self.certificate}" that "{self.server}" lacks to its stores.'


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigureService(ServerStep):
    """Set a service's startup mode and bind its certificate: one unit, nothing between them (R8).

    It begins a server's sequence: from now on a reboot by anyone brings it into force.

    Attributes:
        certificate: name of the revision, or thumbprint of a former certificate; ``None``: mode TCP only.
        thumbprint: of the certificate, once it is issued.
        mode_before: what the server has.
        bound_before: thumbprint that the server has.
        before: what the service runs with, which is the way back.
        process_start: start of the running process, if it is known.
        domain_controllers: those of the server's own site (R9).
        rejects: why the revision that it takes back is not tried again, if it is a way back.
    """

    reads: ClassVar[frozenset[SnapshotField]] = frozenset(
        {"um_services", "call_routers", "certificates", "hosts", "stores"}
    )
    deadline: ClassVar[timedelta] = timedelta(seconds=120)
    service: ServiceName
    mode: StartupMode
    certificate: str | None
    thumbprint: str | None
    mode_before: StartupMode
    bound_before: str | None
    before: Previous
    process_start: datetime | None = None
    domain_controllers: tuple[str, ...] = ()
    rejects: str = ""

    @property
    @override
    def subject(self) -> str:
        return subjects.of_service(self.server, WINDOWS_SERVICES[self.service])

    @property
    @override
    def want(self) -> object:
        return {"certificate": self.certificate, "startupMode": self.mode}

    @property
    @override
    def have(self) -> object:
        return {"certificate": self.bound_before, "startupMode": self.mode_before}

    @property
    @override
    def sentence(self) -> str:
        name = f'{WINDOWS_SERVICES[self.service]} on "{self.server}"'
        what = f'certificate "{self.certificate}"' if self.certificate else NO_CERTIFICATE
        back = f"; takes back what is rejected: {self.rejects}" if self.rejects else ""
        return (
            f'Configure {name} for startup mode "{self.mode}" and {what}, in force from its next start{back}.'
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainServer(ServerStep):
    """Take a server out of service: no new calls through its call router (R10, R14).

    ``component`` None: it has no call router, so only the waiting for its calls to end begins.
    """

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"um_services", "call_routers", "hosts"})
    component: str | None
    requester: str

    @property
    @override
    def subject(self) -> str:
        return subjects.of_component(self.server, self.component or "")

    @property
    @override
    def want(self) -> object:
        return {"state": "Draining", "requester": self.requester}

    @property
    @override
    def have(self) -> object:
        return {"state": "Active"}

    @property
    @override
    def sentence(self) -> str:
        if self.component is None:
            return f'Let the calls on "{self.server}" end; calls for its mailboxes still come.'
        return f'Drain {self.component} on "{self.server}": new calls go through the other call routers.'


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartService(ServerStep):
    """Stop a service, and start it once it has stopped: two effects, one step.

    Attributes:
        phase: which effect comes next; no part of what the step is.
        certificate: what it serves afterwards; ``None``: no certificate.
        mode: the startup mode that it starts in.
        serves: what it served before: a thumbprint, ``None`` for none.
        mode_before: the startup mode before.
        process_start: of the process to be stopped.
        outage: for a person: whose calls fail meanwhile, and for how long.
    """

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"um_services", "call_routers", "hosts"})
    service: ServiceName
    phase: Literal["Stop", "Start"]
    certificate: str | None
    mode: StartupMode
    serves: str | None
    mode_before: StartupMode
    process_start: datetime | None = None
    outage: str = ""

    @property
    @override
    def subject(self) -> str:
        return subjects.of_service(self.server, WINDOWS_SERVICES[self.service])

    @property
    @override
    def want(self) -> object:
        return {"serves": self.certificate, "startupMode": self.mode}

    @property
    @override
    def have(self) -> object:
        return {"serves": self.serves, "startupMode": self.mode_before}

    @property
    @override
    def sentence(self) -> str:
        what = f'certificate "{self.certificate}"' if self.certificate else NO_CERTIFICATE
        if self.phase == "Start":
            return f'Start {WINDOWS_SERVICES[self.service]} on "{self.server}" again, with {what}.'
        cost = f"; {self.outage}" if self.outage else ""
        return f'Restart {WINDOWS_SERVICES[self.service]} on "{self.server}" with {what}{cost}.'


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivateServer(ServerStep):
    """Return a server to service, by the same requester that took it out (field notes 5.2).

    ``gave_up``: why it was not restarted, if it was not.
    """

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"hosts"})
    component: str | None
    requester: str
    gave_up: GaveUp | None = None

    @property
    @override
    def subject(self) -> str:
        return subjects.of_component(self.server, self.component or "")

    @property
    @override
    def want(self) -> object:
        return {"state": "Active", "requester": self.requester}

    @property
    @override
    def have(self) -> object:
        return {"state": "Draining"}

    @property
    @override
    def sentence(self) -> str:
        why = f": {WHY_GIVEN_UP[self.gave_up]}" if self.gave_up else ""
        return f'Return "{self.server}" to service{why}.'


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveCertificate(ServerStep):
    """Remove a former revision that nothing uses any more from a server's store."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset(
        {"certificates", "revisions", "um_services", "call_routers", "hosts"}
    )
    certificate: str
    thumbprint: str

    @property
    @override
    def subject(self) -> str:
        return subjects.in_store(self.server, self.certificate)

    @property
    @override
    def have(self) -> object:
        return {"imported": True}

    @property
    @override
    def sentence(self) -> str:
        return f'Remove certificate "{self.certificate}", which nothing uses any more, from "{self.server}".'


CertificateStep: TypeAlias = (
    RequestCertificate | ImportCertificate | InstallChain | ConfigureService
    | DrainServer | RestartService | ActivateServer | RemoveCertificate
)  # fmt: skip
