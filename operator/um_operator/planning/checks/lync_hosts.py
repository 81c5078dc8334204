"""Hosts of Lync: their certificates, whom they trust, how new their topology is, what they tell of calls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from um_operator.api.reasons import Reason
from um_operator.observed.certificates import CertificateFact
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.hosts import TLS, Listener
from um_operator.observed.lync import AssignedCertificate, FrontEndFacts, PoolFact
from um_operator.observed.values import name_key
from um_operator.planning.checks.fitness import covers
from um_operator.planning.checks.lync_case import LyncCase, computers_of
from um_operator.planning.checks.verdict import NOTHING, Verdict
from um_operator.planning.front_ends.cases import cases_of
from um_operator.planning.front_ends.evidence import told_since_its_start
from um_operator.planning.plan import DIFFERS, Finding, Weight
from um_operator.planning.rollout.authorities import authorities_of, in_use, lacking_of
from um_operator.planning.rollout.lync_hosts import holds
from um_operator.planning.steps import InstallLyncTrust, TrustGateway
from um_operator.planning.steps.trust import SHOWN

USE: Final = "Default"
"""The use of the certificate with which servers of Lync speak SIP (Set-CsCertificate -Type)."""
SMALLEST_KEY: Final = 1024
"""Lync takes RSA keys from there on (certificate infrastructure requirements, field notes 1.8)."""


def our_authorities(case: LyncCase) -> Verdict:
    """Ask for the CAs of the UM certificates in the stores of every computer of every pool (R5)."""
    wanted = _wanted(case)
    attested = case.item.spec.trust.attested
    verdict = NOTHING
    for _, computer in computers_of(case) if wanted else ():
        host = case.lync.front_ends.get(name_key(computer))
        stores = host.stores if host else Unknown("NotRead", "it was not read", case.view.now)
        if isinstance(stores, Unknown):
            verdict += NOTHING if set(wanted) <= set(attested) else _stores_unread(case, computer, stores)
            continue
        missing = tuple(one for one in sorted(wanted) if not holds(stores.value, one))
        if not missing:
            continue
        names = ", ".join(f'"{sha256[:SHOWN]}"' for sha256 in missing)
        message = f'Lync host "{computer}" lacks CAs of the UM certificates in its stores: {names}'
        path = f"trust[{computer}]"
        if case.item.spec.trust.policy == "Verify":
            verdict += case.person(Reason.FRONT_END_UNTRUSTING, message, path)
            continue
        step = InstallLyncTrust(
            owner=case.item.key,
            computer=computer,
            authorities=tuple(sorted(wanted)),
            certificates=tuple(dict.fromkeys(wanted[one] for one in missing)),
            missing=missing,
        )
        verdict += case.differs(DIFFERS, message, path, names, None, step)
    return verdict


def _wanted(case: LyncCase) -> dict[str, str]:
    """Return whom Lync has to trust, by SHA-256, each with a revision that has it."""
    wanted: dict[str, str] = {}
    for certificate in case.view.rollout.certificates.values():
        if certificate.item.spec.startup_mode != "TCP":
            wanted |= in_use(certificate, case.view)
    return wanted


def _stores_unread(case: LyncCase, computer: str, stores: Unknown) -> Verdict:
    message = f'the stores of Lync host "{computer}" were not read: {stores.message}'
    return Verdict((case.finding("Unread", stores.reason, message, f"trust[{computer}]"),))


def their_authorities(case: LyncCase) -> Verdict:
    """Ask for who signed the front ends' certificates in the stores of every Exchange server (R5)."""
    fact = case.view.snapshot.authorities.get(case.item.key)
    if isinstance(fact, Unknown):
        weight: Weight = "Pending" if fact.reason == Reason.DEPENDENCY_NOT_FOUND else "Unread"
        return Verdict((case.finding(weight, fact.reason, fact.message, "trust.caRef"),))
    gateway = next((pool.declared for pool in case.pools if pool.declared is not None), None)
    if gateway is None:
        return NOTHING
    wanted = tuple(sorted(one.sha256 for one in authorities_of(gateway, case.view)))
    verdict = NOTHING
    for server, missing in lacking_of(gateway, case.view):
        names = ", ".join(f'"{sha256[:SHOWN]}"' for sha256 in missing)
        message = f'"{server.fqdn}" lacks CAs of Lync, as spec.trust.caRef names them, in its stores: {names}'
        step = TrustGateway(
            owner=case.item.key,
            server=server.fqdn,
            gateway=gateway.name,
            authorities=wanted,
            missing=missing,
        )
        path = f"trust.caRef[{server.fqdn}]"
        verdict += case.differs(DIFFERS, message, path, names, None, step)
    return verdict


def certificates(case: LyncCase) -> Verdict:
    """Point out front ends whose certificate for SIP UM would refuse; nobody changes it from here."""
    verdict = NOTHING
    for pool, computer in computers_of(case):
        host = case.lync.front_ends.get(name_key(computer))
        if host is None or isinstance(host.certificates, Unknown):
            continue  # its stores tell that it was not read
        for problem in _problems(case, pool, computer, host):
            message = f'the certificate of front end "{computer}" {problem}'
            verdict += case.person(Reason.FRONT_END_CERTIFICATE_UNFIT, message, f"certificates[{computer}]")
    return verdict


