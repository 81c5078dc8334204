"""What follows from facts about Lync by themselves."""

from __future__ import annotations

import pytest

from um_operator.observed.front_ends import PoolReadiness, RoutingGroup, UpgradeDomain
from um_operator.observed.lync import (
    Grant,
    MediaEncryption,
    MediaFact,
    PermissionsFact,
    PoolFact,
    PoolKind,
    ReplicaFact,
    media_encryption,
)

FRONT_END = frozenset({"Registrar", "UserServer", "MediationServer", "WebServer"})
POOL = PoolFact(
    "lyncpool01.contoso.com",
    "Munich",
    ("lyncfe01.contoso.com", "lyncfe02.contoso.com", "lyncfe03.contoso.com"),
    FRONT_END,
)


@pytest.mark.parametrize(
    ("services", "kind"),
    [
        (FRONT_END, "FrontEnd"),
        (frozenset({"Registrar", "WebServer"}), "Director"),
        (frozenset({"Director", "Registrar", "MediationServer"}), "Director"),
        (frozenset({"Registrar", "MediationServer"}), "BranchAppliance"),
        (frozenset({"EdgeServer"}), "Other"),
    ],
)
def test_the_kind_of_a_pool_follows_from_its_services(services: frozenset[str], kind: PoolKind) -> None:
    assert PoolFact("pool.contoso.com", "Munich", ("a.contoso.com",), services).kind == kind


def test_a_pool_of_one_computer_with_its_own_name_is_a_standard_edition_server() -> None:
    assert PoolFact("SE01.contoso.com", "Munich", ("se01.Contoso.com",), FRONT_END).edition == "Standard"
    assert PoolFact("pool.contoso.com", "Munich", ("fe01.contoso.com",), FRONT_END).edition == "Enterprise"
    assert POOL.edition == "Enterprise"


@pytest.mark.parametrize(
    ("scopes", "demanded"),
    [
        ({"Global": "SupportEncryption"}, "SupportEncryption"),
        ({"Global": "RequireEncryption", "Site:munich": "DoNotSupportEncryption"}, "DoNotSupportEncryption"),
        ({"Global": "SupportEncryption", "Site:Paris": "RequireEncryption"}, "SupportEncryption"),
        (
            {
                "Site:Munich": "DoNotSupportEncryption",
                "Service:MediationServer:lyncpool01.contoso.com": "SupportEncryption",
                "Service:ConferencingServer:LyncPool01.contoso.com": "RequireEncryption",
            },
            "RequireEncryption",
        ),
        ({}, None),
    ],
)
def test_a_pool_demands_what_its_services_else_its_site_else_all_do(
    scopes: dict[str, MediaEncryption], demanded: MediaEncryption | None
) -> None:
    assert media_encryption(POOL, [MediaFact(scope, level) for scope, level in scopes.items()]) == demanded


def test_the_product_follows_from_the_version_that_a_replica_shows() -> None:
    assert ReplicaFact("fe.contoso.com", up_to_date=True, version=(5, 0, 8308, 0)).product == "Lync2013"
    assert ReplicaFact("fe.contoso.com", up_to_date=True, version=(9, 0)).product is None
    assert ReplicaFact("fe.contoso.com", up_to_date=True).product is None


def test_permissions_are_granted_when_nothing_is_missing() -> None:
    grant = Grant("RTCUniversalServerAdmins", "UM DialPlan Container")
    assert PermissionsFact("Get-ADPermission").granted
    assert not PermissionsFact("Get-ADPermission", frozenset({grant})).granted


def test_a_routing_group_is_sound_with_a_primary_and_a_secondary_left() -> None:
    group = RoutingGroup("7", "fe1.contoso.com", ("FE2.contoso.com", "fe3.contoso.com"))
    assert group.sound
    assert group.sound_without(frozenset({"fe1.contoso.com"}))
    assert not group.sound_without(frozenset({"fe1.contoso.com", "fe2.contoso.com"}))
    assert not RoutingGroup("7", None, ("fe2.contoso.com", "fe3.contoso.com")).sound
    assert not RoutingGroup("7", "fe1.contoso.com").sound


def test_a_front_end_is_found_in_its_upgrade_domain_without_case() -> None:
    domains = (
        UpgradeDomain("UpgradeDomain1", ("FE1.contoso.com",), ready=True),
        UpgradeDomain("UpgradeDomain2", ("fe2.contoso.com", "fe3.contoso.com"), ready=False),
    )
    readiness = PoolReadiness("fe1.contoso.com", "Ready", 3, 3, domains)
    assert readiness.domain_of("fe1.contoso.com") == domains[0]
    assert readiness.domain_of("FE3.contoso.com") == domains[1]
    assert readiness.domain_of("fe9.contoso.com") is None
