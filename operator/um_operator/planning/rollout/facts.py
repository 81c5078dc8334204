"""The facts that order the steps of a certificate, each a predicate over the snapshot: what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from um_operator.api.durations import canonical
from um_operator.api.reasons import Reason
from um_operator.observed.certificates import ServiceName
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.planning.plan import Need, Wait
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.rollout.service import ServiceCase
from um_operator.planning.rollout.subject_of import OfCertificate, revision_of, server_of
from um_operator.planning.rollout.waits import window_is_missed
from um_operator.planning.steps import subjects
from um_operator.planning.steps.certificate import (
    WINDOWS_SERVICES,
    ActivateServer,
    ConfigureService,
    DrainServer,
    RemoveCertificate,
    RestartService,
    ServerStep,
)
from um_operator.planning.view import View


def certificate_is_issued(step: OfCertificate, view: View) -> Iterator[Wait]:
    """Whether the issuer has answered."""
    if isinstance(step, ConfigureService) and (step.thumbprint is not None or step.mode == "TCP"):
        return
    revision = revision_of(step, view)
    if revision is None or revision.leaf is None:
        message = revision.message if revision and revision.message else "the issuer has not answered yet"
        denied = revision is not None and revision.state == "Denied"
        yield Wait(
            Reason.ISSUANCE_DENIED if denied else Reason.ISSUANCE_PENDING,
            f'certificate "{step.certificate}" is not issued: {message}',
            detail=revision.reason if revision else "",
            needs=(Need(subjects.of_certificate(step.certificate or "")),),
        )


def certificate_is_imported(step: ConfigureService, view: View) -> Iterator[Wait]:
    """Whether the certificate is in the server's store, with its key as far as that is shown."""
    server = server_of(step, view)
    if step.mode == "TCP" or step.thumbprint is None or server.holds_certificate(step.thumbprint):
        return
    what = server.stored.message if isinstance(server.stored, Unknown) else "it is not in the store"
    yield Wait(
        Reason.WAITING_FOR_CERTIFICATE,
        f'certificate "{step.certificate}" is not known to be on "{step.server}": {what}',
        step.server,
        needs=(Need(subjects.in_store(step.server, step.certificate or "")),),
    )


def services_are_configured(step: DrainServer, view: View) -> Iterator[Wait]:
    """Whether mode and binding of every service of the server read as written."""
    for service in server_of(step, view).wanted_by(step.owner).unconfigured:
        yield _not_configured(step, service)


def bindings_have_arrived(step: DrainServer, view: View) -> Iterator[Wait]:
    """Whether the server's own site shows them as written, so that it need not be drained for long (R9)."""
    server = server_of(step, view).wanted_by(step.owner)
    for name, target in server.targets.items():
        service = server.services[name]
        if service.configured(target) is True and service.arrived(target) is not True:
            yield _not_arrived(step, service)


def binding_has_arrived(step: RestartService, view: View) -> Iterator[Wait]:
    """Whether the server's own site shows mode and binding as written (R8, R9).

    What is stopped is started as well where that cannot be read any more, or does not come about (R13).
    """
    server = server_of(step, view)
    service, target = server.services[step.service], server.targets.get(step.service)
    if target is None:
        return
    arrived = service.arrived(target)
    if service.configured(target) is not True:
        yield _not_configured(step, service)
    elif arrived is True or (arrived is None and step.phase == "Start"):
        return
    elif step.phase == "Stop" or view.now < _replicates_until(service, view):
        yield _not_arrived(step, service)


def server_is_drained(step: RestartService, view: View) -> Iterator[Wait]:
    """Whether we took the server out of service, and it shows that."""
    server = server_of(step, view)
    if step.phase == "Start" or server.is_drained:
        return
    component = server.component.value if isinstance(server.component, Known) else None
    need = Need(subjects.of_component(step.server, component.name if component else ""))
    what = "is still in service" if server.is_drained is False else "is not known to be out of service"
    yield Wait(Reason.WAITING_FOR_SERVER, f'"{step.server}" {what}', step.server, needs=(need,))


def calls_have_ended(step: RestartService, view: View) -> Iterator[Wait]:
    """Whether the UM service has no calls left, or nobody waits for them any longer (R10)."""
    server, disruption = server_of(step, view), view.desired.spec.disruption
    hold = server.entry.hold
    if step.service != "UM" or step.phase == "Start" or hold is None or server.calls_ended:
        return
    until = hold.since + disruption.drain_timeout
    if view.now >= until and (disruption.on_drain_timeout == "Restart" or window_is_missed(view, step.owner)):
        return
    calls = server.calls.value if isinstance(server.calls, Known) else "an unknown number of"
    message = (
        f'{calls} calls on "{step.server}" are let to end for up to "{canonical(disruption.drain_timeout)}"'
    )
    yield Wait(Reason.WAITING_FOR_CALLS, message, step.server, until=until)


def backend_is_ready(step: RestartService, view: View) -> Iterator[Wait]:
    """Whether the UM service on the same server is READY before its call router comes up in TLS."""
    server = server_of(step, view)
    if step.service == "UMCallRouter" and step.phase == "Stop" and "UM" in server.targets:
        yield from _not_ready(server, "UM", view.now, ", to which calls are redirected")


