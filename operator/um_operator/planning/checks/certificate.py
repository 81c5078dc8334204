"""A certificate: issued, imported everywhere, then brought into force server by server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from um_operator.api.reasons import Reason
from um_operator.desired.organization import DesiredCertificate
from um_operator.observed.exchange import StartupMode
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.rollout import Hold, Issuance
from um_operator.observed.values import name_key
from um_operator.planning.asked import asked_of, spec_hash
from um_operator.planning.checks import fights
from um_operator.planning.checks.fitness import problems, use_of
from um_operator.planning.checks.obstacles import unread
from um_operator.planning.checks.verdict import NOTHING, Verdict, ask
from um_operator.planning.plan import DIFFERS, Finding, Weight
from um_operator.planning.renewal import asked_again_at
from um_operator.planning.rollout.facts import missing_issuers
from um_operator.planning.rollout.rollout import CertificateCase
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.rollout.service import ServiceCase
from um_operator.planning.rollout.waits import window_is_missed
from um_operator.planning.steps.certificate import (
    WINDOWS_SERVICES,
    ActivateServer,
    ConfigureService,
    DrainServer,
    ImportCertificate,
    InstallChain,
    RemoveCertificate,
    RequestCertificate,
    RestartService,
)
from um_operator.planning.view import View

OUTAGE: Final[dict[str, str]] = {
    "UM": 'calls on this server fail for about "60s", those for its mailboxes wherever they come in',
    "UMCallRouter": "new calls go through the other call routers",
}


def examine(view: View, item: DesiredCertificate) -> Verdict:
    """Return what a UMCertificate's manifest asks for."""
    if item.deleting:
        return Verdict(released=True)
    obstacle = item.blocked or view.rollout.claimed.get(item.key)
    if obstacle is not None:
        weight: Weight = "Blocked" if obstacle.stalled else "Pending"
        return Verdict((Finding(item.key, weight, obstacle.reason, obstacle.message),))
    case = view.rollout.certificates[item.key]
    for fact in (view.snapshot.servers, case.revisions, view.snapshot.dial_plans):
        if isinstance(fact, Unknown):
            return unread(item.key, fact)
    if refusal := _modes_of_plans(view, item):
        return refusal
    verdict = NOTHING
    for server in view.rollout.of(item.key):
        verdict += _Sequence(view, case, server).verdict()
    return verdict + _shared_request(view, case)


