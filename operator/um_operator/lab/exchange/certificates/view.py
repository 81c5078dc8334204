"""A certificate as the cmdlets show it: whole on the server, its bytes to a client (field notes 1.5)."""

from __future__ import annotations

from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from um_operator.lab.exchange.call import Call
from um_operator.lab.exchange.certificates import services
from um_operator.lab.exchange.certificates.lookup import NAMESPACE, Machine
from um_operator.lab.exchange.certificates.names import dns_names
from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.hosts import chains
from um_operator.lab.hosts.stores import StoredCertificate
from um_operator.lab.powershell import PSObject, Value
from um_operator.lab.values import EnumType
from um_operator.lab.variants import ServerSideSelect

_X509 = "System.Security.Cryptography.X509Certificates.X509Certificate"
_TYPES = (f"{NAMESPACE}.ExchangeCertificate", f"{_X509}2", _X509, "System.Object")
_SENT = frozenset({"RawData"})
STATUS = EnumType.of(
    f"{NAMESPACE}.CertificateStatus",
    "Unknown",
    "Valid",
    "Revoked",
    "DateInvalid",
    "Untrusted",
    "Invalid",
    "RevocationCheckFailure",
    "PendingRequest",
)
_ROOT_TYPE = EnumType.of(
    f"{NAMESPACE}.CertificateAuthorityType",
    "Unknown",
    "None",
    "Registry",
    "ThirdParty",
    "GroupPolicy",
    "Enterprise",
)


def show(call: Call, at: Machine, entry: StoredCertificate) -> None:
    """Write a certificate to the pipeline."""
    raw = entry.certificate.public_bytes(Encoding.DER)
    shown: dict[str, Value] = {"RawData": raw}
    if call.variants.server_side_select is not ServerSideSelect.EMPTY:
        shown = {**_properties(call, at, entry), **shown}
    call.streams.output(PSObject(_TYPES, f"[Subject]\n  {at.server.name}", shown, sent=_SENT))


def enabled_services(call: Call, at: Machine, entry: StoredCertificate) -> frozenset[str]:
    """The services that a certificate is enabled for, by what the domain controller knows."""
    found = set(call.organization.bindings.of(at.fqdn, entry.thumbprint))
    for service, settings in settings_of(call, at):
        if settings["UMCertificateThumbprint"] == entry.thumbprint:
            found.add(service)
    return frozenset(found)


def settings_of(call: Call, at: Machine) -> Iterable[tuple[str, DirectoryObject]]:
    """The directory objects of the server that name a certificate, with the service that each is for."""
    for service, kind in ((services.UM, Kind.UM_SERVICE), (services.UM_CALL_ROUTER, Kind.CALL_ROUTER)):
        below = call.replica.referring(kind, "Parent", at.server.guid)
        yield from ((service, settings) for settings in below)


def status(call: Call, at: Machine, entry: StoredCertificate) -> str:
    """What the server thinks of a certificate, by its own stores."""
    if at.request(entry.thumbprint) is not None:
        return "PendingRequest"
    return chains.status(entry.certificate, at.host.stores, call.organization.clock.now())


def _properties(call: Call, at: Machine, entry: StoredCertificate) -> dict[str, Value]:
    certificate = entry.certificate
    enabled = enabled_services(call, at, entry)
    key = certificate.public_key()
    self_signed = chains.is_self_issued(certificate)
    return {
        "AccessRules": [],
        "CertificateDomains": list(dns_names(certificate)),
        "CertificateRequest": None,
        "FriendlyName": entry.friendly_name,
        "HasPrivateKey": entry.key is not None,
        "Identity": f"{at.fqdn}\\{entry.thumbprint}",
        "IsSelfSigned": self_signed,
        "Issuer": certificate.issuer.rfc4514_string(),
        "NotAfter": certificate.not_valid_after_utc,
        "NotBefore": certificate.not_valid_before_utc,
        "PrivateKeyExportable": entry.exportable,
        "PublicKeySize": key.key_size if isinstance(key, rsa.RSAPublicKey) else 0,
        "RootCAType": _ROOT_TYPE("None" if self_signed else "Registry"),
        "SerialNumber": f"{certificate.serial_number:X}",
        "Services": services.flags(enabled),
        "ServicesStringForm": services.letters(enabled),
        "Status": STATUS(status(call, at, entry)),
        "Subject": certificate.subject.rfc4514_string(),
        "Thumbprint": entry.thumbprint,
    }
