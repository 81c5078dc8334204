"""``umctl trust get``: the CAs for whoever looks after a gateway by hand."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certificate_folder import Folder, answer

if TYPE_CHECKING:
    from cli.conftest import Umctl


def publish(folder: Folder, content: bytes) -> None:
    """Have a ConfigMap of that content beside the manifests, as a person may apply it."""
    text = "".join(f"    {line}\n" for line in content.decode().splitlines())
    config_map = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: um-trust}}\ndata:\n  ca.crt: |\n{text}"
    (folder.path / "manifests" / "trust.yaml").write_text(config_map)


def test_what_is_published_is_printed_and_told_apart_by_its_sha256(tmp_path: Path, umctl: Umctl) -> None:
    folder = Folder.in_(tmp_path)
    before = umctl("trust", "get", "um", *folder.on)
    assert (before.code, before.out) == (1, "")
    assert before.err.startswith('error: nothing is published yet for UMCertificate "um"')

    _, root = x509.load_pem_x509_certificates(answer("ex01.contoso.com"))
    pem = root.public_bytes(Encoding.PEM)
    publish(folder, pem)
    assert umctl("trust", "get", "um", *folder.on).out.encode() == pem
    told = umctl("trust", "get", "um", *folder.on, "-o", "json").data
    assert told == {
        "configMap": "um-trust",
        "pem": pem.decode(),
        "sha256": [sha256(root.public_bytes(Encoding.DER)).hexdigest()],
    }


def test_a_certificate_that_nobody_declared_is_told(tmp_path: Path, umctl: Umctl) -> None:
    got = umctl("trust", "get", "other", *Folder.in_(tmp_path).on)
    assert got.code == 1
    assert 'there is no UMCertificate "other"' in got.err
