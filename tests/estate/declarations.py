"""What manifests allow, read as a person reads them and not by our own code: for the lab's onlooker."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from cronsim import CronSim

from um_operator.api import durations
from um_operator.lab.invariants.declared import Declared, DialPlan, Gateway, Link

Manifest = Mapping[str, Any]

NOT_PROPERTIES = frozenset(
    {
        "organizationRef", "name", "deletionPolicy", "ignoreDrift", "mode", "suspend", "dialPlanRefs",
        "unlistedHuntGroups", "media", "callRouters", "probe", "trust", "generateUMMailboxPolicy",
    }
)  # fmt: skip
RENAMED = {"state": "Status"}
HOLD = "unifiedmessaging.dev/hold"
EVERY_SERVER = tuple(f"ex0{number}.contoso.com" for number in range(1, 5))
"""Those of the estates of these tests, where a manifest names none."""


@dataclass
class Declarations:
    """What was declared so far: a resource that is being deleted may be in no folder any more.

    Attributes:
        served: names of the gateways whose calls have to succeed.
        proceeds_from: from when no window is waited for any more, for what is served ends (R12).
        computers: FQDNs of the front ends of each pool, as a person sees them in the topology.
        approved: FQDNs of front ends whose restart a person has approved.
        exactly_quorum: FQDNs of pools of which that leaves just as many as they need, and said so.
        scripted: names of the gateways that ExchUcUtil.ps1 once made, by the FQDN of their pool.
    """

    known: dict[tuple[str, str], Manifest] = field(default_factory=dict)
    served: frozenset[str] = frozenset()
    proceeds_from: datetime | None = None
    computers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    approved: frozenset[str] = frozenset()
    exactly_quorum: frozenset[str] = frozenset()
    scripted: Mapping[str, str] = field(default_factory=dict)

    def allow(
        self, folders: Iterable[Path], now: datetime, delete: AbstractSet[tuple[str, str]] = frozenset()
    ) -> Declared:
        """Return what the manifests let an operator do.

        Args:
            folders: as ``umctl -f`` takes them.
            now: the instant by which holds are judged.
            delete: kind and name of the resources that are being deleted.
        """
        present = {_key(document): document for folder in folders for document in _documents(folder)}
        self.known |= present
        going = {key: self.known[key] for key in delete if key in self.known}
        declared = _declared({**present, **going}, going, now)
        lync = [d for (kind, _), d in {**present, **going}.items() if kind == "LyncIntegration"]
        return replace(
            declared,
            gateways={self.scripted.get(name, name): one for name, one in declared.gateways.items()},
            served=self.served,
            held={**declared.held, **self._held(lync, now)},
            window=self._or_proceeds(declared.window),
            front_ends=frozenset(computer for pool in _pools(lync) for computer in self._of(pool)),
            approved_front_ends=self.approved,
            exactly_quorum=self.exactly_quorum,
        )

    def _held(self, integrations: Iterable[Manifest], now: datetime) -> dict[str, datetime | None]:
        """Return the front ends that no restart may begin on, and until when."""
        held = [one for one in integrations if _is_held(one, now)]
        return {fqdn: _held_until(one) for one in held for pool in _pools([one]) for fqdn in self._of(pool)}

    def _of(self, pool: str) -> tuple[str, ...]:
        return self.computers.get(pool, ())

    def _or_proceeds(self, window: Callable[[datetime], bool]) -> Callable[[datetime], bool]:
        begins = self.proceeds_from
        return lambda instant: window(instant) or (begins is not None and instant >= begins)


def _declared(
    documents: Mapping[tuple[str, str], Manifest], going: Mapping[tuple[str, str], Manifest], now: datetime
) -> Declared:
    plans = {name: d for (kind, name), d in documents.items() if kind == "UMDialPlan"}
    gateways = [d for (kind, _), d in documents.items() if kind == "UMIPGateway"]
    [organization] = [d for (kind, _), d in documents.items() if kind == "ExchangeOrganization"]
    certificates = [d for (kind, _), d in documents.items() if kind == "UMCertificate"]
    lync = [d for (kind, _), d in documents.items() if kind == "LyncIntegration"]
    owned = [*plans.values(), *gateways]
    disruption = organization["spec"].get("disruption", {})
    return Declared(
        gateways={**_of_pools(lync, plans), **{_name(g): _gateway(g, plans) for g in gateways}},
        dial_plans={_name(p): DialPlan(_properties(p)) for p in plans.values()},
        deletable=frozenset(_name(d) for d in going.values() if d["spec"].get("deletionPolicy") == "Delete"),
        held={_name(d): _held_until(d) for d in owned if _is_held(d, now)},
        writes=_may_write(organization["spec"]),
        revision=yaml.safe_dump([*documents.values()]),
        window=lambda instant: _is_open(organization["spec"], instant),
        servers=_servers(certificates),
        drain=durations.parse(disruption.get("drainTimeout", "30m")),
        requester=disruption.get("drainRequester", "Sidelined"),
        max_unavailable=disruption.get("maxUnavailable", 1),
        cuts_calls=disruption.get("onDrainTimeout", "Hold") == "Restart",
        soak=durations.parse(disruption.get("soak", "10m")),
        attested=frozenset(_name(g) for g in gateways if _is_attested(g)),
        outbound=frozenset(name for one in lync for name in _shared(one, plans)),
        pools=frozenset(_pools(lync)),
        permissions=any(one["spec"].get("permissions", {}).get("policy") == "Run" for one in lync),
        front_end_drain=min(map(_front_end_drain, lync), default=timedelta(hours=1)),
    )


def _pools(integrations: Iterable[Manifest]) -> list[str]:
    return [pool["fqdn"] for one in integrations for pool in one["spec"]["pools"]]


def _shared(integration: Manifest, plans: Mapping[str, Manifest]) -> list[str]:
    """Return the names in Exchange of the plans that an integration shares with Lync."""
    named = [ref["name"] for ref in integration["spec"]["dialPlanRefs"]]
    return [_name(plans[name]) for name in named if name in plans]


def _of_pools(integrations: Iterable[Manifest], plans: Mapping[str, Manifest]) -> dict[str, Gateway]:
    """Return the gateways of pools: each is linked to every plan, by a pilot of the plan's name."""
    return {
        pool["fqdn"]: Gateway(
            frozenset({"Port", "OutcallsAllowed"}),
            frozenset(Link(name, name) for name in _shared(one, plans)),
        )
        for one in integrations
        for pool in one["spec"]["pools"]
    }


