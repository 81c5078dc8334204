"""The lists of Lync: one command each, whatever the number of pools and contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from um_operator.lync import commands, rows
from um_operator.lync.reader import Reader
from um_operator.observed.lync import ContactFact, MediaFact, PoolFact, ReplicaFact
from um_operator.observed.values import name_key


async def pools(reader: Reader, declared: Sequence[str]) -> Mapping[str, PoolFact]:
    """Read every pool of the topology, by ``name_key`` of its FQDN.

    Of those that are declared the computers come in the order of the pool's first start, which only
    Get-CsComputer -Pool tells (field notes 5.6).
    """
    backups = rows.backups(await reader.rows(commands.REGISTRARS))
    facts = [rows.pool(row, backups) for row in await reader.rows(commands.POOLS)]
    found = {name_key(fact.fqdn): fact for fact in facts}
    for key in [name_key(fqdn) for fqdn in declared]:
        if key in found:
            ordered = tuple(map(rows.computer, await reader.rows(commands.computers(found[key].fqdn))))
            found[key] = replace(found[key], computers=ordered)
    return found


async def replicas(reader: Reader) -> Mapping[str, ReplicaFact]:
    """Read how far the Central Management store has come on every computer."""
    facts = map(rows.replica, await reader.rows(commands.REPLICAS))
    return {name_key(fact.fqdn): fact for fact in facts}


async def media(reader: Reader) -> tuple[MediaFact, ...]:
    """Read all media configurations."""
    return tuple(map(rows.media, await reader.rows(commands.MEDIA)))


async def contacts(reader: Reader) -> tuple[ContactFact, ...]:
    """Read all contacts of Unified Messaging."""
    return tuple(map(rows.contact, await reader.rows(commands.CONTACTS)))
