"""When a certificate is renewed, and why a new revision is asked for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from um_operator.api.certificate import UMCertificateSpec
from um_operator.observed.certificates import CertificateFact
from um_operator.observed.rollout import Issuance

FIRST: Final = "FirstIssuance"
DUE: Final = "RenewalDue"
REQUESTED: Final = "RenewalRequested"
ADOPTED: Final = "Adopted"
SPEC_CHANGED: Final = "SpecChanged"
OFFERED: Final = "SecretChanged"

SHORTEST_RETRY: Final = timedelta(hours=1)
LONGEST_RETRY: Final = timedelta(hours=32)
"""An issuer that denied is asked again after 1 h, then twice as long each time, up to 32 h."""
LAST_CALL: Final = timedelta(hours=72)
"""From so long before the end on, a certificate does not wait for a window (onMissedWindow: Proceed)."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """How long before its end a certificate is renewed: a time, or a share of its life; else a third."""

    before: timedelta | None = None
    percentage: int | None = None

    def at(self, leaf: CertificateFact) -> datetime:
        """Return the instant at which a certificate is due."""
        life = leaf.not_after - leaf.not_before
        if self.before is not None and self.before < life:
            return leaf.not_after - self.before
        share = life * self.percentage / 100 if self.percentage is not None else life / 3
        return leaf.not_after - share


def renewal_of(spec: UMCertificateSpec) -> Renewal | None:
    """Return when certificates of a spec are due; ``None`` where people bring them (secret, existing)."""
    if spec.issuer.secret is not None or spec.issuer.existing is not None:
        return None
    return Renewal(spec.renew_before, spec.renew_before_percentage)


@dataclass(frozen=True, slots=True)
class WantedRevision:
    """The revision that shall be in force. ``cause`` is set while nobody asked for it yet."""

    number: int
    cause: str = ""


def wanted_revision(  # noqa: PLR0917 - one argument a cause, in the order in which they are judged
    issuance: Issuance | None,
    asked: str,
    requested: str | None,
    leaves: Sequence[CertificateFact],
    renewal: Renewal | None,
    offered: CertificateFact | None,
    now: datetime,
) -> WantedRevision:
    """Return which revision is wanted, and why if it is a new one.

    Args:
        issuance: what was asked for last.
        asked: SHA-256 of what the spec asks of a certificate now.
        requested: the annotation renew-requested-at.
        leaves: what was issued for the revision asked for last, for any server.
        renewal: when certificates are due; ``None``: never, they are not ours to renew.
        offered: what the Secret that the certificate comes from holds now; ``None``: it comes from none, or
            what it holds is not known.
        now: the instant.
    """
    if issuance is None:
        return WantedRevision(1, FIRST)
    new = issuance.revision + 1
    if issuance.asked != asked:
        return WantedRevision(new, SPEC_CHANGED)
    if requested is not None and requested != issuance.renewed_at:
        return WantedRevision(new, REQUESTED)
    if offered is not None and leaves and offered not in leaves:
        return WantedRevision(new, OFFERED)
    due = due_at(issuance, leaves, renewal)
    return WantedRevision(new, DUE) if due is not None and now >= due else WantedRevision(issuance.revision)


def due_at(issuance: Issuance, leaves: Iterable[CertificateFact], renewal: Renewal | None) -> datetime | None:
    """Return when the revision asked for last is to be renewed, ``None``: never, or it is not issued.

    An issuer that gives what has ended or is about to is not asked all the time.
    """
    ends = [renewal.at(leaf) for leaf in leaves] if renewal is not None else []
    return max(min(ends), issuance.started_at + SHORTEST_RETRY) if ends else None


def asked_again_at(issuance: Issuance | None, server: str) -> datetime | None:
    """Return when an issuer that denied may be asked again for a server, ``None`` if it was never asked."""
    attempts = issuance.attempts.get(server) if issuance else None
    if attempts is None:
        return None
    pause: timedelta = SHORTEST_RETRY * 2 ** min(attempts.count - 1, 5)
    return attempts.last + min(pause, LONGEST_RETRY)
