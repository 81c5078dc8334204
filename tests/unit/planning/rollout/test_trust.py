"""A new chain is held by peers that speak TLS with us and are not known to trust it (R6, R7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from manifests_support import gateway
from rollout_machine import authority
from rollout_support import Site
from um_operator.planning.steps import ConfigureService, InstallChain

REFS = [{"name": "pbx", "pilotIdentifier": "4900"}]
CA = authority("Contoso CA", Site.of("ex01").now).sha256


def holds(site: Site) -> set[tuple[str, str]]:
    """Return why the binding of ex01 waits, in the end."""
    end = site.patient(until=timedelta(minutes=30))
    return {(step, detail) for step, detail, _ in end.waits if step.startswith("ConfigureService ex01")}


def trusting(site: Site, **trust: Any) -> Site:
    declared = gateway("sbc01", trust=trust) if trust else gateway("sbc01")
    return site.declaring(*site.resources, declared)


def test_a_gateway_of_an_unsecured_plan_holds_nothing() -> None:
    site = Site.of("ex01").secured("sbc01")
    unsecured = site.with_plan("Unsecured")
    assert holds(unsecured) == set()
    assert holds(site) == {("ConfigureService ex01.contoso.com", "PeerTrustUnknown")}


def test_a_gateway_of_a_secured_plan_holds_the_first_binding_and_says_what_to_attest() -> None:
    end = Site.of("ex01").secured("sbc01").patient()
    assert end.machine("ex01").mode["UM"] == "TCP"
    (message,) = {message for _, detail, message in end.waits if detail == "PeerTrustUnknown"}
    assert message == (
        'whether gateway "sbc01" trusts the chain of revision "1" is not known; once it has the CA, name it '
        f'in its spec.trust.attested: "{CA}"'
    )


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
