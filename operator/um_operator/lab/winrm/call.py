"""One running cmdlet on a host, and its error records as Windows PowerShell writes them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from um_operator.lab.binding import Bound, Declaration
from um_operator.lab.hosts.host import Host
from um_operator.lab.journal import Author, Journal
from um_operator.lab.powershell import Caller, CmdletError, Streams
from um_operator.lab.variants import Variants

ZONE: Final = timezone(timedelta(hours=1))
"""Where the hosts stand: Windows shows instants in local time, with their offset."""


@dataclass(frozen=True)
class HostCall:
    """One invocation that has been bound."""

    host: Host
    journal: Journal
    variants: Variants
    declaration: Declaration
    bound: Bound
    caller: Caller
    streams: Streams

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The converted arguments by parameter name."""
        return self.bound.arguments

    @property
    def author(self) -> Author:
        """Whose effects these are: a virtual account acts, the one that connected is who is meant."""
        return Author(self.caller.account, self.host.fqdn, self.caller.endpoint, self.declaration.name)

    def local(self, instant: datetime) -> datetime:
        """An instant as the host's clock on the wall shows it."""
        return instant.astimezone(ZONE)

    def error(
        self,
        error_id: str,
        message: str,
        *,
        category: str = "NotSpecified",
        exception: str = "System.InvalidOperationException",
        target: str | None = None,
    ) -> CmdletError:
        """An error record of this cmdlet."""
        return CmdletError(
            message,
            error_id=f"{error_id},{self.declaration.type_name}",
            category=category,
            exception_type=exception,
            target=target,
            activity=self.declaration.name,
        )


@dataclass(frozen=True, slots=True)
class HostCmdlet:
    """A cmdlet: what it declares and what it does."""

    declaration: Declaration
    run: Callable[[HostCall], Awaitable[None]]
