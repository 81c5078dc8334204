"""Who issues the certificates of a UMCertificate: exactly one of six."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from um_operator.api.model import ListOf, Model, at_most, computed
from um_operator.api.references import SecretRef
from um_operator.api.strings import Fqdn, KubernetesName, RevocationListUrl, SecretKey
from um_operator.api.text import Text

IssuerName: TypeAlias = Literal["selfSigned", "ca", "secret", "request", "certManager", "existing"]
"""An issuer as the manifest names it."""

Thumbprint = Annotated[str, Text(40, r"^[0-9A-Fa-f]{40}$", "must be a SHA-1 thumbprint: 40 hex digits", 40)]
"""The SHA-1 of a DER certificate, by which Windows and Exchange name it."""

KindWord = Annotated[str, Text(63, r"^[A-Z][A-Za-z0-9]*$", "must be one word in CamelCase")]


class SelfSigned(Model):
    """Every certificate signs itself: each renewal is a new chain that every peer has to trust anew (R6)."""


class CertificateAuthority(Model):
    """A CA whose key the operator holds."""

    secret_ref: Annotated[
        SecretRef | None, computed("a CA that the operator makes, in Secret `<name>-ca`")
    ] = None
    """The Secret (kubernetes.io/tls) with the CA: ``tls.crt``, its issuers behind it, and ``tls.key``."""
    crl_distribution_points: Annotated[ListOf[RevocationListUrl], at_most(4)] = ()
    """Where the CA's list of revoked certificates is published, named in each certificate; you publish it."""


class CertificateInSecret(Model):
    """A certificate that people, or cert-manager, put into a Secret; a new one there is a new revision."""

    secret_ref: SecretRef
    """The Secret with the certificate: ``tls.crt``, its issuers behind it, and ``tls.key``, in PEM."""
    pfx_key: SecretKey | None = None
    """The key of the Secret that holds a PFX, in place of PEM."""
    password_key: SecretKey | None = None
    """The key of the Secret that holds the PFX's password; absent: it has none."""


class SigningRequest(Model):
    """The request is shown in ``status.requests`` and in its Secret; a person brings the answer back."""


class CertManagerIssuerRef(Model):
    """An issuer of cert-manager."""

    name: KubernetesName
    """metadata.name of the issuer."""
    kind: KindWord = "Issuer"
    """Its kind: Issuer (same namespace), ClusterIssuer, or that of an external issuer."""
    group: KubernetesName = "cert-manager.io"
    """Its API group."""


class CertManager(Model):
    """cert-manager signs a CertificateRequest; the key stays here."""

    issuer_ref: CertManagerIssuerRef
    """The issuer that signs."""


class ExistingCertificate(Model):
    """A certificate that is in a server's store already: used there, and on others if it can be exported."""

    thumbprint: Thumbprint
    """Its thumbprint, as Get-ExchangeCertificate shows it."""
    from_server: Fqdn
    """The server that has it, with its private key."""


class Issuer(Model):
    """Who issues; exactly one."""

    self_signed: SelfSigned | None = None
    """Each certificate signs itself. Not for Lync, which trusts no self-signed certificate."""
    ca: CertificateAuthority | None = None
    """A CA in a Secret signs; without ``secretRef`` the operator makes one, which peers trust once."""
    secret: CertificateInSecret | None = None
    """Somebody else issues and puts certificate and key into a Secret."""
    request: SigningRequest | None = None
    """A person takes the request to a CA and brings the answer back."""
    cert_manager: CertManager | None = None
    """cert-manager signs."""
    existing: ExistingCertificate | None = None
    """Nobody issues: a certificate that Exchange has already is used."""

    @property
    def name(self) -> IssuerName:
        """Return which one it is; the rules of the kind see to it that it is one."""
        chosen: dict[IssuerName, Model | None] = {
            "selfSigned": self.self_signed,
            "ca": self.ca,
            "secret": self.secret,
            "request": self.request,
            "certManager": self.cert_manager,
            "existing": self.existing,
        }
        return next(name for name, issuer in chosen.items() if issuer is not None)