class _Sequence:
    """What one server owes to its certificate, from the request to its return to service."""

    def __init__(self, view: View, case: CertificateCase, server: ServerCase) -> None:
        self.view, self.case, self.server, self.item = view, case, server, case.item
        self.key = name_key(server.fqdn)
        self.revision = case.revision_of(self.key)

    def verdict(self) -> Verdict:
        """Return findings and steps, the steps in their order."""
        if self.revision is not None and self.revision.leaf is not None:
            use = use_of(
                self.item.spec, self.server.fqdn, self.revision.leaf, self.view.now, lync=_lync(self.view)
            )
            if found := problems(use):
                name = self.case.name_of(self.server.fqdn, self.revision.number)
                message = f'certificate "{name}" is not used: {"; ".join(found.values())}'
                return Verdict((Finding(self.item.key, "Blocked", next(iter(found)), message),))
        verdict = Verdict(tuple(self._findings()))
        if self.item.spec.scope == "PerServer":
            verdict += _request(self.view, self.case, self.server.fqdn)
        for part in (self._store(), self._configuration(), self._restart(), self._retirement()):
            verdict += part
        return verdict

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
            if self._fought(service):
                yield fights.stopped(self.item.key, path)

    def _store(self) -> Verdict:
        """Ask for the certificate in the server's store, and for issuers that are known to be missing."""
        target = next(iter(self.server.targets.values()), None)
        revision = self.revision
        if target is None or target.takes_back or target.mode == "TCP" or self.case.wanted is None:
            return NOTHING
        name = self.case.name_of(self.server.fqdn, self.case.wanted.number)
        if (
            revision is None
            or revision.leaf is None
            or not self.server.holds_certificate(revision.leaf.thumbprint)
        ):
            step = ImportCertificate(owner=self.item.key, server=self.server.fqdn, certificate=name)
            return ask(step, paths={"imported"})
        if missing := missing_issuers(self.server, revision):
            chain = InstallChain(
                owner=self.item.key, server=self.server.fqdn, certificate=name, missing=missing
            )
            return ask(chain, paths={"chain"})
        return NOTHING

    def _configuration(self) -> Verdict:
        verdict = NOTHING
        for name, target in self.server.targets.items():
            service = self.server.services[name]
            settings = service.settings
            if isinstance(settings, Unknown) or service.configured(target) or self._fought(service):
                continue
            step = ConfigureService(
                owner=self.item.key,
                interrupts=not target.takes_back,
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
        hold, owed = self.server.entry.hold, self.server.owed
        if not owed and hold is None:
            return NOTHING
        if any(self._fought(service) for service in owed) and hold is None:
            return NOTHING
        requester: str = self.view.desired.spec.disruption.drain_requester
        ours = hold or Hold(_component(self.server), requester, self.view.now)
        owner, fqdn, gave_up = self.item.key, self.server.fqdn, self._gave_up()
        verdict = NOTHING
        if hold is None:
            verdict += ask(
                DrainServer(
                    owner=owner,
                    interrupts=True,
                    server=fqdn,
                    component=ours.component,
                    requester=ours.requester,
                )
            )
        if not gave_up:
            for service in owed:
                verdict += ask(self._restart_of(service), paths={_path(self.server, service)})
        return verdict + ask(
            ActivateServer(
                owner=owner,
                server=fqdn,
                component=ours.component,
                requester=ours.requester,
                gave_up=gave_up,
            )
        )

    def _restart_of(self, service: ServiceCase) -> RestartService:
        target = self.server.targets[service.name]
        former = service.before(target)
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

    def _gave_up(self) -> bool:
        """Whether calls did not end in time, and they may not be cut (R10)."""
        hold, disruption = self.server.entry.hold, self.view.desired.spec.disruption
        if hold is None or self.server.calls_ended or self.server.stopped_by_us:
            return False
        if not any(service.name == "UM" for service in self.server.owed):
            return False
        timed_out = self.view.now >= hold.since + disruption.drain_timeout
        cut = disruption.on_drain_timeout == "Restart" or window_is_missed(self.view, self.item.key)
        return timed_out and not cut

    def _retirement(self) -> Verdict:
        """Ask to remove former revisions that nobody has used for long enough."""
        issuance = self.view.ledger.entry(self.item.key).issuance
        retire = self.item.spec.retire
        if issuance is None or retire.policy == "Keep" or not isinstance(self.case.revisions, Known):
            return NOTHING
        verdict = NOTHING
        for revision in self.case.revisions.value:
            since = issuance.unreferenced_since.get(revision.number)
            ours = revision.server in (None, self.key)
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
        """Return how a difference counts: drift where somebody changed what we had brought into force."""
        if self.item.care.mode == "Observe":
            return "Drift"
        bound, settings = service.bound, service.settings
        if bound is None or isinstance(settings, Unknown):
            return "Pending"
        binding = settings.value.binding
        written = settings.value.mode == bound.startup_mode and (
            not binding.shown or bound.startup_mode == "TCP" or binding.thumbprint == bound.thumbprint
        )
        return "Pending" if written else "Drift"

    def _fought(self, service: ServiceCase) -> bool:
        entry = self.view.ledger.entry(self.item.key)
        return fights.fought(entry, self.item.requested_retry, _path(self.server, service))


def _request(view: View, case: CertificateCase, server: str | None) -> Verdict:
    """Ask the issuer for the wanted revision, where it was not asked yet or may be asked again."""
    assert case.wanted is not None
    key = name_key(server) if server else ""
    revision = case.revision_of(key)
    if revision is not None and revision.state not in {"Denied"}:
        return NOTHING
    issuance: Issuance | None = view.ledger.entry(case.item.key).issuance
    again = asked_again_at(issuance, key) if revision is not None else None
    if again is not None and view.now < again:
        return NOTHING
    step = RequestCertificate(
        owner=case.item.key,
        certificate=case.name_of(server or "", case.wanted.number),
        server=server,
        revision=case.wanted.number,
        asked=spec_hash(asked_of(case.item.spec, server)),
        declared=spec_hash(asked_of(case.item.spec)),
        issuer=case.item.spec.issuer.name,
        cause=case.wanted.cause or (issuance.cause if issuance else ""),
        renewed_at=case.item.requested_renew,
    )
    return ask(step, paths={"issued"})


def _shared_request(view: View, case: CertificateCase) -> Verdict:
    return _request(view, case, None) if case.item.spec.scope == "Shared" else NOTHING


def _modes_of_plans(view: View, item: DesiredCertificate) -> Verdict:
    """Refuse a startup mode that dial plans do not allow: TLS beside Unsecured ones, TCP beside others."""
    assert isinstance(view.snapshot.dial_plans, Known)
    mode: StartupMode = item.spec.startup_mode
    if mode == "Dual":
        return NOTHING
    plans = [fact.value for fact in view.snapshot.dial_plans.value.values() if isinstance(fact, Known)]
    becoming = {name_key(plan.name): plan.voip_security for plan in view.desired.dial_plans}
    in_the_way = sorted(
        plan.name
        for plan in plans
        if any(
            (security == "Unsecured") == (mode == "TLS")
            for security in {plan.voip_security, becoming.get(name_key(plan.name), plan.voip_security)}
        )
    )
    if not in_the_way:
        return NOTHING
    names = ", ".join(f'"{name}"' for name in in_the_way)
    reason = Reason.PLANS_UNSECURED if mode == "TLS" else Reason.PLANS_SECURED
    what = "is or becomes Unsecured" if mode == "TLS" else "is or becomes secured"
    message = f'startupMode "{mode}" would cut off calls: dial plan {names} {what}'
    return Verdict((Finding(item.key, "Blocked", reason, message, "startupMode"),))


def _lync(view: View) -> bool:
    """Whether Lync or Skype for Business calls the UM services: then every server has to be fit for it."""
    return view.desired.spec.lync is not None


def _component(server: ServerCase) -> str | None:
    component = server.component
    return component.value.name if isinstance(component, Known) and component.value else None


def _path(server: ServerCase, service: ServiceCase) -> str:
    return f"servers[{server.fqdn}].{service.name}"


def _is(service: ServiceCase) -> str:
    if isinstance(service.settings, Unknown):
        return "unknown"
    settings = service.settings.value
    bound = settings.binding.thumbprint[:8] if settings.binding.thumbprint else "no certificate"
    return f"{settings.mode} with {bound}, serving {(service.leaf or 'none')[:8]}"
