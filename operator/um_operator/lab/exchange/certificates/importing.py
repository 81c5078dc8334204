"""Import-ExchangeCertificate: a PFX, or the answer to a request of that same server (field notes 1.2)."""

from __future__ import annotations

from collections.abc import Iterable

from cryptography import x509

from um_operator.lab.binding import Parameter
from um_operator.lab.exchange.call import Call, State
from um_operator.lab.exchange.certificates import view
from um_operator.lab.exchange.certificates.files import Container, read, refuse_file
from um_operator.lab.exchange.certificates.lookup import KIND, NAMESPACE, Machine, machine
from um_operator.lab.exchange.identity import SERVER
from um_operator.lab.exchange.nouns import cmdlet
from um_operator.lab.exchange.refusals import RefusedError
from um_operator.lab.hosts.chains import is_self_issued
from um_operator.lab.hosts.stores import PendingRequest, StoredCertificate
from um_operator.lab.values import ANYTHING, BOOLEAN, BYTES, SECURE_STRING, STRING, SWITCH
from um_operator.lab.variants import PfxAES, PfxChain, Reimport


def _import(call: Call) -> None:
    at = machine(call)
    refuse_file(call, "FileName")
    knows_aes = call.variants.pfx_aes is PfxAES.READ
    held = read(call.value("FileData"), call.value("Password"), knows_aes=knows_aes)
    if held.key is None:
        _complete(call, at, held)
    else:
        leaf = StoredCertificate(
            held.certificates[0],
            held.key,
            call.value("PrivateKeyExportable", False),
            call.value("FriendlyName", ""),
        )
        _add(call, at, leaf, held.certificates[1:])


def _complete(call: Call, at: Machine, held: Container) -> None:
    """Put the key of a pending request together with its answer."""
    for stand_in, pending in at.host.stores.requests.items():
        answer = next((c for c in held.certificates if pending.is_answered_by(c)), None)
        if answer is not None:
            leaf = _answered(call, pending, answer)
            _add(call, at, leaf, (c for c in held.certificates if c != answer), instead_of=stand_in)
            return
    raise RefusedError(
        "ImportCertificateDataInvalidException",
        f"The certificate answers no request of the server '{at.fqdn}', and the data holds no private key.",
        category="InvalidOperation",
        target=at.server.name,
    )


def _answered(call: Call, pending: PendingRequest, answer: x509.Certificate) -> StoredCertificate:
    asked = pending.stand_in
    friendly_name = call.value("FriendlyName", asked.friendly_name)
    return StoredCertificate(answer, asked.key, asked.exportable, friendly_name)


def _add(
    call: Call,
    at: Machine,
    leaf: StoredCertificate,
    others: Iterable[x509.Certificate],
    *,
    instead_of: str | None = None,
) -> None:
    """Store a leaf; what came with it goes nowhere, or into CA. No service uses it yet."""
    stores = at.host.stores
    if (found := stores.my.find(leaf.thumbprint)) is not None:
        _show_again(call, at, found)
        return
    intermediates = [c for c in others if not is_self_issued(c)]
    if call.variants.pfx_chain is PfxChain.LEFT_OUT:
        intermediates = []

    def store() -> None:
        stores.my.add(leaf)
        if instead_of is not None:
            del stores.requests[instead_of]
        for intermediate in intermediates:
            stores.ca.trust(intermediate)

    after: State = {
        "Subject": leaf.certificate.subject.rfc4514_string(),
        "PrivateKeyExportable": leaf.exportable,
    }
    if call.act(KIND, f"{at.fqdn}\\{leaf.thumbprint}", None, after, store):
        view.show(call, at, leaf)


def _show_again(call: Call, at: Machine, found: StoredCertificate) -> None:
    if call.variants.reimport is Reimport.REFUSED:
        raise RefusedError(
            "CertificateAlreadyExistsException",
            f"A certificate with the thumbprint {found.thumbprint} already exists on '{at.fqdn}'.",
            category="ResourceExists",
            target=found.thumbprint,
        )
    view.show(call, at, found)


CMDLETS = (
    cmdlet(
        "Import-ExchangeCertificate",
        _import,
        Parameter("FileData", BYTES, mandatory=True, sets=frozenset({"FileData"})),
        Parameter("FileName", STRING, mandatory=True, sets=frozenset({"FileName"})),
        Parameter("Password", SECURE_STRING),
        Parameter("PrivateKeyExportable", BOOLEAN),
        Parameter("FriendlyName", STRING),
        Parameter("Server", SERVER),
        Parameter("Force", SWITCH),
        Parameter("Instance", ANYTHING),
        default_set="FileData",
        namespace=NAMESPACE,
    ),
)
