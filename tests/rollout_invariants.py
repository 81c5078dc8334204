"""What must hold whatever happens on the way, read off the servers and not off the plan (R8-R17)."""

from __future__ import annotations

from rollout_machine import Machine
from rollout_support import Site
from um_operator.planning.steps import (
    ActivateServer,
    ConfigureService,
    DrainServer,
    RequestCertificate,
    RestartService,
    Step,
)

Path = tuple[str, ...]


def of_state(site: Site, path: Path) -> None:
    """Hold a state to what must be true in every one."""
    most = site.desired.spec.disruption.max_unavailable
    ours = [machine.fqdn for machine in site.servers.machines.values() if "Sidelined" in machine.requests]
    _hold(len(ours) <= most, f"R11: {ours} are out of service by us", path)
    for machine in site.servers.machines.values():
        for service in () if machine.down else machine.services:
            if not can_start(machine.mode[service], machine.bound[service], machine):
                completing = [
                    one.step
                    for one in site.ready
                    if isinstance(one.step, ConfigureService)
                    and (one.step.server, one.step.service) == (machine.fqdn, service)
                ]
                _hold(bool(completing), f"R8: {service} on {machine.fqdn} is left half written", path)


def of_step(site: Site, step: Step, path: Path) -> None:
    """Hold a step to what must be true of the world when it is carried out."""
    match step:
        case RequestCertificate():
            again = [
                one for one in site.servers.revisions if one.secret == step.certificate.replace("/", "-")
            ]
            _hold(all(one.state == "Denied" for one in again), f"issued twice: {step.certificate}", path)
        case DrainServer():
            _of_drain(site, step, path)
        case RestartService():
            _of_restart(site, step, path)
        case ActivateServer(gave_up=None):
            _of_return(site, step, path)
        case _:
            pass


def _of_drain(site: Site, step: DrainServer, path: Path) -> None:
    entry = site.ledger.entry(site.desired.key).servers[step.server]
    if entry.hold is not None:
        return
    most = site.desired.spec.disruption.max_unavailable
    others = [fqdn for fqdn in site.out_of_service if fqdn != step.server]
    _hold(len(others) + 1 <= most, f"R11: {step.server} is drained beside {others}", path)
    machine = site.servers.machines[step.server]
    _hold(not machine.requests, f"R14: {step.server} is somebody else's: {machine.requests}", path)
    _hold(not site.desired.care.suspended, f"R25: {step.server} is begun while all is suspended", path)


def _of_restart(site: Site, step: RestartService, path: Path) -> None:
    machine = site.servers.machines[step.server]
    mode, bound = machine.arrived(step.service)
    name = f"{step.service} on {step.server}"
    _hold(can_start(mode, bound, machine), f"R8: {name} would not start in {mode} with {bound}", path)
    if step.phase == "Stop":
        drained = "Sidelined" in machine.requests or "UMCallRouter" not in machine.services
        _hold(drained, f"R10: {name} is stopped while it is in service", path)
        _hold(
            step.service != "UM" or machine.calls == 0, f"R10: {machine.calls} calls on {name} are cut", path
        )


def _of_return(site: Site, step: ActivateServer, path: Path) -> None:
    machine = site.servers.machines[step.server]
    for service in machine.services:
        process = machine.processes[service]
        _hold(process is not None, f"R15: {service} on {step.server} is down", path)
        if process is not None:
            mode, bound = machine.mode[service], machine.bound[service]
            wanted = (mode, bound if mode != "TCP" else None)
            _hold((process.mode, process.thumbprint) == wanted, f"R15: {service} serves {process}", path)


def can_start(mode: str, bound: str | None, machine: Machine) -> bool:
    """Whether a service starts in a mode with what is bound to it, as far as that can be known before."""
    return mode == "TCP" or (bound is not None and bound in machine.store)


def _hold(true: bool, message: str, path: Path) -> None:
    assert true, "\n".join([message, *path])


def deployed(site: Site, revision: int) -> bool:
    """Whether all servers serve a revision and nothing is left to do."""
    machines = site.servers.machines.values()
    return (
        not site.plan.steps
        and not site.out_of_service
        and all(m.serves(name) == Site.thumbprint(m.fqdn, revision) for m in machines for name in m.services)
    )


def finished(site: Site) -> bool:
    """Whether everything that we began is at its end: nothing is down or out of service by us (R13)."""
    machines = site.servers.machines.values()
    ours = any("Sidelined" in machine.requests for machine in machines)
    return not ours and all(None not in machine.processes.values() for machine in machines)


def turned_back(site: Site, name: str) -> bool:
    """Whether a server is back with what it had, and no other one was touched (R17)."""
    issuance = site.ledger.entry(site.desired.certificates[0].key).issuance
    assert issuance is not None
    number = issuance.revision - 1
    serve_former = all(
        machine.serves(service) == (Site.thumbprint(machine.fqdn, number) if number else None)
        for machine in site.servers.machines.values()
        for service in machine.services
    )
    others = (machine for machine in site.servers.machines.values() if machine != site.machine(name))
    untouched = all(
        machine.bound[service] == machine.serves(service)
        for machine in others
        for service in machine.services
    )
    rejected = issuance.rejected.keys() == {site.machine(name).fqdn}
    return finished(site) and serve_former and untouched and rejected


def deployed_or_turned_back(site: Site, revision: int) -> bool:
    """Whether all serve a revision, or a server is back with what it had because it could not be started.

    An order to start that was lost twice looks like a start that failed twice.
    """
    issuance = site.ledger.entry(site.desired.certificates[0].key).issuance
    numbers = (revision, revision - 1)
    known = all(
        machine.serves(service) in {Site.thumbprint(machine.fqdn, n) if n else None for n in numbers}
        for machine in site.servers.machines.values()
        for service in machine.services
    )
    rejected = issuance is not None and bool(issuance.rejected)
    return deployed(site, revision) or (finished(site) and rejected and known)
