"""Why a certificate is not fit for UM, or for Lync."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from um_operator.api.reason_table.row import CERTIFICATE, UNFIT, Row

FITNESS: Final[Mapping[str, Row]] = {
    "KeyMismatch": Row(
        UNFIT,
        CERTIFICATE,
        "The certificate is not of the key that it was asked for with.",
        "Bring the answer to the request of this revision.",
    ),
    "NameMissing": Row(
        UNFIT,
        CERTIFICATE,
        "The certificate lacks a name that it must have: the server's FQDN, or one of dnsNames.",
        "Have it issued with the names that the message lists.",
    ),
    "CommonNameDiffers": Row(
        UNFIT,
        CERTIFICATE,
        "With Lync the subject's common name must be the server's FQDN: it is how trusted peers know each "
        "other.",
        "Use scope PerServer, and a template that takes the subject from the request.",
    ),
    "WildcardCommonName": Row(
        UNFIT,
        CERTIFICATE,
        "UM takes no wildcard as the subject's common name.",
        "Put the wildcard into dnsNames at most.",
    ),
    "SelfSigned": Row(
        UNFIT,
        CERTIFICATE,
        "Lync trusts no self-signed certificate, and several servers with one of their own do not trust "
        "each other.",
        "Use another issuer, such as ca; without Lync scope Shared will do.",
    ),
    "KeyNotFit": Row(
        UNFIT,
        CERTIFICATE,
        "Exchange and Lync need an RSA key of 2048 bits or more.",
        "Have it issued for such a key.",
    ),
    "WeakSignature": Row(
        UNFIT,
        CERTIFICATE,
        "The certificate is signed by way of SHA-1 or MD5, which peers refuse.",
        "Let the CA sign with SHA-256.",
    ),
    "ServerAuthenticationMissing": Row(
        UNFIT,
        CERTIFICATE,
        "The extended key usage lacks server authentication.",
        "Let the CA's template have it.",
    ),
    "Revoked": Row(
        UNFIT,
        CERTIFICATE,
        "The certificate is revoked.",
        "Ask for a new one by the annotation unifiedmessaging.dev/renew-requested-at.",
    ),
    "NotValidYet": Row(
        UNFIT,
        CERTIFICATE,
        "The certificate begins to be valid later.",
        "Check the clocks of the CA and of the servers.",
    ),
    "Expired": Row(
        UNFIT,
        CERTIFICATE,
        "The certificate has expired: Lync, and every peer that looks, refuses calls.",
        "status.waitingFor says what holds the next one up; onMissedWindow Proceed waits for no window.",
    ),
}
