"""The step by which a certificate is asked for. It is no step on a server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from typing_extensions import override

from um_operator.planning.steps import subjects
from um_operator.planning.steps.base import BaseStep, SnapshotField


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCertificate(BaseStep):
    """Make key and request of a revision, store both, and submit the request to the issuer.

    Attributes:
        certificate: name of the revision.
        server: FQDN; ``None`` for a certificate that all servers share.
        asked: SHA-256 of what is asked of this certificate.
        declared: SHA-256 of what the spec asks of all certificates alike.
        cause: why there is a new revision.
        renewed_at: the renew-requested-at value that it answers.
    """

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"revisions"})
    deadline: ClassVar[timedelta] = timedelta(seconds=60)
    certificate: str
    server: str | None
    revision: int
    asked: str
    declared: str
    issuer: str
    cause: str
    renewed_at: str | None = None

    @property
    @override
    def subject(self) -> str:
        return subjects.of_certificate(self.certificate)

    @property
    @override
    def want(self) -> object:
        return {"asked": self.asked, "issuer": self.issuer}

    @property
    @override
    def sentence(self) -> str:
        return f'Request certificate "{self.certificate}" from issuer "{self.issuer}": {self.cause}.'
