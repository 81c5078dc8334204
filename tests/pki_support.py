"""Keys that are made once a run, and certificates of every kind for tests."""

from __future__ import annotations

import functools
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from um_operator.planning.asked import Asked, SubjectParts

NOW = datetime(2026, 11, 14, 22, 0, tzinfo=UTC)
ASKED = Asked(
    issuer='{"ca":{}}',
    common_name="ex01.contoso.com",
    duration=timedelta(days=365),
    dns_names=("UM.contoso.com",),
    subject=SubjectParts(organizations=("Contoso GmbH",), countries=("DE",)),
)


def rsa_key(name: str = "leaf") -> rsa.RSAPrivateKey:
    """A key of its own for each name; made once a run."""
    return _keys(name)


@functools.cache
def _keys(_name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def asked(**changes: Any) -> Asked:
    """What ex01 asks, with changes."""
    return replace(ASKED, **changes)


def name(common_name: str) -> x509.Name:
    """A name with a CN and nothing else."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def certificate(
    subject: str = "ex01.contoso.com",
    *,
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | None = None,
    issuer: str | None = None,
    signed_with: rsa.RSAPrivateKey | None = None,
    public_key: CertificatePublicKeyTypes | None = None,
    ca: bool = False,
    extensions: Sequence[x509.ExtensionType] = (),
    start: datetime = NOW - timedelta(days=1),
    end: datetime = NOW + timedelta(days=365),
    serial: int = 5,
) -> bytes:
    """The DER of a certificate; of itself, unless an issuer is named."""
    own = key or rsa_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer or subject))
        .public_key(public_key or own.public_key())
        .serial_number(serial)
        .not_valid_before(start)
        .not_valid_after(end)
    )
    if ca:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(signed_with or own, hashes.SHA256()).public_bytes(Encoding.DER)


def san(*names: str) -> x509.SubjectAlternativeName:
    """DNS names."""
    return x509.SubjectAlternativeName([x509.DNSName(name) for name in names])


class Hierarchy:
    """Root, intermediate, and a leaf for ex01 and its plans."""

    def __init__(self) -> None:
        self.root = certificate("Root", key=rsa_key("root"), ca=True)
        self.intermediate = certificate(
            "Issuing", key=rsa_key("issuing"), issuer="Root", signed_with=rsa_key("root"), ca=True
        )
        self.leaf = self.issue()

    def issue(self, key: rsa.RSAPrivateKey | None = None, **changes: Any) -> bytes:
        """Another leaf of the intermediate."""
        given = {"extensions": [san("ex01.contoso.com", "um.contoso.com")], **changes}
        return certificate(key=key, issuer="Issuing", signed_with=rsa_key("issuing"), **given)


@functools.cache
def hierarchy() -> Hierarchy:
    """The same one for the whole run."""
    return Hierarchy()


def openssl(*arguments: str, content: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the OpenSSL of this machine, a reader that is not ours."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("no openssl on this machine")
    return subprocess.run([program, *arguments], input=content, capture_output=True, check=False, timeout=30)


def told(done: subprocess.CompletedProcess[bytes]) -> str:
    """What it wrote, when it was content."""
    assert done.returncode == 0, done.stderr.decode()
    return (done.stdout + done.stderr).decode("utf-8", "replace")


def file(folder: Path, name: str, content: bytes) -> str:
    """A file with this content, by its path."""
    path = folder / name
    path.write_bytes(content)
    return str(path)
