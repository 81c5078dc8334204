"""Get-ExchangeCertificate: over remoting it shows a certificate's bytes, nothing else (field notes 1.5)."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from um_operator.lab.binding import Parameter
from um_operator.lab.exchange.call import Call
from um_operator.lab.exchange.identity import SERVER, identity_type
from um_operator.lab.exchange.nouns import cmdlet
from um_operator.lab.exchange.objects import Kind
from um_operator.lab.exchange.refusals import RefusedError
from um_operator.lab.hosts.stores import thumbprint as thumbprint_of
from um_operator.lab.powershell import PSObject
from um_operator.lab.values import STRING, multi_valued
from um_operator.lab.variants import UnknownIdentity

_TYPE = "System.Security.Cryptography.X509Certificates.X509Certificate2"


def _get(call: Call) -> None:
    identity: str | None = call.value("Identity")
    named, _, thumbprint = (identity or "").rpartition("\\")
    asked = named or call.value("Server") or call.server
    server = call.find(Kind.SERVER, asked)
    fqdn = str(server["Fqdn"]).lower()
    if not call.organization.answers(fqdn):
        raise RefusedError(
            "RpcException",
            f"The Exchange Certificate service of the server '{fqdn}' couldn't be contacted.",
            category="ReadError",
            target=server.name,
        )
    store = [entry.certificate for entry in call.organization.host(fqdn).stores.my]
    wanted = str(thumbprint or call.value("Thumbprint") or "").replace(" ", "").upper()
    domains = {name.lower() for name in getattr(call.value("DomainName"), "values", ())}
    found = [c for c in store if wanted in ("", thumbprint_of(c)) and domains <= _names(c)]
    if wanted and not found:
        if call.variants.unknown_identity is not UnknownIdentity.EVERYTHING:
            raise RefusedError(
                "CertificateNotFoundException",
                f"The certificate with thumbprint {wanted} was not found on the server '{fqdn}'.",
                category="ObjectNotFound",
            )
        found = store
    for certificate in found:
        raw = certificate.public_bytes(Encoding.DER)
        call.streams.output(
            PSObject((_TYPE, "System.Object"), f"[Subject]\n  {server.name}", {"RawData": raw})
        )


def _names(certificate: x509.Certificate) -> set[str]:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {name.lower() for name in names.get_values_for_type(x509.DNSName)}


_BY_THUMBPRINT = frozenset({"Thumbprint"})
_BY_IDENTITY = frozenset({"Identity"})

CMDLETS = (
    cmdlet(
        "Get-ExchangeCertificate",
        _get,
        Parameter("Thumbprint", STRING, position=1, sets=_BY_THUMBPRINT),
        Parameter("Server", SERVER, sets=_BY_THUMBPRINT),
        Parameter("Identity", identity_type("ExchangeCertificateIdParameter"), sets=_BY_IDENTITY),
        Parameter("DomainName", multi_valued(STRING)),
        default_set="Thumbprint",
        namespace="Microsoft.Exchange.Management.SystemConfigurationTasks",
    ),
)
