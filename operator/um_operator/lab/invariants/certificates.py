"""Certificates: whom a binding leaves without trust (R6), and what is taken away (R2, R7)."""

from __future__ import annotations

from collections.abc import Iterator

from um_operator.lab.invariants.machines import SETTINGS
from um_operator.lab.invariants.situation import CERTIFICATE, TRUSTED_CERTIFICATE, Situation


def bound_before_trusted(s: Situation) -> Iterator[str]:
    """R6: a certificate is bound that a device on TLS does not believe, and it believed the one before."""
    bound = s.after("UMCertificateThumbprint")
    if s.effect.kind not in SETTINGS.values() or not bound or s.server is None:
        return
    if "UMCertificateThumbprint" not in s.effect.changed:
        return
    before = (s.effect.before or {}).get("UMCertificateThumbprint")
    lost_already = set(s.machines.distrusting(s.server, str(before))) if before else set()
    for device in s.machines.distrusting(s.server, str(bound)):
        if device not in lost_already | s.declared.attested:
            yield f'{s.effect.cmdlet} bound "{s.server}" to a certificate that "{device}" does not believe'


def bound_certificate_removed(s: Situation) -> Iterator[str]:
    """R7: a certificate is removed to which a service of the organisation is bound."""
    if s.effect.kind != CERTIFICATE or not s.is_removal:
        return
    gone = s.effect.name.rpartition("\\")[2].upper()
    for kind in SETTINGS.values():
        for settings in s.world.all(kind):
            if str(settings["UMCertificateThumbprint"]).upper() == gone:
                yield f'{s.effect.cmdlet} removed "{s.effect.name}", which {kind} "{settings.name}" uses'


def foreign_certificate_removed(s: Situation) -> Iterator[str]:
    """R2: a certificate is removed that we did not put there."""
    if s.effect.kind != CERTIFICATE or not s.is_removal:
        return
    created = s.thing.created if s.thing else None
    if created is None or created.caller != s.effect.caller:
        yield f'{s.effect.cmdlet} removed "{s.effect.name}", which is somebody else\'s'


def trust_taken_away(s: Situation) -> Iterator[str]:
    """R7: we only add to trust stores."""
    if s.effect.kind == TRUSTED_CERTIFICATE and not s.is_creation:
        yield f'{s.effect.cmdlet} took "{s.effect.name}" out of a trust store'
