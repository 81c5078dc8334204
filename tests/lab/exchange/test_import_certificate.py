"""Import- and Export-ExchangeCertificate."""

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7, pkcs12

from certificate_bench import EX01, EX02, PASSWORD, CertificateBench, certify, intermediate, leaf, root
from exchange_bench import spec_with
from um_operator.lab.exchange.builder import ServerSpec
from um_operator.lab.exchange.servers import Release
from um_operator.lab.powershell import PSObject, SecureString
from um_operator.lab.variants import Landing, PfxAES, PfxChain, Reimport, Variants

FACTORY = 1


@pytest.fixture
def bench() -> CertificateBench:
    return CertificateBench()


def asked(bench: CertificateBench, server: str = "ex01") -> x509.CertificateSigningRequest:
    text = bench.output(
        "New-ExchangeCertificate", GenerateRequest=True, SubjectName=f"CN={EX01}", Server=server
    )
    assert isinstance(text, str)
    return x509.load_pem_x509_csr(text.replace(" NEW ", " ").encode())


def test_a_pfx_arrives_with_its_key_and_is_bound_to_nothing(bench: CertificateBench) -> None:
    bench.trust()
    row = bench.done("Import-ExchangeCertificate", FileData=leaf().pfx(), Password=PASSWORD).row
    assert (row["Thumbprint"], row["HasPrivateKey"]) == (leaf().thumbprint, True)
    assert (row["Services"].name, row["Status"].name) == ("None", "Valid")
    assert bench.bound() == (None, None)
    assert bench.last.name == f"{EX01}\\{leaf().thumbprint}"


def test_it_arrives_on_the_server_that_is_named_and_on_no_other(bench: CertificateBench) -> None:
    bench.import_leaf(leaf(EX02), server="ex02")
    assert leaf(EX02).thumbprint in bench.thumbprints("ex02")
    assert leaf(EX02).thumbprint not in bench.thumbprints("ex01")


def test_its_key_stays_unless_it_was_said_to_be_exportable(bench: CertificateBench) -> None:
    bench.import_leaf()
    done = bench.run("Export-ExchangeCertificate", leaf().thumbprint, Password=PASSWORD, BinaryEncoded=True)
    assert done.failure == "PrivateKeyNotExportableException"


def test_an_exportable_one_can_be_taken_to_another_server(bench: CertificateBench) -> None:
    given: dict[str, Any] = {"FileData": leaf().pfx(), "Password": PASSWORD, "PrivateKeyExportable": True}
    bench.done("Import-ExchangeCertificate", **given)
    row = bench.output("Export-ExchangeCertificate", leaf().thumbprint, Password=PASSWORD, BinaryEncoded=True)
    assert isinstance(row, PSObject)
    taken = row.properties["FileData"]
    bench.done("Import-ExchangeCertificate", FileData=taken, Password=PASSWORD, Server="ex02")
    assert leaf().thumbprint in bench.thumbprints("ex02")
    assert [o.what for o in bench.occurrences("CertificateExported")] == ["CertificateExported"]


def test_a_key_is_not_exported_without_password(bench: CertificateBench) -> None:
    given: dict[str, Any] = {"FileData": leaf().pfx(), "Password": PASSWORD, "PrivateKeyExportable": True}
    bench.done("Import-ExchangeCertificate", **given)
    done = bench.run("Export-ExchangeCertificate", leaf().thumbprint, BinaryEncoded=True)
    assert done.failure == "ArgumentNullException"


def test_a_plain_string_is_no_password(bench: CertificateBench) -> None:
    error_id = bench.refused_binding(
        "Import-ExchangeCertificate", FileData=leaf().pfx(), Password=PASSWORD.plain
    )
    assert error_id == "ParameterArgumentTransformationError,Import-ExchangeCertificate"


@pytest.mark.parametrize("password", [SecureString("wrong"), None])
def test_the_wrong_password_opens_nothing(bench: CertificateBench, password: SecureString | None) -> None:
    done = bench.run("Import-ExchangeCertificate", FileData=leaf().pfx(), Password=password)
    assert done.failure == "ImportCertificateDataInvalidException"
    assert len(bench.thumbprints()) == FACTORY


@pytest.mark.parametrize("data", [b"", b"nonsense", leaf().pfx()[:200]])
def test_data_that_is_no_certificate_is_refused(bench: CertificateBench, data: bytes) -> None:
    done = bench.run("Import-ExchangeCertificate", FileData=data, Password=PASSWORD)
    assert done.failure == "ImportCertificateDataInvalidException"


@pytest.mark.parametrize("parameter", ["Services", "Thumbprint"])
def test_an_import_binds_nothing(bench: CertificateBench, parameter: str) -> None:
    error_id = bench.refused_binding("Import-ExchangeCertificate", FileData=leaf().pfx(), **{parameter: "UM"})
    assert error_id == "NamedParameterNotFound,Import-ExchangeCertificate"


