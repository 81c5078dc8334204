"""What an issuer answered, checked before it is believed. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from um_operator.observed.certificates import CertificateFact
from um_operator.observed.der import UnreadableCertificateError, fact_of
from um_operator.pki import chains
from um_operator.pki.chains import Chain
from um_operator.pki.ports import Denied

SKEW: Final = timedelta(hours=1)
"""A certificate that begins later than that is not meant for now; less is a clock that differs."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """An answer that is believed. ``message``: what is to be said of it all the same."""

    chain: Chain
    message: str = ""


def check(
    certificates: Iterable[bytes], *, public_key_sha256: str | None, names: Iterable[str], now: datetime
) -> Accepted | Denied:
    """Return the chain of an answer, or why it is not believed.

    Key size, hash, purposes and common name are not judged here: a certificate that is what was asked may be
    unfit all the same, and planning says so.

    Args:
        certificates: DER, in any order.
        public_key_sha256: of the request; ``None``: the leaf is the only one that signed none of the others.
        names: that it must cover.
        now: the present instant.
    """
    every = tuple(dict.fromkeys(certificates))
    try:
        leaf = _leaf(every, public_key_sha256)
        if isinstance(leaf, Denied):
            return leaf
        chain = chains.ordered(leaf, every)
    except UnreadableCertificateError as error:
        return Denied("IssuanceFailed", f"the answer cannot be read: {error}")
    return _judged(chain, tuple(names), now)


def covers(certificate: CertificateFact, name: str) -> bool:
    """Whether a certificate speaks for a DNS name: by its SAN (a wildcard is one label), else its CN."""
    own = certificate.dns_names or tuple(filter(None, [(certificate.common_name or "").lower()]))
    wanted = name.lower()
    _, _, parent = wanted.partition(".")
    return wanted in own or (parent != "" and f"*.{parent}" in own)


def _leaf(certificates: tuple[bytes, ...], public_key_sha256: str | None) -> bytes | Denied:
    facts = {der: fact_of(der) for der in certificates}
    if public_key_sha256 is not None:
        found = next(
            (der for der, fact in facts.items() if fact.public_key_sha256 == public_key_sha256), None
        )
        told = ", ".join(f'"{fact.subject}"' for fact in facts.values())
        return found or Denied(
            "KeyMismatch", f"no certificate of the answer has the key of the request; it has {told or 'none'}"
        )
    ends = [der for der, fact in facts.items() if not _signs_another(fact, facts.values())]
    if len(ends) == 1:
        return ends[0]
    return Denied("IssuanceFailed", f"{len(ends)} certificates could be meant, and it must be one")


def _signs_another(one: CertificateFact, every: Iterable[CertificateFact]) -> bool:
    return any(other.issuer == one.subject and other != one for other in every)


def _judged(chain: Chain, names: tuple[str, ...], now: datetime) -> Accepted | Denied:
    leaf = fact_of(chain.leaf)
    if missing := [name for name in names if not covers(leaf, name)]:
        told = ", ".join(f'"{name}"' for name in missing)
        return Denied("NameMissing", f'certificate "{leaf.thumbprint[:8]}" does not cover {told}')
    if ended := [fact for fact in map(fact_of, chain.certificates) if fact.not_after <= now]:
        return Denied("Expired", f'"{ended[0].subject}" ended at {ended[0].not_after:%Y-%m-%dT%H:%M:%SZ}')
    if leaf.not_before > now + SKEW:
        return Denied("NotValidYet", f'"{leaf.subject}" begins at {leaf.not_before:%Y-%m-%dT%H:%M:%SZ}')
    if chain.complete:
        return Accepted(chain)
    last = fact_of(chain.certificates[-1])
    return Accepted(chain, f'the chain is incomplete: the certificate of "{last.issuer}" is missing')