def _problems(case: LyncCase, pool: PoolFact, computer: str, host: FrontEndFacts) -> Iterator[str]:
    assert isinstance(host.certificates, Known)
    assigned = next((one for one in host.certificates.value if one.use == USE), None)
    if assigned is None:
        yield f'is missing: none is assigned for "{USE}" (Set-CsCertificate)'
        return
    yield from _out_of_date(assigned, case.view.now)
    yield from _names(assigned, pool, computer)
    yield from _unsigned(case, assigned, host.listener)
    if assigned.certificate is not None:
        yield from _unfit(assigned.certificate)


def _out_of_date(assigned: AssignedCertificate, now: datetime) -> Iterator[str]:
    if assigned.not_after is not None and now >= assigned.not_after:
        yield f"ended at {assigned.not_after:%Y-%m-%dT%H:%M:%SZ}"
    elif assigned.not_before is not None and now < assigned.not_before:
        yield f"begins at {assigned.not_before:%Y-%m-%dT%H:%M:%SZ}"


def _names(assigned: AssignedCertificate, pool: PoolFact, computer: str) -> Iterator[str]:
    """Yield the names that it lacks (certificate infrastructure requirements, field notes 1.8)."""
    common_name = name_key(common_name_of(assigned.subject))
    if common_name != name_key(pool.fqdn):
        yield f'has the common name "{common_name}", not that of its pool, "{pool.fqdn}"'
    for name in dict.fromkeys((name_key(pool.fqdn), name_key(computer))):
        if not covers((*assigned.dns_names, common_name), name):
            yield f'does not name "{name}"'


def common_name_of(subject: str) -> str:
    """Return the first CN of a subject as Windows or RFC 4514 write it, empty if it has none."""
    found = re.search(r'(?:^|[,+])\s*CN\s*=\s*("?)([^",+]+)\1', subject, re.IGNORECASE)
    return found.group(2).strip() if found else ""


def _unfit(leaf: CertificateFact) -> Iterator[str]:
    """Yield what is asked of it beside names and dates, as far as it was seen (field notes 1.8)."""
    if leaf.extended_key_usages and "serverAuth" not in leaf.extended_key_usages:
        yield "lacks extended key usage serverAuth"
    if leaf.key_algorithm != "RSA" or leaf.key_size < SMALLEST_KEY:
        yield f'has a key "{leaf.key_algorithm}" of {leaf.key_size} bits'


def _unsigned(case: LyncCase, assigned: AssignedCertificate, shown: Fact[Listener]) -> Iterator[str]:
    """Yield that nobody whom Exchange is told to trust has signed it, or who signed that."""
    fact = case.view.snapshot.authorities.get(case.item.key)
    named = {common_name_of(one.subject) for one in fact.value} if isinstance(fact, Known) else set[str]()
    if assigned.subject and assigned.subject == assigned.issuer:
        yield "is self-signed, which UM does not trust from Lync"
    elif named and isinstance(shown, Known) and isinstance(shown.value, TLS):
        signers = {common_name_of(one.issuer) for one in shown.value.sent} | {common_name_of(assigned.issuer)}
        if named.isdisjoint(signers):
            yield f'is signed by "{assigned.issuer}", which spec.trust.caRef does not name'


def replication(case: LyncCase) -> Verdict:
    """Say which computers have not the newest topology yet; in force, that is nobody's concern here."""
    replicas = case.lync.replicas
    if isinstance(replicas, Unknown):
        return case.unread("replication of the Central Management Store", replicas.message)
    if case.weight != "Pending":
        return NOTHING
    late = [
        computer
        for _, computer in computers_of(case)
        if (row := replicas.value.get(name_key(computer))) is not None and not row.up_to_date
    ]
    if not late:
        return NOTHING
    names = ", ".join(f'"{computer}"' for computer in late)
    message = f"the Central Management Store is not replicated to {names} yet"
    return Verdict((case.finding("Pending", Reason.WAITING_FOR_MANAGEMENT_STORE, message),))


def events(case: LyncCase) -> Verdict:
    """Point out calls that a front end lately could not bring to Unified Messaging (event 44009, R16).

    One that owes a restart has not found Unified Messaging yet: that is what is pointed out of it.
    """
    found: list[Finding] = []
    since = case.view.now - case.view.desired.spec.disruption.soak
    for pool in cases_of(case.view, case.item):
        for computer in (one for one in pool.computers if one not in pool.owing):
            newest = max(
                told_since_its_start(pool, computer), key=lambda event: event.record_id, default=None
            )
            if newest is not None and newest.at >= since:
                message = f'front end "{computer}" reports event "{newest.event_id}": {newest.message}'
                found.append(case.finding("Pending", Reason.CALLS_REJECTED, message, f"calls[{computer}]"))
    return Verdict(tuple(found))