@pytest.mark.parametrize("shape", ["der", "pem", "p7b"])
def test_an_answer_meets_the_key_of_its_request(bench: CertificateBench, shape: str) -> None:
    bench.trust()
    answer = certify(EX01, intermediate(), public=asked(bench).public_key())
    data = {
        "der": answer.der,
        "pem": answer.certificate.public_bytes(Encoding.PEM),
        "p7b": pkcs7.serialize_certificates(
            [root().certificate, intermediate().certificate, answer.certificate], Encoding.DER
        ),
    }[shape]
    stand_in = bench.thumbprints()[FACTORY]
    row = bench.done("Import-ExchangeCertificate", FileData=data).row
    assert (row["Thumbprint"], row["HasPrivateKey"], row["Status"].name) == (answer.thumbprint, True, "Valid")
    assert stand_in not in bench.thumbprints()


def test_an_answer_for_another_server_is_refused(bench: CertificateBench) -> None:
    answer = certify(EX01, intermediate(), public=asked(bench).public_key())
    done = bench.run("Import-ExchangeCertificate", FileData=answer.der, Server="ex02")
    assert done.failure == "ImportCertificateDataInvalidException"
    bench.done("Import-ExchangeCertificate", FileData=answer.der, Server="ex01")


def test_of_several_requests_the_answered_one_goes(bench: CertificateBench) -> None:
    first, second = asked(bench), asked(bench)
    answer = certify(EX01, intermediate(), public=second.public_key())
    bench.done("Import-ExchangeCertificate", FileData=answer.der)
    stores = bench.organization.host(EX01).stores
    assert [pending.request for pending in stores.requests.values()] == [first]


def test_variant_what_is_there_already_is_refused_or_left_as_it_is(bench: CertificateBench) -> None:
    bench.import_leaf()
    again: dict[str, Any] = {"FileData": leaf().pfx(), "Password": PASSWORD}
    assert bench.run("Import-ExchangeCertificate", **again).failure == "CertificateAlreadyExistsException"
    calm = CertificateBench(variants=Variants(landing=Landing.DIALLED, reimport=Reimport.NOTHING))
    calm.import_leaf()
    effects = len(calm.journal.effects)
    assert calm.done("Import-ExchangeCertificate", **again).row["Thumbprint"] == leaf().thumbprint
    assert len(calm.journal.effects) == effects


def test_variant_a_server_reads_aes_or_blames_the_password(bench: CertificateBench) -> None:
    given: dict[str, Any] = {"FileData": leaf().pfx(aes=True), "Password": PASSWORD}
    assert bench.run("Import-ExchangeCertificate", **given).failure == "ImportCertificateDataInvalidException"
    newer = CertificateBench(variants=Variants(landing=Landing.DIALLED, pfx_aes=PfxAES.READ))
    assert newer.done("Import-ExchangeCertificate", **given).row["Thumbprint"] == leaf().thumbprint


@pytest.mark.parametrize("chain", PfxChain)
def test_variant_intermediates_of_a_pfx_are_stored_or_not(chain: PfxChain) -> None:
    bench = CertificateBench(variants=Variants(landing=Landing.DIALLED, pfx_chain=chain))
    data = leaf().pfx(chain=[intermediate().certificate, root().certificate])
    bench.done("Import-ExchangeCertificate", FileData=data, Password=PASSWORD)
    stores = bench.organization.host(EX01).stores
    stored = [entry.certificate for entry in stores.ca]
    assert stored == ([intermediate().certificate] if chain is PfxChain.STORED else [])
    assert len(stores.root) == 0


def test_a_path_is_taken_by_exchange_2013_alone(bench: CertificateBench) -> None:
    given = {"FileName": "\\\\share\\leaf.pfx"}
    error_id = bench.refused_binding("Import-ExchangeCertificate", **given)
    assert error_id == "NamedParameterNotFound,Import-ExchangeCertificate"
    old = CertificateBench(spec_with(servers=(ServerSpec("ex01", "Berlin", Release.E2013),)))
    assert old.run("Import-ExchangeCertificate", **given).failure == "UnauthorizedAccessException"


def test_an_exported_pfx_is_one_that_old_hosts_read(bench: CertificateBench) -> None:
    given: dict[str, Any] = {"FileData": leaf().pfx(), "Password": PASSWORD, "PrivateKeyExportable": True}
    bench.done("Import-ExchangeCertificate", **given)
    row = bench.output("Export-ExchangeCertificate", leaf().thumbprint, Password=PASSWORD, BinaryEncoded=True)
    assert isinstance(row, PSObject)
    data = row.properties["FileData"]
    assert isinstance(data, bytes)
    read = pkcs12.load_pkcs12(data, PASSWORD.plain.encode())
    assert read.cert is not None
    assert read.cert.certificate == leaf().certificate
