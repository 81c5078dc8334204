"""What a look at one port showed, for a person and for a program. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from um_operator.observed.certificates import CertificateFact
from um_operator.observed.fact import Fact, Known
from um_operator.observed.hosts import TLS, Plain
from um_operator.observed.peers import PeerLook
from um_operator.planning.checks.peer import Fault
from um_operator.planning.status.instants import instant

Speaks: TypeAlias = Literal["TLS", "SIP", "Unknown"]

WIDTH = 14


@dataclass(frozen=True, slots=True)
class Report:
    """A look at a port and what follows from it.

    Attributes:
        transport: what it is to speak, ``TLS`` or ``TCP``.
    """

    host: str
    port: int
    transport: str
    look: Fact[PeerLook]
    findings: tuple[Fault, ...]

    @property
    def tls(self) -> TLS | None:
        """Return what it showed of TLS, if it did."""
        port = self.look.value.listener if isinstance(self.look, Known) else None
        return port if isinstance(port, TLS) else None

    @property
    def status(self) -> int | None:
        """Return the status of its answer to SIP OPTIONS, if one came."""
        port = self.look.value.listener if isinstance(self.look, Known) else None
        return port.status if isinstance(port, TLS | Plain) else None

    @property
    def speaks(self) -> Speaks:
        """Return what it speaks, as far as it was seen."""
        if self.tls is not None:
            return "TLS"
        return "SIP" if isinstance(self.look, Known) and self.status is not None else "Unknown"


def as_data(report: Report) -> Mapping[str, Any]:
    """Return the report as JSON has it."""
    return {
        "host": report.host,
        "port": report.port,
        "transport": report.transport,
        "speaks": report.speaks,
        "tls": _tls_data(report.tls) if report.tls else None,
        "sip": {"status": report.status, "server": report.tls.server if report.tls else ""}
        if report.status is not None
        else None,
        "findings": [
            {
                "reason": str(found.reason),
                "severity": found.severity,
                "ambiguous": found.ambiguous,
                "message": found.message,
                "advice": found.advice,
            }
            for found in report.findings
        ],
    }


def as_lines(report: Report) -> Iterator[str]:
    """Yield the report for a person."""
    yield f"{report.host}:{report.port}"
    if report.tls is not None:
        yield from _tls_lines(report.tls)
    if report.status is not None:
        by = f', by "{report.tls.server}"' if report.tls and report.tls.server else ""
        yield _line("OPTIONS", f"{report.status}{by}")
    yield ""
    if not report.findings:
        yield "Nothing is wrong."
    for found in report.findings:
        yield f"{found.severity} {found.reason}: {found.message}."
        yield f"  {found.advice}"


def _tls_lines(tls: TLS) -> Iterator[str]:
    yield _line("TLS", f"{tls.version}, {tls.cipher_suite}")
    for number, certificate in enumerate((tls.leaf, *tls.sent)):
        yield _line("certificate" if number == 0 else "sent along", certificate.subject)
        if number == 0 and certificate.dns_names:
            yield _line("names", ", ".join(certificate.dns_names))
        yield _line("issuer", certificate.issuer)
        yield _line("valid", f"{instant(certificate.not_before)} to {instant(certificate.not_after)}")
        yield _line(
            "key", f"{_key(certificate)}, signed with {certificate.signature_hash or 'nothing named'}"
        )
        yield _line("SHA-256", certificate.sha256)
    asks = "yes" if tls.requests_client_certificate else "no"
    yield _line("asks for ours", f'{asks}, and refused it: "{tls.refusal}"' if tls.refusal else asks)
    for name in sorted(tls.accepted_authorities):
        yield _line("accepts", name)
    if tls.path_errors is not None:
        codes = ", ".join(f"{error.code} at depth {error.depth}" for error in tls.path_errors)
        yield _line("chain", f"OpenSSL error {codes}" if codes else "verified")


def _line(name: str, value: str) -> str:
    return f"  {name:<{WIDTH}}{value}"


def _key(certificate: CertificateFact) -> str:
    return f"{certificate.key_algorithm} {certificate.key_size}".removesuffix(" 0")


def _tls_data(tls: TLS) -> Mapping[str, Any]:
    return {
        "version": tls.version,
        "cipherSuite": tls.cipher_suite,
        "requestsClientCertificate": tls.requests_client_certificate,
        "acceptedAuthorities": sorted(tls.accepted_authorities),
        "refusal": tls.refusal or None,
        "pathErrors": None
        if tls.path_errors is None
        else [{"code": error.code, "depth": error.depth} for error in tls.path_errors],
        "chain": [_certificate(one) for one in (tls.leaf, *tls.sent)],
    }


def _certificate(fact: CertificateFact) -> Mapping[str, Any]:
    return {
        "subject": fact.subject,
        "dnsNames": list(fact.dns_names),
        "issuer": fact.issuer,
        "notBefore": instant(fact.not_before),
        "notAfter": instant(fact.not_after),
        "key": _key(fact),
        "signatureHash": fact.signature_hash,
        "extendedKeyUsages": sorted(fact.extended_key_usages),
        "sha256": fact.sha256,
        "thumbprint": fact.thumbprint,
    }