def backends_are_through(step: DrainServer, view: View) -> Iterator[Wait]:
    """Whether the UM services that a call router on another server redirects to are through.

    Asked before it is drained, for afterwards it would have to wait for them out of service.
    """
    if tuple(server_of(step, view).services) != ("UMCallRouter",):
        return
    for other in view.rollout.of(step.owner):
        target = other.targets.get("UM")
        if tuple(other.services) == ("UM",) and target and other.services["UM"].restart_owed(target):
            yield from _not_ready(other, "UM", view.now, ", to which calls are redirected")
            return


def last_start_had_its_time(step: RestartService, view: View) -> Iterator[Wait]:
    """Whether a start of ours had its time: a service that is coming up is not stopped again."""
    server = server_of(step, view)
    ends = server.services[step.service].start_ends_at(server.targets.get(step.service), view.now)
    if ends is not None:
        message = f'{WINDOWS_SERVICES[step.service]} on "{step.server}" was just started'
        yield Wait(Reason.WAITING_FOR_SERVICE, message, step.server, until=ends)


def service_is_at_rest(step: RestartService, view: View) -> Iterator[Wait]:
    """Whether the service is neither stopping nor starting, so that the next effect can be told."""
    server = server_of(step, view)
    service = server.services[step.service]
    process = service.process
    name = f'{WINDOWS_SERVICES[step.service]} on "{step.server}"'
    if isinstance(process, Unknown):
        yield Wait(
            Reason.WAITING_FOR_READING, f"the state of {name} is not known: {process.message}", step.server
        )
    elif process.value.status not in {"Running", "Stopped"}:
        yield Wait(Reason.WAITING_FOR_SERVICE, f'{name} is "{process.value.status}"', step.server)
    elif step.phase == "Start" and not service.is_ours_to_start and server.entry.hold is None:
        why = "cannot start as it is configured" if service.down_for_good else "was stopped by someone else"
        message = f"{name} {why}; it is left alone"
        yield Wait(Reason.WAITING_FOR_SERVER, message, step.server, detail=Reason.FOREIGN_MAINTENANCE)


def server_is_ready(step: ActivateServer, view: View) -> Iterator[Wait]:
    """Whether every service of the server is READY (R15), unless its restart was given up.

    Of a service for which nothing was begun by another certificate, or that none is declared for, it is
    enough that it is not known to be silent.
    """
    server = server_of(step, view)
    if step.gave_up:
        return
    for name, service in server.services.items():
        target = server.targets.get(name)
        if target is not None and (target.owner == step.owner or service.in_sequence):
            if service.configured(target) is False:
                yield _not_configured(step, service)
            yield from _not_ready(server, name, view.now, "")
        elif service.answers is False:
            yield _waits_for(server, name, view.now, "")


def nothing_uses_it(step: RemoveCertificate, view: View) -> Iterator[Wait]:
    """Whether every service of every server is known to use another certificate."""
    for server in view.rollout.servers.values():
        for service in server.services.values():
            name = f'{WINDOWS_SERVICES[service.name]} on "{server.fqdn}"'
            uses = _uses(service, step.thumbprint)
            if isinstance(uses, Unknown):
                message = f"what {name} uses is not known: {uses.message}"
                yield Wait(Reason.WAITING_FOR_READING, message, server.fqdn, detail=uses.reason)
            elif uses.value:
                yield Wait(Reason.WAITING_FOR_SERVICE, f"{name} uses it", server.fqdn)


def _uses(service: ServiceCase, thumbprint: str) -> Fact[bool]:
    """Whether it is bound to a certificate or serves it; what it serves counts until it has stopped."""
    if isinstance(service.settings, Unknown):
        return service.settings
    settings = service.settings
    bound = {settings.value.binding.thumbprint, service.bound.thumbprint if service.bound else None}
    if thumbprint in bound or service.leaf == thumbprint:
        return Known(True, settings.read_at)
    if isinstance(service.tls, Unknown) and not service.is_stopped:
        return service.tls
    return Known(False, settings.read_at)


def _not_ready(server: ServerCase, name: ServiceName, now: datetime, more: str) -> Iterator[Wait]:
    if not server.services[name].ready(server.targets[name], now):
        yield _waits_for(server, name, now, more)


def _waits_for(server: ServerCase, name: ServiceName, now: datetime, more: str) -> Wait:
    message = f'{WINDOWS_SERVICES[name]} on "{server.fqdn}" is not ready yet{more}'
    need = Need(subjects.of_service(server.fqdn, WINDOWS_SERVICES[name]))
    until = server.services[name].look_at(now)
    return Wait(Reason.WAITING_FOR_SERVICE, message, server.fqdn, until=until, needs=(need,))


def _not_configured(step: ServerStep, service: ServiceCase) -> Wait:
    name = WINDOWS_SERVICES[service.name]
    message = f'{name} on "{step.server}" is not configured yet'
    need = Need(subjects.of_service(step.server, name))
    return Wait(Reason.WAITING_FOR_CERTIFICATE, message, step.server, needs=(need,))


def _not_arrived(step: ServerStep, service: ServiceCase) -> Wait:
    name = f'{WINDOWS_SERVICES[service.name]} on "{step.server}"'
    message = f"what was written for {name} is not shown yet by a domain controller of its own site"
    return Wait(Reason.WAITING_FOR_REPLICATION, message, step.server)


def _replicates_until(service: ServiceCase, view: View) -> datetime:
    written = service.bound.at if service.bound else view.now
    return written + view.desired.spec.replication_grace
