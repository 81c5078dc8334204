"""What a look at the port of a gateway found (``status.probe``, ``umctl probe``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from um_operator.api.reason_table.row import GATEWAY, NOTHING, PROBE, PROBE_WAITS, Row

PEERS: Final[Mapping[str, Row]] = {
    # It answers
    "Answered": Row(
        PROBE,
        GATEWAY,
        "It answers SIP OPTIONS as it should: over TLS where a dial plan is or becomes secured.",
        NOTHING,
    ),
    "HandshakeDone": Row(
        PROBE,
        GATEWAY,
        "A TLS handshake came to its end; more is not asked, for spec.probe.method is TLS.",
        NOTHING,
    ),
    "TakesConnections": Row(
        PROBE,
        GATEWAY,
        "It takes connections; more is not asked, for spec.probe.method is TCP.",
        NOTHING,
    ),
    # It does not answer
    "NameNotResolved": Row(
        PROBE_WAITS,
        GATEWAY,
        "DNS has no address for the name.",
        "Add the name to DNS, or correct the address.",
    ),
    "Unreachable": Row(
        PROBE_WAITS,
        GATEWAY,
        "No connection: no route, or no answer in time.",
        "Check that it runs, the route, and firewalls on the way from here.",
    ),
    "ConnectionRefused": Row(
        PROBE_WAITS,
        GATEWAY,
        "It refuses connections on the port: nothing listens there.",
        "Turn on the SIP listener of this port, or correct the port.",
    ),
    "NoAnswer": Row(
        PROBE_WAITS,
        GATEWAY,
        "It takes connections, and answers neither TLS nor SIP in time.",
        "See whether it is overloaded, and whether it may talk to this address.",
    ),
    "ProbableAccessControl": Row(
        PROBE_WAITS,
        GATEWAY,
        "It hangs up without a word and without having asked for a certificate: probably an access list that "
        "lacks this address, or a block after too many attempts.",
        "Add the operator's address to its access list; UM's servers need to be on it as well.",
    ),
    "NotSIP": Row(
        PROBE_WAITS,
        GATEWAY,
        "It answers, but neither TLS nor SIP.",
        "Correct the port: something else has it.",
    ),
    "Inconclusive": Row(
        PROBE_WAITS,
        GATEWAY,
        "The handshake failed in a way that has several causes.",
        "Look into its own log at this time.",
    ),
    # TLS
    "TLSOnPlainPort": Row(
        PROBE,
        GATEWAY,
        "The port that is to speak SIP without TLS speaks TLS.",
        "Secure its dial plans, or declare the port that has no TLS.",
    ),
    "NoCommonProtocol": Row(
        PROBE_WAITS,
        GATEWAY,
        "It speaks TLS, in no version from 1.0 to 1.2, the newest that UM knows.",
        "Allow TLS 1.2 there.",
    ),
    "NoCommonCipher": Row(
        PROBE_WAITS,
        GATEWAY,
        "It speaks TLS, and can use no cipher or signature that is offered.",
        "Give it an RSA certificate, and allow ECDHE-RSA ciphers there.",
    ),
    "CertificateNotUnderstood": Row(
        PROBE_WAITS, GATEWAY, "It shows a certificate that cannot be read.", "Give it another certificate."
    ),
    "OldProtocol": Row(
        PROBE, GATEWAY, "It speaks TLS 1.0 or 1.1, and nothing newer with us.", "Allow TLS 1.2 there."
    ),
    "NoForwardSecrecy": Row(
        PROBE,
        GATEWAY,
        "It chose a cipher without forward secrecy: whoever gets its key reads calls of the past.",
        "Prefer ECDHE ciphers there.",
    ),
    # Our certificate
    "ClientCertificateNotRequested": Row(
        PROBE,
        GATEWAY,
        "It asks for no certificate: it does not check who calls, and does not show whom it trusts.",
        "Turn on mutual TLS there.",
    ),
    "ClientCertificateRequired": Row(
        PROBE_WAITS,
        GATEWAY,
        "It asks for a certificate, and there was none to show it from here.",
        "Nothing if the key stays in Exchange; with umctl probe name a certificate by --client-cert.",
    ),
    "ClientCertificateRejected": Row(
        PROBE_WAITS,
        GATEWAY,
        "It rejects our certificate; the alert says why: unknown_ca means that it lacks our CA or we do not "
        "send an intermediate, unsupported_certificate that clientAuth is missing in ours.",
        "Load the CA of the UMCertificate's ConfigMap there; let the certificate have clientAuth.",
    ),
    "ProbableCertificateRejection": Row(
        PROBE_WAITS,
        GATEWAY,
        "It asked for a certificate and then hung up without saying why: probably it does not take ours.",
        "Load the CA of the UMCertificate's ConfigMap there, and look into its log.",
    ),
    # Its certificate
    "PeerExpired": Row(
        PROBE_WAITS, GATEWAY, "Its certificate, or one above it, has ended.", "Renew the certificate there."
    ),
    "PeerNotValidYet": Row(
        PROBE_WAITS,
        GATEWAY,
        "Its certificate, or one above it, is not valid yet.",
        "Check the clock there, or wait for its first day.",
    ),
    "PeerNameMissing": Row(
        PROBE_WAITS,
        GATEWAY,
        "Its certificate does not name its address.",
        "Have it issued with the address as DNS name, or declare the address that it names.",
    ),
    "PeerNameInSubjectOnly": Row(
        PROBE,
        GATEWAY,
        "Its certificate names the address as common name only, which current TLS libraries refuse.",
        "Have it issued with the address as DNS name.",
    ),
    "PeerIssuerUnknown": Row(
        PROBE_WAITS,
        GATEWAY,
        "A CA signed its certificate that is not among those that it is judged by.",
        "Name the right CA in spec.trust.caRef, or give it a certificate of that CA.",
    ),
    "PeerSelfSigned": Row(
        PROBE_WAITS,
        GATEWAY,
        "Its certificate is signed by itself, and not among those that are trusted.",
        "Name it in spec.trust.caRef, or give it a certificate of a CA.",
    ),
    "ProbableIntermediateMissing": Row(
        PROBE_WAITS,
        GATEWAY,
        "It sends its certificate alone, and the issuer is not among the CAs that count: probably "
        "it does not send its intermediate; it may as well be of another CA.",
        "Let it send its intermediates, or name them in spec.trust.caRef.",
    ),
    "PeerChainBroken": Row(
        PROBE_WAITS,
        GATEWAY,
        "Its chain does not hold: a signature, a constraint, or a CA that is none.",
        "Give it a new certificate, with all of its issuers.",
    ),
    "PeerNotForServers": Row(
        PROBE_WAITS,
        GATEWAY,
        "The extended key usage of its certificate lacks server authentication.",
        "Let the CA's template have it.",
    ),
    "PeerNotForClients": Row(
        PROBE,
        GATEWAY,
        "The extended key usage of its certificate lacks client authentication, which it needs to call.",
        "Let the CA's template have it.",
    ),
    "PeerKeyWeak": Row(
        PROBE,
        GATEWAY,
        "The key of its certificate is weak: RSA below 2048 bits, EC below 256.",
        "Have it issued for a stronger key.",
    ),
    "PeerSignatureWeak": Row(
        PROBE,
        GATEWAY,
        "Its certificate, or one above it, is signed by way of SHA-1 or MD5.",
        "Let the CA sign with SHA-256.",
    ),
    # SIP
    "SIPSilent": Row(
        PROBE,
        GATEWAY,
        "It takes connections, and does not answer SIP OPTIONS in time; some answer known addresses only.",
        "Let it answer OPTIONS from this address.",
    ),
    "SIPError": Row(
        PROBE,
        GATEWAY,
        "It answers SIP OPTIONS with an error of its own (5xx).",
        "See what it is missing; the message has the status.",
    ),
}
