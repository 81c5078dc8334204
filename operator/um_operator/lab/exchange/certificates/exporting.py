"""Export-ExchangeCertificate: a PFX of a key that may leave, or a pending request (field notes 1.3)."""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, pkcs12

from um_operator.lab.binding import Parameter
from um_operator.lab.exchange.call import Call
from um_operator.lab.exchange.certificates.files import file_data, refuse_file, request_text, text
from um_operator.lab.exchange.certificates.lookup import NAMESPACE, entry, machine, which
from um_operator.lab.exchange.nouns import cmdlet
from um_operator.lab.exchange.refusals import RefusedError
from um_operator.lab.hosts.stores import StoredCertificate
from um_operator.lab.powershell import SecureString
from um_operator.lab.values import SECURE_STRING, STRING, SWITCH


def _export(call: Call) -> None:
    at = machine(call)
    refuse_file(call, "FileName")
    found = entry(call, at)
    binary = call.value("BinaryEncoded", False)
    if (pending := at.request(found.thumbprint)) is not None:
        asked = pending.request
        call.streams.output(file_data(asked.public_bytes(Encoding.DER)) if binary else request_text(asked))
        return
    data = _pfx(found, call.value("Password"))
    call.organization.journal.note(
        "CertificateExported", server=at.fqdn, thumbprint=found.thumbprint, caller=call.caller.account
    )
    call.streams.output(file_data(data) if binary else text(data))


def _pfx(found: StoredCertificate, password: SecureString | None) -> bytes:
    if found.key is None or not found.exportable:
        raise RefusedError(
            "PrivateKeyNotExportableException",
            f"The private key of the certificate with thumbprint {found.thumbprint} can't be exported.",
            category="InvalidOperation",
            target=found.thumbprint,
        )
    if password is None:
        raise RefusedError("ArgumentNullException", "Password is missing.", category="InvalidArgument")
    encryption = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(2000)
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(SHA1())  # noqa: S303 - what Windows Server 2016 writes
        .build(password.plain.encode())
    )
    name = found.friendly_name.encode() or None
    return pkcs12.serialize_key_and_certificates(name, found.key, found.certificate, None, encryption)


CMDLETS = (
    cmdlet(
        "Export-ExchangeCertificate",
        _export,
        *which(mandatory=True),
        Parameter("Password", SECURE_STRING),
        Parameter("BinaryEncoded", SWITCH),
        Parameter("FileName", STRING),
        default_set="Thumbprint",
        namespace=NAMESPACE,
    ),
)
