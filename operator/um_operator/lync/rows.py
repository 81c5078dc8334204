"""One row of a Get-Cs cmdlet to one observed fact. Pure; a value that is not understood raises ReadError.

Names of properties: cmdlet pages, field notes 5.5, 5.6, 6.3 to 6.5.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from um_operator.lync.values import ReadError, flag, instant, needed, number, text, texts, word
from um_operator.observed.front_ends import LyncServiceFact, PoolReadiness, ReadinessState, UpgradeDomain
from um_operator.observed.hosts import ServiceStatus
from um_operator.observed.lync import (
    AssignedCertificate,
    ContactFact,
    MediaEncryption,
    MediaFact,
    PoolFact,
    ReplicaFact,
)
from um_operator.observed.values import name_key
from um_operator.remoting.session import PSRow
from um_operator.remoting.values import items_of

_ENCRYPTION: Final[Mapping[str, MediaEncryption]] = {
    "requireencryption": "RequireEncryption",
    "supportencryption": "SupportEncryption",
    "donotsupportencryption": "DoNotSupportEncryption",
}
_STATUSES: Final[Mapping[str, ServiceStatus]] = {
    "running": "Running",
    "stopped": "Stopped",
    "startpending": "StartPending",
    "stoppending": "StopPending",
    "paused": "Paused",
}
"""ServiceControllerStatus; its other words need not be told apart."""
_READINESS: Final[Mapping[str, ReadinessState]] = {
    "ready": "Ready",
    "busy": "Busy",
    "insufficientactivefrontends": "InsufficientActiveFrontEnds",
}
_THUMBPRINT: Final = re.compile(r"[0-9A-F]{40}")
_VERSION: Final = re.compile(r"\d{1,5}(\.\d{1,5}){1,3}")


def pool(row: PSRow, backups: Mapping[str, str]) -> PoolFact:
    """Read a row of Get-CsPool. Its services are named ``Role:pool``.

    ``backups``: FQDN of the backup registrar by ``name_key`` of the pool.
    """
    fqdn = needed(row, "Fqdn")
    return PoolFact(
        fqdn=fqdn,
        site=_after_colon(text(row, "Site")),
        computers=texts(row, "Computers"),
        services=frozenset(service.partition(":")[0] for service in texts(row, "Services")),
        backup_registrar=backups.get(name_key(fqdn)),
    )


def backups(rows: Iterable[PSRow]) -> Mapping[str, str]:
    """Read rows of Get-CsService -Registrar: which pool takes over for which."""
    found = ((needed(row, "PoolFqdn"), _after_colon(text(row, "BackupRegistrar"))) for row in rows)
    return {name_key(fqdn): backup for fqdn, backup in found if backup}


def computer(row: PSRow) -> str:
    """Return the FQDN of a row of Get-CsComputer."""
    return needed(row, "Fqdn")


def replica(row: PSRow) -> ReplicaFact:
    """Read a row of Get-CsManagementStoreReplicationStatus. A version that is not shown is not known."""
    shown = text(row, "ProductVersion")
    version = tuple(map(int, shown.split("."))) if _VERSION.fullmatch(shown) else ()
    return ReplicaFact(
        fqdn=needed(row, "ReplicaFqdn"),
        up_to_date=flag(row, "UpToDate"),
        last_update=instant(row, "LastUpdateCreation"),
        version=version,
    )


def media(row: PSRow) -> MediaFact:
    """Read a row of Get-CsMediaConfiguration."""
    return MediaFact(needed(row, "Identity"), word(row, "EncryptionLevel", _ENCRYPTION))


def contact(row: PSRow) -> ContactFact:
    """Read a row of Get-CsExUmContact. Whether one made by OcsUmUtil shows Enabled is not certain."""
    enabled = row.properties.get("Enabled")
    return ContactFact(
        sip_address=needed(row, "SipAddress"),
        registrar_pool=text(row, "RegistrarPool"),
        number=text(row, "DisplayNumber"),
        auto_attendant=flag(row, "AutoAttendant"),
        enabled=enabled if isinstance(enabled, bool) else None,
        display_name=text(row, "DisplayName"),
    )


def service(row: PSRow) -> LyncServiceFact:
    """Read a row of Get-CsWindowsService."""
    return LyncServiceFact(
        name=needed(row, "Name"),
        status=_STATUSES.get(needed(row, "Status").casefold(), "Other"),
        roles=frozenset(texts(row, "RoleName")),
        activity=text(row, "ActivityLevel"),
    )


def count(row: PSRow) -> int:
    """Return what Measure-Object counted."""
    return number(row, "Count")


def certificate(row: PSRow) -> AssignedCertificate:
    """Read a row of Get-CsCertificate."""
    thumbprint = needed(row, "Thumbprint").replace(" ", "").upper()
    if _THUMBPRINT.fullmatch(thumbprint) is None:
        raise ReadError("Thumbprint")
    return AssignedCertificate(
        use=needed(row, "Use"),
        thumbprint=thumbprint,
        subject=text(row, "Subject"),
        issuer=text(row, "Issuer"),
        dns_names=tuple(name.lower() for name in texts(row, "AlternativeNames")),
        not_before=instant(row, "NotBefore"),
        not_after=instant(row, "NotAfter"),
    )


def readiness(row: PSRow, told_by: str) -> PoolReadiness:
    """Read the row of Get-CsPoolUpgradeReadinessState on a front end.

    Names of the properties are common knowledge: ``umctl check`` looks for them.
    """
    return PoolReadiness(
        told_by=told_by,
        state=_READINESS.get(needed(row, "PoolUpgradeState").casefold(), "Other"),
        total=number(row, "TotalFrontEnds"),
        active=number(row, "TotalActiveFrontEnds"),
        domains=tuple(map(_domain, items_of(row.properties.get("UpgradeDomains")))),
    )


def _domain(value: object) -> UpgradeDomain:
    if not isinstance(value, PSRow):
        raise ReadError("UpgradeDomains")
    return UpgradeDomain(
        needed(value, "Name"), texts(value, "FrontEnds"), ready=flag(value, "ReadyForUpgrade")
    )


def _after_colon(identity: str) -> str:
    """Return ``Munich`` of ``Site:Munich``, and an identity without a colon as it is."""
    return identity.rpartition(":")[2]
