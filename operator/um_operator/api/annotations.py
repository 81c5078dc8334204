"""Annotations by which people and tools talk to the operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from um_operator.api.meta import GROUP
from um_operator.api.strings import parse_instant

HOLD = f"{GROUP}/hold"
"""``<until> <reason>``: no new write to the resource before that instant (R25)."""
RECONCILE_REQUESTED_AT = f"{GROUP}/reconcile-requested-at"
"""Any new value asks for a full pass; echoed in ``status.lastHandledReconcileAt``."""
RENEW_REQUESTED_AT = f"{GROUP}/renew-requested-at"
"""Any new value asks for new certificates now; echoed in ``status.lastHandledRenewAt``."""
RETRY_REQUESTED_AT = f"{GROUP}/retry-requested-at"
"""Any new value lets what was given up be tried again; echoed in ``status.lastHandledRetryAt``."""
ROLLBACK_REQUESTED_AT = f"{GROUP}/rollback-requested-at"
"""``<instant> <revision> [now]``: a person's word that the newest revision of a UMCertificate is bad (R17);
echoed in ``status.lastHandledRollbackAt``."""
MAX_REASON = 256


@dataclass(frozen=True, slots=True)
class Hold:
    """Somebody's hand on the brake: until when and why. ``until`` is ``None`` where it cannot be read."""

    until: datetime | None
    reason: str

    def active(self, now: datetime) -> bool:
        """Tell whether it holds at an instant; one whose end cannot be read holds until it is removed."""
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class Rollback:
    """A person's word that a revision is bad, so that servers go back to what they served before it.

    Attributes:
        value: the annotation, as ``rollback_text`` writes it; another one is another word.
        at: when it was said.
        revision: the number that is meant; a word about another one than the newest says nothing.
        now: whether servers go back outside windows as well.
    """

    value: str
    at: str
    revision: int
    now: bool = False


def rollback_text(at: datetime, revision: int, *, now: bool) -> str:
    """Return the annotation of a rollback, whole seconds, in UTC: what ``rollback_of`` reads."""
    return f"{_instant(at)} {revision}{' now' if now else ''}"


def rollback_of(annotations: Mapping[str, str] | None) -> Rollback | None:
    """Return the rollback that a resource's annotations ask for, if any.

    One that nobody can read asks for nothing: it would restart servers.
    """
    match (annotations or {}).get(ROLLBACK_REQUESTED_AT, "").split():
        case [at, number, *more] if number.isdecimal() and more in ([], ["now"]):
            try:
                said_at, revision = parse_instant(at), int(number)
            except ValueError:
                return None
            now = bool(more)
            return Rollback(rollback_text(said_at, revision, now=now), _instant(said_at), revision, now=now)
    return None


def hold_text(until: datetime, reason: str) -> str:
    """Return the annotation of a hold, whole seconds, in UTC: what ``hold_of`` reads."""
    return f"{_instant(until)} {reason}"


def hold_of(annotations: Mapping[str, str] | None) -> Hold | None:
    """Return the hold that a resource's annotations declare, if any.

    A hold that nobody can read is still a hold: the careful reading of a break-glass (R25).
    """
    text = (annotations or {}).get(HOLD)
    if text is None:
        return None
    until, _, reason = text.strip().partition(" ")
    try:
        return Hold(parse_instant(until), reason.strip()[:MAX_REASON])
    except ValueError:
        return Hold(None, text.strip()[:MAX_REASON])


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
