"""Chains: put in order, and verified by OpenSSL, whose error codes peers and documents speak of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from OpenSSL import crypto

from um_operator.observed.der import fact_of, loaded

UNABLE_TO_GET_ISSUER: Final = frozenset({2, 20, 21})
"""X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, .._LOCALLY, X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: an issuer is
missing, or not trusted."""
_LONGEST: Final = 10
_NO_CHECK_TIME: Final = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL's x509_vfy.h, which pyOpenSSL has no name for."""


@dataclass(frozen=True, slots=True)
class PathFault:
    """Why there is no valid path from a leaf to a root.

    Attributes:
        code: of OpenSSL (``X509_V_ERR_...``), such as 10 for expired, 20 for an issuer that is missing.
        depth: of the certificate at fault; 0 is the leaf.
        text: OpenSSL's own.
    """

    code: int
    depth: int
    text: str


@dataclass(frozen=True, slots=True)
class Chain:
    """A leaf and its issuers as DER, the nearest first, as far as they are known.

    ``complete``: the last one is a root, that is, signed by itself.
    """

    certificates: tuple[bytes, ...]
    complete: bool

    @property
    def leaf(self) -> bytes:
        """Return the certificate itself."""
        return self.certificates[0]

    @property
    def issuers(self) -> tuple[bytes, ...]:
        """Return the others."""
        return self.certificates[1:]


def verify(
    leaf: bytes, intermediates: Iterable[bytes], roots: Iterable[bytes], at: datetime
) -> PathFault | None:
    """Return why a peer that trusts ``roots`` would not trust a leaf, ``None`` if it would.

    Only the path is judged: signatures, dates, constraints. Name, key, hash and purpose are judged elsewhere.

    Args:
        leaf: DER, as the others.
        intermediates: what the peer is sent or has besides.
        roots: what the peer trusts; self-signed, a leaf may be its own.
        at: the instant for which it is asked, aware.

    Raises:
        UnreadableCertificateError: one of them is no certificate.
    """
    store = crypto.X509Store()
    store.set_time(at.astimezone(UTC))
    return _fault(store, leaf, intermediates, roots)


def ordered(leaf: bytes, others: Iterable[bytes]) -> Chain:
    """Return the chain of a leaf: of the others those that signed, each behind what it signed.

    Raises:
        UnreadableCertificateError: one of them is no certificate.
    """
    return _grown((leaf,), tuple(dict.fromkeys(others)))


def is_self_signed(certificate: bytes) -> bool:
    """Whether a certificate (DER) is signed by its own key."""
    return fact_of(certificate).self_issued and _signed(certificate, certificate)


def _grown(chain: tuple[bytes, ...], others: tuple[bytes, ...]) -> Chain:
    """Return the first way to a root, as a CA may be signed by several; if there is none, the longest way."""
    if is_self_signed(chain[-1]):
        return Chain(chain, complete=True)
    longest = Chain(chain, complete=False)
    issuers = [one for one in others if one not in chain and _signed(chain[-1], one)]
    for issuer in issuers if len(chain) < _LONGEST else ():
        found = _grown((*chain, issuer), others)
        if found.complete:
            return found
        longest = max(longest, found, key=lambda one: len(one.certificates))
    return longest


def _signed(certificate: bytes, issuer: bytes) -> bool:
    """Whether ``issuer`` signed a certificate, and may; their dates are judged elsewhere."""
    if fact_of(certificate).issuer != fact_of(issuer).subject:
        return False
    flags = crypto.X509StoreFlags.PARTIAL_CHAIN | crypto.X509StoreFlags.CHECK_SS_SIGNATURE | _NO_CHECK_TIME
    store = crypto.X509Store()
    store.set_flags(flags)
    return _fault(store, certificate, (), (issuer,)) is None


def _fault(
    store: crypto.X509Store, leaf: bytes, intermediates: Iterable[bytes], roots: Iterable[bytes]
) -> PathFault | None:
    for root in dict.fromkeys(roots):
        store.add_cert(_known(root))
    context = crypto.X509StoreContext(store, _known(leaf), [_known(one) for one in intermediates])
    try:
        context.verify_certificate()
    except crypto.X509StoreContextError as error:
        code, depth, text = error.errors
        return PathFault(code, depth, text)
    return None


def _known(certificate: bytes) -> crypto.X509:
    return crypto.X509.from_cryptography(loaded(certificate))
