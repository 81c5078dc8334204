"""Why a TLS handshake failed, in the words of UCMA's TlsFailureReason (field notes 9)."""

from __future__ import annotations

from enum import StrEnum


class TLSFailure(StrEnum):
    """Seen from the side that reports it."""

    LOCAL_CERTIFICATE_NOT_FOUND = "LocalCertificateNotFound"
    UNTRUSTED = "UntrustedRemoteCertificate"
    INCORRECT_NAME = "IncorrectNameInRemoteCertificate"
    EXPIRED = "CertificateExpired"
    INVALID_USAGE = "RemoteCertificateInvalidUsage"
    NO_CERTIFICATE = "RemoteCertificateMissing"
    REMOTE_DISCONNECTED = "RemoteDisconnected"
    NEGOTIATION_FAILED = "TlsNegotiationFailure"
    OTHER = "Other"


class HandshakeError(Exception):
    """A handshake failed; the text is for a person."""

    def __init__(self, failure: TLSFailure, text: str) -> None:
        super().__init__(text)
        self.failure = failure
