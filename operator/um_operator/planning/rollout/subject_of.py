"""What steps of a certificate are about: the server, and the revision."""

from __future__ import annotations

from typing import TypeAlias

from um_operator.observed.certificates import RevisionFact
from um_operator.observed.revision import Revision
from um_operator.observed.values import name_key
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.steps.certificate import (
    ConfigureService,
    ImportCertificate,
    InstallChain,
    ServerStep,
)
from um_operator.planning.view import View

OfCertificate: TypeAlias = ImportCertificate | InstallChain | ConfigureService


def server_of(step: ServerStep, view: View) -> ServerCase:
    """Return the server of a step."""
    return view.rollout.servers[name_key(step.server)]


def revision_of(step: OfCertificate, view: View) -> RevisionFact | None:
    """Return the revision of a step, ``None`` where it is none, none that is known, or nobody's any more."""
    named = Revision.named(step.certificate) if step.certificate else None
    case = view.rollout.certificates.get(step.owner)
    return case.revision_of(name_key(step.server), named.number) if named and case else None
