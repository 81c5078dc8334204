"""Enable-ExchangeCertificate: the checks, and the binding that only ever adds (field notes 1.4)."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from um_operator.lab.binding import Parameter
from um_operator.lab.exchange.call import Call
from um_operator.lab.exchange.certificates import services, view
from um_operator.lab.exchange.certificates.lookup import KIND, NAMESPACE, Machine, entry, machine, which
from um_operator.lab.exchange.nouns import cmdlet
from um_operator.lab.exchange.objects import DirectoryObject
from um_operator.lab.exchange.refusals import RefusedError
from um_operator.lab.hosts.stores import StoredCertificate
from um_operator.lab.values import SWITCH

_THUMBPRINT = "UMCertificateThumbprint"
_TITLES = {
    services.UM: "Microsoft Exchange Unified Messaging",
    services.UM_CALL_ROUTER: "Microsoft Exchange Unified Messaging Call Router",
}


def _enable(call: Call) -> None:
    at = machine(call)
    found = entry(call, at)
    wanted = call.value("Services")
    _check_certificate(call, at, found)
    check_services(call, at, wanted)
    ask_about_smtp(call, at, found, wanted)
    bind(call, at, found, wanted)


def _check_certificate(call: Call, at: Machine, found: StoredCertificate) -> None:
    """The server judges by its own stores: a chain that ends elsewhere is no chain there."""
    status = view.status(call, at, found)
    if found.key is None:
        status = "without its private key"
    if status != "Valid":
        raise RefusedError(
            "CertificateNotValidForExchangeException",
            f"The certificate with thumbprint {found.thumbprint} was found but is not valid for use with "
            f"Exchange Server on '{at.fqdn}' (reason: {status}).",
            category="InvalidOperation",
            target=found.thumbprint,
        )


def check_services(call: Call, at: Machine, wanted: AbstractSet[str]) -> None:
    """Refuse services that the server does not have, or that have not been told to speak TLS.

    All are looked at before any is changed: of UM and UMCallRouter in one call both must be ready.

    Raises:
        RefusedError: one of them is not.
    """
    settings = dict(view.settings_of(call, at))
    for service in sorted(wanted & _TITLES.keys()):
        if service not in settings:
            raise RefusedError(
                "ServiceNotInstalledException",
                f"The server '{at.fqdn}' doesn't run the service {_TITLES[service]}.",
                category="InvalidOperation",
                target=at.server.name,
            )
        if _mode(settings[service]) == "TCP":
            raise RefusedError(
                call.variants.mode_refusal.value,
                f"The certificate can't be assigned to {_TITLES[service]}: its startup mode is TCP. Set "
                "UMStartupMode to TLS or Dual first.",
                category="InvalidOperation",
                target=at.server.name,
            )


def ask_about_smtp(call: Call, at: Machine, found: StoredCertificate, wanted: AbstractSet[str]) -> None:
    """Ask before another certificate becomes the default one of SMTP; ``-Force`` answers.

    Raises:
        CmdletError: it must be asked, and there is nobody to answer.
    """
    present = call.organization.bindings.default_smtp(at.fqdn)
    replaces = services.SMTP in wanted and present not in (None, found.thumbprint)
    if replaces and not call.value("Force", False):
        raise call.cannot_ask()


def bind(call: Call, at: Machine, found: StoredCertificate, wanted: AbstractSet[str]) -> None:
    """Enable a certificate for more services; those it has it keeps."""
    enabled = view.enabled_services(call, at, found)
    settings = dict(view.settings_of(call, at))
    for service in sorted((wanted - enabled) & settings.keys()):
        call.modify(settings[service], {_THUMBPRINT: found.thumbprint})
    others = wanted - _TITLES.keys()
    if others - enabled:
        before = call.organization.bindings.of(at.fqdn, found.thumbprint)
        call.act(
            KIND,
            f"{at.fqdn}\\{found.thumbprint}",
            {"Services": [*sorted(before)]},
            {"Services": [*sorted(before | others)]},
            lambda: call.organization.bindings.enable(at.fqdn, found.thumbprint, others),
        )


def _mode(settings: DirectoryObject) -> str:
    return str(settings["UMStartupMode"].name)


CMDLETS = (
    cmdlet(
        "Enable-ExchangeCertificate",
        _enable,
        *which(mandatory=True),
        Parameter("Services", services.SERVICES, mandatory=True),
        Parameter("Force", SWITCH),
        Parameter("DoNotRequireSsl", SWITCH),
        Parameter("NetworkServiceAllowed", SWITCH),
        default_set="Thumbprint",
        namespace=NAMESPACE,
    ),
)
