"""Test-UMConnectivity: SIP to the services of the server that runs it, and to no other (field notes 5.4)."""

from __future__ import annotations

from um_operator.lab.binding import Parameter
from um_operator.lab.exchange.call import Call
from um_operator.lab.exchange.nouns import TASKS, cmdlet
from um_operator.lab.exchange.refusals import RefusedError, invalid
from um_operator.lab.hosts import chains
from um_operator.lab.hosts.host import UM, UM_CALL_ROUTER, Host
from um_operator.lab.hosts.service import Status
from um_operator.lab.powershell import PSObject
from um_operator.lab.values import BOOLEAN, INTEGER, STRING, SWITCH

_SHORTEST_TIMEOUT = 60
_PORTS = {(False, False): 5062, (False, True): 5063, (True, False): 5060, (True, True): 5061}
"""By whether the call router is meant, and whether TLS is."""


def _test(call: Call) -> None:
    if call.value("Timeout", 600) < _SHORTEST_TIMEOUT:
        raise invalid("Timeout", f"The value must be at least {_SHORTEST_TIMEOUT}.")
    host = call.organization.host(call.server)
    router, secured = call.value("CallRouter", False), call.value("Secured", False)
    port = call.value("RemotePort", _PORTS[router, secured])
    if secured:
        _check_own(call, host)
    why = _failure(call, host, UM_CALL_ROUTER if router else UM, port, secured=secured)
    call.streams.output(
        PSObject(
            (f"{TASKS}.LocalUMConnectivityOptionsResults", f"{TASKS}.UMConnectivityResults", "System.Object"),
            "",
            {
                "Diagnostics": "" if why else "SIP/2.0 200 OK",
                "Latency": 0.0 if why else 15.0,
                "EntireOperationSuccess": not why,
                "ReasonForFailure": why,
            },
        )
    )


def _check_own(call: Call, host: Host) -> None:
    """The certificate to call with must be there, with its key."""
    asked: str | None = call.value("CertificateThumbprint")
    found = host.stores.my.find(asked)
    if asked and (found is None or found.key is None):
        raise RefusedError(
            "CertificateNotFoundException",
            f"The certificate with thumbprint {asked} was not found on '{host.fqdn}'.",
            category="ObjectNotFound",
            target=asked,
        )


def _failure(call: Call, host: Host, name: str, port: int, *, secured: bool) -> str | None:
    """Why a service does not answer OPTIONS; None if it does."""
    service = host.services.get(name)
    if service is None or service.status is not Status.RUNNING or port not in service.program.listening:
        return f"No connection could be made to port {port}."
    shown = service.program.listening[port]
    if bool(shown) is not secured:
        return f"The service does not speak {'TLS' if secured else 'TCP'} on port {port}."
    if not secured:
        return None
    served, now = host.stores.my.find(shown), call.organization.clock.now()
    if served is None or chains.status(served.certificate, host.stores, now) != "Valid":
        return "The TLS negotiation failed: UntrustedRemoteCertificate."
    return None


CMDLETS = (
    cmdlet(
        "Test-UMConnectivity",
        _test,
        Parameter("CallRouter", SWITCH),
        Parameter("Secured", BOOLEAN),
        Parameter("CertificateThumbprint", STRING),
        Parameter("RemotePort", INTEGER),
        Parameter("ListenPort", INTEGER),
        Parameter("Timeout", INTEGER),
    ),
)
