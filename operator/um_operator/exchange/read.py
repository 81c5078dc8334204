"""The lists of an organisation: one command a noun, whatever the number of objects.

Get-UMIPGateway hides simulators unless asked for them (field notes 4.1).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from um_operator.api.server_patterns import ServerPatterns
from um_operator.exchange import rows
from um_operator.exchange.reader import Reader, by_name
from um_operator.observed.exchange import (
    DialPlanFact,
    GatewayFact,
    HuntGroupFact,
    MailboxPolicyFact,
    OrganizationFact,
    ServerFact,
)
from um_operator.observed.fact import Fact
from um_operator.observed.values import name_key


async def organization(reader: Reader) -> OrganizationFact:
    """Read the organisation behind the endpoint."""
    return rows.organization(await reader.one("Get-OrganizationConfig"))


async def servers(
    reader: Reader, patterns: ServerPatterns, unfinished: Collection[str] = ()
) -> Mapping[str, ServerFact]:
    """Read the servers that count, of every version; without -Status, which asks each machine.

    ``unfinished``: ``name_key`` of those that are shown whether they count or not.
    """
    facts = [rows.server(row) for row in await reader.rows("Get-ExchangeServer")]
    found = {name_key(fact.fqdn): fact for fact in facts}
    return {key: fact for key, fact in found.items() if patterns.selects(fact.fqdn) or key in unfinished}


async def dial_plans(reader: Reader) -> Mapping[str, Fact[DialPlanFact]]:
    """Read all dial plans."""
    began = reader.now()
    return by_name("Get-UMDialPlan", await reader.rows("Get-UMDialPlan"), rows.dial_plan, began)


async def gateways(reader: Reader) -> Mapping[str, Fact[GatewayFact]]:
    """Read all gateways, simulators too."""
    began = reader.now()
    found = await reader.rows("Get-UMIPGateway", IncludeSimulator=True)
    return by_name("Get-UMIPGateway", found, rows.gateway, began)


async def hunt_groups(reader: Reader) -> tuple[HuntGroupFact, ...]:
    """Read all hunt groups; one that is not understood could link anything, so then nothing is known."""
    return tuple(rows.hunt_group(row) for row in await reader.rows("Get-UMHuntGroup"))


async def mailbox_policies(reader: Reader) -> tuple[MailboxPolicyFact, ...]:
    """Read all mailbox policies."""
    return tuple(rows.mailbox_policy(row) for row in await reader.rows("Get-UMMailboxPolicy"))
