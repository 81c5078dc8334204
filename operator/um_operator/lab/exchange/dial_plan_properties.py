"""Every settable property of a dial plan: type, default, limits (cmdlet pages New- and Set-UMDialPlan)."""

from __future__ import annotations

import re

from um_operator.lab.binding import ParameterType
from um_operator.lab.exchange import identity
from um_operator.lab.exchange.properties import Check, Property, at_most, within
from um_operator.lab.powershell import PSObject, Value
from um_operator.lab.values import BOOLEAN, INTEGER, STRING, EnumType, multi_valued

_NAMESPACE = "Microsoft.Exchange.Data.Directory.SystemConfiguration"


def _enum(name: str, *members: str) -> EnumType:
    return EnumType.of(f"{_NAMESPACE}.{name}", *members)


VOIP_SECURITY = EnumType(
    f"{_NAMESPACE}.UMVoIPSecurityType", (("SIPSecured", 1), ("Unsecured", 2), ("Secured", 3))
)
URI_TYPE = _enum("UMUriType", "TelExtn", "E164", "SipName")
_AUDIO_CODEC = _enum("AudioCodecEnum", "G711", "Wma", "Gsm", "Mp3")
_SCOPE = _enum(
    "CallSomeoneScopeEnum", "DialPlan", "GlobalAddressList", "Extension", "AutoAttendantLink", "AddressList"
)
_PRIMARY = _enum("DialByNamePrimaryEnum", "LastFirst", "FirstLast", "SMTPAddress")
_SECONDARY = _enum("DialByNameSecondaryEnum", "LastFirst", "FirstLast", "SMTPAddress", "None")
_ANNOUNCEMENT = _enum("InfoAnnouncementEnabledEnum", "False", "True", "Uninterruptible")
_MATCHED_NAME = _enum("DisambiguationFieldEnum", "Title", "Department", "Location", "None", "PromptForAlias")

_LANGUAGE = ParameterType(f"{_NAMESPACE}.UMLanguage", STRING.convert, nullable=False)
_NUMBER_FORMAT = ParameterType(f"{_NAMESPACE}.NumberFormat", STRING.convert)
_ADDRESS_LIST = identity.identity_type("AddressListIdParameter")
_CONTAINER = identity.identity_type("OrganizationalUnitIdParameter")
_REQUIRED_STRING = ParameterType(STRING.name, STRING.convert, nullable=False)
_STRINGS = multi_valued(STRING)


def _matching(pattern: str, sentence: str) -> Check:
    compiled = re.compile(pattern)
    return lambda value: None if compiled.fullmatch(value) else f"{sentence} The value is {value!r}."


_digits = _matching(r"\d{1,16}", "Only digits are allowed.")
_e164 = _matching(r"\+\d{2,31}", "The number must be in the E.164 format.")
_file_name = _matching(r"[^\\/:*?\"<>|]{1,255}\.(wav|wma|WAV|WMA)", "An audio file name is expected.")
_country_code = _matching(r"\d{1,4}", "One to four digits are allowed.")
_number_format = _matching(r"\+?[\dx]+", "Only digits and x are allowed.")


def _dialing_rule(value: str) -> str | None:
    """Group name, mask, dialled number, comment, with commas between (field notes 3.2)."""
    parts = value.split(",")
    if len(parts) != 4:
        return f"Four parts with commas between are expected. The value is {value!r}."
    if not 1 <= len(parts[0].strip()) <= 32:
        return f"The group name must have 1 to 32 characters. The value is {value!r}."
    bad = [part for part in parts[1:3] if not re.fullmatch(r"[+\d]?[\dx]*\*?", part.strip())]
    return f"The mask {bad[0]!r} may hold only digits, x and a final *." if bad else None


def _shown_language(language: str) -> Value:
    return PSObject((f"{_NAMESPACE}.UMLanguage", "System.Object"), language, {"Name": language})


def _texts(name: str, check: Check | None = None, *, on_new: bool = False) -> Property:
    return Property(name, _STRINGS, (), on_new=on_new, check=check, many=True)


