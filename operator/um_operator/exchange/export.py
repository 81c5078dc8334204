"""A live organisation as manifests that change nothing: what was read, said in the API's words. Pure.

Every property that is not empty and that the API can express is declared; an empty one is left unmanaged.
What it can't express (a name with characters that it refuses, a value outside its limits) is left out and
listed, so that nobody takes the manifests for the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from um_operator.api.meta import API_VERSION, KindName
from um_operator.exchange.express import REFS, Document, acceptable, spoken
from um_operator.exchange.fields import DIAL_PLAN, GATEWAY, Noun
from um_operator.exchange.manifest_names import manifest_names
from um_operator.observed.exchange import DialPlanFact, GatewayFact, HuntGroupFact
from um_operator.observed.fact import Fact, Known, NotReadError, Unknown
from um_operator.observed.snapshot import Snapshot
from um_operator.observed.values import name_key

T = TypeVar("T")
F = TypeVar("F", DialPlanFact, GatewayFact)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something live that the manifests do not say; ``field`` empty means the whole object."""

    subject: str
    field: str
    why: str


@dataclass(frozen=True, slots=True)
class Export:
    """Manifests as plain data, plans before gateways, each in the order of names; and what is missing."""

    documents: tuple[Document, ...]
    left_out: tuple[LeftOut, ...]


def export(snapshot: Snapshot, organization: str, namespace: str | None = None) -> Export:
    """Return the manifests of everything in a snapshot.

    Args:
        snapshot: a full reading.
        organization: metadata.name of the ExchangeOrganization that they refer to.
        namespace: of all of them; ``None`` leaves it to whoever applies them.

    Raises:
        NotReadError: plans, gateways or hunt groups are not known, so that nobody can tell what is missing.
    """
    groups: dict[str, list[HuntGroupFact]] = {}
    for group in _known(snapshot.hunt_groups):
        groups.setdefault(name_key(group.gateway), []).append(group)
    making = _Making(organization, namespace)
    plans = making.readable("UMDialPlan", _known(snapshot.dial_plans))
    plan_names = manifest_names((plan.name for plan in plans), "dial-plan")
    for plan in plans:
        making.add(plan, "UMDialPlan", DIAL_PLAN, plan_names[name_key(plan.name)])
    declared = {key: name for key, name in plan_names.items() if name in making.names("UMDialPlan")}
    gateways = list(making.one_an_address(making.readable("UMIPGateway", _known(snapshot.gateways))))
    gateway_names = manifest_names((gateway.name for gateway in gateways), "gateway")
    for gateway in gateways:
        refs = making.refs(gateway, groups.get(name_key(gateway.name), ()), declared)
        making.add(gateway, "UMIPGateway", GATEWAY, gateway_names[name_key(gateway.name)], refs)
    making.leave_out_integrations(plans, (group for several in groups.values() for group in several))
    return Export(tuple(making.documents), tuple(making.left_out))


@dataclass
class _Making:
    """The documents and omissions so far."""

    organization: str
    namespace: str | None
    documents: list[Document] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def readable(self, kind: KindName, facts: Mapping[str, Fact[F]]) -> Sequence[F]:
        """Return what was understood, in the order of names."""
        for key, fact in sorted(facts.items()):
            if isinstance(fact, Unknown):
                self.left_out.append(LeftOut(f"{kind}/{key}", "", fact.message))
        return [fact.value for _, fact in sorted(facts.items()) if isinstance(fact, Known)]

    def one_an_address(self, gateways: Iterable[GatewayFact]) -> Iterator[GatewayFact]:
        """Yield the gateways that may be declared beside each other: an address can be claimed once."""
        holders: dict[str, str] = {}
        for gateway in gateways:
            holder = holders.setdefault(name_key(gateway.address).removesuffix("."), gateway.name)
            if holder == gateway.name:
                yield gateway
            else:
                why = f'gateway "{holder}" has the same address, and only one resource may'
                self.left_out.append(LeftOut(f"UMIPGateway/{gateway.name}", "address", why))

    def refs(
        self, gateway: GatewayFact, groups: Iterable[HuntGroupFact], declared: Mapping[str, str]
    ) -> list[Document]:
        """Return the hunt groups of a gateway as references to declared plans."""
        refs: dict[tuple[str, str], Document] = {}
        for group in groups:
            name = declared.get(name_key(group.dial_plan))
            if name is None:
                why = f'hunt group "{group.name}" is of dial plan "{group.dial_plan}", which is left out'
                self.left_out.append(LeftOut(f"UMIPGateway/{gateway.name}", REFS, why))
                continue
            pilot = {"pilotIdentifier": group.pilot_identifier} if group.pilot_identifier else {}
            refs[name, group.pilot_identifier] = {"name": name, **pilot}
        return [refs[key] for key in sorted(refs)]

    def add(
        self,
        fact: DialPlanFact | GatewayFact,
        kind: KindName,
        noun: Noun,
        name: str,
        refs: Sequence[Document] = (),
    ) -> None:
        """Make one document, as far as the API can say what the object is."""
        said = {key: spoken(noun.fields[key].codec, value) for key, value in fact.properties.items()}
        document = {
            "apiVersion": API_VERSION,
            "kind": kind,
            "metadata": {"name": name} | ({"namespace": self.namespace} if self.namespace else {}),
            "spec": {
                "organizationRef": {"name": self.organization},
                **({"name": fact.name} if fact.name != name else {}),
                **{key: value for key, value in said.items() if value is not None},
                **({REFS: list(refs)} if refs else {}),
            },
        }
        accepted, dropped = acceptable(document)
        self.left_out.extend(LeftOut(f"{kind}/{fact.name}", drop.field, drop.why) for drop in dropped)
        if accepted is not None:
            self.documents.append(accepted)

    def leave_out_integrations(self, plans: Iterable[DialPlanFact], groups: Iterable[HuntGroupFact]) -> None:
        """List SIP dial plans that gateways are linked to: only people know which of these are Lync's pools.

        Exchange has an address, Lync's topology a name, and who is to type contacts where stands in neither;
        an integration that was guessed would take the right to place calls from a gateway (R20).
        """
        linked = {name_key(group.dial_plan) for group in groups}
        sip = [one.name for one in plans if one.uri_type == "SipName" and name_key(one.name) in linked]
        for name in sip:
            why = (
                "Exchange does not tell which gateways of this dial plan are pools of Lync; if any are, "
                "declare a LyncIntegration for them, which finds in place what is there"
            )
            self.left_out.append(LeftOut("LyncIntegration", f"dialPlanRefs[{name}]", why))

    def names(self, kind: KindName) -> frozenset[str]:
        """Return metadata.name of what was made."""
        return frozenset(made["metadata"]["name"] for made in self.documents if made["kind"] == kind)


def _known(fact: Fact[T]) -> T:
    if isinstance(fact, Unknown):
        raise NotReadError(fact.reason, fact.message)
    return fact.value
