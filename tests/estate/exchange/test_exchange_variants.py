"""Reading and writing the lab's Exchange, however it answers the questions that are open."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from um_operator.api.meta import ObjectKey
from um_operator.api.server_patterns import ServerPatterns
from um_operator.exchange.carrier import ExchangeCarrier
from um_operator.exchange.estate import ExchangeEstate
from um_operator.exchange.premise_table import premises
from um_operator.lab.estate import Lab
from um_operator.lab.variants import ServerSideSelect, ServerThumbprint, Variants
from um_operator.observed.fact import Known
from um_operator.observed.snapshot import Snapshot
from um_operator.observed.values import PropertyValue
from um_operator.planning.scope import Scope
from um_operator.planning.steps import (
    Change,
    CreateDialPlan,
    CreateGateway,
    CreateHuntGroup,
    RemoveDialPlan,
    RemoveGateway,
    RemoveHuntGroup,
    RemoveMailboxPolicy,
    SetDialPlan,
    SetGateway,
    SetGatewayState,
    SnapshotField,
    Step,
)
from um_operator.remoting.pool import SessionPool
from um_operator.remoting.premises import Verdict, check

BOTH = {"defaults": Variants(), "others": Variants.others()}
DC = "dc01.contoso.com"
PLAN, GATEWAY = ObjectKey("UMDialPlan", "pbx"), ObjectKey("UMIPGateway", "sbc99")

CREATED: dict[str, PropertyValue] = {
    "countryOrRegionCode": "49",
    "numberOfDigitsInExtension": 5,
    "uriType": "TelephoneExtension",
    "voipSecurity": "Secured",
    "accessTelephoneNumbers": ("4900",),
    "defaultLanguage": "de-DE",
    "faxEnabled": False,
}
CHANGED: dict[str, PropertyValue] = {
    "accessTelephoneNumbers": ("4900", "4950"),
    "allowDialPlanSubscribers": False,
    "allowExtensions": True,
    "allowHeuristicADCallingLineIdResolution": False,
    "allowedInCountryOrRegionGroups": ("Local",),
    "allowedInternationalGroups": ("Wörld",),
    "audioCodec": "G711",
    "automaticSpeechRecognitionEnabled": False,
    "callAnsweringRulesEnabled": False,
    "callSomeoneEnabled": False,
    "configuredInCountryOrRegionGroups": (
        ("Local", "0xxx*", "0xxx*", ""),
        ("Local", "1xx", "91xx", "Büro <1>"),
    ),
    "configuredInternationalGroups": (("Wörld", "00*", "00*", "everywhere"),),
    "contactAddressList": "Everybody",
    "contactRecipientContainer": "contoso.com/Users",
    "contactScope": "AddressList",
    "countryOrRegionCode": "1",
    "defaultLanguage": "fr-FR",
    "dialByNamePrimary": "FirstLast",
    "dialByNameSecondary": "None",
    "equivalentDialPlanPhoneContexts": ("Other.contoso.com",),
    "extension": "4711",
    "faxEnabled": True,
    "inCountryOrRegionNumberFormat": "0xxxx",
    "infoAnnouncement": "Uninterruptible",
    "infoAnnouncementFilename": "info.wav",
    "inputFailuresBeforeDisconnect": 5,
    "internationalAccessCode": "00",
    "internationalNumberFormat": "49xxxx",
    "legacyPromptPublishingPoint": "\\\\old\\prompts",
    "logonFailuresBeforeDisconnect": 4,
    "matchedNameSelectionMethod": "None",
    "maxCallDuration": "1h",
    "maxRecordingDuration": "10m",
    "nationalNumberPrefix": "0",
    "numberingPlanFormats": ("4989xxxx",),
    "operatorExtension": "4000",
    "outsideLineAccessCode": "0",
    "pilotIdentifierList": ("+4989555004900",),
    "recordingIdleTimeout": "7s",
    "sendVoiceMsgEnabled": False,
    "tuiPromptEditingEnabled": True,
    "welcomeGreetingEnabled": True,
    "welcomeGreetingFilename": "welcome.wav",
}
EMPTIED: dict[str, PropertyValue] = {
    "accessTelephoneNumbers": (),
    "allowedInternationalGroups": (),
    "configuredInternationalGroups": (),
    "infoAnnouncement": "Disabled",
    "infoAnnouncementFilename": None,
    "operatorExtension": None,
    "pilotIdentifierList": (),
}
GATEWAY_CHANGED: dict[str, PropertyValue] = {
    "address": "other.contoso.com",
    "delayedSourcePartyInfoEnabled": True,
    "ipAddressFamily": "IPv6Only",
    "messageWaitingIndicatorAllowed": False,
    "outcallsAllowed": False,
    "port": 5070,
    "simulator": True,
}


@pytest.fixture(params=BOTH)
def variants(request: pytest.FixtureRequest) -> Variants:
    return BOTH[request.param]


@pytest.fixture
def estate(lab: Lab, sessions: SessionPool) -> ExchangeEstate:
    return ExchangeEstate(sessions, lab.clock.now, selection=ServerPatterns(exclude=("exold.*",)))


def changes(wanted: Mapping[str, PropertyValue]) -> tuple[Change, ...]:
    return tuple(Change(path, want, None) for path, want in wanted.items())


def plan_of(snapshot: Snapshot, name: str = "pbx") -> tuple[str, Mapping[str, PropertyValue]]:
    assert isinstance(snapshot.dial_plans, Known)
    fact = snapshot.dial_plans.value[name]
    assert isinstance(fact, Known), fact
    return fact.value.guid, fact.value.properties


def gateway_of(snapshot: Snapshot, name: str = "sbc99") -> tuple[str, Mapping[str, PropertyValue]]:
    assert isinstance(snapshot.gateways, Known)
    fact = snapshot.gateways.value[name]
    assert isinstance(fact, Known), fact
    return fact.value.guid, fact.value.properties


async def test_every_step_has_its_effect_and_is_read_back_as_it_was_meant(
    sessions: SessionPool, estate: ExchangeEstate
) -> None:
    carrier = ExchangeCarrier(sessions)

    async def done(step: Step) -> str | None:
        outcome = await carrier.carry(step, DC)
        assert outcome.kind == "Done", outcome
        return outcome.guid

    everything = await estate.read(Scope(), None, DC)

    async def read(*fields: SnapshotField, calls: frozenset[str] = frozenset()) -> Snapshot:
        return await estate.read(Scope(frozenset(fields), calls), everything, DC)

    made = await done(CreateDialPlan(owner=PLAN, dial_plan="PBX", properties=CREATED))
    guid, properties = plan_of(await read("dial_plans"))
    assert made == guid
    assert {path: properties[path] for path in CREATED} == {**CREATED, "voipSecurity": "Unsecured"}
    for wanted in (CHANGED, EMPTIED):
        await done(SetDialPlan(owner=PLAN, dial_plan="PBX", changes=changes(wanted)))
        _, properties = plan_of(await read("dial_plans"))
        assert {path: properties[path] for path in wanted} == wanted

    made = await done(CreateGateway(owner=GATEWAY, gateway="sbc99", address="sbc99.contoso.com"))
    await done(SetGateway(owner=GATEWAY, gateway="sbc99", changes=changes(GATEWAY_CHANGED)))
    await done(
        CreateHuntGroup(owner=GATEWAY, gateway="sbc99", dial_plan="PBX", pilot_identifier="4900", name="H1")
    )
    for state, before in (("NoNewCalls", "Enabled"), ("Disabled", "NoNewCalls"), ("Enabled", "Disabled")):
        await done(SetGatewayState(owner=GATEWAY, gateway="sbc99", state=state, before=before))  # type: ignore[arg-type]
        snapshot = await read("gateways", "hunt_groups", calls=frozenset({"sbc99"}))
        assert gateway_of(snapshot)[1]["state"] == state
    assert gateway_of(snapshot)[0] == made
    assert {path: gateway_of(snapshot)[1][path] for path in GATEWAY_CHANGED} == GATEWAY_CHANGED
    assert [(g.gateway, g.pilot_identifier) for g in snapshot.gateways_of("PBX")] == [("sbc99", "4900")]
    assert isinstance(snapshot.active_calls["sbc99"], Known)

    await done(
        RemoveHuntGroup(owner=GATEWAY, gateway="sbc99", dial_plan="PBX", pilot_identifier="4900", name="H1")
    )
    wrong = await carrier.carry(RemoveGateway(owner=GATEWAY, gateway="sbc99", guid=guid), DC)
    assert wrong.kind == "NotSent", "another object's GUID"
    await done(RemoveGateway(owner=GATEWAY, gateway="sbc99", guid=gateway_of(snapshot)[0]))
    held = await carrier.carry(RemoveDialPlan(owner=PLAN, dial_plan="PBX", guid=guid), DC)
    assert (held.kind, held.reason) == ("Refused", "InUse")
    await done(RemoveMailboxPolicy(owner=PLAN, dial_plan="PBX", policy="PBX Default Policy"))
    await done(RemoveDialPlan(owner=PLAN, dial_plan="PBX", guid=guid))
    again = await carrier.carry(RemoveDialPlan(owner=PLAN, dial_plan="PBX", guid=guid), DC)
    assert again.kind == "NotSent"
    after = await read("dial_plans")
    assert isinstance(after.dial_plans, Known)
    assert "pbx" not in after.dial_plans.value


async def test_everything_there_is_is_understood_and_the_premises_hold_without_an_effect(
    lab: Lab, sessions: SessionPool, estate: ExchangeEstate, variants: Variants
) -> None:
    snapshot = await estate.read(Scope(), None, None)
    assert isinstance(snapshot.organization, Known)
    assert isinstance(snapshot.servers, Known)
    assert isinstance(snapshot.mailbox_policies, Known)
    assert gateway_of(snapshot, "legacy-pbx")
    assert plan_of(snapshot, "legacy")
    routers = {
        key: fact.value.tls_port for key, fact in snapshot.call_routers.items() if isinstance(fact, Known)
    }
    ports = {"ex01": 5061, "ex02": 5061, "ex03": 5061, "ex04": 5161}
    assert routers == {f"{name}.contoso.com": port for name, port in ports.items()}
    assert snapshot.um_services.keys() == routers.keys()
    assert all(isinstance(fact, Known) for fact in snapshot.um_services.values())

    controller = await estate.choose_domain_controller(snapshot, None)
    assert controller == DC
    found = await check(sessions, premises("ex01.contoso.com", controller), deadline=20)
    broken = {row.name: row.seen for row in found if row.verdict is Verdict.BROKEN}
    hidden = {
        "UM service binding": variants.server_thumbprint is ServerThumbprint.ABSENT,
        "certificate details": variants.server_side_select is not ServerSideSelect.PROPERTIES,
    }
    assert broken.keys() == {name for name, is_so in hidden.items() if is_so}, broken
    assert list(lab.journal.effects) == []
