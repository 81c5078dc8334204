"""What is told of a certificate in each situation: the table of the design, a row a test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

import kstatus
from rollout_machine import Process, leaf
from rollout_model import Servers
from rollout_reading import UM
from rollout_support import Site
from um_operator.api.annotations import RETRY_REQUESTED_AT
from um_operator.api.certificate_status import UMCertificateStatus
from um_operator.observed.fact import Unknown
from um_operator.planning.conditions import statuses
from um_operator.planning.steps import (
    ActivateServer,
    ConfigureService,
    DrainServer,
    ImportCertificate,
    RequestCertificate,
    RestartService,
)

DAY = timedelta(days=1)
NIGHT = {"name": "night", "schedule": "0 22 * * Sat", "duration": "4h", "timeZone": "UTC"}
NAMES = {"dns_names": ("ex01.contoso.com", "ex02.contoso.com", "um.contoso.com")}
REFUSED = frozenset({Site.thumbprint("ex01.contoso.com", 2)})


def told(site: Site, before: UMCertificateStatus | None = None) -> UMCertificateStatus:
    previous = {UM: before} if before else {}
    status = statuses(site.desired, site.snapshot, site.ledger, site.plan, {}, previous, site.now)[UM]
    assert isinstance(status, UMCertificateStatus)
    types = [one.type for one in status.conditions]
    assert len(set(types)) == len(types), "an API server refuses two conditions of one type"
    return status


def deployed() -> Site:
    return Site.of("ex01", "ex02").patient().later(DAY)


def foreign() -> Site:
    """A server that serves a certificate which nobody here issued."""
    site = Site.of("ex01", org={"maintenanceWindows": [NIGHT]})
    own = leaf("of somebody else", "ex01.contoso.com", site.now - DAY)
    process = Process(site.now - DAY, "Dual", own.thumbprint)
    served = replace(
        site.machine("ex01"),
        mode={"UM": "Dual", "UMCallRouter": "Dual"},
        bound={"UM": own.thumbprint, "UMCallRouter": own.thumbprint},
        store=frozenset({own.thumbprint}),
        processes={"UM": process, "UMCallRouter": process},
    )
    servers = Servers({served.fqdn: served}, leaves={own.thumbprint: own}, root=site.servers.root)
    return replace(site, servers=servers).seen()


def renewing() -> Site:
    return deployed().renewing()


def changing() -> Site:
    return deployed().issuing(**NAMES).asking(dnsNames=["um.contoso.com"])


SITUATIONS: dict[str, tuple[Callable[[], Site], list[str]]] = {
    "wanted is bound is served everywhere": (deployed, ["Ready=True/Deployed"]),
    "a first deployment is asked for": (
        Site.of("ex01").seen,
        ["Ready=False/Issuing", "Reconciling=True/Issuing"],
    ),
    "a first deployment is under way": (
        lambda: Site.of("ex01").past(RequestCertificate),
        ["Ready=False/Deploying", "Reconciling=True/Deploying"],
    ),
    "a first deployment waits for a window": (
        lambda: Site.of("ex01", org={"maintenanceWindows": [NIGHT]}).settled(),
        ["Ready=False/WaitingForWindow", "RestartPending=True/WaitingForWindow"],
    ),
    "a first deployment waits for approval": (
        lambda: Site.of("ex01", org={"mode": "Plan"}).seen(),
        [
            "Ready=False/WaitingForApproval",
            "RestartPending=True/WaitingForApproval",
            "PlanPending=True/ApprovalRequired",
        ],
    ),
    "a renewal is asked for and imported": (
        lambda: renewing().past(RequestCertificate),
        ["Ready=True/Serving"],
    ),
    "a renewal waits for approval": (
        lambda: deployed().ruled(mode="Plan").renewing(),
        ["Ready=True/Serving", "RestartPending=True/WaitingForApproval", "PlanPending=True/ApprovalRequired"],
    ),
    "a server is out of service for a renewal": (
        lambda: renewing().past(DrainServer),
        ["Ready=False/Deploying", "Reconciling=True/Deploying"],
    ),
    "a renewal waits for its second server": (
        lambda: renewing().past(ActivateServer),
        ["Ready=True/Serving", "RestartPending=True/WaitingForSoak"],
    ),
    "a change of the spec waits": (
        lambda: changing().ruled(maintenanceWindows=[NIGHT]).settled(),
        ["Ready=False/WaitingForWindow", "RestartPending=True/WaitingForWindow"],
    ),
    "a change of the spec is under way": (
        lambda: changing().past(RestartService),
        ["Ready=False/Deploying", "Reconciling=True/Deploying"],
    ),
    "a server goes back": (
        lambda: renewing().changed("ex01", refuses=REFUSED).until_rejected(),
        ["Ready=False/RollingBack", "Reconciling=True/RollingBack"],
    ),
    "a revision is not tried again": (
        lambda: renewing().changed("ex01", refuses=REFUSED).patient(),
        ["Ready=False/Rejected", "Stalled=True/Rejected"],
    ),
    "a foreign certificate is served": (
        foreign,
        ["Ready=False/Issuing", "Reconciling=True/Issuing"],
    ),
    "a foreign certificate is served, and the window is far": (
        lambda: foreign().settled(),
        ["Ready=False/WaitingForWindow", "RestartPending=True/WaitingForWindow"],
    ),
    "a foreign certificate is served, and the issuer denies": (
        lambda: foreign().denying("ex01.contoso.com").settled(),
        ["Ready=False/IssuanceDenied"],
    ),
    "what is served cannot be seen": (
        lambda: deployed().changed("ex01", blocked=True),
        ["Ready=Unknown/NotProven"],
    ),
    "no server is selected": (
        lambda: Site.of("ex01", spec={"servers": {"include": ["other.*"]}}).seen(),
        ["Ready=False/NoServers"],
    ),
    "it is suspended": (
        lambda: deployed().ruled(suspend=True),
        ["Ready=True/Deployed", "Suspended=True/Suspended"],
    ),
}


@pytest.mark.parametrize(("site", "expected"), SITUATIONS.values(), ids=SITUATIONS)
def test_it_is_told(site: Callable[[], Site], expected: list[str]) -> None:
    conditions = told(site()).conditions
    assert [f"{one.type}={one.status}/{one.reason}" for one in conditions] == expected


def test_a_certificate_that_ended_is_not_ready_whatever_else() -> None:
    site = deployed()
    ends = min(leaf.not_after for leaf in site.servers.leaves.values())
    late = site.ruled(mode="Observe").later(ends - site.now)
    assert told(late).conditions[0].reason == "Expired"


def test_a_status_that_follows_another_keeps_its_instants() -> None:
    before = None
    for site in deployed().renewing().journey():
        status = told(site, before)
        assert kstatus.violations(UM, 1, status, before) == []
        before = status


def test_each_server_shows_how_far_it_has_come() -> None:
    states: list[str] = []
    for site in Site.of("ex01").journey():
        state = told(site).servers[0].state
        states += [state] if states[-1:] != [state] else []
    assert states == ["Unknown", "Issued", "Imported", "Bound", "Draining", "Restarting", "Serving"]


def test_a_server_shows_what_is_wanted_bound_and_served_and_what_it_waits_for() -> None:
    site = renewing().until(DrainServer)
    first, second = told(site).servers
    assert first.wanted == site.thumbprint("ex01.contoso.com", 2)
    assert {one.bound for one in first.services} == {first.wanted}
    assert {one.served for one in first.services} == {site.thumbprint("ex01.contoso.com", 1)}
    assert {(one.bound_revision, one.served_revision) for one in first.services} == {(2, 1)}
    assert second.reason == "WaitingForBudget"


def test_a_certificate_of_somebody_else_is_no_revision() -> None:
    (server,) = told(foreign()).servers
    assert {(one.bound_revision, one.served_revision) for one in server.services} == {(None, None)}
    assert all(one.served for one in server.services)


def test_a_server_waits_since_it_began_to_wait_for_that_and_not_at_all_once_it_does_not() -> None:
    held = deployed().ruled(maintenanceWindows=[NIGHT]).renewing().settled()
    first = told(held)
    (since,) = {server.waiting_since for server in first.servers}
    assert since is not None
    assert {server.waiting_since for server in told(held.later(DAY), first).servers} == {since}
    other = first.model_copy(
        update={"servers": tuple(one.model_copy(update={"reason": "Suspended"}) for one in first.servers)}
    )
    assert {server.waiting_since for server in told(held.later(DAY), other).servers} != {since}
    assert {server.waiting_since for server in told(deployed(), first).servers} == {None}


def test_a_restart_is_owed_since_the_binding() -> None:
    bound = deployed().ruled(maintenanceWindows=[NIGHT]).renewing().until(ConfigureService)
    bound = bound.doing(ConfigureService)
    since = told(bound).servers[0].services[0].restart_owed_since
    assert since is not None
    later = told(bound.later(DAY), told(bound))
    assert later.servers[0].services[0].restart_owed_since == since


def test_the_history_has_what_became_of_each_revision() -> None:
    before = told(deployed())
    for site in deployed().renewing().journey():
        before = told(site, before)
    refused = site.renewing().changed("ex01", refuses=frozenset({site.thumbprint("ex01.contoso.com", 3)}))
    for site in refused.journey():
        before = told(site, before)
    assert [(row.revision, row.cause, row.result) for row in before.history] == [
        (3, "RenewalRequested", "Failed"),
        (2, "RenewalRequested", "Succeeded"),
        (1, "FirstIssuance", "Succeeded"),
    ]


def test_what_is_served_says_when_it_ends_and_when_it_is_renewed() -> None:
    status = told(Site.of("ex01").patient())
    assert (status.server_count, status.serving_count, status.revision) == (1, 1, 1)
    assert (status.not_after, status.renewal_time) == ("2027-11-25T12:00:00Z", "2027-07-26T20:00:00Z")


def test_nothing_is_told_of_servers_while_certificates_are_imported() -> None:
    site = Site.of("ex01").past(ImportCertificate)
    assert told(site).serving_count == 0


def test_a_revision_that_succeeds_at_another_try_has_succeeded() -> None:
    before = told(deployed())
    failed = deployed().changed("ex01", refuses=REFUSED).renewing().patient()
    before = told(failed, before)
    assert before.history[0].result == "Failed"
    tried = failed.changed("ex01", refuses=frozenset()).annotated(RETRY_REQUESTED_AT, "now").patient()
    assert told(tried, before).history[0].result == "Succeeded"


def test_a_secret_that_has_no_certificate_any_more_is_told_beside_what_is_served() -> None:
    site = deployed()
    gone = Unknown("CertificateNotFound", 'there is no Secret "bought"', site.now)
    for offered, expected in ((gone, [gone.reason]), (Unknown("NotRead", "away", site.now), [])):
        snapshot = replace(site.snapshot, offers={UM: offered})
        status = statuses(site.desired, snapshot, site.ledger, site.plan, {}, {}, site.now)[UM]
        ready, *others = status.conditions
        assert (ready.status, ready.reason) == ("True", "Deployed")
        assert [one.reason for one in others if one.type == "ManualActionRequired"] == expected


def requesting(issuer: str = "request", **csr: str) -> Site:
    """Servers whose certificates were asked for, and whose issuer is silent; ``csr``: their requests."""
    site = Site.of("ex01", "ex02", spec={"issuer": {issuer: {}}})
    silent = replace(site, servers=replace(site.servers, issues=False)).settled()
    revisions = tuple(
        replace(one, csr=csr.get((one.server or "").partition(".")[0], ""))
        for one in silent.servers.revisions
    )
    return replace(silent, servers=replace(silent.servers, revisions=revisions)).seen()


def test_requests_that_a_person_has_to_take_to_a_ca_are_shown() -> None:
    requests = told(requesting(ex01="of ex01", ex02="of ex02")).requests
    assert [(one.revision, one.server, one.csr) for one in requests] == [
        (1, "ex01.contoso.com", "of ex01"),
        (1, "ex02.contoso.com", "of ex02"),
    ]


def test_what_waits_no_longer_or_is_too_long_for_a_status_or_is_nobodys_to_take_is_not_shown() -> None:
    assert [one.csr for one in told(requesting(ex01="", ex02="of ex02")).requests] == ["of ex02"]
    assert [one.csr for one in told(requesting(ex01="x" * 9000, ex02="of ex02")).requests] == ["of ex02"]
    assert told(requesting("ca", ex01="of ex01")).requests == ()
