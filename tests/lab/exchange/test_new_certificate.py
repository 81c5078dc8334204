"""New-ExchangeCertificate, and what Get- and Export-ExchangeCertificate show of a pending request."""

import threading
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from certificate_bench import EX01, CertificateBench
from exchange_bench import Collected, spec_with
from um_operator.lab.exchange.builder import ServerSpec
from um_operator.lab.exchange.certificates.names import dns_names
from um_operator.lab.exchange.servers import Release
from um_operator.lab.hosts import keys
from um_operator.lab.powershell import CmdletError, Invocation, PSObject

FACTORY = 1
SELF_SIGNED: dict[str, Any] = {"Services": "None", "SubjectName": f"CN={EX01}", "DomainName": EX01}


@pytest.fixture
def bench() -> CertificateBench:
    return CertificateBench()


def request(bench: CertificateBench, **parameters: Any) -> x509.CertificateSigningRequest:
    done = bench.output("New-ExchangeCertificate", GenerateRequest=True, **parameters)
    assert isinstance(done, str)
    assert done.startswith("-----BEGIN NEW CERTIFICATE REQUEST-----")
    return x509.load_pem_x509_csr(done.replace(" NEW ", " ").encode())


def test_a_self_signed_certificate_is_made_at_once_and_bound_to_nothing(bench: CertificateBench) -> None:
    row = bench.done("New-ExchangeCertificate", **SELF_SIGNED).row
    made = x509.load_der_x509_certificate(row["RawData"])
    assert (made.subject, dns_names(made)) == (made.issuer, [EX01])
    assert (row["Services"].name, row["Status"].name, row["PrivateKeyExportable"]) == ("None", "Valid", False)
    assert len(bench.thumbprints()) == FACTORY + 1


def test_by_default_it_is_named_after_the_server(bench: CertificateBench) -> None:
    row = bench.done("New-ExchangeCertificate", Services="None").row
    made = x509.load_der_x509_certificate(row["RawData"])
    assert made.subject.rfc4514_string() == "CN=ex01"
    assert dns_names(made) == ["ex01", EX01]


def test_without_services_it_would_take_smtp_over_and_must_ask(bench: CertificateBench) -> None:
    with pytest.raises(CmdletError, match="not support user interaction"):
        bench.run("New-ExchangeCertificate", Confirm=False)
    assert len(bench.thumbprints()) == FACTORY


def test_with_force_it_takes_smtp_over(bench: CertificateBench) -> None:
    before = bench.organization.bindings.default_smtp(EX01)
    row = bench.done("New-ExchangeCertificate", Force=True).row
    assert bench.organization.bindings.default_smtp(EX01) == row["Thumbprint"] != before
    assert bench.last.after == {"Services": ["IMAP", "POP", "SMTP"]}


def test_for_um_the_startup_mode_is_checked_before_anything_is_made(bench: CertificateBench) -> None:
    done = bench.run("New-ExchangeCertificate", **SELF_SIGNED | {"Services": "UM"})
    assert done.failure == "InvalidOperationException"
    bench.mode()
    made = bench.done("New-ExchangeCertificate", **SELF_SIGNED | {"Services": ["UM", "UMCallRouter"]}).row
    assert bench.bound() == (made["Thumbprint"], made["Thumbprint"])
    assert len(bench.thumbprints()) == FACTORY + 1


@pytest.mark.parametrize("given", [{"Services": "None"}, {"Services": "UM"}])
def test_a_request_has_no_services(bench: CertificateBench, given: dict[str, str]) -> None:
    error_id = bench.refused_binding("New-ExchangeCertificate", GenerateRequest=True, **given)
    assert error_id == "AmbiguousParameterSet,New-ExchangeCertificate"


@pytest.mark.parametrize("parameter", ["BinaryEncoded", "RequestFile"])
def test_what_belongs_to_a_request_needs_one(bench: CertificateBench, parameter: str) -> None:
    assert bench.refused_binding("New-ExchangeCertificate", **{parameter: "x"})


