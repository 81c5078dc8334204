"""Media configurations: one for all, and one for a site where it has its own (field notes 3.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from um_operator.lab.lync.spec import Encryption

GLOBAL: Final = "Global"


class MediaConfigurations:
    """EncryptionLevel by identity; the nearest counts: the pool's service, its site, the global one."""

    def __init__(self, everywhere: Encryption, nearer: Mapping[str, Encryption]) -> None:
        self._levels = {GLOBAL: everywhere, **nearer}

    def __iter__(self) -> Iterator[tuple[str, Encryption]]:
        return iter(tuple(self._levels.items()))

    def find(self, identity: str) -> tuple[str, Encryption] | None:
        """The configuration of an identity, compared without case."""
        return next((one for one in self if one[0].lower() == identity.lower()), None)

    def set(self, identity: str, level: Encryption) -> None:
        """Change a configuration that there is."""
        found = self.find(identity)
        assert found is not None
        self._levels[found[0]] = level

    def of(self, pool: str, site: str) -> Encryption:
        """What holds for a pool in a site."""
        scopes = (f"Service:Registrar:{pool}", f"Site:{site}", GLOBAL)
        return next(found[1] for scope in scopes if (found := self.find(scope)) is not None)
