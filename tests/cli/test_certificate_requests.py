"""``umctl request``: requests go to a CA, answers come back; what is no answer changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from certificate_folder import CERTIFICATE, DAY, NOW, Folder, answer
from pki_support import rsa_key
from um_operator.observed.revision import Revision

if TYPE_CHECKING:
    from cli.conftest import Umctl

EX01, EX02 = "ex01.contoso.com", "ex02.contoso.com"
FIRST, SECOND = Revision("um", 1, EX01), Revision("um", 1, EX02)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder in which requests of two servers wait."""
    folder = Folder.in_(tmp_path)
    folder.requested(1, EX01, EX02)
    return folder


def test_the_request_of_a_server_is_printed_as_a_ca_takes_it(folder: Folder, umctl: Umctl) -> None:
    got = umctl("request", "get", "um", "--server", "EX02.contoso.com", *folder.on)
    assert got.code == 0
    csr = x509.load_pem_x509_csr(got.out.encode())
    assert got.out == folder.secret(SECOND)["tls.csr"].decode()
    assert csr.public_key().public_numbers() == rsa_key("folder-2").public_key().public_numbers()  # type: ignore[union-attr]


def test_all_that_wait_are_printed_with_their_names(folder: Folder, umctl: Umctl) -> None:
    got = umctl("request", "get", "um", *folder.on)
    assert [line for line in got.out.splitlines() if line.startswith("#")] == [f"# {FIRST}", f"# {SECOND}"]
    assert got.out.count("BEGIN CERTIFICATE REQUEST") == 2
    rows = umctl("request", "get", "um", *folder.on, "-o", "json").data
    assert [(row["revision"], row["server"], row["secretName"]) for row in rows] == [
        (1, EX01, FIRST.secret),
        (1, EX02, SECOND.secret),
    ]
    assert rows[1]["csr"].encode() == folder.secret(SECOND)["tls.csr"]


def test_an_answer_is_put_to_the_request_whose_key_it_has(folder: Folder, umctl: Umctl) -> None:
    file = folder.file("answer.pem", answer(EX02, 2))
    done = umctl("request", "complete", "um", "--file", file, *folder.on)
    assert done.code == 0
    assert done.out.startswith(f'Request "{SECOND}" has its answer: certificate "')
    assert f'in Secret "{SECOND.secret}".' in done.out
    assert done.err == f'Still waiting for an answer: "{FIRST}"\n'
    stored = folder.secret(SECOND)
    assert stored["tls.crt"] + stored["ca.crt"] == answer(EX02, 2)
    assert "tls.crt" not in folder.secret(FIRST)


def test_an_answer_may_come_by_standard_input(
    folder: Folder, umctl: Umctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path(folder.file("answer.pem", answer(EX01))).open() as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert umctl("request", "complete", "um", *folder.on).code == 0
    assert "tls.crt" in folder.secret(FIRST)


def test_what_is_no_answer_is_refused_with_one_line_and_the_request_stays_good(
    folder: Folder, umctl: Umctl
) -> None:
    before = folder.secret(FIRST)

    def refused(content: bytes, *more: str) -> str:
        file = folder.file("answer.pem", content)
        ran = umctl("request", "complete", "um", "--file", file, *more, *folder.on)
        assert (ran.code, ran.out) == (1, "")
        (line,) = ran.err.splitlines()
        return line.removeprefix("error: the answer is refused: ")

    foreign = refused(answer(EX01, 3))
    assert foreign == (
        'no certificate of the answer has the key of the request; it has "CN=ex01.contoso.com", "CN=Root"'
    )
    assert refused(answer(EX02, 2), "--server", EX01).startswith("no certificate of the answer has the key")
    assert refused(answer(EX01, names=["um.contoso.com"])).endswith('does not cover "ex01.contoso.com"')
    assert '"CN=ex01.contoso.com" ended at' in refused(answer(EX01, end=NOW - DAY / 2))
    assert refused(b"nonsense") == (
        "the answer cannot be read: there is no certificate in it, neither PEM, DER nor PKCS#7"
    )
    assert refused(folder.secret(FIRST)["tls.csr"]).startswith("the answer cannot be read")
    assert folder.secret(FIRST) == before
    assert umctl("request", "complete", "um", "--file", folder.file("a", answer(EX01)), *folder.on).code == 0


def test_where_nothing_waits_that_is_said(folder: Folder, umctl: Umctl) -> None:
    other = umctl("request", "get", "um", "--server", "ex09.contoso.com", *folder.on)
    assert (other.code, other.out) == (1, "")
    assert other.err == (
        'error: no request of UMCertificate "um" waits for "ex09.contoso.com"; those that do: '
        f'"{EX01}", "{EX02}"\n'
    )
    for number, server in ((1, EX01), (2, EX02)):
        file = folder.file("answer.pem", answer(server, number))
        assert umctl("request", "complete", "um", "--file", file, *folder.on).code == 0
    got = umctl("request", "get", "um", *folder.on)
    assert (got.code, got.err) == (1, 'error: no request of UMCertificate "um" waits for an answer\n')


def test_before_anything_was_asked_for_nothing_waits(tmp_path: Path, umctl: Umctl) -> None:
    got = umctl("request", "get", "um", *Folder.in_(tmp_path).on)
    assert got.code == 1
    assert got.err == 'error: no request of UMCertificate "um" waits for an answer\n'


def test_only_the_issuer_request_waits_for_people(tmp_path: Path, umctl: Umctl) -> None:
    folder = Folder.in_(tmp_path, CERTIFICATE.replace("request", "ca"))
    got = umctl("request", "get", "um", *folder.on)
    assert got.code == 1
    assert got.err == 'error: UMCertificate "um" has issuer "ca", and nobody has to bring it an answer\n'


@pytest.mark.parametrize(
    ("file", "why"), [("absent.pem", "cannot be read: No such file or directory"), (".", "Is a directory")]
)
def test_a_file_that_cannot_be_read_is_named(folder: Folder, umctl: Umctl, file: str, why: str) -> None:
    done = umctl("request", "complete", "um", "--file", str(folder.path / file), *folder.on)
    assert done.code == 1
    assert done.err.splitlines() == [
        f'error: "{folder.path / file}" cannot be read: {why.rpartition(": ")[2]}'
    ]


def test_standard_input_is_the_manifests_or_the_answer(umctl: Umctl) -> None:
    done = umctl("request", "complete", "um", "-f", "-")
    assert done.code == 1
    assert done.err == (
        "error: standard input cannot be both the manifests and the answer; name a file with --file\n"
    )
