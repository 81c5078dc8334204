"""Certificates, keys and requests as bytes and as text."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7, pkcs12

from um_operator.lab.exchange.call import Call
from um_operator.lab.exchange.refusals import RefusedError
from um_operator.lab.powershell import PSObject, SecureString

_PBES2 = bytes.fromhex("06092a864886f70d01050d")
"""The DER of the object identifier that AES-encrypted PFX files have, and 3DES ones do not."""
_BEGIN, _END = "-----BEGIN NEW CERTIFICATE REQUEST-----", "-----END NEW CERTIFICATE REQUEST-----"
_LINE = 64


@dataclass(frozen=True)
class Container:
    """What a file held: certificates, the leaf first if there is a key for it."""

    certificates: tuple[x509.Certificate, ...]
    key: rsa.RSAPrivateKey | None = None


def read(data: bytes, password: SecureString | None, *, knows_aes: bool) -> Container:
    """Read a PFX, a PKCS #7 or a certificate, in DER or PEM.

    Raises:
        RefusedError: it is none of these, or the password does not fit.
    """
    for load in (pkcs7.load_der_pkcs7_certificates, pkcs7.load_pem_pkcs7_certificates, _one, _several):
        try:
            return Container(tuple(load(data)))
        except ValueError:
            continue
    return _pfx(data, password, knows_aes=knows_aes)


def _one(data: bytes) -> list[x509.Certificate]:
    return [x509.load_der_x509_certificate(data)]


def _several(data: bytes) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(data)


def _pfx(data: bytes, password: SecureString | None, *, knows_aes: bool) -> Container:
    """Windows before Server 2019 cannot read AES, and blames the password (field notes SIP/TLS 3)."""
    try:
        if _PBES2 in data and not knows_aes:
            raise ValueError
        read_ = pkcs12.load_pkcs12(data, password.plain.encode() if password else None)
    except ValueError:
        raise RefusedError(
            "ImportCertificateDataInvalidException",
            "Cannot import certificate. The data is not valid, or the specified network password is not "
            "correct.",
            category="InvalidOperation",
        ) from None
    if read_.cert is None or not isinstance(read_.key, rsa.RSAPrivateKey):
        raise RefusedError(
            "ImportCertificateDataInvalidException",
            "Cannot import certificate. The data holds no RSA private key with a certificate.",
            category="InvalidOperation",
        )
    others = tuple(extra.certificate for extra in read_.additional_certs)
    return Container((read_.cert.certificate, *others), read_.key)


def refuse_file(call: Call, parameter: str) -> None:
    """Refuse a path: the lab's servers have no files, as a server of a real estate has not the client's.

    Raises:
        RefusedError: one was given.
    """
    if (path := call.value(parameter)) is not None:
        raise RefusedError(
            "UnauthorizedAccessException",
            f"Access to the path '{path}' is denied.",
            category="PermissionDenied",
        )


def file_data(data: bytes) -> PSObject:
    """The object that carries bytes."""
    return PSObject(
        ("Microsoft.Exchange.Data.BinaryFileDataObject", "System.Object"),
        "",
        {"FileData": data, "Identity": None, "IsValid": True},
    )


def text(data: bytes) -> str:
    """Bytes in lines of Base64."""
    encoded = base64.b64encode(data).decode()
    return "\r\n".join(encoded[start : start + _LINE] for start in range(0, len(encoded), _LINE))


def request_text(request: x509.CertificateSigningRequest) -> str:
    """A request as Windows writes it, ``NEW`` in its first line."""
    return f"{_BEGIN}\r\n{text(request.public_bytes(Encoding.DER))}\r\n{_END}\r\n"
