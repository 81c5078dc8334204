"""What we left half written, down or out of service, and no certificate looks after any more (R8, R13)."""

from __future__ import annotations

from um_operator.observed.fact import Known
from um_operator.observed.values import name_key
from um_operator.planning.checks.leaving import unreachable
from um_operator.planning.checks.verdict import NOTHING, Verdict, ask
from um_operator.planning.out_by_us import out_by_us, told
from um_operator.planning.rollout.comparison import Settings
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.rollout.service import MOST_STARTS, ServiceCase
from um_operator.planning.steps.certificate import ActivateServer, ConfigureService, RestartService
from um_operator.planning.view import View


def examine(view: View) -> Verdict:
    """Return what brings servers back whose certificate was deleted, or was taken away from them.

    What is half written is taken back, what was stopped is started with whatever it is configured for, and
    what was drained is activated; nothing else is done there.
    """
    return sum((_brought_back(view, server) for server in view.rollout.servers.values()), NOTHING)


def letting_go(view: View) -> Verdict:
    """Return whether an organisation that is being deleted may go: once nothing is out of service by us.

    It goes as well where only a person could bring anything back, because nothing leads there any more.
    """
    out = out_by_us(view)
    why = view.elsewhere or unreachable(view)
    if not view.desired.deleting or (out and not why):
        return NOTHING
    return Verdict(released=True, left_behind=f"{why}; {told(out)}" if out else "")


def _brought_back(view: View, server: ServerCase) -> Verdict:
    unowned = view.rollout.unowned(name_key(server.fqdn))
    verdict = NOTHING
    for name in unowned:
        service = server.services[name]
        settings = service.settings
        if service.is_half_written and isinstance(settings, Known):
            verdict += ask(_taken_back(view, server, service, settings.value))
        elif service.is_ours_to_start and service.starts < MOST_STARTS:
            verdict += ask(_start(view, server, service))
    hold = server.entry.hold
    if hold is None or len(unowned) < len(server.services):
        return verdict
    step = ActivateServer(
        owner=view.desired.key, server=server.fqdn, component=hold.component, requester=hold.requester
    )
    return verdict + ask(step)


def _taken_back(view: View, server: ServerCase, service: ServiceCase, settings: Settings) -> ConfigureService:
    """Return what gives a service the mode and the binding that it had before (R8)."""
    before = service.before
    return ConfigureService(
        owner=view.desired.key,
        server=server.fqdn,
        service=service.name,
        mode=before.startup_mode,
        certificate=before.thumbprint,
        thumbprint=before.thumbprint,
        mode_before=settings.mode,
        bound_before=settings.binding.thumbprint,
        before=before,
        process_start=service.process_start,
        domain_controllers=server.domain_controllers,
        rejects="no UMCertificate asks for it any more",
    )


def _start(view: View, server: ServerCase, service: ServiceCase) -> RestartService:
    bound, before = service.bound, service.before
    return RestartService(
        owner=view.desired.key,
        interrupts=True,
        server=server.fqdn,
        service=service.name,
        phase="Start",
        certificate=bound.certificate if bound else before.thumbprint,
        mode=bound.startup_mode if bound else before.startup_mode,
        serves=before.thumbprint,
        mode_before=before.startup_mode,
        process_start=service.process_start,
    )
