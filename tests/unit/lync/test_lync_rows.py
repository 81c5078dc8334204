"""Rows as Lync shows them become facts, whatever shape an enum or a list has; what is odd is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from exchange_support import enum, row
from um_operator.lync import rows
from um_operator.lync.values import ReadError
from um_operator.observed.front_ends import LyncServiceFact, PoolReadiness, UpgradeDomain
from um_operator.observed.lync import ContactFact, MediaFact, PoolFact
from um_operator.remoting.session import PSRow, PSValue

POOL, SE = "lyncpool01.contoso.com", "lyncse01.contoso.com"
THUMBPRINT = "0123456789ABCDEF0123456789ABCDEF01234567"


def pool_row(**changed: PSValue) -> PSRow:
    shown: dict[str, PSValue] = {
        "Identity": POOL,
        "Fqdn": POOL,
        "Site": "Site:Munich",
        "Computers": ("lyncfe01.contoso.com", "lyncfe02.contoso.com"),
        "Services": (f"Registrar:{POOL}", f"UserServer:{POOL}"),
    }
    return row("Microsoft.Rtc.Management.Xds.DisplayPool", POOL, **(shown | changed))


def readiness_row(**changed: PSValue) -> PSRow:
    front_ends = "lyncfe01.contoso.com"
    domain = row("UpgradeDomain", Name="UpgradeDomain1", FrontEnds=front_ends, ReadyForUpgrade=True)
    shown: dict[str, PSValue] = {
        "PoolUpgradeState": enum("Ready"),
        "TotalFrontEnds": 3,
        "TotalActiveFrontEnds": 2,
        "UpgradeDomains": (domain,),
    }
    return row("Microsoft.Rtc.Management.Hadr.PoolUpgradeState", "", **(shown | changed))


def test_a_pool_has_the_roles_of_its_services_its_site_and_who_takes_over() -> None:
    registrar = row("DisplayRegistrar", PoolFqdn=POOL, BackupRegistrar=f"Registrar:{SE}")
    alone = row("DisplayRegistrar", PoolFqdn=SE, BackupRegistrar=None)
    backups = rows.backups([registrar, alone])
    assert backups == {POOL: SE}
    assert rows.pool(pool_row(), backups) == PoolFact(
        POOL,
        "Munich",
        ("lyncfe01.contoso.com", "lyncfe02.contoso.com"),
        frozenset({"Registrar", "UserServer"}),
        SE,
    )


def test_a_list_of_one_value_may_come_as_that_value() -> None:
    fact = rows.pool(pool_row(Computers="lyncfe01.contoso.com", Services=f"Registrar:{POOL}"), {})
    assert fact.computers == ("lyncfe01.contoso.com",)
    assert fact.services == {"Registrar"}


def test_a_replica_shows_how_far_it_came_and_its_version_if_that_is_one() -> None:
    shown: dict[str, PSValue] = {
        "ReplicaFqdn": SE,
        "UpToDate": False,
        "LastUpdateCreation": "2026-11-23T21:04:05.1234567+01:00",
    }
    fact = rows.replica(row("ReplicationStatus", **shown, ProductVersion="5.0.8308.0"))
    assert (fact.up_to_date, fact.version, fact.product) == (False, (5, 0, 8308, 0), "Lync2013")
    assert fact.last_update == datetime(2026, 11, 23, 20, 4, 5, 123456, tzinfo=UTC)
    assert rows.replica(row("ReplicationStatus", **shown)).version == ()
    with pytest.raises(ReadError, match='"UpToDate"'):
        rows.replica(row("ReplicationStatus", ReplicaFqdn=SE, UpToDate="yes"))


def test_the_encryption_that_media_demand_is_one_of_three_words() -> None:
    assert rows.media(row("MediaSettings", Identity="Global", EncryptionLevel=enum("requireEncryption"))) == (
        MediaFact("Global", "RequireEncryption")
    )
    with pytest.raises(ReadError, match='"EncryptionLevel"'):
        rows.media(row("MediaSettings", Identity="Global", EncryptionLevel="Perhaps"))


def test_a_contact_that_does_not_show_whether_it_is_enabled_is_not_taken_for_either() -> None:
    shown: dict[str, PSValue] = {
        "SipAddress": "sip:reception@contoso.com",
        "RegistrarPool": row("DisplayPool", POOL),
        "DisplayNumber": "+4989555004901",
        "AutoAttendant": True,
    }
    fact = rows.contact(row("OCSADExUmContact", **shown))
    assert fact == ContactFact("sip:reception@contoso.com", POOL, "+4989555004901", auto_attendant=True)
    assert rows.contact(row("OCSADExUmContact", **shown, Enabled=False)).enabled is False


def test_a_service_that_is_between_states_is_said_to_be() -> None:
    shown = row(
        "NTService",
        Name="RTCSRV",
        Status=enum("StopPending", 3),
        RoleName=("Registrar", "UserServer"),
        ActivityLevel="Sessions=12",
    )
    assert rows.service(shown) == LyncServiceFact(
        "RTCSRV", "StopPending", frozenset({"Registrar", "UserServer"}), "Sessions=12"
    )
    assert rows.service(row("NTService", Name="RTCSRV", Status="PausePending")).status == "Other"


def test_a_certificate_in_use_needs_a_thumbprint_that_is_one() -> None:
    fact = rows.certificate(
        row(
            "CertificateReference",
            Use="Default",
            Thumbprint=THUMBPRINT.lower(),
            AlternativeNames=("LyncPool01.contoso.com",),
        )
    )
    assert (fact.use, fact.thumbprint, fact.dns_names) == ("Default", THUMBPRINT, (POOL,))
    with pytest.raises(ReadError, match='"Thumbprint"'):
        rows.certificate(row("CertificateReference", Use="Default", Thumbprint="none"))


def test_readiness_names_each_upgrade_domain() -> None:
    assert rows.readiness(readiness_row(), "lyncfe02.contoso.com") == PoolReadiness(
        "lyncfe02.contoso.com",
        "Ready",
        3,
        2,
        (UpgradeDomain("UpgradeDomain1", ("lyncfe01.contoso.com",), ready=True),),
    )


@pytest.mark.parametrize(
    "changed", [{"PoolUpgradeState": None}, {"TotalFrontEnds": None}, {"UpgradeDomains": ("UpgradeDomain1",)}]
)
def test_readiness_with_something_missing_is_not_understood(changed: dict[str, PSValue]) -> None:
    with pytest.raises(ReadError):
        rows.readiness(readiness_row(**changed), "lyncfe02.contoso.com")


def test_a_word_for_readiness_that_is_not_documented_permits_nothing() -> None:
    assert rows.readiness(readiness_row(PoolUpgradeState="Splendid"), POOL).state == "Other"
