"""Every writable field of plans and gateways: a value to declare, and what a hand makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Parameters = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes:
        path: its name in the API.
        declared: what a manifest says.
        by_hand: parameters of Set- that give it a value that is neither declared nor Exchange's default.
        undeclared: the same for an object whose manifest does not name it, where that needs others.
    """

    path: str
    declared: Any
    by_hand: Parameters
    undeclared: Parameters | None = None


def _field(path: str, declared: Any, by_hand: Any, parameter: str = "") -> Field:
    return Field(path, declared, {parameter or path[0].upper() + path[1:]: by_hand})


def _groups(scope: str) -> tuple[Field, Field]:
    """Return what is configured and what of it is allowed; Exchange refuses to allow anything else."""
    configured, allowed = f"Configured{scope}Groups", f"Allowed{scope}Groups"
    rules = [{"name": "Local", "rules": [{"numberMask": "1xx", "dialedNumber": "91xx"}]}]
    local, more = "Local,1xx,91xx,", "More,2xx,92xx,"
    return (
        Field(f"configured{scope}Groups", rules, {configured: [local, more]}),
        Field(f"allowed{scope}Groups", ["Local"], {allowed: []}, {configured: [local], allowed: ["Local"]}),
    )


REQUIRED = frozenset({"countryOrRegionCode", "voipSecurity", "address"})
"""What every manifest declares."""

TOGETHER = (
    *_groups("InCountryOrRegion"),
    *_groups("International"),
)
"""What only makes sense where all of it is declared, or none."""

PLAN = (
    *TOGETHER,
    _field("accessTelephoneNumbers", ["4900"], ["4901", "+49 89 4902"]),
    _field("allowDialPlanSubscribers", True, False),
    _field("allowExtensions", False, True),
    _field("allowHeuristicADCallingLineIdResolution", True, False),
    _field("audioCodec", "Mp3", "Wma"),
    _field("automaticSpeechRecognitionEnabled", True, False),
    _field("callAnsweringRulesEnabled", True, False),
    _field("callSomeoneEnabled", True, False),
    _field("contactAddressList", "All Users", "All Rooms"),
    _field("contactRecipientContainer", "contoso.com/Users", "contoso.com/Staff"),
    _field("contactScope", "DialPlan", "GlobalAddressList"),
    _field("countryOrRegionCode", "49", "41"),
    _field("defaultLanguage", "en-US", "de-DE"),
    _field("dialByNamePrimary", "LastFirst", "FirstLast"),
    _field("dialByNameSecondary", "SMTPAddress", "None"),
    _field("equivalentDialPlanPhoneContexts", ["hq.fabrikam.com"], ["branch.fabrikam.com"]),
    _field("extension", "100", "200"),
    _field("faxEnabled", True, False),
    _field("inCountryOrRegionNumberFormat", "01xxx", "02xxx"),
    _field("infoAnnouncement", "Disabled", "Uninterruptible", "InfoAnnouncementEnabled"),
    _field("infoAnnouncementFilename", "closed.wav", "open.wav"),
    _field("inputFailuresBeforeDisconnect", 3, 5),
    _field("internationalAccessCode", "00", "011"),
    _field("internationalNumberFormat", "49xxx", "41xxx"),
    _field("legacyPromptPublishingPoint", r"\\ex01\prompts", r"\\ex02\prompts"),
    _field("logonFailuresBeforeDisconnect", 3, 4),
    _field("matchedNameSelectionMethod", "PromptForAlias", "Title"),
    _field("maxCallDuration", "30m", 45),
    _field("maxRecordingDuration", "20m", 15),
    _field("nationalNumberPrefix", "0", "1"),
    _field("numberingPlanFormats", ["142570xxxxx"], ["142571xxxxx"]),
    _field("operatorExtension", "4000", "5000"),
    _field("outsideLineAccessCode", "9", "8"),
    _field("pilotIdentifierList", ["+4989100"], ["+4989200"]),
    _field("recordingIdleTimeout", "5s", 7),
    _field("sendVoiceMsgEnabled", True, False),
    _field("tuiPromptEditingEnabled", False, True, "TUIPromptEditingEnabled"),
    Field(
        "umAutoAttendant",
        "Legacy Attendant",
        {"UMAutoAttendant": None},
        {"UMAutoAttendant": "Legacy Attendant"},
    ),
    _field("voipSecurity", "Unsecured", "SIPSecured", "VoIPSecurity"),
    _field("welcomeGreetingEnabled", False, True),
    _field("welcomeGreetingFilename", "hello.wav", "welcome.wav"),
)

GATEWAY = (
    _field("address", "{name}.contoso.com", "{name}.fabrikam.com"),
    _field("port", 5060, 5080),
    _field("state", "Enabled", "NoNewCalls", "Status"),
    _field("ipAddressFamily", "IPv4Only", "Any", "IPAddressFamily"),
    _field("outcallsAllowed", True, False),
    _field("messageWaitingIndicatorAllowed", True, False),
    _field("simulator", False, True),
    _field("delayedSourcePartyInfoEnabled", False, True),
)
"""``{name}`` stands for the gateway's name."""


def for_object(value: Any, name: str) -> Any:
    """Return a value with the object's name in it."""
    return value.replace("{name}", name) if isinstance(value, str) else value
