"""What one server owes to its certificate: import, binding, restart, return to service, retirement."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from typing import Final

from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.rollout import Bound, Hold
from um_operator.observed.values import name_key
from um_operator.planning.checks import fights
from um_operator.planning.checks.fitness import problems, use_of
from um_operator.planning.checks.verdict import NOTHING, Verdict, ask
from um_operator.planning.plan import DIFFERS, Finding, Weight
from um_operator.planning.rollout.certificate import CertificateCase
from um_operator.planning.rollout.chain import missing_issuers
from um_operator.planning.rollout.comparison import Settings
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.rollout.service import ServiceCase
from um_operator.planning.rollout.serving import is_missed
from um_operator.planning.rollout.waits import window_is_missed
from um_operator.planning.steps.certificate import (
    WINDOWS_SERVICES,
    ActivateServer,
    ConfigureService,
    DrainServer,
    GaveUp,
    ImportCertificate,
    InstallChain,
    RemoveCertificate,
    RestartService,
)
from um_operator.planning.view import View

OUTAGE: Final[dict[str, str]] = {
    "UM": 'calls on this server fail for about "60s", those for its mailboxes wherever they come in',
    "UMCallRouter": "new calls go through the other call routers",
}


class Sequence:
    """What one server owes to its certificate, from the import to its return to service.

    ``server`` has the targets of this certificate only; where another one looks after the other service,
    the one that owes a restart first takes the server out of service and returns it.
    """

    def __init__(self, view: View, case: CertificateCase, server: ServerCase) -> None:
        """Take a server as ``Rollout.of`` has it."""
        self.view, self.case, self.server, self.item = view, case, server, case.item
        self.key = name_key(server.fqdn)
        self.revision = case.revision_of(self.key)

    def verdict(self) -> Verdict:
        """Return findings and steps, the steps in their order."""
        if self.unfit:
            goes_back = any(target.takes_back for target in self.server.targets.values())
            return Verdict((self.unfit,)) + (self.end() if self.server.must_finish or goes_back else NOTHING)
        return self._store() + self.end() + self._retirement()

    def end(self) -> Verdict:
        """Return what leads from where the server is to its return to service."""
        return Verdict(tuple(self._findings())) + self._configuration() + self._restart()

    @cached_property
    def unfit(self) -> Finding | None:
        """Why the wanted certificate must not be used, so that it is not even imported."""
        if self.revision is None or self.revision.leaf is None:
            return None
        lync = self.view.desired.spec.lync is not None
        use = use_of(self.item.spec, self.server.fqdn, self.revision.leaf, self.view.now, lync=lync)
        found = problems(use)
        if not found:
            return None
        name = self.case.name_of(self.server.fqdn, self.revision.number)
        message = f'certificate "{name}" is not used: {"; ".join(found.values())}'
        return Finding(self.item.key, "Blocked", next(iter(found)), message)

    def _findings(self) -> Iterator[Finding]:
        for name, target in self.server.targets.items():
            service = self.server.services[name]
            path = _path(self.server, service)
            if service.configured(target) is not True or service.serves(target) is False:
                want = f"{target.mode} with {target.certificate or 'no certificate'}"
                message = (
                    f'{WINDOWS_SERVICES[name]} on "{self.server.fqdn}" shall be "{want}", is "{_is(service)}"'
                )
                yield Finding(
                    self.item.key, self._weight(service), DIFFERS, message, path, want, _is(service)
                )
            if self._is_fought(service):
                yield fights.stopped(self.item.key, path)

    def _store(self) -> Verdict:
        """Ask for the certificate in the server's store, and for issuers that it lacks or may lack."""
        if self.item.spec.startup_mode == "TCP" or self.case.wanted is None:
            return NOTHING
        revision, owner, fqdn = self.revision, self.item.key, self.server.fqdn
        name = self.case.name_of(fqdn, self.case.wanted.number)
        leaf = revision.leaf if revision else None
        verdict = NOTHING
        thumbprint = leaf.thumbprint if leaf else self._declared_thumbprint
        if thumbprint is None or self.server.holds_certificate(thumbprint) is False:
            step = ImportCertificate(owner=owner, server=fqdn, certificate=name)
            verdict += ask(step, paths={"imported"})
        missing = missing_issuers(self.server, revision) if revision else ()
        if missing or (leaf is None and isinstance(self.server.stores, Known)):
            chain = InstallChain(owner=owner, server=fqdn, certificate=name, missing=missing)
            verdict += ask(chain, paths={"chain"})
        return verdict

    @property
    def _declared_thumbprint(self) -> str | None:
        """Return the thumbprint that the manifest names, if the certificate was on a server before."""
        existing = self.item.spec.issuer.existing
        return existing.thumbprint.upper() if existing else None

    def _configuration(self) -> Verdict:
        verdict = NOTHING
        for name, target in self.server.targets.items():
            service = self.server.services[name]
            settings = service.settings
            if isinstance(settings, Unknown) or self._is_fought(service) or not service.to_be_written(target):
                continue
            step = ConfigureService(
                owner=self.item.key,
                interrupts=not (service.down_for_good or (target.takes_back and service.in_sequence)),
                server=self.server.fqdn,
                service=name,
                mode=target.mode,
                certificate=target.certificate,
                thumbprint=target.thumbprint,
                mode_before=settings.value.mode,
                bound_before=settings.value.binding.thumbprint,
                before=service.running,
                process_start=service.process_start,
                domain_controllers=self.server.domain_controllers,
                rejects=target.takes_back,
            )
            verdict += ask(step, paths={_path(self.server, service)})
        return verdict

    def _restart(self) -> Verdict:
        whole, hold, owed = self.view.rollout.servers[self.key], self.server.entry.hold, self.server.owed
        if hold is None:
            owed = tuple(service for service in owed if not self._is_fought(service))
        gave_up = self._gave_up(whole, owed)
        restarted = () if gave_up else owed
        leads = whole.leads == self.item.key
        # What is down is started where it is: nothing is gained by taking the server out of service.
        drains = any(not service.is_stopped for service in restarted) and whole.is_drained is not True
        verdict = self._drain() if leads and drains else NOTHING
        for service in restarted:
            verdict += ask(self._restart_of(service), paths={_path(self.server, service)})
        return verdict + (self._activate(gave_up) if leads and (drains or hold) else NOTHING)

    def _drain(self) -> Verdict:
        hold = self._hold
        step = DrainServer(
            owner=self.item.key,
            interrupts=True,
            server=self.server.fqdn,
            component=hold.component,
            requester=hold.requester,
        )
        return ask(step)

    def _activate(self, gave_up: GaveUp | None) -> Verdict:
        hold = self._hold
        step = ActivateServer(
            owner=self.item.key,
            server=self.server.fqdn,
            component=hold.component,
            requester=hold.requester,
            gave_up=gave_up,
        )
        return ask(step)

    @property
    def _hold(self) -> Hold:
        """Return how the server is out of service by us, or will be."""
        component = self.server.component
        name = component.value.name if isinstance(component, Known) and component.value else None
        requester: str = self.view.desired.spec.disruption.drain_requester
        return self.server.entry.hold or Hold(name, requester, self.view.now)

    def _restart_of(self, service: ServiceCase) -> RestartService:
        target, former = self.server.targets[service.name], service.before
        return RestartService(
            owner=self.item.key,
            interrupts=True,
            server=self.server.fqdn,
            service=service.name,
            phase="Start" if service.is_stopped else "Stop",
            certificate=target.certificate,
            mode=target.mode,
            serves=former.thumbprint,
            mode_before=former.startup_mode,
            process_start=service.process_start,
            outage=OUTAGE[service.name],
        )

    def _gave_up(self, whole: ServerCase, owed: Collection[ServiceCase]) -> GaveUp | None:
        """Return why the server is returned to service as it is, although it owes a restart."""
        if owed and is_missed(self.view, whole):
            return "OthersAreOut"
        return "CallsGoOn" if self._calls_go_on(owed) else None

    def _calls_go_on(self, owed: Iterable[ServiceCase]) -> bool:
        """Whether calls did not end in time, and they may not be cut (R10)."""
        hold, disruption = self.server.entry.hold, self.view.desired.spec.disruption
        waits = any(service.name == "UM" and service.runs and not service.starts for service in owed)
        if hold is None or self.server.calls_ended or not waits:
            return False
        timed_out = self.view.now >= hold.since + disruption.drain_timeout
        cut = disruption.on_drain_timeout == "Restart" or window_is_missed(self.view, self.item.key)
        return timed_out and not cut

    def _retirement(self) -> Verdict:
        """Ask to remove former revisions that nobody has used for long enough."""
        issuance, retire = self.case.issuance, self.item.spec.retire
        if issuance is None or retire.policy == "Keep" or not isinstance(self.case.revisions, Known):
            return NOTHING
        verdict = NOTHING
        for revision in self.case.revisions.value:
            since = issuance.unreferenced_since.get(revision.number)
            ours = revision.is_for(self.key) and not revision.existing
            if not ours or revision.leaf is None or since is None or self.view.now < since + retire.after:
                continue
            if self.server.holds_certificate(revision.leaf.thumbprint):
                name = self.case.name_of(self.server.fqdn, revision.number)
                step = RemoveCertificate(
                    owner=self.item.key,
                    server=self.server.fqdn,
                    certificate=name,
                    thumbprint=revision.leaf.thumbprint,
                )
                verdict += ask(step, paths={"retired"})
        return verdict

    def _weight(self, service: ServiceCase) -> Weight:
        """Return how a difference counts: drift where somebody changed what was in force as we wrote it.

        In mode Observe also where nothing was ever written. While any domain controller shows what we wrote,
        the others may just not have it yet.
        """
        if service.bound is None:
            return "Drift" if self.item.care.mode == "Observe" else "Pending"
        if service.in_sequence or isinstance(service.settings, Unknown):
            return "Pending"
        views = (service.settings, service.own_view)
        return "Pending" if any(_shows(view, service.bound) for view in views) else "Drift"

    def _is_fought(self, service: ServiceCase) -> bool:
        """Whether what drifted was corrected so often that somebody else must want it otherwise (R27)."""
        entry = self.view.ledger.entry(self.item.key)
        path = _path(self.server, service)
        return self._weight(service) == "Drift" and fights.fought(entry, self.item.requested_retry, path)


def _shows(view: Fact[Settings], bound: Bound) -> bool:
    """Whether a domain controller shows what we wrote, as far as it shows bindings."""
    if isinstance(view, Unknown) or view.value.mode != bound.startup_mode:
        return False
    binding = view.value.binding
    return bound.startup_mode == "TCP" or not binding.shown or binding.thumbprint == bound.thumbprint


def _path(server: ServerCase, service: ServiceCase) -> str:
    return f"servers[{server.fqdn}].{service.name}"


def _is(service: ServiceCase) -> str:
    if isinstance(service.settings, Unknown):
        return "unknown"
    settings = service.settings.value
    bound = settings.binding.thumbprint[:8] if settings.binding.thumbprint else "no certificate"
    return f"{settings.mode} with {bound}, serving {(service.leaf or 'none')[:8]}"
