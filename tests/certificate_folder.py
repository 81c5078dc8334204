"""A folder that declares a UMCertificate, with a state that knows revisions of it; and a CA that answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from pki_support import certificate, rsa_key, san
from pki_world import Keys
from um_operator.api.meta import ObjectKey
from um_operator.cli.run import Run, Where, opened
from um_operator.desired.organization import DesiredCertificate
from um_operator.local.record import Record
from um_operator.observed.ledger import ObjectEntry
from um_operator.observed.revision import Revision
from um_operator.observed.rollout import Attempts, Issuance
from um_operator.pki import certificates, issuance
from um_operator.pki.issuers.request import RequestIssuer
from um_operator.pki.ports import SecretStore
from um_operator.pki.revisions import Revisions
from um_operator.planning.asked import asked_of

T = TypeVar("T")
UM = ObjectKey("UMCertificate", "um")
ORGANIZATION = """\
apiVersion: unifiedmessaging.dev/v1beta1
kind: ExchangeOrganization
metadata: {name: default, namespace: telephony}
spec:
  exchange: {endpoints: [http://ex01.contoso.com/PowerShell/], authentication: {secretRef: {name: account}}}
"""
CERTIFICATE = """\
apiVersion: unifiedmessaging.dev/v1beta1
kind: UMCertificate
metadata: {name: um, namespace: telephony}
spec: {issuer: {request: {}}}
"""
NOW = datetime.now(UTC).replace(microsecond=0)
"""Commands on a folder go by the machine's clock."""
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Folder:
    """Manifests and state below one folder."""

    path: Path

    @classmethod
    def in_(cls, path: Path, certificate: str = CERTIFICATE) -> Folder:
        """Write the manifests."""
        (path / "manifests").mkdir()
        (path / "manifests" / "organization.yaml").write_text(ORGANIZATION)
        (path / "manifests" / "um.yaml").write_text(certificate)
        return cls(path)

    @property
    def on(self) -> tuple[str, ...]:
        """Return the options that lead a command here."""
        return ("-f", str(self.path / "manifests"), "--state", str(self.path / "state"))

    @property
    def manifest(self) -> str:
        """Return the UMCertificate's manifest as it stands there."""
        return (self.path / "manifests" / "um.yaml").read_text()

    def record(self) -> Record:
        """Return what the state remembers of the UMCertificate."""
        return self._with(lambda run: run.workspace.targets[0].records.records[UM], writable=False)

    def desired(self) -> DesiredCertificate:
        """Return the UMCertificate as the next apply would see it."""
        return self._with(lambda run: run.workspace.targets[0].desired.certificates[0], writable=False)

    def issued(self, revision: int, *servers: str) -> None:
        """Remember that a revision was asked for."""
        attempts = {server: Attempts(1, NOW) for server in servers}
        entry = ObjectEntry(issuance=Issuance(revision, "0" * 64, "FirstIssuance", NOW, attempts=attempts))
        self._with(
            lambda run: asyncio.run(run.workspace.targets[0].records.remember({UM: entry})), writable=True
        )

    def requested(self, revision: int, *servers: str) -> None:
        """Have requests for these servers wait for an answer; ``answer`` knows their keys by number."""
        self.issued(revision, *servers)
        spec = self.desired().spec

        async def submit(secrets: SecretStore) -> None:
            issuer = RequestIssuer(secrets, lambda: NOW)
            revisions = Revisions(secrets, lambda: NOW)
            issues = issuance.Issuance(revisions, issuer, lambda: NOW, make_key=Keys("folder"))
            for server in servers:
                await issues.submit(Revision("um", revision, server or None), asked_of(spec, server or None))

        self._with(lambda run: asyncio.run(submit(run.secrets)), writable=True)

    def secret(self, revision: Revision) -> dict[str, bytes]:
        """Return what the Secret of a revision holds."""

        async def read(run: Run) -> dict[str, bytes]:
            return dict(await run.secrets.secret(revision.secret) or {})

        return self._with(lambda run: asyncio.run(read(run)), writable=False)

    def file(self, name: str, content: bytes) -> str:
        """Write a file beside the manifests and return its path."""
        (self.path / name).write_bytes(content)
        return str(self.path / name)

    def _with(self, work: Callable[[Run], T], *, writable: bool) -> T:
        where = Where(self.on[1:2], self.on[3])
        with opened(where, writable=writable) as run:
            return work(run)


def answer(
    server: str, number: int = 1, *, names: Sequence[str] = (), end: datetime = NOW + 365 * DAY
) -> bytes:
    """Return what a CA answers to the ``number``-th request of a folder: leaf and root, in PEM."""
    root = certificate("Root", key=rsa_key("root"), ca=True, start=NOW - DAY, end=NOW + 900 * DAY)
    leaf = certificate(
        server,
        public_key=rsa_key(f"folder-{number}").public_key(),
        issuer="Root",
        signed_with=rsa_key("root"),
        extensions=[san(*(names or (server,)))],
        start=NOW - DAY,
        end=end,
    )
    return certificates.to_pem([leaf, root])