def test_a_request_waits_with_its_key_on_the_server(bench: CertificateBench) -> None:
    asked = request(bench, SubjectName=f"C=DE, S=Berlin, O=Contoso, CN={EX01}", DomainName=["a.contoso.com"])
    assert dns_names(asked) == [EX01, "a.contoso.com"]
    shown = bench.done("Get-ExchangeCertificate").rows[FACTORY].properties
    assert getattr(shown["Status"], "name", "") == "PendingRequest"
    assert isinstance(shown["RawData"], bytes)
    stand_in = x509.load_der_x509_certificate(shown["RawData"])
    assert stand_in.public_key() == asked.public_key()


def test_a_binary_request_comes_as_bytes(bench: CertificateBench) -> None:
    row = bench.output("New-ExchangeCertificate", GenerateRequest=True, BinaryEncoded=True)
    assert isinstance(row, PSObject)
    data = row.properties["FileData"]
    assert isinstance(data, bytes)
    assert x509.load_der_x509_csr(data).is_signature_valid


def test_a_lost_request_can_be_fetched_again(bench: CertificateBench) -> None:
    asked = request(bench, SubjectName=f"CN={EX01}")
    stand_in = bench.thumbprints()[FACTORY]
    text = bench.output("Export-ExchangeCertificate", stand_in)
    assert isinstance(text, str)
    assert x509.load_pem_x509_csr(text.replace(" NEW ", " ").encode()) == asked


@pytest.mark.parametrize(
    ("given", "failure"),
    [
        ({"KeySize": 3072}, "DataValidationException"),
        ({"FriendlyName": "x" * 64}, "DataValidationException"),
        ({"SubjectName": "nonsense"}, "DataValidationException"),
        ({"DomainName": "x" * 256}, "InvalidDomainNameException"),
        ({"DomainName": "a b"}, "InvalidDomainNameException"),
        ({"Server": "ex99"}, "ManagementObjectNotFoundException"),
    ],
)
def test_what_is_refused(bench: CertificateBench, given: dict[str, Any], failure: str) -> None:
    assert bench.run("New-ExchangeCertificate", Services="None", **given).failure == failure
    assert len(bench.thumbprints()) == FACTORY


def test_what_if_makes_nothing(bench: CertificateBench) -> None:
    assert bench.done("New-ExchangeCertificate", Services="None", WhatIf=True).rows == []
    assert len(bench.thumbprints()) == FACTORY


def test_a_certificate_is_renewed_down_the_pipeline(bench: CertificateBench) -> None:
    old = bench.done("New-ExchangeCertificate", **SELF_SIGNED).rows[0]
    row = bench.done("New-ExchangeCertificate", Instance=old, Services="None").row
    renewed = x509.load_der_x509_certificate(row["RawData"])
    assert renewed.subject.rfc4514_string() == f"CN={EX01}"
    assert row["Thumbprint"] != old.properties["Thumbprint"]


def test_paths_are_gone_with_exchange_2016_and_lead_nowhere_on_2013(bench: CertificateBench) -> None:
    given: dict[str, Any] = {"GenerateRequest": True, "RequestFile": "\\\\share\\request.req"}
    error_id = bench.refused_binding("New-ExchangeCertificate", **given)
    assert error_id == "NamedParameterNotFound,New-ExchangeCertificate"
    old = ServerSpec("ex01", "Berlin", Release.E2013)
    done = CertificateBench(spec_with(servers=(old,))).run("New-ExchangeCertificate", **given)
    assert done.failure == "UnauthorizedAccessException"


async def test_a_key_is_made_while_others_go_on(
    bench: CertificateBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_in: list[threading.Thread] = []

    def make(size: int) -> rsa.RSAPrivateKey:
        made_in.append(threading.current_thread())
        return rsa.generate_private_key(65537, size)

    monkeypatch.setattr(keys, "new_key", make)
    invocation = Invocation("New-ExchangeCertificate", {"Services": "None"})
    await bench.shell.run(invocation, bench.caller, Collected())
    assert len(bench.thumbprints()) == FACTORY + 1
    assert [thread is threading.main_thread() for thread in made_in] == [False]
