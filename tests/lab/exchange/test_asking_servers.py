"""Get-UMActiveCalls and Get-ExchangeCertificate ask machines, which may be gone."""

from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from exchange_bench import Bench, spec_with
from um_operator.lab.exchange.active_calls import ActiveCall
from um_operator.lab.exchange.builder import GatewaySpec, PlanSpec, ServerSpec
from um_operator.lab.exchange.objects import Kind
from um_operator.lab.variants import Landing, UnknownIdentity, Variants

SPEC = spec_with(
    servers=(
        ServerSpec("ex01", "Berlin"),
        ServerSpec("ex02", "Hamburg"),
        ServerSpec("exold", "Berlin", alive=False),
    ),
    plans=(PlanSpec("PBX"), PlanSpec("Branch")),
    gateways=(GatewaySpec("sbc01", "sbc01.contoso.com"),),
)


def make(variants: Variants | None = None) -> Bench:
    return Bench(SPEC, variants or Variants(landing=Landing.DIALLED))


@pytest.fixture
def bench() -> Bench:
    bench = make()
    for server, plan in (("ex01", "PBX"), ("ex01", "Branch"), ("ex02", "PBX")):
        bench.organization.active_calls.begin(
            ActiveCall(
                server=f"{server}.contoso.com",
                gateway=guid(bench, Kind.IP_GATEWAY, "sbc01"),
                gateway_name="sbc01",
                dial_plan=guid(bench, Kind.DIAL_PLAN, plan),
                since=bench.clock.now(),
                cut=lambda _why: None,
            )
        )
    return bench


def guid(bench: Bench, kind: Kind, name: str) -> UUID:
    found = bench.organization.directory.copy("dc01.contoso.com").named(kind, name)
    assert found is not None
    return found.guid


@pytest.mark.parametrize(
    ("given", "calls"),
    [({}, 2), ({"Server": "ex02"}, 1), ({"InstanceServer": "ex01"}, 2)],
)
def test_calls_of_one_server_are_counted(bench: Bench, given: dict[str, str], calls: int) -> None:
    assert len(bench.done("Get-UMActiveCalls", **given).rows) == calls


@pytest.mark.parametrize(("given", "calls"), [({"DialPlan": "PBX"}, 2), ({"IPGateway": "sbc01"}, 3)])
def test_calls_of_a_plan_or_gateway_are_asked_of_all_servers_and_the_dead_one_is_an_error(
    bench: Bench, given: dict[str, str], calls: int
) -> None:
    done = bench.run("Get-UMActiveCalls", **given)
    assert (len(done.rows), done.failure) == (calls, "UMRpcException")
    assert "exold" in done.errors[0].message


def test_two_scopes_at_once_are_refused(bench: Bench) -> None:
    given = {"DialPlan": "PBX", "Server": "ex01"}
    assert bench.refused_binding("Get-UMActiveCalls", **given) == "AmbiguousParameterSet,Get-UMActiveCalls"


def test_a_certificate_is_shown_as_its_bytes_and_nothing_else(bench: Bench) -> None:
    [shown] = bench.done("Get-ExchangeCertificate", Server="ex02").rows
    assert shown.sent == frozenset({"RawData"})
    row = bench.done("Get-ExchangeCertificate", Server="ex02").row
    certificate = x509.load_der_x509_certificate(row["RawData"])
    assert certificate.issuer == certificate.subject
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["ex02", "ex02.contoso.com"]
    assert certificate.public_key().key_size == 2048  # type: ignore[union-attr]


def test_a_certificate_is_found_by_thumbprint_and_name(bench: Bench) -> None:
    raw = bench.done("Get-ExchangeCertificate").row["RawData"]
    thumbprint = x509.load_der_x509_certificate(raw).fingerprint(hashes.SHA1()).hex()
    assert bench.done("Get-ExchangeCertificate", thumbprint).row["RawData"] == raw
    assert bench.done("Get-ExchangeCertificate", Identity=f"ex01\\{thumbprint}").row["RawData"] == raw
    assert bench.done("Get-ExchangeCertificate", DomainName="EX01.contoso.com").row["RawData"] == raw
    assert bench.done("Get-ExchangeCertificate", DomainName="other.contoso.com").rows == []
    assert bench.run("Get-ExchangeCertificate", "AB" * 20).failure == "CertificateNotFoundException"


def test_identity_and_server_do_not_go_together(bench: Bench) -> None:
    given = {"Identity": "ex01\\AB", "Server": "ex01"}
    assert bench.refused_binding("Get-ExchangeCertificate", **given).startswith("AmbiguousParameterSet,")


def test_a_dead_machine_shows_no_certificates(bench: Bench) -> None:
    assert bench.run("Get-ExchangeCertificate", Server="exold").failure == "RpcException"


def test_variant_an_unknown_thumbprint_shows_all_certificates() -> None:
    bench = make(Variants(unknown_identity=UnknownIdentity.EVERYTHING))
    assert len(bench.done("Get-ExchangeCertificate", "AB" * 20).rows) == 1
