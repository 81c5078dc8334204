"""Enable-, Remove- and Get-ExchangeCertificate, and what startup modes do to a binding."""

from datetime import timedelta
from typing import Any

import pytest

from certificate_bench import EX01, EX02, YEAR, CertificateBench, certify, intermediate, leaf, root
from exchange_bench import DC1, DC2, spec_with
from um_operator.lab.exchange.builder import ServerSpec
from um_operator.lab.exchange.servers import Release
from um_operator.lab.hosts.stores import StoredCertificate
from um_operator.lab.powershell import CmdletError, PSObject
from um_operator.lab.variants import (
    Landing,
    ModeRefusal,
    RemovalOfBound,
    ThumbprintInTCP,
    UnknownIdentity,
    Variants,
)

BOTH = ["UM", "UMCallRouter"]


@pytest.fixture
def bench() -> CertificateBench:
    bench = CertificateBench()
    bench.trust()
    bench.import_leaf()
    return bench


def enable(bench: CertificateBench, thumbprint: str = "", **parameters: Any) -> None:
    given = {"Services": BOTH, **parameters}
    bench.done("Enable-ExchangeCertificate", thumbprint or leaf().thumbprint, **given)


def varied(**choices: Any) -> CertificateBench:
    bench = CertificateBench(variants=Variants(landing=Landing.DIALLED, **choices))
    bench.trust()
    bench.import_leaf()
    return bench


def failure(bench: CertificateBench, thumbprint: str = "", **parameters: Any) -> str:
    given = {"Services": BOTH, **parameters}
    return bench.run("Enable-ExchangeCertificate", thumbprint or leaf().thumbprint, **given).failure


def test_a_certificate_is_bound_to_services_that_speak_tls(bench: CertificateBench) -> None:
    bench.mode()
    enable(bench)
    assert bench.bound() == (leaf().thumbprint, leaf().thumbprint)
    assert [(e.kind, e.name, e.domain_controller) for e in bench.journal.effects[-2:]] == [
        ("UMService", EX01, DC1),
        ("UMCallRouterSettings", EX01, DC1),
    ]


@pytest.mark.parametrize("service", BOTH)
def test_each_service_must_have_left_tcp(bench: CertificateBench, service: str) -> None:
    assert failure(bench, Services=service) == "InvalidOperationException"
    other = {"UM": "Set-UMCallRouterSettings", "UMCallRouter": "Set-UMService"}[service]
    bench.done(other, "ex01", UMStartupMode="TLS")
    assert failure(bench, Services=service) == "InvalidOperationException"
    assert failure(bench, Services=BOTH) == "InvalidOperationException"
    assert bench.bound() == (None, None)


def test_variant_the_refusal_has_another_name() -> None:
    assert failure(varied(mode_refusal=ModeRefusal.OWN)) == ModeRefusal.OWN.value


def test_the_mode_is_read_where_it_is_written(bench: CertificateBench) -> None:
    bench.mode()
    assert failure(bench, DomainController=DC2) == "InvalidOperationException"
    bench.clock.advance(timedelta(minutes=3))
    enable(bench, DomainController=DC2)
    assert bench.bound() == (None, None)
    bench.clock.advance(timedelta(minutes=3))
    assert bench.bound() == (leaf().thumbprint, leaf().thumbprint)


def test_a_split_role_has_only_its_own_service() -> None:
    servers = (
        ServerSpec("ex01", "Berlin", Release.E2013, ("ClientAccess",)),
        ServerSpec("ex02", "Berlin", Release.E2013, ("Mailbox",)),
    )
    bench = CertificateBench(spec_with(servers=servers))
    bench.trust()
    bench.import_leaf()
    bench.done("Set-UMCallRouterSettings", "ex01", UMStartupMode="Dual")
    assert failure(bench) == "ServiceNotInstalledException"
    enable(bench, Services="UMCallRouter")
    row = bench.done("Get-UMCallRouterSettings", "ex01").row
    assert row["UMCertificateThumbprint"] == leaf().thumbprint


@pytest.mark.parametrize("missing", ["root", "ca"])
def test_the_chain_must_end_on_that_very_server(bench: CertificateBench, missing: str) -> None:
    bench.mode()
    gone = root() if missing == "root" else intermediate()
    getattr(bench.organization.host(EX01).stores, missing).remove(gone.thumbprint)
    bench.trust(EX02)
    assert failure(bench) == "CertificateNotValidForExchangeException"
    bench.trust()
    enable(bench)


@pytest.mark.parametrize("passed", [-2 * timedelta(days=1), YEAR])
def test_it_must_be_in_date(bench: CertificateBench, passed: timedelta) -> None:
    other = certify(EX01, intermediate(), now=bench.clock.now() - passed)
    bench.import_leaf(other)
    bench.mode()
    assert failure(bench, other.thumbprint) == "CertificateNotValidForExchangeException"


def test_it_must_have_its_key(bench: CertificateBench) -> None:
    bare = certify("bare.contoso.com", intermediate())
    bench.organization.host(EX01).stores.my.add(StoredCertificate(bare.certificate))
    bench.mode()
    assert failure(bench, bare.thumbprint) == "CertificateNotValidForExchangeException"


def test_a_request_without_answer_cannot_be_bound(bench: CertificateBench) -> None:
    bench.mode()
    bench.output("New-ExchangeCertificate", GenerateRequest=True)
    stand_in = bench.thumbprints()[-1]
    assert failure(bench, stand_in) == "CertificateNotValidForExchangeException"


