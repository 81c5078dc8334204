"""A new chain is held by peers that speak TLS with us and are not known to trust it (R6, R7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from manifests_support import gateway
from rollout_machine import authority, leaf
from rollout_reading import UM
from rollout_support import Site
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.hosts import TLS
from um_operator.observed.peers import PeerLook
from um_operator.planning.steps import ConfigureService, InstallChain

REFS = [{"name": "pbx", "pilotIdentifier": "4900"}]
HALF_AN_HOUR = timedelta(minutes=30)
CA = authority("Contoso CA", Site.of("ex01").now).sha256


def holds(site: Site) -> set[tuple[str, str]]:
    """Return why the binding of ex01 waits, in the end."""
    end = site.patient(until=timedelta(minutes=30))
    return {(step, detail) for step, detail, _ in end.waits if step.startswith("ConfigureService ex01")}


def port(*, asks: bool, refusal: str = "", names: frozenset[str] = frozenset()) -> TLS:
    own = leaf("sbc01", "sbc01.contoso.com", Site.of("ex01").now)
    return TLS(own, requests_client_certificate=asks, refusal=refusal, accepted_authorities=names)


def looked(site: Site, listener: TLS) -> Site:
    """Return the site once its certificate is there and sbc01 was shown it."""
    issued = site.past(InstallChain)
    (revision,) = issued.servers.revisions
    assert revision.leaf is not None
    fact = Known(PeerLook(listener, revision.leaf.sha256), issued.now)
    return replace(issued, peers={("sbc01", UM): fact}).seen()


def trusting(site: Site, **trust: Any) -> Site:
    declared = gateway("sbc01", trust=trust) if trust else gateway("sbc01")
    return site.declaring(*site.resources, declared)


def test_a_gateway_of_an_unsecured_plan_holds_nothing() -> None:
    site = Site.of("ex01").secured("sbc01")
    unsecured = site.with_plan("Unsecured")
    assert holds(unsecured) == set()
    assert holds(site) == {("ConfigureService ex01.contoso.com", "PeerTrustUnknown")}


def test_a_gateway_of_a_secured_plan_holds_the_first_binding_and_says_what_to_attest() -> None:
    end = trusting(Site.of("ex01").secured("sbc01"), attested=["0" * 64]).patient()
    assert end.machine("ex01").mode["UM"] == "TCP"
    (message,) = {message for _, detail, message in end.waits if detail == "PeerTrustUnknown"}
    assert message == (
        'whether gateway "sbc01" trusts the chain of revision "1" is not known: it was not looked at; once '
        f'it has the CA of "um-trust", name it in its spec.trust.attested: "{CA}"'
    )


def test_a_gateway_that_nobody_declared_is_to_be_declared_to_be_attested() -> None:
    end = Site.of("ex01").secured("sbc01").patient()
    (message,) = {message for _, detail, message in end.waits if detail == "PeerTrustUnknown"}
    assert "declare it as UMIPGateway, and name it in its spec.trust.attested" in message


def test_a_gateway_that_takes_the_next_certificate_lets_the_chain_go() -> None:
    assert holds(looked(Site.of("ex01").secured("sbc01"), port(asks=True))) == set()


def test_a_gateway_that_refuses_it_holds_the_chain_and_says_how_it_was_told() -> None:
    end = looked(Site.of("ex01").secured("sbc01"), port(asks=True, refusal="unknown_ca")).patient(
        HALF_AN_HOUR
    )
    (message,) = {message for _, detail, message in end.waits if detail == "PeerUntrusted"}
    assert 'does not trust the chain of revision "1": it refuses our certificate ("unknown_ca")' in message
    assert f'name it in its spec.trust.attested: "{CA}"' in message


def test_what_a_gateway_showed_long_ago_is_not_believed() -> None:
    site = looked(Site.of("ex01").secured("sbc01"), port(asks=True))
    (fact,) = site.peers.values()
    assert isinstance(fact, Known)
    old = replace(fact, read_at=site.now - timedelta(hours=1))
    assert holds(replace(site, peers=dict.fromkeys(site.peers, old))) == {
        ("ConfigureService ex01.contoso.com", "PeerTrustUnknown")
    }


def test_a_look_that_is_under_way_is_waited_for_and_nobody_is_called_for_it() -> None:
    site = Site.of("ex01").secured("sbc01").until(InstallChain)
    fact = Unknown("WaitingForReading", '"sbc01:5061" is being looked at', site.now)
    site = replace(site, peers={("sbc01", UM): fact}).past(InstallChain)
    reasons = {
        wait.reason
        for planned in site.plan.steps
        if isinstance(planned.step, ConfigureService)
        for wait in planned.waits
    }
    assert reasons == {"WaitingForReading"}
    assert site.plan.wake_at == site.now + timedelta(seconds=5)


@pytest.mark.parametrize(
    "trust", [{"attested": [CA]}, {"onUntrustedPeer": "Proceed"}], ids=["attested", "Proceed"]
)
def test_a_person_lets_it_go(trust: dict[str, Any]) -> None:
    site = trusting(Site.of("ex01").secured("sbc01"), **trust)
    assert holds(site) == set()


def test_what_a_person_says_of_another_ca_changes_nothing() -> None:
    site = trusting(Site.of("ex01").secured("sbc01"), attested=["0" * 64])
    assert holds(site) == {("ConfigureService ex01.contoso.com", "PeerTrustUnknown")}


def test_what_is_said_of_one_gateway_holds_for_no_other() -> None:
    site = trusting(Site.of("ex01").secured("sbc01", "sbc02"), attested=[CA])
    assert holds(site) == {("ConfigureService ex01.contoso.com", "PeerTrustUnknown")}


def test_a_renewal_under_the_same_chain_is_not_held() -> None:
    site = Site.of("ex01").patient().secured("sbc01").renewing()
    assert holds(site) == set()
    assert site.patient().machine("ex01").serves("UM") == site.thumbprint("ex01.contoso.com", 2)


def test_a_renewal_under_another_chain_is() -> None:
    site = Site.of("ex01").patient().secured("sbc01").under(authority("Fabrikam CA", Site.of("ex01").now))
    assert holds(site.renewing()) == {("ConfigureService ex01.contoso.com", "PeerTrustUnknown")}


def test_a_plan_that_is_secured_while_the_unit_is_half_written_does_not_leave_it_half() -> None:
    begun = Site.of("ex01").past(ConfigureService)
    half = begun.changed("ex01", bound={"UM": None, "UMCallRouter": None}).secured("sbc01").seen()
    assert [getattr(one.step, "service", "") for one in half.ready] == ["UM"]


def test_a_server_gets_the_issuers_that_it_lacks_before_anything_is_bound() -> None:
    site = Site.of("ex01").past(InstallChain)
    assert site.machine("ex01").roots == {CA}
    assert isinstance(site.ready[0].step, ConfigureService)


def test_a_root_that_somebody_removed_is_added_again() -> None:
    site = Site.of("ex01").patient().changed("ex01", roots=frozenset())
    assert [type(one.step) for one in site.ready] == [InstallChain]


def test_where_stores_cannot_be_read_the_servers_own_word_counts() -> None:
    site = Site.of("ex01").changed("ex01", stores_unread=True)
    assert holds(site) == {("ConfigureService ex01.contoso.com", "ChainUntrusted")}
    assert holds(site.changed("ex01", says_valid=True)) == set()
