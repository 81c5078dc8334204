"""Rules across the fields of a UMCertificate."""

from __future__ import annotations

from typing import Any, Final

from um_operator.api import durations
from um_operator.api.certificate import ISSUED_DURATION, SELF_SIGNED_DURATION, UMCertificateSpec
from um_operator.api.issuers import CertificateInSecret, Issuer
from um_operator.api.rule import Rule

_ISSUERS: Final = [field.alias or name for name, field in Issuer.model_fields.items()]
_READY_MADE: Final = "(has(self.issuer.secret) || has(self.issuer.existing))"
"""The certificate comes from elsewhere with its key, and is the same wherever it is used."""
_KEY_IN_EXCHANGE: Final = "self.privateKey.source != 'Exchange' || "


def _chosen(issuer: Issuer) -> int:
    return sum(getattr(issuer, name) is not None for name in Issuer.model_fields)


def _ready_made(spec: UMCertificateSpec) -> bool:
    return spec.issuer.secret is not None or spec.issuer.existing is not None


def _duration_in_cel() -> str:
    """Return how long a certificate is asked for."""
    self_signed, issued = (durations.canonical(value) for value in (SELF_SIGNED_DURATION, ISSUED_DURATION))
    return (
        "(has(self.duration) ? duration(self.duration) : "
        f"has(self.issuer.selfSigned) ? duration('{self_signed}') : duration('{issued}'))"
    )


def _renewed_in_time(spec: UMCertificateSpec) -> bool:
    return spec.renew_before is None or spec.renew_before < spec.asked_duration


CERTIFICATE_RULES: Final[tuple[Rule[Any], ...]] = (
    Rule(
        UMCertificateSpec,
        "issuer",
        f"[{', '.join(f'has(self.issuer.{name})' for name in _ISSUERS)}].filter(x, x).size() == 1",
        lambda self: _chosen(self.issuer) == 1,
        f"exactly one of {', '.join(_ISSUERS[:-1])} and {_ISSUERS[-1]} is required",
    ),
    Rule(
        CertificateInSecret,
        "passwordKey",
        "!has(self.passwordKey) || has(self.pfxKey)",
        lambda self: self.password_key is None or self.pfx_key is not None,
        "is the password of a PFX, and pfxKey names none",
    ),
    Rule(
        UMCertificateSpec,
        "renewBeforePercentage",
        "!(has(self.renewBefore) && has(self.renewBeforePercentage))",
        lambda self: self.renew_before is None or self.renew_before_percentage is None,
        "cannot stand beside renewBefore",
    ),
    Rule(
        UMCertificateSpec,
        "renewBefore",
        f"!has(self.renewBefore) || duration(self.renewBefore) < {_duration_in_cel()}",
        _renewed_in_time,
        "must be shorter than duration",
    ),
    Rule(
        UMCertificateSpec,
        "commonName",
        "self.scope == 'Shared' || !has(self.commonName)",
        lambda self: self.scope == "Shared" or self.common_name is None,
        "is the server's FQDN where scope is PerServer; with scope Shared it can be chosen",
    ),
    Rule(
        UMCertificateSpec,
        "commonName",
        f"self.scope != 'Shared' || {_READY_MADE} || has(self.commonName)",
        lambda self: self.scope != "Shared" or _ready_made(self) or self.common_name is not None,
        "is required where scope is Shared",
    ),
    Rule(
        UMCertificateSpec,
        "scope",
        f"!{_READY_MADE} || self.scope == 'Shared'",
        lambda self: not _ready_made(self) or self.scope == "Shared",
        "must be Shared for the issuers secret and existing: they have one certificate for all",
    ),
    Rule(
        UMCertificateSpec,
        "privateKey.source",
        f"{_KEY_IN_EXCHANGE}self.scope == 'PerServer'",
        lambda self: self.private_key.source != "Exchange" or self.scope == "PerServer",
        "Exchange asks for scope PerServer: the key cannot leave its server",
    ),
    Rule(
        UMCertificateSpec,
        "privateKey.source",
        f"{_KEY_IN_EXCHANGE}!(has(self.issuer.selfSigned) || has(self.issuer.secret) || "
        "has(self.issuer.existing))",
        lambda self: (
            self.private_key.source != "Exchange"
            or not (_ready_made(self) or self.issuer.self_signed is not None)
        ),
        "Exchange asks for an issuer that takes requests: ca, request or certManager",
    ),
    Rule(
        UMCertificateSpec,
        "privateKey.rotationPolicy",
        f"{_KEY_IN_EXCHANGE}self.privateKey.rotationPolicy == 'Always'",
        lambda self: self.private_key.source != "Exchange" or self.private_key.rotation_policy == "Always",
        "must be Always where Exchange makes the key: each request of Exchange has a new one",
    ),
)