def _text(name: str, check: Check | None = None, default: str | None = None) -> Property:
    return Property(name, STRING, default, check=check)


def _flag(name: str, default: bool, *, on_new: bool = False) -> Property:
    return Property(name, BOOLEAN, default, on_new=on_new)


def _number(name: str, default: int, low: int, high: int) -> Property:
    return Property(name, INTEGER, default, check=within(low, high))


def _choice(
    name: str, enum: EnumType, default: str, *, on_new: bool = False, on_set: bool = True
) -> Property:
    return Property(name, enum.parameter, enum(default), on_new=on_new, on_set=on_set)


PROPERTIES: tuple[Property, ...] = (
    _choice("URIType", URI_TYPE, "TelExtn", on_new=True, on_set=False),
    Property("NumberOfDigitsInExtension", INTEGER, on_new=True, on_set=False, check=within(1, 20)),
    Property("CountryOrRegionCode", _REQUIRED_STRING, on_new=True, check=_country_code),
    _choice("VoIPSecurity", VOIP_SECURITY, "Unsecured", on_new=True),
    _texts("AccessTelephoneNumbers", at_most(32), on_new=True),
    Property("DefaultLanguage", _LANGUAGE, "en-US", on_new=True, show=_shown_language),
    _flag("FaxEnabled", True, on_new=True),
    _flag("AllowDialPlanSubscribers", True),
    _texts("AllowedInCountryOrRegionGroups", at_most(32)),
    _texts("AllowedInternationalGroups", at_most(32)),
    _flag("AllowExtensions", False),
    _flag("AllowHeuristicADCallingLineIdResolution", True),
    _choice("AudioCodec", _AUDIO_CODEC, "Mp3"),
    _flag("AutomaticSpeechRecognitionEnabled", True),
    _flag("CallAnsweringRulesEnabled", True),
    _flag("CallSomeoneEnabled", True),
    _texts("ConfiguredInCountryOrRegionGroups", _dialing_rule),
    _texts("ConfiguredInternationalGroups", _dialing_rule),
    Property("ContactAddressList", _ADDRESS_LIST),
    Property("ContactRecipientContainer", _CONTAINER),
    _choice("ContactScope", _SCOPE, "DialPlan"),
    Property("DefaultOutboundCallingLineId", STRING, on_set=False),
    _choice("DialByNamePrimary", _PRIMARY, "LastFirst"),
    _choice("DialByNameSecondary", _SECONDARY, "SMTPAddress"),
    _texts("EquivalentDialPlanPhoneContexts", at_most(128)),
    _text("Extension", _digits),
    Property("InCountryOrRegionNumberFormat", _NUMBER_FORMAT, check=_number_format),
    _choice("InfoAnnouncementEnabled", _ANNOUNCEMENT, "False"),
    _text("InfoAnnouncementFilename", _file_name),
    _number("InputFailuresBeforeDisconnect", 3, 1, 20),
    _text("InternationalAccessCode", _digits),
    Property("InternationalNumberFormat", _NUMBER_FORMAT, check=_number_format),
    _text("LegacyPromptPublishingPoint", at_most(255)),
    _number("LogonFailuresBeforeDisconnect", 3, 1, 20),
    _choice("MatchedNameSelectionMethod", _MATCHED_NAME, "PromptForAlias"),
    _number("MaxCallDuration", 30, 10, 120),
    _number("MaxRecordingDuration", 20, 1, 100),
    _text("NationalNumberPrefix", _digits),
    _texts("NumberingPlanFormats", at_most(64)),
    _text("OperatorExtension", _digits),
    _text("OutsideLineAccessCode", _digits, "9"),
    _texts("PilotIdentifierList", _e164),
    _number("RecordingIdleTimeout", 5, 2, 10),
    _flag("SendVoiceMsgEnabled", True),
    _flag("TUIPromptEditingEnabled", False),
    Property("UMAutoAttendant", identity.AUTO_ATTENDANT),
    _flag("WelcomeGreetingEnabled", False),
    _text("WelcomeGreetingFilename", _file_name),
)
