"""Get-ExchangeCertificate: over remoting it shows a certificate's bytes, nothing else (field notes 1.5)."""

from __future__ import annotations

from um_operator.lab.binding import Parameter
from um_operator.lab.exchange.call import Call
from um_operator.lab.exchange.certificates import view
from um_operator.lab.exchange.certificates.lookup import NAMESPACE, machine, not_found, thumbprint, which
from um_operator.lab.exchange.certificates.names import dns_names
from um_operator.lab.exchange.nouns import cmdlet
from um_operator.lab.hosts.stores import StoredCertificate
from um_operator.lab.values import STRING, multi_valued
from um_operator.lab.variants import UnknownIdentity


def _get(call: Call) -> None:
    at = machine(call)
    wanted = thumbprint(call)
    domains = {name.lower() for name in getattr(call.value("DomainName"), "values", ()) if name}
    entries = at.entries()
    found = [entry for entry in entries if wanted in ("", entry.thumbprint) and domains <= _names(entry)]
    if wanted and not found:
        if call.variants.unknown_identity is not UnknownIdentity.EVERYTHING:
            raise not_found(wanted, at)
        found = entries
    for entry in found:
        view.show(call, at, entry)


def _names(entry: StoredCertificate) -> set[str]:
    return {name.lower() for name in dns_names(entry.certificate)}


CMDLETS = (
    cmdlet(
        "Get-ExchangeCertificate",
        _get,
        *which(mandatory=False),
        Parameter("DomainName", multi_valued(STRING)),
        default_set="Thumbprint",
        namespace=NAMESPACE,
    ),
)
