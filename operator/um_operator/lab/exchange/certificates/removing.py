"""Remove-ExchangeCertificate: what stands in its way, as far as it is known (field notes 1.6)."""

from __future__ import annotations

from um_operator.lab.exchange.call import Call, State
from um_operator.lab.exchange.certificates import services, view
from um_operator.lab.exchange.certificates.lookup import KIND, NAMESPACE, Machine, entry, machine, which
from um_operator.lab.exchange.nouns import cmdlet
from um_operator.lab.exchange.refusals import RefusedError
from um_operator.lab.hosts.stores import StoredCertificate
from um_operator.lab.variants import RemovalOfBound


def _remove(call: Call) -> None:
    at = machine(call)
    found = entry(call, at)
    _refuse_in_use(call, at, found)
    stores = at.host.stores

    def forget() -> None:
        stores.requests.pop(found.thumbprint, None)
        stores.my.remove(found.thumbprint)
        call.organization.bindings.forget(at.fqdn, found.thumbprint)

    before: State = {
        "Subject": found.certificate.subject.rfc4514_string(),
        "Services": [*sorted(view.enabled_services(call, at, found))],
    }
    call.act(KIND, f"{at.fqdn}\\{found.thumbprint}", before, None, forget)


def _refuse_in_use(call: Call, at: Machine, found: StoredCertificate) -> None:
    """Connectors and the services of the machine hold their certificate; whether UM does is not known."""
    bindings = call.organization.bindings
    if (connector := bindings.connectors.get(found.thumbprint)) is not None:
        raise RefusedError(
            "InvalidOperationException",
            f"A special Rpc error occurs on server {at.server.name}: These certificates are tagged with "
            f"following Send Connectors : {connector}. Removing and replacing certificates from Send "
            "Connector would break the mail flow.",
            target=found.thumbprint,
        )
    held = set(bindings.of(at.fqdn, found.thumbprint))
    if services.SMTP in held and bindings.default_smtp(at.fqdn) != found.thumbprint:
        held.remove(services.SMTP)
    if call.variants.removal_of_bound is RemovalOfBound.REFUSED:
        held |= view.enabled_services(call, at, found) - bindings.of(at.fqdn, found.thumbprint)
    if held:
        raise RefusedError(
            "InvalidOperationException",
            f"The certificate with thumbprint {found.thumbprint} is used by {', '.join(sorted(held))} on "
            f"'{at.fqdn}' and can't be removed.",
            target=found.thumbprint,
        )


CMDLETS = (
    cmdlet(
        "Remove-ExchangeCertificate",
        _remove,
        *which(mandatory=True),
        default_set="Thumbprint",
        prompts=True,
        namespace=NAMESPACE,
    ),
)