def test_enabling_adds_and_one_certificate_holds_a_service(bench: CertificateBench) -> None:
    bench.mode()
    enable(bench, Services="UM")
    enable(bench, Services="UMCallRouter")
    assert bench.bound() == (leaf().thumbprint, leaf().thumbprint)
    other = bench.import_leaf(certify(EX01, intermediate()))
    enable(bench, other, Services="UM")
    assert bench.bound() == (other, leaf().thumbprint)
    enable(bench, other, Services="None")
    assert bench.bound() == (other, leaf().thumbprint)


def test_enabling_once_more_changes_nothing(bench: CertificateBench) -> None:
    bench.mode()
    enable(bench)
    effects = len(bench.journal.effects)
    enable(bench)
    assert len(bench.journal.effects) == effects


def test_smtp_asks_unless_forced(bench: CertificateBench) -> None:
    with pytest.raises(CmdletError, match="not support user interaction"):
        bench.run("Enable-ExchangeCertificate", leaf().thumbprint, Services="SMTP", Confirm=False)
    enable(bench, Services="SMTP", Force=True)
    assert bench.organization.bindings.default_smtp(EX01) == leaf().thumbprint


def test_a_server_is_named_beside_a_thumbprint_or_in_the_identity(bench: CertificateBench) -> None:
    bench.mode()
    identity = {"Identity": f"{EX01}\\{leaf().thumbprint}"}
    error_id = bench.refused_binding("Enable-ExchangeCertificate", Services="UM", Server="ex01", **identity)
    assert error_id == "AmbiguousParameterSet,Enable-ExchangeCertificate"
    bench.done("Enable-ExchangeCertificate", Services="UM", **identity)
    assert bench.bound()[0] == leaf().thumbprint


@pytest.mark.parametrize("services", ["Telephone", "UM,Telephone"])
def test_unknown_services_do_not_bind(bench: CertificateBench, services: str) -> None:
    error_id = bench.refused_binding("Enable-ExchangeCertificate", leaf().thumbprint, Services=services)
    assert error_id == "ParameterArgumentTransformationError,Enable-ExchangeCertificate"


@pytest.mark.parametrize("choice", ThumbprintInTCP)
def test_variant_the_way_back_to_tcp_clears_the_binding_or_not(choice: ThumbprintInTCP) -> None:
    bench = varied(thumbprint_in_tcp=choice)
    bench.mode()
    enable(bench)
    bench.mode("TCP")
    kept = leaf().thumbprint if choice is ThumbprintInTCP.KEPT else None
    assert bench.bound() == (kept, kept)


@pytest.mark.parametrize("choice", RemovalOfBound)
def test_variant_a_bound_certificate_can_be_removed_or_not(choice: RemovalOfBound) -> None:
    bench = varied(removal_of_bound=choice)
    bench.mode()
    enable(bench)
    done = bench.run("Remove-ExchangeCertificate", leaf().thumbprint, Confirm=False)
    gone = leaf().thumbprint not in bench.thumbprints()
    assert gone is (choice is RemovalOfBound.SUCCEEDS)
    assert len(done.errors) == (0 if gone else 1)
    assert bench.bound() == (leaf().thumbprint, leaf().thumbprint)


def test_removing_asks(bench: CertificateBench) -> None:
    with pytest.raises(CmdletError, match="not support user interaction"):
        bench.run("Remove-ExchangeCertificate", leaf().thumbprint)
    bench.done("Remove-ExchangeCertificate", leaf().thumbprint, Confirm=False)
    assert leaf().thumbprint not in bench.thumbprints()


def test_what_other_services_or_a_connector_use_stays(bench: CertificateBench) -> None:
    factory = bench.thumbprints()[0]
    bench.organization.bindings.connectors[leaf().thumbprint] = "To partners"
    for thumbprint in (factory, leaf().thumbprint):
        done = bench.run("Remove-ExchangeCertificate", thumbprint, Confirm=False)
        assert (done.failure, done.errors[0].category) == ("InvalidOperationException", "InvalidArgument")
    assert bench.thumbprints() == [factory, leaf().thumbprint]


def test_an_unknown_thumbprint_is_not_found_or_means_everything(bench: CertificateBench) -> None:
    assert bench.run("Get-ExchangeCertificate", "AB").failure == "CertificateNotFoundException"
    loose = varied(unknown_identity=UnknownIdentity.EVERYTHING)
    assert len(loose.done("Get-ExchangeCertificate", "AB").rows) == 2
    assert loose.run("Remove-ExchangeCertificate", "AB", Confirm=False).failure
    assert loose.run("Enable-ExchangeCertificate", "AB", Services="UM").failure


def test_certificates_are_found_by_their_names(bench: CertificateBench) -> None:
    rows: list[PSObject] = bench.done("Get-ExchangeCertificate", DomainName=EX01.upper()).rows
    assert len(rows) == 2
    assert bench.done("Get-ExchangeCertificate", DomainName="other.contoso.com").rows == []


def test_a_server_that_is_gone_has_no_certificates_to_show() -> None:
    bench = CertificateBench(
        spec_with(servers=(ServerSpec("ex01", "Berlin"), ServerSpec("old", "Berlin", alive=False)))
    )
    assert bench.run("Get-ExchangeCertificate", Server="old").failure == "RpcException"