def _front_end_drain(integration: Manifest) -> timedelta:
    return durations.parse(integration["spec"].get("frontEndRestart", {}).get("drainTimeout", "1h"))


def _servers(certificates: Iterable[Manifest]) -> frozenset[str]:
    """Return the servers that certificates may be brought to: those named, else every one in scope."""
    named = [d["spec"].get("servers", {}).get("include") or EVERY_SERVER for d in certificates]
    return frozenset(fqdn for names in named for fqdn in names)


def _is_attested(gateway: Manifest) -> bool:
    trust = gateway["spec"].get("trust", {})
    return bool(trust.get("attested")) or trust.get("onUntrustedPeer") == "Proceed"


def _may_write(spec: Manifest) -> bool:
    mode = spec.get("mode", "Observe")
    return mode == "Enforce" or (mode == "Plan" and "approvedPlan" in spec)


def _documents(given: Path) -> Iterator[Manifest]:
    for path in sorted(given.glob("*.yaml")) if given.is_dir() else [given]:
        yield from (d for d in yaml.load_all(path.read_text(), yaml.CSafeLoader) if d and "metadata" in d)


def _key(document: Manifest) -> tuple[str, str]:
    return document["kind"], document["metadata"]["name"]


def _name(document: Manifest) -> str:
    return str(document["spec"].get("name", document["metadata"]["name"]))


def _properties(document: Manifest) -> frozenset[str]:
    return frozenset(RENAMED.get(field, field) for field in document["spec"] if field not in NOT_PROPERTIES)


def _gateway(document: Manifest, plans: Mapping[str, Manifest]) -> Gateway:
    spec = document["spec"]
    links = [
        Link(_name(plans[ref["name"]]), ref.get("pilotIdentifier", ""))
        for ref in spec.get("dialPlanRefs", ())
        if ref["name"] in plans
    ]
    removes = spec.get("unlistedHuntGroups", "Keep") == "Remove"
    return Gateway(_properties(document), frozenset(links), removes_unlisted=removes)


def _is_held(document: Manifest, now: datetime) -> bool:
    spec, hold = document["spec"], document["metadata"].get("annotations", {}).get(HOLD)
    held = hold is not None and now < datetime.fromisoformat(hold.split()[0])
    return held or bool(spec.get("suspend")) or spec.get("mode", "Enforce") != "Enforce"


def _held_until(document: Manifest) -> datetime | None:
    hold = document["metadata"].get("annotations", {}).get(HOLD)
    return datetime.fromisoformat(hold.split()[0]) if hold and not document["spec"].get("suspend") else None


def _is_open(spec: Manifest, instant: datetime) -> bool:
    if any(
        _as_instant(b["startsAt"]) <= instant < _as_instant(b["endsAt"]) for b in spec.get("blackouts", ())
    ):
        return False
    windows = spec.get("maintenanceWindows")
    return not windows or any(_has_begun(window, instant) for window in windows)


def _has_begun(window: Manifest, instant: datetime) -> bool:
    local = instant.astimezone(ZoneInfo(window.get("timeZone", "UTC")))
    return next(CronSim(window["schedule"], local - durations.parse(window["duration"]))) <= local


def _as_instant(value: str | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
