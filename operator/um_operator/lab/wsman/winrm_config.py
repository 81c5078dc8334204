"""The WinRM configuration that any user may read: the envelope size that clients go by, and the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

Setting: TypeAlias = "str | Mapping[str, Setting]"

_NAMESPACE: Final = "http://schemas.microsoft.com/wbem/wsman/1/config"
_UNLIMITED: Final = "2147483647"
_PORTS: Final = {"HTTP": "5985", "HTTPS": "5986"}


def config(envelope_bytes: int) -> str:
    """Return the Config element as a Windows Server writes it (recorded); kilobytes are 1024 bytes."""
    return f'<cfg:Config xmlns:cfg="{_NAMESPACE}">{_elements(_settings(envelope_bytes // 1024))}</cfg:Config>'


def _elements(settings: Mapping[str, Setting]) -> str:
    return "".join(
        f"<cfg:{name}>{value if isinstance(value, str) else _elements(value)}</cfg:{name}>"
        for name, value in settings.items()
    )


def _settings(envelope_kilobytes: int) -> Mapping[str, Setting]:
    return {
        "MaxEnvelopeSizekb": str(envelope_kilobytes),
        "MaxTimeoutms": "60000",
        "MaxBatchItems": "32000",
        "MaxProviderRequests": "4294967295",
        "Client": {
            "NetworkDelayms": "5000",
            "URLPrefix": "wsman",
            "AllowUnencrypted": "false",
            "Auth": {
                "Basic": "true",
                "Digest": "true",
                "Kerberos": "true",
                "Negotiate": "true",
                "Certificate": "true",
                "CredSSP": "false",
            },
            "DefaultPorts": _PORTS,
            "TrustedHosts": "",
        },
        "Service": {
            "RootSDDL": "O:NSG:BAD:P(A;;GA;;;BA)(A;;GR;;;IU)S:P(AU;FA;GA;;;WD)(AU;SA;GXGW;;;WD)",
            "MaxConcurrentOperations": "4294967295",
            "MaxConcurrentOperationsPerUser": "1500",
            "EnumerationTimeoutms": "240000",
            "MaxConnections": "300",
            "MaxPacketRetrievalTimeSeconds": "120",
            "AllowUnencrypted": "false",
            "Auth": {
                "Basic": "true",
                "Kerberos": "true",
                "Negotiate": "true",
                "Certificate": "false",
                "CredSSP": "true",
                "CbtHardeningLevel": "Relaxed",
            },
            "DefaultPorts": _PORTS,
            "IPv4Filter": "*",
            "IPv6Filter": "*",
            "EnableCompatibilityHttpListener": "false",
            "EnableCompatibilityHttpsListener": "false",
            "CertificateThumbprint": "",
            "AllowRemoteAccess": "true",
        },
        "Winrs": {
            "AllowRemoteShellAccess": "true",
            "IdleTimeout": "7200000",
            "MaxConcurrentUsers": _UNLIMITED,
            "MaxShellRunTime": _UNLIMITED,
            "MaxProcessesPerShell": _UNLIMITED,
            "MaxMemoryPerShellMB": _UNLIMITED,
            "MaxShellsPerUser": _UNLIMITED,
        },
    }
