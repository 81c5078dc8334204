"""The certificate cmdlets as calls, and what their answers hold. Pure.

Each names its server: without -Server the one acts that the session happened to land on (field notes 1.7).
Paths are never passed; current versions have lost those parameters (field notes 1.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from um_operator.exchange import rows
from um_operator.exchange.codecs import ReadError
from um_operator.observed.certificates import ServiceName
from um_operator.observed.exchange import StartupMode
from um_operator.remoting.session import Argument, Command, PSRow, Result, Secret

LONGEST_FRIENDLY_NAME: Final = 63
OURS: Final = "um-operator "
"""How the friendly name of what we imported begins."""

_PLAIN: Final = re.compile(r"[\w.*@/-]+(?: [\w.*@/-]+)*")
"""A value of a subject that needs no quotes."""

_SETTINGS: Final[dict[ServiceName, tuple[str, str]]] = {
    "UM": ("Set-UMService", "Identity"),
    "UMCallRouter": ("Set-UMCallRouterSettings", "Server"),
}


def friendly_name(certificate: str) -> str:
    """Return the mark by which a person tells our certificates: ``um-operator <umcert>/<revision>``.

    ``certificate`` is the name of a revision, ``um/ex03.contoso.com/7`` or, shared, ``um/7``; a long name of
    the resource is cut so that the revision stays.
    """
    resource, _, rest = certificate.partition("/")
    revision = rest.rpartition("/")[2]
    room = LONGEST_FRIENDLY_NAME - len(OURS) - len(revision) - 1
    return f"{OURS}{resource[:room]}/{revision}"


def import_certificate(server: str, data: bytes, password: Secret | None, name: str) -> Command:
    """Return what puts a PFX, or the answer to a pending request, into a server's store; it binds nothing."""
    parameters: dict[str, Argument] = {
        "FileData": data,
        "PrivateKeyExportable": False,
        "FriendlyName": name,
        "Server": server,
    }
    if password is not None:
        parameters["Password"] = password
    return Command("Import-ExchangeCertificate", parameters)


def enable_certificate(server: str, thumbprint: str, services: Sequence[ServiceName]) -> Command:
    """Return what binds a certificate to our services, which takes them from the one they had.

    ``-Force`` answers a question about SMTP that is not asked for our services, but would be an error.
    """
    parameters: dict[str, Argument] = {
        "Thumbprint": thumbprint,
        "Server": server,
        "Services": ",".join(services),
        "Force": True,
    }
    return Command("Enable-ExchangeCertificate", parameters)


def set_startup_mode(server: str, service: ServiceName, mode: StartupMode) -> Command:
    """Return what sets a service's startup mode, in force from its next start."""
    return settings_of(server, service, {"UMStartupMode": mode})


def settings_of(server: str, service: ServiceName, wanted: Mapping[str, Argument]) -> Command:
    """Return what changes settings of a service: each of the two cmdlets has a key of its own."""
    cmdlet, key = _SETTINGS[service]
    identity = rows.short_name(server) if key == "Identity" else server
    return Command(cmdlet, {key: identity, **wanted})


def request_certificate(
    server: str, *, subject: str, names: Sequence[str], key_size: int, name: str
) -> Command:
    """Return what makes a key and a request on a server; the key never leaves it."""
    return Command(
        "New-ExchangeCertificate",
        {
            "GenerateRequest": True,
            "BinaryEncoded": True,
            "SubjectName": subject,
            "DomainName": list(names),
            "KeySize": key_size,
            "PrivateKeyExportable": False,
            "FriendlyName": name,
            "Server": server,
        },
    )


def subject_name(parts: Iterable[tuple[str, str]]) -> str:
    """Return a subject as Windows reads it: ``C=DE, O="Contoso, Ltd.", CN=ex01.contoso.com``."""
    return ", ".join(f"{key}={_quoted(value)}" for key, value in parts)


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace('"', '""')
    return f'"{escaped}"'


def export_request(server: str, thumbprint: str) -> Command:
    """Return what shows a pending request again, by the thumbprint of what stands in its place."""
    return Command(
        "Export-ExchangeCertificate", {"Thumbprint": thumbprint, "Server": server, "BinaryEncoded": True}
    )


def export_certificate(server: str, thumbprint: str, password: Secret) -> Command:
    """Return what exports a certificate with its key as PFX, if the key may leave the server."""
    return Command(
        "Export-ExchangeCertificate",
        {"Thumbprint": thumbprint, "Server": server, "Password": password, "BinaryEncoded": True},
    )


def remove_certificate(server: str, thumbprint: str) -> Command:
    """Return what removes a certificate from a server's store."""
    return Command("Remove-ExchangeCertificate", {"Thumbprint": thumbprint, "Server": server})


def file_data(result: Result) -> bytes:
    """Return the bytes that a request or an export gave: a PKCS #10 in DER, a PFX.

    Raises:
        ReadError: there are none, or several.
    """
    (only, *others) = result.rows or (None,)
    data = only.properties.get("FileData") if isinstance(only, PSRow) and not others else None
    if not isinstance(data, bytes) or not data:
        raise ReadError("FileData", data)
    return data
