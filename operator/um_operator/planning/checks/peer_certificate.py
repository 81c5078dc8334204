"""What is wrong with the certificate of a gateway, and with the chain above it, as it was shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final, TypeAlias

from um_operator.api.reasons import Reason
from um_operator.api.strings import is_fqdn
from um_operator.observed.certificates import CertificateFact
from um_operator.observed.hosts import TLS, PathError
from um_operator.planning.checks.fitness import WEAK_HASHES, covers

Problem: TypeAlias = tuple[Reason, str]
"""What it is, and how it goes on after the gateway's name."""

UNTRUSTED: Final = frozenset(
    {
        Reason.PEER_ISSUER_UNKNOWN,
        Reason.PEER_SELF_SIGNED,
        Reason.PROBABLE_INTERMEDIATE_MISSING,
    }
)
"""What depends on whom one believes."""

_SMALLEST: Final = {"RSA": 2048, "EC": 256}
_NOT_YET, _ENDED = 9, 10
_NO_ISSUER: Final = frozenset({2, 20, 27})
"""X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, .._LOCALLY, X509_V_ERR_CERT_UNTRUSTED."""
_SELF_SIGNED_LEAF: Final = 18
_SELF_SIGNED_ROOT: Final = 19
_PURPOSE: Final = 26
_FOLLOWS: Final = 21
"""X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: said along with a missing issuer."""


def problems(shown: TLS, address: str, now: datetime) -> Iterator[Problem]:
    """Yield what is wrong; dates by ``now``, the name by ``address`` unless that is no FQDN."""
    yield from _dates(shown, now)
    yield from _name(shown.leaf, address)
    yield from _usage(shown.leaf)
    yield from _path(shown)
    yield from _strength(shown)


def _dates(shown: TLS, now: datetime) -> Iterator[Problem]:
    for one in (shown.leaf, *shown.sent):
        what = f'shows a certificate of "{one.subject}" that'
        if now >= one.not_after:
            yield Reason.PEER_EXPIRED, f"{what} ended at {one.not_after:%Y-%m-%dT%H:%M:%SZ}"
        elif now < one.not_before:
            yield Reason.PEER_NOT_VALID_YET, f"{what} begins at {one.not_before:%Y-%m-%dT%H:%M:%SZ}"


def _name(leaf: CertificateFact, address: str) -> Iterator[Problem]:
    if not is_fqdn(address):
        return
    name = address.lower().removesuffix(".")
    if covers(leaf.dns_names, name):
        return
    common_name = (leaf.common_name or "").lower()
    if not leaf.dns_names and covers((common_name,), name):  # it counts only without others (RFC 6125 6.4.4)
        what = f'shows a certificate that names "{name}" as common name only'
        yield Reason.PEER_NAME_IN_SUBJECT_ONLY, what
        return
    named = ", ".join(f'"{one}"' for one in leaf.dns_names or (leaf.common_name or "",))
    yield Reason.PEER_NAME_MISSING, f'shows a certificate for {named}, and is called "{name}"'


def _usage(leaf: CertificateFact) -> Iterator[Problem]:
    usages = leaf.extended_key_usages
    if usages and "serverAuth" not in usages:
        yield Reason.PEER_NOT_FOR_SERVERS, "shows a certificate whose extended key usage lacks serverAuth"
    if usages and "clientAuth" not in usages:
        yield Reason.PEER_NOT_FOR_CLIENTS, "shows a certificate whose extended key usage lacks clientAuth"


def _path(shown: TLS) -> Iterator[Problem]:
    """Yield what OpenSSL says of the chain by the CAs that are known, each kind once."""
    found = dict.fromkeys(problem for error in shown.path_errors or () for problem in _of_error(error, shown))
    yield from found


def _of_error(error: PathError, shown: TLS) -> Iterator[Problem]:
    match error.code:
        case code if code == _SELF_SIGNED_LEAF:
            yield Reason.PEER_SELF_SIGNED, "shows a certificate that it signed itself and nobody trusts"
        case code if code in _NO_ISSUER | {_SELF_SIGNED_ROOT}:
            yield from _of_issuer(shown)
        case code if code in {_NOT_YET, _ENDED, _PURPOSE, _FOLLOWS}:
            pass  # told by dates, usages and what it follows from
        case code:
            yield Reason.PEER_CHAIN_BROKEN, f'shows a chain that does not hold (OpenSSL error "{code}")'


def _of_issuer(shown: TLS) -> Iterator[Problem]:
    """Yield what a missing issuer means: alone, the leaf may lack its intermediate, or be of another CA."""
    last = (shown.leaf, *shown.sent)[-1]
    if shown.sent:
        yield Reason.PEER_ISSUER_UNKNOWN, f'shows a chain up to "{last.issuer}", which is not trusted'
    else:
        what = f'shows a certificate of "{last.issuer}", which it does not send and which is not trusted'
        yield Reason.PROBABLE_INTERMEDIATE_MISSING, what


def _strength(shown: TLS) -> Iterator[Problem]:
    leaf = shown.leaf
    if 0 < leaf.key_size < _SMALLEST.get(leaf.key_algorithm, 0):
        yield (
            Reason.PEER_KEY_WEAK,
            f"shows a certificate whose {leaf.key_algorithm} key has {leaf.key_size} bits",
        )
    for one in (leaf, *shown.sent):
        if one.signature_hash in WEAK_HASHES and not one.self_issued:
            yield (
                Reason.PEER_SIGNATURE_WEAK,
                f'shows a certificate of "{one.subject}" that is signed with "{one.signature_hash}"',
            )
