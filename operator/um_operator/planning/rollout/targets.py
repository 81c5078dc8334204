"""What each service of a server shall serve: what was begun, the way back, or the wanted revision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TypeAlias

from um_operator.observed.certificates import ServiceName
from um_operator.observed.fact import Unknown
from um_operator.observed.revision import Revision
from um_operator.observed.rollout import Bound, Previous, Rejection
from um_operator.observed.values import name_key
from um_operator.planning.rollout.certificate import CertificateCase
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.rollout.service import ServiceCase
from um_operator.planning.rollout.target import Target

Targets: TypeAlias = Mapping[ServiceName, Target]

GIVEN_UP = "what was begun is taken back"


def targets_of(case: CertificateCase, server: ServerCase, now: datetime) -> Targets:
    """Return what services of a server shall serve, nothing of one of which that cannot be told.

    What is begun comes first, whatever is declared meanwhile; what could not be served is taken back before
    anything else is tried. Where there is no way back, only another revision is a way forward; so it is for
    what ended while the server was away.
    """
    wanted = case.wanted.number if case.wanted else None
    rejection = case.rejected.get(name_key(server.fqdn))
    if server.must_finish:
        begun = dict(_as_begun(case, server))
        numbers = {wanted if target.revision is None else target.revision for target in begun.values()}
        if _goes_back(case, server) or (rejection is not None and rejection.revision in numbers):
            return _back(case, server, rejection, now) or _forward(case, server, unless=rejection)
        forward = _forward(case, server)
        afresh = {name: one for name, one in forward.items() if server.services[name].down_for_good}
        return {**begun, **afresh} or forward
    if rejection is not None and rejection.revision == wanted:
        return _back(case, server, rejection, now)
    return _forward(case, server)


def _forward(
    case: CertificateCase, server: ServerCase, unless: Rejection | None = None
) -> dict[ServiceName, Target]:
    """Return the wanted revision for each service, unless it is the one that was rejected."""
    if case.wanted is None or (unless is not None and unless.revision == case.wanted.number):
        return {}
    number, spec = case.wanted.number, case.item.spec
    if spec.startup_mode == "TCP":
        target = Target("TCP", None, None, case.item.key, spec.proof, number)
    else:
        revision = case.revision_of(name_key(server.fqdn))
        thumbprint = revision.leaf.thumbprint if revision and revision.leaf else None
        name = case.name_of(server.fqdn, number)
        target = Target(spec.startup_mode, name, thumbprint, case.item.key, spec.proof, number)
    return dict.fromkeys(case.services_on(server), target)


def _as_begun(case: CertificateCase, server: ServerCase) -> Iterator[tuple[ServiceName, Target]]:
    """Yield what was written for each service."""
    for name in case.services_on(server):
        bound = server.services[name].bound
        if bound is not None:
            yield name, _written(case, bound)


def _written(case: CertificateCase, bound: Bound, takes_back: str = "") -> Target:
    revision = Revision.named(bound.certificate) if bound.certificate else None
    number = revision.number if revision else None
    spec, owner = case.item.spec, case.item.key
    return Target(
        bound.startup_mode, bound.certificate, bound.thumbprint, owner, spec.proof, number, takes_back
    )


def _goes_back(case: CertificateCase, server: ServerCase) -> bool:
    """Whether what is written for a service is what stood there before: a way back is begun."""
    services = (server.services[name] for name in case.services_on(server))
    return any(
        Previous(one.bound.thumbprint, one.bound.startup_mode) == one.previous
        for one in services
        if one.bound is not None and one.previous is not None
    )


def _back(case: CertificateCase, server: ServerCase, rejection: Rejection | None, now: datetime) -> Targets:
    """Return the way back of every service: its former leaf while that can be used, else plain SIP (R17).

    A server of which a service has no way back has none: it stays out of service. What is in force stays,
    unless a person calls it bad; where that has no way back, it stays as well.
    """
    why = rejection.message if rejection else GIVEN_UP
    found: dict[ServiceName, Target] = {}
    for name in case.services_on(server):
        service = server.services[name]
        former = _before(service, rejection)
        if former is not None:
            target = _former(case, server, former, rejection, now)
        elif service.bound is not None:
            target = _written(case, service.bound, why)
        else:
            continue
        if target is None or service.failed(target, now):
            stays = rejection is not None and rejection.by_a_person and not server.must_finish
            return _as_it_is(case, server, why) if stays else {}
        found[name] = target
    return found


def _before(service: ServiceCase, rejection: Rejection | None) -> Previous | None:
    """Return what a service has to go back to, ``None`` where what is written for it stays."""
    if rejection is None or not rejection.by_a_person:
        return service.previous
    return (service.previous or service.former) if _is_rejected(service, rejection) else None


def _is_rejected(service: ServiceCase, rejection: Rejection) -> bool:
    """Whether what is written for a service is the revision that is rejected."""
    named = Revision.named(service.bound.certificate or "") if service.bound else None
    return named is not None and named.number == rejection.revision


def _as_it_is(case: CertificateCase, server: ServerCase, why: str) -> Targets:
    written = {name: server.services[name].bound for name in case.services_on(server)}
    return {name: _written(case, bound, why) for name, bound in written.items() if bound is not None}


def _former(
    case: CertificateCase, server: ServerCase, former: Previous, rejection: Rejection | None, now: datetime
) -> Target | None:
    spec, owner = case.item.spec, case.item.key
    why = rejection.message if rejection else GIVEN_UP
    number = rejection.revision if rejection else None
    if former.thumbprint is None or former.startup_mode == "TCP":
        return Target("TCP", None, None, owner, spec.proof, number, why)
    if not _usable(server, former.thumbprint, now):
        return None
    return Target(former.startup_mode, former.thumbprint, former.thumbprint, owner, spec.proof, number, why)


def _usable(server: ServerCase, thumbprint: str, now: datetime) -> bool:
    if isinstance(server.stored, Unknown):
        return False
    return any(
        row.certificate.thumbprint == thumbprint and row.certificate.valid_at(now)
        for row in server.stored.value
    )
