"""What is read directly before a certificate is removed: that it is the one, and that nothing uses it.

Whether Remove-ExchangeCertificate itself refuses a certificate that Unified Messaging is bound to is not
documented (field notes 1.6). A certificate is not removed while any service of any server names it, nor while
that cannot be told.
"""

from __future__ import annotations

from dataclasses import dataclass

from um_operator.api.reasons import Reason
from um_operator.api.server_patterns import ServerPatterns
from um_operator.exchange import read, servers
from um_operator.exchange.codecs import ReadError
from um_operator.exchange.own_view import OwnView
from um_operator.exchange.reader import Reader
from um_operator.exchange.stored_certificates import CertificateReader
from um_operator.observed.exchange import Binding, CallRouterFact, UMServiceFact
from um_operator.observed.fact import Fact, NotReadError, Unknown
from um_operator.observed.values import name_key
from um_operator.planning.outcome import Outcome
from um_operator.remoting.values import NotUnderstoodError


@dataclass(frozen=True, slots=True)
class Removal:
    """Looks for what stands against removing a certificate."""

    certificates: CertificateReader
    own: OwnView

    async def obstacle(self, reader: Reader, fqdn: str, thumbprint: str) -> Outcome | None:
        """Return why a certificate of a server stays, ``None`` when it may go. Never raises."""
        try:
            enabled = await self.certificates.services(reader, fqdn, thumbprint)
            bindings = await self._bindings(reader, fqdn)
        except NotReadError as error:
            return Outcome("NotSent", error.reason, error.message)
        except (ReadError, NotUnderstoodError) as error:
            return Outcome("NotSent", Reason.NOT_READ, str(error) or "Services is not understood")
        users = {user for user, binding in bindings if binding.thumbprint == thumbprint}
        users |= {f'{service} on "{fqdn}"' for service in enabled or ()}
        if users:
            message = f"the certificate with thumbprint {thumbprint} is used by {', '.join(sorted(users))}"
            return Outcome("Refused", Reason.IN_USE, message)
        untold = sorted(user for user, binding in bindings if not binding.shown)
        if enabled is None and untold:
            message = f"whether {untold[0]} uses the certificate with thumbprint {thumbprint} is not shown"
            return Outcome("NotSent", Reason.NOT_READ, message)
        return None

    async def _bindings(self, reader: Reader, fqdn: str) -> list[tuple[str, Binding]]:
        """Return what every server of the organisation is bound to, and what the one sees itself."""
        known = await read.servers(reader, ServerPatterns())
        if (server := known.get(name_key(fqdn))) is None:
            raise NotReadError(Reason.NOT_READ, f'Get-ExchangeServer does not show "{fqdn}"')
        services = await servers.um_services(reader, known, {})
        routers = await servers.call_routers(reader, known, {})
        own = (await self.own.um_service(reader, server), await self.own.call_router(reader, server))
        facts = [*map(_value, services.values()), *map(_value, routers.values()), *own]
        return [(_user(fact), fact.binding) for fact in facts if fact is not None]


def _value(fact: Fact[UMServiceFact] | Fact[CallRouterFact]) -> UMServiceFact | CallRouterFact:
    if isinstance(fact, Unknown):
        raise NotReadError(fact.reason, fact.message)
    return fact.value


def _user(fact: UMServiceFact | CallRouterFact) -> str:
    service = "UM" if isinstance(fact, UMServiceFact) else "UMCallRouter"
    return f'{service} on "{fact.server}"'
