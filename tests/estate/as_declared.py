"""Whether Exchange is as manifests declare it, read with the lab's console and not by our own code."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from estate.declarations import Manifest
from estate.harness import text
from um_operator.lab.estate import Lab
from um_operator.lab.powershell import PSObject, Value

NOT_SHOWN = {"name", "deletionPolicy", "dialPlanRefs", "unlistedHuntGroups", "mode", "suspend"}
RENAMED = {"state": "Status", "voipSecurity": "VoIPSecurity"}
MINUTES = re.compile(r"(\d+)m")


def differences(lab: Lab, *documents: Manifest) -> list[str]:
    """Return how Exchange differs from plans, gateways and hunt groups, which must be there exactly once.

    What nobody declares must be there as at the beginning, and nothing else. One server of each site is
    asked: replication must have brought the same to both.
    """
    lab.directory.replicate_now()
    servers = {lab.organization.um_servers[server].site: server for server in lab.servers}
    return [found for server in servers.values() for found in _at(lab, server, documents)]


def _at(lab: Lab, server: str, documents: tuple[Manifest, ...]) -> Iterator[str]:
    plans = {d["metadata"]["name"]: d for d in documents if d["kind"] == "UMDialPlan"}
    gateways = [d for d in documents if d["kind"] == "UMIPGateway"]
    spec = lab.spec.organization
    yield from _objects(lab, server, "UMDialPlan", list(plans.values()), {p.name for p in spec.plans})
    yield from _objects(lab, server, "UMIPGateway", gateways, {g.name for g in spec.gateways})
    wanted = Counter(
        (_name(gateway), _name(plans[ref["name"]]), ref.get("pilotIdentifier", ""))
        for gateway in gateways
        for ref in gateway["spec"].get("dialPlanRefs", ())
    )
    wanted.update((g.name, plan, pilot) for g in spec.gateways for _, plan, pilot in g.hunt_groups)
    have = Counter(
        tuple(text(row.properties[name]) for name in ("UMIPGateway", "UMDialPlan", "PilotIdentifier"))
        for row in _rows(lab, server, "UMHuntGroup")
    )
    if wanted != have:
        yield f"{server}: hunt groups: want {dict(wanted)}, have {dict(have)}"


def _objects(lab: Lab, server: str, noun: str, declared: list[Manifest], others: set[str]) -> Iterator[str]:
    rows = _rows(lab, server, noun)
    have = Counter(str(row.properties["Name"]) for row in rows)
    wanted = Counter([*(_name(one) for one in declared), *others])
    if wanted != have:
        yield f"{server}: {noun}: want {dict(wanted)}, have {dict(have)}"
    live = {str(row.properties["Name"]): row.properties for row in rows}
    for one in declared:
        name = _name(one)
        for path, want in one["spec"].items():
            if path not in NOT_SHOWN and name in live and _have(path, live[name]) != _want(want):
                yield f'{server}: {noun} "{name}": {path}: want "{want}", have "{_have(path, live[name])}"'


def _name(document: Manifest) -> str:
    return str(document["spec"].get("name", document["metadata"]["name"]))


def _rows(lab: Lab, server: str, noun: str) -> list[PSObject]:
    transcript = lab.console(server).run(f"Get-{noun}")
    assert not transcript.errors
    return transcript.rows


def _want(value: Any) -> str | list[str]:
    """Return a declared value as Exchange shows it: durations are minutes there."""
    if isinstance(value, list):
        return sorted(str(item) for item in value)
    minutes = MINUTES.fullmatch(str(value))
    return minutes[1] if minutes else str(value)


def _have(path: str, properties: Mapping[str, Value]) -> str | list[str]:
    value = properties[RENAMED.get(path, path[0].upper() + path[1:])]
    return sorted(text(item) for item in value) if isinstance(value, list | tuple) else text(value)
