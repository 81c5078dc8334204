"""Which servers are meant, by FQDN or glob."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class ServerPatterns:
    """Which servers count, by FQDN or glob, without case; an empty ``include`` means all."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def selects(self, fqdn: str) -> bool:
        """Tell whether a server counts."""
        return (not self.include or _matches(fqdn, self.include)) and not _matches(fqdn, self.exclude)


def _matches(fqdn: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(fqdn.casefold(), pattern.casefold()) for pattern in patterns)
