"""Which server is meant, and which of its certificates."""

from __future__ import annotations

from dataclasses import dataclass

from um_operator.lab.binding import Parameter
from um_operator.lab.exchange.call import Call
from um_operator.lab.exchange.identity import SERVER, identity_type
from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.exchange.refusals import RefusedError
from um_operator.lab.hosts.host import Host
from um_operator.lab.hosts.stores import PendingRequest, StoredCertificate
from um_operator.lab.values import STRING

NAMESPACE = "Microsoft.Exchange.Management.SystemConfigurationTasks"
KIND = "ExchangeCertificate"
r"""Kind of a certificate's effects in the journal; their name is ``fqdn\thumbprint``."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A server of the directory and its machine, which answers."""

    server: DirectoryObject
    host: Host

    @property
    def fqdn(self) -> str:
        """Its name in lower case."""
        return self.host.fqdn

    def request(self, thumbprint: str) -> PendingRequest | None:
        """The pending request whose stand-in has that thumbprint."""
        return self.host.stores.requests.get(thumbprint)

    def entry(self, thumbprint: str) -> StoredCertificate | None:
        """The certificate, or a pending request's stand-in, of that thumbprint."""
        pending = self.request(thumbprint)
        return pending.stand_in if pending else self.host.stores.my.find(thumbprint)

    def entries(self) -> list[StoredCertificate]:
        """Everything that Get-ExchangeCertificate shows."""
        pending = [request.stand_in for request in self.host.stores.requests.values()]
        return [*self.host.stores.my, *pending]


def machine(call: Call) -> Machine:
    r"""The server of ``-Identity server\thumbprint``, of ``-Server``, else the one that runs the cmdlet.

    Raises:
        RefusedError: there is none, or it does not answer.
    """
    named = str(call.value("Identity") or "").rpartition("\\")[0]
    server = call.find(Kind.SERVER, named or call.value("Server") or call.server)
    fqdn = str(server["Fqdn"]).lower()
    if not call.organization.answers(fqdn):
        raise RefusedError(
            "RpcException",
            f"The Exchange Certificate service of the server '{fqdn}' couldn't be contacted.",
            category="ReadError",
            target=server.name,
        )
    return Machine(server, call.organization.host(fqdn))


def thumbprint(call: Call) -> str:
    """The thumbprint that was asked for, as Windows writes it; empty when none was."""
    asked = str(call.value("Identity") or "").rpartition("\\")[2] or str(call.value("Thumbprint") or "")
    return asked.replace(" ", "").upper()


def entry(call: Call, at: Machine) -> StoredCertificate:
    """The certificate that was asked for.

    Raises:
        RefusedError: the server has none of that thumbprint.
    """
    wanted = thumbprint(call)
    if (found := at.entry(wanted)) is None:
        raise not_found(wanted, at)
    return found


def not_found(wanted: str, at: Machine) -> RefusedError:
    """No such certificate on that server."""
    return RefusedError(
        "CertificateNotFoundException",
        f"The certificate with thumbprint {wanted} was not found on the server '{at.fqdn}'.",
        category="ObjectNotFound",
        target=wanted or None,
    )


BY_THUMBPRINT = frozenset({"Thumbprint"})
BY_IDENTITY = frozenset({"Identity"})


def which(*, mandatory: bool) -> tuple[Parameter, ...]:
    """The parameters that name a certificate: ``-Thumbprint`` with ``-Server``, or ``-Identity`` alone."""
    identity = identity_type("ExchangeCertificateIdParameter")
    return (
        Parameter("Thumbprint", STRING, mandatory=mandatory, position=1, sets=BY_THUMBPRINT),
        Parameter("Server", SERVER, sets=BY_THUMBPRINT),
        Parameter("Identity", identity, mandatory=mandatory, sets=BY_IDENTITY),
    )
