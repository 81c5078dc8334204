"""What is true of a certificate, as conditions: the table of the design, one rule a row.

Ready says what servers serve, whatever is still to be done: while every server serves a certificate that is
valid and meets the spec, the phones are well, and a renewal that waits is told by RestartPending.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from um_operator.api.reasons import Reason
from um_operator.observed.certificates import ServiceName
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.hosts import TLS
from um_operator.observed.values import name_key
from um_operator.planning.asked import asked_of, spec_hash
from um_operator.planning.checks.fitness import is_refused_to_clients
from um_operator.planning.plan import Wait
from um_operator.planning.rollout.certificate import CertificateCase
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.rollout.service import ServiceCase
from um_operator.planning.status.certificate_by_person import by_person, manual_action
from um_operator.planning.status.certificate_situation import case_of, in_hand, servers_of, waits_of
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
    if not servers_of(situation):
        message = "spec.servers selects none of the servers that the organization counts"
        yield Statement("Ready", "False", Reason.NO_SERVERS, message)


def deployed(situation: Situation) -> Iterator[Statement]:
    """Wanted is bound is served everywhere: True/Deployed."""
    servers, case, now = servers_of(situation), case_of(situation), situation.view.now
    if all(server.done(now) and is_wanted(case, server) for server in servers):
        yield Statement("Ready", "True", Reason.DEPLOYED, deployed_message(situation) + _advice(case))


def serving(situation: Situation) -> Iterator[Statement]:
    """Every server serves a valid revision that meets the spec, though not the newest: True/Serving.

    Nothing is Reconciling beside it: an issuer is asked and a certificate imported while all is well. A
    server that we took out of service is another matter.
    """
    servers, case = servers_of(situation), case_of(situation)
    if in_hand(situation) or not all(serves_fit(case, server, situation.view.now) for server in servers):
        return
    wanted = f'; revision "{case.wanted.number}" waits' if case.wanted and _behind(situation) else ""
    message = f"{len(servers)} of {len(servers)} servers serve a revision that meets the spec{wanted}"
    yield Statement("Ready", "True", Reason.SERVING, message)


def deploying(situation: Situation) -> Iterator[Statement]:
    """Steps run, or a server is out of service by us and on its way: False/Deploying, Reconciling."""
    if situation.running or in_hand(situation):
        reason, message = _kind_of_work(situation), _progress(situation)
        yield Statement("Ready", "False", reason, message)
        yield Statement("Reconciling", "True", reason, message)


def unproven(situation: Situation) -> Iterator[Statement]:
    """What servers serve cannot be seen, and nothing is left to do: Unknown/NotProven."""
    if situation.steps:
        return
    for server in servers_of(situation):
        for name, target in server.targets.items():
            service = server.services[name]
            if service.ready(target, situation.view.now) is None:
                message = f'what {name} on "{server.fqdn}" serves is not known: {_why(service)}'
                yield Statement("Ready", "Unknown", Reason.NOT_PROVEN, message)
                return


def waiting(situation: Situation) -> Iterator[Statement]:
    """First deployment or a spec change, and it waits: False/WaitingFor…; else what is served is not fit."""
    case, now = case_of(situation), situation.view.now
    behind = [server for server in servers_of(situation) if not serves_fit(case, server, now)]
    count = len(servers_of(situation)) - len(behind)
    names = ", ".join(f'"{server.fqdn}"' for server in behind[:5])
    some = f"{count} of {len(servers_of(situation))} servers serve a certificate that meets the spec"
    ended = next((why for server in behind if (why := _unfit(situation, server))), None)
    for _, wait in waits_of(situation):
        manual = by_person(situation, wait) is not None
        waits = Reason.MANUAL_ACTION_REQUIRED if manual else wait.reason
        reason = ended if ended == Reason.EXPIRED else waits
        yield Statement("Ready", "False", reason, f"{some}; {names}: {wait.message}")
        return
    yield Statement("Ready", "False", ended or Reason.DEPLOYING, f"{some}; not {names}")


def restart_pending(situation: Situation) -> Iterator[Statement]:
    """Servers have to be restarted, and that waits."""
    if in_hand(situation) or any(isinstance(one.step, OF_SEQUENCE) for one in situation.running):
        return
    for planned, wait in waits_of(situation):
        if isinstance(planned.step, OF_SEQUENCE) and wait.reason not in NOTHING_TO_START:
            steps = (one.step for one in situation.steps)
            owed = sorted({step.server for step in steps if isinstance(step, OF_SEQUENCE)})
            named = ", ".join(f'"{fqdn}"' for fqdn in owed[:5])
            more = f" and {len(owed) - 5} more" if len(owed) > 5 else ""
            message = f"{named}{more} to be restarted: {wait.message}"
            yield Statement("RestartPending", "True", _word(wait), message)
            return


def deployed_message(situation: Situation) -> str:
    """Return ``4 of 4 servers serve revision "3"``."""
    count, case = len(servers_of(situation)), case_of(situation)
    number = case.wanted.number if case.wanted else 0
    return f'{count} of {count} servers serve revision "{number}"'


def _advice(case: CertificateCase) -> str:
    """Return what speaks against the certificate, though everybody serves it."""
    if not any(one.leaf and is_refused_to_clients(one.leaf) for one in case.current):
        return ""
    return "; its extended key usage lacks clientAuth: gateways that ask for it refuse calls from UM"


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
    back = any(target.takes_back for server in in_hand(situation) for target in server.targets.values())
    if back or any(isinstance(one.step, ConfigureService) and one.step.rejects for one in running):
        return Reason.ROLLING_BACK
    issues = bool(running) and all(isinstance(planned.step, RequestCertificate) for planned in running)
    return Reason.ISSUING if issues else Reason.DEPLOYING


def _progress(situation: Situation) -> str:
    failure = situation.failure
    if failure is not None and not failure.for_good:
        return f"{failure.step.sentence} It did not succeed ({failure.outcome.message}) and is tried again."
    if not situation.running:
        server = in_hand(situation)[0]
        waits = [
            wait.message for _, wait in waits_of(situation) if name_key(wait.object) == name_key(server.fqdn)
        ]
        return f'"{server.fqdn}" is out of service: {waits[0] if waits else "it is being restarted"}'
    rest = len(situation.steps) - 1
    more = f" {rest} more step{'s' if rest > 1 else ''} after it." if rest else ""
    return situation.running[0].step.sentence + more


def _word(wait: Wait) -> str:
    """Return the reason of RestartPending."""
    if wait.detail == Reason.DRAIN_TIMED_OUT:
        return wait.detail
    return Reason.RESTART_OWED if wait.reason in BY_A_PERSON else wait.reason


def _behind(situation: Situation) -> bool:
    return any(not server.done(situation.view.now) for server in servers_of(situation))


def _why(service: ServiceCase) -> str:
    for fact in (service.tls, service.tcp, service.process):
        if isinstance(fact, Unknown):
            return fact.message
    return "it does not answer"
