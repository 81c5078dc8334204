"""A certificate: issued, imported everywhere, then brought into force server by server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from um_operator.api.reasons import Reason
from um_operator.desired.organization import DesiredCertificate
from um_operator.observed.exchange import StartupMode, VoIPSecurity
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.rollout import Rejection
from um_operator.observed.values import name_key
from um_operator.planning.asked import asked_of, spec_hash
from um_operator.planning.checks.obstacles import unread
from um_operator.planning.checks.sequence import Sequence
from um_operator.planning.checks.trust import publication
from um_operator.planning.checks.verdict import NOTHING, Verdict, ask
from um_operator.planning.plan import Finding, Weight
from um_operator.planning.renewal import asked_again_at
from um_operator.planning.rollout.certificate import CertificateCase
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.steps.issuance import RequestCertificate
from um_operator.planning.view import View, known_rows


def examine(view: View, item: DesiredCertificate) -> Verdict:
    """Return what a UMCertificate's manifest asks for."""
    if item.deleting:
        return Verdict(released=True)
    obstacle = item.blocked or view.rollout.claimed.get(item.key)
    if obstacle is not None:
        weight: Weight = "Blocked" if obstacle.stalled else "Pending"
        return Verdict((Finding(item.key, weight, obstacle.reason, obstacle.message),))
    case = view.rollout.certificates[item.key]
    sequences = [Sequence(view, case, server) for server in view.rollout.of(item.key)]
    if refusal := _unread(view, case) or _modes_of_plans(view, item):
        return sum((one.end() for one in sequences if one.server.must_finish), refusal)
    shared = item.spec.scope == "Shared"
    verdict = _request(view, case, None) if shared else NOTHING
    verdict += publication(view, case) + Verdict(tuple(_rejected(case, sequences)))
    for one in sequences:
        verdict += NOTHING if shared or one.unfit else _request(view, case, one.server.fqdn)
        verdict += one.verdict()
    return verdict


def _rejected(case: CertificateCase, sequences: Iterable[Sequence]) -> Iterator[Finding]:
    """Yield that the wanted revision is not tried again, once a server is back from it, or cannot be."""
    for one in sequences:
        rejection = case.rejected.get(one.key)
        of_wanted = (
            rejection is not None and case.wanted is not None and rejection.revision == case.wanted.number
        )
        if not of_wanted or not rejection or (one.server.must_finish and one.server.targets):
            continue
        if not rejection.by_a_person:
            why = f'"{one.server.fqdn}" could not serve it ({rejection.message})'
            message = f'revision "{rejection.revision}" is rejected: {why}'
            yield Finding(case.item.key, "Blocked", Reason.REJECTED, message)
        elif not one.server.unconfigured and not one.server.owed:
            yield _taken_back(case, one.server, rejection)


def _taken_back(case: CertificateCase, server: ServerCase, rejection: Rejection) -> Finding:
    """Return that a server went back on a person's word, or that it has nothing to go back to."""
    number, key = rejection.revision, case.item.key
    bound = (server.services[name].bound for name in server.targets)
    if any(one is not None and one.certificate == case.name_of(server.fqdn, number) for one in bound):
        message = (
            f'revision "{number}" is rejected ({rejection.message}), and "{server.fqdn}" goes on serving it: '
            "what it served before is not known, has ended or is no longer in its store"
        )
        return Finding(key, "Blocked", Reason.NO_WAY_BACK, message)
    return Finding(key, "Blocked", Reason.REJECTED, f'revision "{number}" is rejected: {rejection.message}')


def _unread(view: View, case: CertificateCase) -> Verdict:
    plans = view.snapshot.dial_plans
    rows = plans.value.values() if isinstance(plans, Known) and case.item.spec.startup_mode != "Dual" else ()
    for fact in (view.snapshot.servers, case.revisions, plans, *rows):
        if isinstance(fact, Unknown):
            return unread(case.item.key, fact)
    return NOTHING


def _request(view: View, case: CertificateCase, server: str | None) -> Verdict:
    """Ask the issuer for the wanted revision, where it was not asked yet or may be asked again.

    One that is begun and not with its issuer was interrupted, or the issuer could not be asked: that goes on.
    """
    assert case.wanted is not None
    key, issuance = name_key(server or ""), case.issuance
    revision = case.revision_of(key)
    if revision is not None and revision.state in {"Pending", "Issued"}:
        return NOTHING
    denied = revision is not None and revision.state == "Denied"
    again = asked_again_at(issuance, key) if denied else None
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


def _modes_of_plans(view: View, item: DesiredCertificate) -> Verdict:
    """Refuse a startup mode that dial plans do not allow: TLS beside Unsecured ones, TCP beside others."""
    mode: StartupMode = item.spec.startup_mode
    if mode == "Dual":
        return NOTHING
    in_the_way = sorted(
        name for name, security in _securities(view) if (security == "Unsecured") == (mode == "TLS")
    )
    if not in_the_way:
        return NOTHING
    names = ", ".join(f'"{name}"' for name in dict.fromkeys(in_the_way))
    reason = Reason.PLANS_UNSECURED if mode == "TLS" else Reason.PLANS_SECURED
    what = "is or becomes Unsecured" if mode == "TLS" else "is or becomes secured"
    message = f'startupMode "{mode}" would cut off calls: dial plan {names} {what}'
    return Verdict((Finding(item.key, "Blocked", reason, message, "startupMode"),))


def _securities(view: View) -> Iterator[tuple[str, VoIPSecurity]]:
    """Yield what every dial plan, declared or not, is or becomes."""
    live = {name_key(plan.name): plan.name for plan in known_rows(view.snapshot.dial_plans)}
    yield from ((plan.name, plan.voip_security) for plan in known_rows(view.snapshot.dial_plans))
    for plan in view.desired.dial_plans:
        yield live.get(name_key(plan.name), plan.name), plan.voip_security
