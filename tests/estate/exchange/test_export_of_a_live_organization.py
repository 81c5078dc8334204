"""umctl export and then umctl apply: names that Kubernetes has not, values that nobody manages."""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.harness import declaring
from estate.manifests import organization
from um_operator.exchange.estate import ExchangeEstate
from um_operator.exchange.export import export
from um_operator.lab.estate import Lab
from um_operator.lab.variants import Variants
from um_operator.planning.scope import Scope
from um_operator.remoting.pool import SessionPool

BOTH = {"defaults": Variants(), "others": Variants.others()}
PLANS = ("Zürich (Süd) #1", "zurich-sud-1", "電話", "a 'quoted' & odd name")
GATEWAYS = ("Büro.gw_01", "buro gw 01", "網關")


@pytest.fixture(params=BOTH)
def variants(request: pytest.FixtureRequest) -> Variants:
    return BOTH[request.param]


@pytest.fixture
def by_hand(lab: Lab) -> int:
    """Make odd things by hand; return the effects so far."""
    for number, name in enumerate(PLANS):
        lab.change(
            "New-UMDialPlan", Name=name, CountryOrRegionCode="49", NumberOfDigitsInExtension=4 + number
        )
    lab.change(
        "Set-UMDialPlan",
        Identity=PLANS[0],
        ConfiguredInternationalGroups=["Wörld,00*,00*,über alles", "Local,1xx,91xx,"],
        AccessTelephoneNumbers=["4900", "+49 89 4950", "sip:um@contoso.com"],
        NumberingPlanFormats=["not a mask"],
        MaxCallDuration=119,
    )
    for number, name in enumerate(GATEWAYS):
        lab.change("New-UMIPGateway", Name=name, Address=f"odd{number}.contoso.com")
        lab.change(
            "New-UMHuntGroup", Name="H1", UMIPGateway=name, UMDialPlan=PLANS[number], PilotIdentifier=""
        )
        lab.change(
            "New-UMHuntGroup", Name="H2", UMIPGateway=name, UMDialPlan=PLANS[3], PilotIdentifier="+49,1 x"
        )
    lab.change("Set-UMIPGateway", Identity=GATEWAYS[1], Simulator=True, Port=0, Status="NoNewCalls")
    return len(lab.journal.effects)


def in_order(*names: str) -> list[str]:
    return sorted(names, key=str.casefold)


async def test_what_is_exported_of_a_live_organization_and_applied_to_it_writes_nothing(
    lab: Lab, by_hand: int, sessions: SessionPool, tmp_path: Path
) -> None:
    snapshot = await ExchangeEstate(sessions, lab.clock.now).read(Scope(), None, "dc01.contoso.com")
    exported = export(snapshot, "default")
    said = [made["spec"].get("name", made["metadata"]["name"]) for made in exported.documents]
    assert said == [*in_order(*PLANS, "Legacy"), *in_order(*GATEWAYS, "legacy-pbx")]
    assert {item.field for item in exported.left_out} == {"numberingPlanFormats"}

    operator = declaring(lab, tmp_path, organization(), *exported.documents)
    report = await operator.apply()
    assert report.plan.steps == ()
    assert report.ran == ()
    assert len(lab.journal.effects) == by_hand
