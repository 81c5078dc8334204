"""Trust between Exchange and Lync, both ways: no chain is served before every host of a pool has its CA."""

from __future__ import annotations

from dataclasses import replace

from lync_site import LyncSite
from lync_support import FRONT_ENDS, LYNC, leaf
from planning_support import NOW, findings, reasons
from rollout_machine import authority
from um_operator.api.reasons import Reason
from um_operator.observed.fact import Known
from um_operator.planning.plan import DIFFERS
from um_operator.planning.steps import (
    ConfigureService,
    InstallChain,
    InstallLyncTrust,
    PublishAuthorities,
    RequestCertificate,
    TrustGateway,
)

ROOT = authority("Contoso CA", NOW).sha256


def issued() -> LyncSite:
    """Return the site once its certificate is issued, in the stores of Exchange, and nowhere else."""
    return LyncSite.calling("ex01").doing(RequestCertificate).doing(InstallChain)


def bindings(site: LyncSite) -> list[list[str]]:
    found = [reasons(one.waits) for one in site.plan.steps if isinstance(one.step, ConfigureService)]
    assert found
    return found


def test_every_host_of_a_pool_gets_the_ca_once_it_is_published() -> None:
    site = issued()
    asked = [one for one in site.plan.steps if isinstance(one.step, InstallLyncTrust)]
    assert [one.step.computer for one in asked if isinstance(one.step, InstallLyncTrust)] == [*FRONT_ENDS]
    assert {reason for one in asked for reason in reasons(one.waits)} == {Reason.WAITING_FOR_CERTIFICATE}
    after = site.doing(PublishAuthorities).doing(InstallLyncTrust)
    assert {frozenset(after.lync.roots[one]) for one in FRONT_ENDS} == {frozenset({ROOT})}
    assert not [one for one in after.plan.steps if isinstance(one.step, InstallLyncTrust)]


def test_a_new_chain_is_not_bound_before_the_last_host_of_a_pool_has_its_ca() -> None:
    site = issued().doing(PublishAuthorities)
    for _ in FRONT_ENDS:
        assert all(Reason.WAITING_FOR_TRUST in waits for waits in bindings(site))
        site = site.ran(next(one for one in site.ready if isinstance(one.step, InstallLyncTrust)))
    assert not any(Reason.WAITING_FOR_TRUST in waits for waits in bindings(site))


def test_a_host_that_loses_the_ca_holds_the_next_new_chain() -> None:
    done = issued().doing(PublishAuthorities).doing(InstallLyncTrust)
    lost = {**done.lync.roots, FRONT_ENDS[1]: frozenset[str]()}
    site = replace(done, lync=replace(done.lync, roots=lost))
    assert DIFFERS in {reason for _, reason in findings(site.plan, LYNC)}
    assert all(Reason.WAITING_FOR_TRUST in waits for waits in bindings(site))


def test_a_root_among_the_intermediates_of_a_host_is_not_trusted_there() -> None:
    done = issued().doing(PublishAuthorities).doing(InstallLyncTrust)
    roots = {**done.lync.roots, FRONT_ENDS[1]: frozenset[str]()}
    misplaced = {FRONT_ENDS[1]: frozenset({ROOT})}
    site = replace(done, lync=replace(done.lync, roots=roots, intermediates=misplaced))
    (step,) = [one.step for one in site.plan.steps if isinstance(one.step, InstallLyncTrust)]
    assert (step.computer, step.missing) == (FRONT_ENDS[1], (ROOT,))
    assert all(Reason.WAITING_FOR_TRUST in waits for waits in bindings(site))


def test_where_trust_is_only_verified_a_person_is_told_and_the_chain_waits() -> None:
    site = LyncSite.calling("ex01", trust={"policy": "Verify"}).doing(RequestCertificate).doing(InstallChain)
    site = site.doing(PublishAuthorities)
    assert not [one for one in site.plan.steps if isinstance(one.step, InstallLyncTrust)]
    assert ("Pending", Reason.FRONT_END_UNTRUSTING) in findings(site.plan, LYNC)
    assert all(Reason.PEER_UNTRUSTED in waits for waits in bindings(site))


def test_a_ca_that_a_person_attests_holds_nothing() -> None:
    site = LyncSite.calling("ex01", trust={"policy": "Verify", "attested": [ROOT]})
    site = site.doing(RequestCertificate).doing(InstallChain).doing(PublishAuthorities)
    assert not any(Reason.PEER_UNTRUSTED in waits for waits in bindings(site))


def test_exchange_gets_who_signed_the_certificates_of_the_front_ends() -> None:
    signer = authority("Contoso Lync CA", NOW)
    site = LyncSite.calling("ex01", trust={"caRef": {"name": "lync-ca"}})
    site = replace(site, authorities={LYNC: Known((signer,), NOW)})
    (step,) = [one.step for one in site.plan.steps if isinstance(one.step, TrustGateway)]
    assert (step.server, step.missing) == ("ex01.contoso.com", (signer.sha256,))


def test_a_front_end_whose_certificate_another_ca_signed_is_named() -> None:
    signer = authority("Contoso Lync CA", NOW)
    site = LyncSite.calling("ex01", trust={"caRef": {"name": "lync-ca"}})
    odd = {FRONT_ENDS[0]: leaf(issuer="CN=Somebody Else")}
    site = replace(site, authorities={LYNC: Known((signer,), NOW)}, lync=replace(site.lync, certificates=odd))
    told = [f.message for f in site.plan.findings_of(LYNC) if f.reason == Reason.FRONT_END_CERTIFICATE_UNFIT]
    assert told == [
        f'the certificate of front end "{FRONT_ENDS[0]}" is signed by "CN=Somebody Else", '
        "which spec.trust.caRef does not name"
    ]
