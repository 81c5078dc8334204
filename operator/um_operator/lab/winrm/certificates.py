"""The machine's certificate stores: Cert: to look at, and the function of deploy/jea that adds trust."""

from __future__ import annotations

import re
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from um_operator.lab.binding import Declaration, Parameter
from um_operator.lab.hosts.chains import is_self_issued
from um_operator.lab.hosts.stores import CertificateStore, StoredCertificate, thumbprint
from um_operator.lab.powershell import CmdletError, PSObject, Value
from um_operator.lab.values import BYTES, STRING, SWITCH, EnumType
from um_operator.lab.variants import CertificateItem
from um_operator.lab.winrm.call import HostCall, HostCmdlet

ADD_TRUST: Final = "Add-UMOperatorTrust"
KIND: Final = "TrustedCertificate"
r"""Kind of its effects in the journal; their name is ``fqdn\store\thumbprint``."""
_PATH: Final = re.compile(r"Cert:\\LocalMachine\\(My|Root|CA)\\?", re.IGNORECASE)
_X509: Final = "System.Security.Cryptography.X509Certificates.X509Certificate"
_STORES: Final = EnumType.of("System.String", "Root", "CA")


async def _get_child_item(call: HostCall) -> None:
    path = call.arguments["Path"]
    if (match := _PATH.fullmatch(path)) is None:
        raise call.error(
            "PathNotFound",
            f"Cannot find path '{path}' because it does not exist.",
            category="ObjectNotFound",
            exception="System.Management.Automation.ItemNotFoundException",
            target=path,
        )
    for entry in _store(call, match[1]):
        call.streams.output(_item(call, entry))


def _store(call: HostCall, name: str) -> CertificateStore:
    stores = call.host.stores
    return {"my": stores.my, "root": stores.root, "ca": stores.ca}[name.lower()]


def _item(call: HostCall, entry: StoredCertificate) -> PSObject:
    certificate = entry.certificate
    members: dict[str, Value] = {
        "FriendlyName": entry.friendly_name,
        "HasPrivateKey": entry.key is not None,
        "Issuer": certificate.issuer.rfc4514_string(),
        "NotAfter": call.local(certificate.not_valid_after_utc),
        "NotBefore": call.local(certificate.not_valid_before_utc),
        "RawData": certificate.public_bytes(Encoding.DER),
        "SerialNumber": f"{certificate.serial_number:X}",
        "Subject": certificate.subject.rfc4514_string(),
        "Thumbprint": entry.thumbprint,
    }
    whole = call.variants.certificate_item is CertificateItem.WHOLE
    subject = certificate.subject.rfc4514_string()
    text = f"[Subject]\n  {subject}\n\n[Thumbprint]\n  {entry.thumbprint}\n"
    sent = None if whole else frozenset({"RawData"})
    return PSObject((f"{_X509}2", _X509, "System.Object"), text, members, sent=sent)


async def _add_trust(call: HostCall) -> None:
    """The contract of deploy/jea/UMOperator/UMOperator.psm1: adds, and is content with what is there."""
    name = call.arguments["Store"].name
    certificate = _read(call, call.arguments["RawData"])
    if is_self_issued(certificate) is not (name == "Root"):
        subject = certificate.subject.rfc4514_string()
        raise _refused(
            call, "WrongStore", f"The certificate '{subject}' does not belong into the store '{name}'."
        )
    store = _store(call, name)
    added = store.holds(certificate) is None
    if added:
        if call.arguments.get("WhatIf", False):
            return
        _add(call, store, name, certificate)
    call.streams.output(
        PSObject(
            ("System.Management.Automation.PSCustomObject", "System.Object"),
            "",
            {},
            notes={"Store": name, "Thumbprint": thumbprint(certificate), "Added": added},
        )
    )


def _add(call: HostCall, store: CertificateStore, name: str, certificate: x509.Certificate) -> None:
    call.journal.about_to_change(call.author.caller)
    store.trust(certificate)
    call.journal.record_of(
        call.author,
        kind=KIND,
        name=f"{call.host.fqdn}\\{name}\\{thumbprint(certificate)}",
        before=None,
        after={"Subject": certificate.subject.rfc4514_string()},
    )


def _read(call: HostCall, data: bytes) -> x509.Certificate:
    try:
        certificate = x509.load_der_x509_certificate(data)
    except ValueError:
        raise _refused(call, "NotACertificate", "RawData is not exactly one certificate in DER.") from None
    return certificate


def _refused(call: HostCall, error_id: str, message: str) -> CmdletError:
    return CmdletError(
        message,
        error_id=f"{error_id},{ADD_TRUST}",
        category="InvalidArgument",
        exception_type="System.ArgumentException",
        activity=call.declaration.name,
    )


CMDLETS = (
    HostCmdlet(
        Declaration(
            "Get-ChildItem",
            "Microsoft.PowerShell.Commands.GetChildItemCommand",
            (Parameter("Path", STRING, mandatory=True, position=0),),
        ),
        _get_child_item,
    ),
    HostCmdlet(
        Declaration(
            ADD_TRUST,
            ADD_TRUST,
            (
                Parameter("Store", _STORES.parameter, mandatory=True),
                Parameter("RawData", BYTES, mandatory=True),
                Parameter("WhatIf", SWITCH),
                Parameter("Confirm", SWITCH),
            ),
        ),
        _add_trust,
    ),
)
