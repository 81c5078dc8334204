"""Requests for keys that a server makes and keeps (``privateKey.source: Exchange``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.revision import Revision
from um_operator.pki import requests
from um_operator.pki.ports import ServerKeys
from um_operator.pki.record import Record, Stored
from um_operator.pki.requests import UnreadableRequestError
from um_operator.pki.revisions import Revisions
from um_operator.planning.asked import Asked, spec_hash


@dataclass(frozen=True, slots=True)
class ServerRequests:
    """Has servers make keys, one a revision.

    What the server's store holds is noted before it is asked for a key. So after a crash in between, the
    request that it made is told from all others: by a public key that was not there, and the names that were
    asked for. A person's request, which may be for the same names, is not taken.
    """

    revisions: Revisions
    server_keys: ServerKeys
    now: Callable[[], datetime]

    async def begun(self, revision: Revision, asked: Asked, stored: Stored | None) -> Stored | Unknown:
        """Return a revision with the request for its server's key.

        Args:
            revision: which one; never a shared one, for the key cannot leave its server.
            asked: what is asked.
            stored: the revision, if it was begun before.
        """
        if stored is not None and stored.csr:
            return stored
        assert revision.server is not None
        held = await self.server_keys.stored(revision.server)
        if isinstance(held, Unknown):
            return held
        if stored is None:
            draft = Record(revision, spec_hash(asked), self.now(), keys_before=tuple(sorted(held.value)))
            stored = await self.revisions.begin(draft)
        before = set(stored.record.keys_before or ())
        csr = await self._left_behind(revision.server, held.value - before, asked)
        if csr is None:
            csr = await self.server_keys.make(revision.server, asked, f"um-operator {revision}")
        if isinstance(csr, Unknown):
            return csr
        try:
            pem = requests.to_pem(requests.read(csr.value))
        except UnreadableRequestError as error:
            return Unknown("IssuanceFailed", f'request of "{revision.server}": {error}', self.now())
        return await self.revisions.add_request(revision, pem)

    async def _left_behind(self, server: str, new: frozenset[str], asked: Asked) -> Fact[bytes] | None:
        """Return the request that was made and could not be stored any more, ``None`` if there is none."""
        for public_key in sorted(new):
            found = await self.server_keys.request(server, public_key)
            if isinstance(found, Unknown):
                return found
            if found.value is not None and _asks_for(found.value, asked):
                return Known(found.value, found.read_at)
        return None


def _asks_for(csr: bytes, asked: Asked) -> bool:
    try:
        return requests.names_of(requests.read(csr)) == frozenset(asked.names)
    except UnreadableRequestError:
        return False
