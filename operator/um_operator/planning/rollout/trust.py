"""Whether a gateway trusts a chain of ours, by what it showed on the wire: yes, no, or unknown (R6).

That it takes our certificate tells: a peer that asks for one and goes on has verified it. Names of CAs alone
are names; they tell where nothing of the chain could be shown, and no other CA of ours bears the name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from um_operator.observed.certificates import CertificateFact, RevisionFact
from um_operator.observed.hosts import TLS, Open
from um_operator.observed.peers import PeerLook
from um_operator.planning.checks.refusals import REFUSALS

TrustState: TypeAlias = Literal["Trusted", "Untrusted", "Unknown"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is known of a peer's trust; ``why`` completes a sentence about it, unless it is trusted.

    Attributes:
        by: how it is known that it is trusted: seen on the wire, or delivered and read back (R6).
    """

    state: TrustState
    why: str = ""
    by: Literal["Wire", "Delivery"] = "Wire"


def authorities_of(revision: RevisionFact) -> tuple[CertificateFact, ...]:
    """Return by whom a certificate is trusted, its root last: its issuers; itself where it is self-signed."""
    return revision.chain or ((revision.leaf,) if revision.leaf else ())


def anchor_of(revision: RevisionFact) -> CertificateFact | None:
    """Return whom peers have to trust: the root, else the last issuer that is known."""
    return next(reversed(authorities_of(revision)), None)


def shares_chain(one: RevisionFact, other: RevisionFact) -> bool:
    """Whether two revisions are trusted by a CA that both have."""
    return bool(_fingerprints(one) & _fingerprints(other))


def judged(look: PeerLook, revision: RevisionFact, known: Iterable[RevisionFact]) -> Judgement:
    """Return whether a peer trusts a revision's chain.

    Args:
        look: what the peer showed.
        revision: whose chain is asked about.
        known: every revision of the same UMCertificate that is known.
    """
    port, known = look.listener, tuple(known)
    if not isinstance(port, TLS):
        why = "was not asked whether it speaks TLS" if isinstance(port, Open) else "does not speak TLS there"
        return Judgement("Unknown", f"it {why}")
    if not port.requests_client_certificate:
        return Judgement("Unknown", "it asks for no certificate, so it does not show whom it trusts")
    if any(one.leaf and one.leaf.sha256 == look.shown and shares_chain(one, revision) for one in known):
        return _by_answer(port)
    if port.accepted_authorities & _telling_names(revision, known):
        return Judgement("Trusted")
    if look.shown is not None:
        return Judgement("Unknown", "it was not shown this chain")
    return _unshown(port, revision)


def _by_answer(port: TLS) -> Judgement:
    """Return what follows from how a peer took a certificate of the chain."""
    if not port.refusal:
        return Judgement("Trusted")
    if port.refusal in REFUSALS:
        return Judgement("Untrusted", f'it refuses our certificate ("{port.refusal}")')
    return Judgement("Unknown", f'it hung up on our certificate ("{port.refusal}")')


def _unshown(port: TLS, revision: RevisionFact) -> Judgement:
    """Return what follows from a request that could not be answered, by a peer that does not name our CA."""
    if port.accepted_authorities & {fact.subject for fact in authorities_of(revision)}:
        return Judgement(
            "Unknown", "it names issuers of this chain, which does not tell that it has the root"
        )
    if port.accepted_authorities:
        return Judgement("Untrusted", "it names the CAs that it accepts, and this one is not among them")
    return Judgement("Unknown", "it asks for a certificate, and there is no key here to show one")


def _telling_names(revision: RevisionFact, known: Iterable[RevisionFact]) -> frozenset[str]:
    """Return the name of a chain's root, if no other CA bears it, as the former one of a renewed CA does.

    An intermediate is not enough: OpenSSL believes no chain whose root it does not have.
    """
    anchor, keys = anchor_of(revision), _fingerprints(revision)
    others = {fact.subject for one in known for fact in authorities_of(one) if fact.sha256 not in keys}
    return frozenset({anchor.subject} if anchor else ()) - others


def _fingerprints(revision: RevisionFact) -> frozenset[str]:
    return frozenset(fact.sha256 for fact in authorities_of(revision))
