"""What is true of a certificate, as conditions: the table of the design, one rule a row.

Ready says what servers serve, whatever is still to be done: while every server serves a certificate that is
valid and meets the spec, the phones are well, and a renewal that waits is told by RestartPending.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Final

from um_operator.api.reasons import Reason
from um_operator.observed.certificates import ServiceName
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.hosts import TLS
from um_operator.observed.values import name_key
from um_operator.planning.asked import asked_of, spec_hash
from um_operator.planning.feasibility import feasibility
from um_operator.planning.plan import PlannedStep, Wait
from um_operator.planning.rollout.certificate import CertificateCase
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.rollout.service import ServiceCase
from um_operator.planning.status.judgement import (
    BY_A_PERSON,
    deleting,
    drift,
    drifted,
    plan_pending,
    stalled,
    suspended,
    unread,
)
from um_operator.planning.status.situation import Situation, Statement
from um_operator.planning.steps import (
    ActivateServer,
    ConfigureService,
    DrainServer,
    RequestCertificate,
    RestartService,
)

NOTHING_TO_START: Final = frozenset[str]({Reason.REJECTED, Reason.ISSUANCE_PENDING, Reason.ISSUANCE_DENIED})
"""While there is no certificate, or none to be tried, no restart is pending."""
OF_A_SECRET: Final = frozenset[str]({Reason.CERTIFICATE_NOT_FOUND, Reason.INVALID_ISSUER})
"""What is wrong with a Secret from which nothing can be taken."""
OF_SEQUENCE: Final = (ConfigureService, DrainServer, RestartService, ActivateServer)


def judge(situation: Situation) -> tuple[Statement, ...]:
    """Return every condition of a certificate, Ready first."""
    rules = (
        deleting, stalled, unread, obstructed, no_servers,
        drifted, deployed, serving, deploying, unproven, waiting,
    )  # fmt: skip
    main = next(statements for rule in rules if (statements := tuple(rule(situation))))
    beside = (drift, restart_pending, plan_pending, manual_action, suspended)
    return (*main, *(statement for rule in beside for statement in rule(situation)))


def obstructed(situation: Situation) -> Iterator[Statement]:
    """Something that it refers to is missing, so nothing is known of what it wants: False/<reason>."""
    if situation.item.key not in situation.view.rollout.certificates:
        for finding in situation.findings:
            yield Statement("Ready", "False", finding.reason, finding.message)
            return


def no_servers(situation: Situation) -> Iterator[Statement]:
    """No server in scope is selected, so there is nothing to be done: a mistake more likely than a wish."""
    if not _servers(situation):
        message = "spec.servers selects none of the servers that the organization counts"
        yield Statement("Ready", "False", Reason.NO_SERVERS, message)


def deployed(situation: Situation) -> Iterator[Statement]:
    """Wanted is bound is served everywhere: True/Deployed."""
    servers, case, now = _servers(situation), _case(situation), situation.view.now
    if all(server.done(now) and is_wanted(case, server) for server in servers):
        yield Statement("Ready", "True", Reason.DEPLOYED, deployed_message(situation))


def serving(situation: Situation) -> Iterator[Statement]:
    """Every server serves a valid revision that meets the spec, though not the newest: True/Serving.

    Nothing is Reconciling beside it: an issuer is asked and a certificate imported while all is well. A
    server that we took out of service is another matter.
    """
    servers, case = _servers(situation), _case(situation)
    if _in_hand(situation) or not all(serves_fit(case, server, situation.view.now) for server in servers):
        return
    wanted = f'; revision "{case.wanted.number}" waits' if case.wanted and _behind(situation) else ""
    message = f"{len(servers)} of {len(servers)} servers serve a revision that meets the spec{wanted}"
    yield Statement("Ready", "True", Reason.SERVING, message)


def deploying(situation: Situation) -> Iterator[Statement]:
    """Steps run, or a server is out of service by us and on its way: False/Deploying, Reconciling."""
    if situation.running or _in_hand(situation):
        reason, message = _kind_of_work(situation), _progress(situation)
        yield Statement("Ready", "False", reason, message)
        yield Statement("Reconciling", "True", reason, message)


def unproven(situation: Situation) -> Iterator[Statement]:
    """What servers serve cannot be seen, and nothing is left to do: Unknown/NotProven."""
    if situation.steps:
        return
    for server in _servers(situation):
        for name, target in server.targets.items():
            service = server.services[name]
            if service.ready(target, situation.view.now) is None:
                message = f'what {name} on "{server.fqdn}" serves is not known: {_why(service)}'
                yield Statement("Ready", "Unknown", Reason.NOT_PROVEN, message)
                return


def waiting(situation: Situation) -> Iterator[Statement]:
    """First deployment or a spec change, and it waits: False/WaitingFor…; else what is served is not fit."""
    case, now = _case(situation), situation.view.now
    behind = [server for server in _servers(situation) if not serves_fit(case, server, now)]
    count = len(_servers(situation)) - len(behind)
    names = ", ".join(f'"{server.fqdn}"' for server in behind[:5])
    some = f"{count} of {len(_servers(situation))} servers serve a certificate that meets the spec"
    ended = next((why for server in behind if (why := _unfit(situation, server))), None)
    for _, wait in _waits(situation):
        manual = _manual(wait) is not None
        waits = Reason.MANUAL_ACTION_REQUIRED if manual else wait.reason
        reason = ended if ended == Reason.EXPIRED else waits
        yield Statement("Ready", "False", reason, f"{some}; {names}: {wait.message}")
        return
    yield Statement("Ready", "False", ended or Reason.DEPLOYING, f"{some}; not {names}")


def restart_pending(situation: Situation) -> Iterator[Statement]:
    """Servers have to be restarted, and that waits."""
    if _in_hand(situation) or any(isinstance(one.step, OF_SEQUENCE) for one in situation.running):
        return
    for planned, wait in _waits(situation):
        if isinstance(planned.step, OF_SEQUENCE) and wait.reason not in NOTHING_TO_START:
            steps = (one.step for one in situation.steps)
            owed = sorted({step.server for step in steps if isinstance(step, OF_SEQUENCE)})
            named = ", ".join(f'"{fqdn}"' for fqdn in owed[:5])
            more = f" and {len(owed) - 5} more" if len(owed) > 5 else ""
            message = f"{named}{more} to be restarted: {wait.message}"
            yield Statement("RestartPending", "True", _word(wait), message)
            return


def manual_action(situation: Situation) -> Iterator[Statement]:
    """A person has to do something: the most pressing of it is told."""
    rules = (_held_by_a_person, _no_way_back, _without_successor, _infeasible)
    yield from islice((statement for rule in rules for statement in rule(situation)), 1)


def _held_by_a_person(situation: Situation) -> Iterator[Statement]:
    """Tell that a step waits for the end of a maintenance, or for somebody who vouches for a peer."""
    for _, wait in _waits(situation):
        reason = _manual(wait)
        if reason is not None:
            yield Statement("ManualActionRequired", "True", reason, wait.message)


def _no_way_back(situation: Situation) -> Iterator[Statement]:
    """Tell that a server stays drained, because it has no certificate that it could serve."""
    for server in _servers(situation):
        if server.entry.hold is not None and not server.targets:
            message = f'"{server.fqdn}" can serve no certificate that it has, and stays drained'
            yield Statement("ManualActionRequired", "True", Reason.NO_WAY_BACK, message)


def _without_successor(situation: Situation) -> Iterator[Statement]:
    """Tell that the Secret from which the certificate came has none to follow it any more."""
    offered = situation.view.snapshot.offers.get(situation.item.key)
    case = situation.view.rollout.certificates.get(situation.item.key)
    is_issued = case is not None and any(one.leaf is not None for one in case.current)
    if isinstance(offered, Unknown) and offered.reason in OF_A_SECRET and is_issued:
        yield Statement("ManualActionRequired", "True", offered.reason, offered.message)


def _infeasible(situation: Situation) -> Iterator[Statement]:
    """Tell that the windows before the end of what is served have no room for a renewal."""
    ahead = feasibility(situation.view, situation.item.key)
    if ahead is not None and not ahead.feasible:
        yield Statement("ManualActionRequired", "True", Reason.INFEASIBLE, ahead.message)


def deployed_message(situation: Situation) -> str:
    """Return ``4 of 4 servers serve revision "3"``."""
    count, case = len(_servers(situation)), _case(situation)
    number = case.wanted.number if case.wanted else 0
    return f'{count} of {count} servers serve revision "{number}"'


def serves_fit(case: CertificateCase, server: ServerCase, now: datetime) -> bool:
    """Whether each service shows a revision that is in date and of what the spec asks now."""
    return bool(server.targets) and all(_fit(case, server, name, now) for name in server.targets)


def _fit(case: CertificateCase, server: ServerCase, name: ServiceName, now: datetime) -> bool:
    target, service = server.targets[name], server.services[name]
    tls = service.tls.value if isinstance(service.tls, Known) else None
    if target.mode == "TCP" or not isinstance(tls, TLS):
        return is_wanted(case, server) and service.ready(target, now) is True
    if isinstance(case.revisions, Unknown) or service.answers is not True:
        return False
    shared = case.item.spec.scope == "Shared"
    asked = spec_hash(asked_of(case.item.spec, None if shared else server.fqdn))
    refused = case.rejected.get(name_key(server.fqdn))
    bad = refused.revision if refused and refused.by_a_person else None
    of_spec = {
        one.leaf.sha256
        for one in case.revisions.value
        if one.leaf and one.spec_hash == asked and one.number != bad
    }
    return tls.leaf.valid_at(now) and tls.leaf.sha256 in of_spec


def is_wanted(case: CertificateCase, server: ServerCase) -> bool:
    """Whether a server is to serve the wanted revision, and not what it had before."""
    number = case.wanted.number if case.wanted else None
    targets = server.targets.values()
    return bool(targets) and all(one.revision in (None, number) and not one.takes_back for one in targets)


def _unfit(situation: Situation, server: ServerCase) -> Reason | None:
    """Return what is wrong with what a server serves, if that is more than not being the wanted one."""
    for name in server.targets:
        tls = server.services[name].tls
        if isinstance(tls, Known) and isinstance(tls.value, TLS):
            leaf, owner = tls.value.leaf, situation.item.key
            if situation.view.now >= leaf.not_after:
                return Reason.EXPIRED
            if situation.view.rollout.revision_serving(owner, leaf.sha256) is None:
                return Reason.FOREIGN_CERTIFICATE
    return None


def _kind_of_work(situation: Situation) -> Reason:
    running = situation.running
    back = any(target.takes_back for server in _in_hand(situation) for target in server.targets.values())
    if back or any(isinstance(one.step, ConfigureService) and one.step.rejects for one in running):
        return Reason.ROLLING_BACK
    issues = bool(running) and all(isinstance(planned.step, RequestCertificate) for planned in running)
    return Reason.ISSUING if issues else Reason.DEPLOYING


def _progress(situation: Situation) -> str:
    failure = situation.failure
    if failure is not None and not failure.for_good:
        return f"{failure.step.sentence} It did not succeed ({failure.outcome.message}) and is tried again."
    if not situation.running:
        server = _in_hand(situation)[0]
        waits = [
            wait.message for _, wait in _waits(situation) if name_key(wait.object) == name_key(server.fqdn)
        ]
        return f'"{server.fqdn}" is out of service: {waits[0] if waits else "it is being restarted"}'
    rest = len(situation.steps) - 1
    more = f" {rest} more step{'s' if rest > 1 else ''} after it." if rest else ""
    return situation.running[0].step.sentence + more


def _in_hand(situation: Situation) -> tuple[ServerCase, ...]:
    """Return the servers that we took out of service and that have somewhere to go."""
    return tuple(server for server in _servers(situation) if server.entry.hold is not None and server.targets)


def _waits(situation: Situation) -> Iterator[tuple[PlannedStep, Wait]]:
    """Yield what holds each step back first, but not that another planned step comes before it."""
    for planned in situation.steps:
        if planned.waits and not (planned.waits[0].needs and planned.requires):
            yield planned, planned.waits[0]


def _word(wait: Wait) -> str:
    """Return the reason of RestartPending."""
    if wait.detail == Reason.DRAIN_TIMED_OUT:
        return wait.detail
    return Reason.RESTART_OWED if wait.reason in BY_A_PERSON else wait.reason


def _manual(wait: Wait) -> Reason | None:
    """Return for what a person has to come, ``None`` where time or somebody else's turn is all it needs."""
    if wait.reason == Reason.WAITING_FOR_TRUST:
        return Reason.PEER_UNTRUSTED if wait.detail == Reason.PEER_UNTRUSTED else Reason.PEER_TRUST_UNKNOWN
    if wait.detail == Reason.FOREIGN_MAINTENANCE:
        return Reason.FOREIGN_MAINTENANCE
    return Reason.ROLLOUT_STOPPED if wait.reason == Reason.ROLLOUT_STOPPED else None


def _behind(situation: Situation) -> bool:
    return any(not server.done(situation.view.now) for server in _servers(situation))


def _why(service: ServiceCase) -> str:
    for fact in (service.tls, service.tcp, service.process):
        if isinstance(fact, Unknown):
            return fact.message
    return "it does not answer"


def _case(situation: Situation) -> CertificateCase:
    return situation.view.rollout.certificates[situation.item.key]


def _servers(situation: Situation) -> tuple[ServerCase, ...]:
    return situation.view.rollout.of(situation.item.key)
