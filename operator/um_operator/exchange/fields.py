"""The one table of properties: field of the API, parameter of Set- and New-, property of the output, codec.

Sources: the cmdlet pages Set-/New-UMDialPlan and Set-/New-UMIPGateway, field notes 3 and 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from um_operator.exchange import codecs
from um_operator.exchange.codecs import Codec
from um_operator.observed.values import PropertyValue
from um_operator.remoting.session import Argument, PSRow


class NotChangeableError(Exception):
    """A field that Exchange takes only when the object is created."""


@dataclass(frozen=True, slots=True)
class Field:
    """One property.

    Attributes:
        name: the API's field name.
        parameter: of the cmdlets.
        codec: how its values are read and written.
        output: the property that Get- shows, ``None`` if none does.
        created: whether New- has the parameter.
        changed: whether Set- has the parameter.
    """

    name: str
    parameter: str
    codec: Codec
    output: str | None
    created: bool
    changed: bool


@dataclass(frozen=True, slots=True)
class Noun:
    """The fields of one kind of object in Exchange, by the API's name."""

    fields: Mapping[str, Field]

    def read(self, row: PSRow) -> dict[str, PropertyValue]:
        """Return every property that the row shows; one that this version of Exchange lacks is left out.

        Raises:
            ReadError: a value is not understood.
        """
        return {
            field.name: field.codec.read(field.output, row.properties[field.output])
            for field in self.fields.values()
            if field.output is not None and field.output in row.properties
        }

    def to_create(self, values: Mapping[str, PropertyValue]) -> dict[str, Argument]:
        """Return the parameters of New- for these fields; what is ``None`` is left to Exchange's default."""
        return self._arguments(
            {name: value for name, value in values.items() if value is not None and self.fields[name].created}
        )

    def to_change(self, values: Mapping[str, PropertyValue]) -> dict[str, Argument]:
        """Return the parameters of Set- for these fields.

        Raises:
            NotChangeableError: Set- has no parameter for a field.
        """
        for name in values:
            if not self.fields[name].changed:
                raise NotChangeableError(f'"{name}" can be set only when the object is created')
        return self._arguments(values)

    def _arguments(self, values: Mapping[str, PropertyValue]) -> dict[str, Argument]:
        return {
            self.fields[name].parameter: self.fields[name].codec.write(value)
            for name, value in values.items()
        }


def _field(
    name: str,
    codec: Codec,
    parameter: str = "",
    *,
    output: str | None = "",
    created: bool = False,
    changed: bool = True,
) -> Field:
    parameter = parameter or name[0].upper() + name[1:]
    return Field(name, parameter, codec, parameter if output == "" else output, created, changed)


def _noun(*fields: Field) -> Noun:
    return Noun({field.name: field for field in fields})


DIAL_PLAN = _noun(
    _field("accessTelephoneNumbers", codecs.TEXT_SET, created=True),
    _field("allowDialPlanSubscribers", codecs.BOOL),
    _field("allowExtensions", codecs.BOOL),
    _field("allowHeuristicADCallingLineIdResolution", codecs.BOOL),
    _field("allowedInCountryOrRegionGroups", codecs.TEXT_SET),
    _field("allowedInternationalGroups", codecs.TEXT_SET),
    _field("audioCodec", codecs.words("Mp3", "Wma", "G711", "Gsm")),
    _field("automaticSpeechRecognitionEnabled", codecs.BOOL),
    _field("callAnsweringRulesEnabled", codecs.BOOL),
    _field("callSomeoneEnabled", codecs.BOOL),
    _field("configuredInCountryOrRegionGroups", codecs.GROUPS),
    _field("configuredInternationalGroups", codecs.GROUPS),
    _field("contactAddressList", codecs.REFERENCE),
    _field("contactRecipientContainer", codecs.REFERENCE),
    _field(
        "contactScope",
        codecs.words("DialPlan", "GlobalAddressList", "Extension", "AutoAttendantLink", "AddressList"),
    ),
    _field("countryOrRegionCode", codecs.TEXT, created=True),
    _field("defaultLanguage", codecs.LANGUAGE, created=True),
    _field("dialByNamePrimary", codecs.words("LastFirst", "FirstLast", "SMTPAddress")),
    _field("dialByNameSecondary", codecs.words("LastFirst", "FirstLast", "SMTPAddress", "None")),
    _field("equivalentDialPlanPhoneContexts", codecs.TEXT_SET),
    _field("extension", codecs.TEXT),
    _field("faxEnabled", codecs.BOOL, created=True),
    _field("generateUMMailboxPolicy", codecs.BOOL, output=None, created=True, changed=False),
    _field("inCountryOrRegionNumberFormat", codecs.TEXT),
    _field(
        "infoAnnouncement",
        codecs.words("Uninterruptible", Disabled="False", Enabled="True"),
        "InfoAnnouncementEnabled",
    ),
    _field("infoAnnouncementFilename", codecs.TEXT),
    _field("inputFailuresBeforeDisconnect", codecs.INT),
    _field("internationalAccessCode", codecs.TEXT),
    _field("internationalNumberFormat", codecs.TEXT),
    _field("legacyPromptPublishingPoint", codecs.TEXT),
    _field("logonFailuresBeforeDisconnect", codecs.INT),
    _field(
        "matchedNameSelectionMethod",
        codecs.words("Title", "Department", "Location", "None", "PromptForAlias"),
    ),
    _field("maxCallDuration", codecs.MINUTES),
    _field("maxRecordingDuration", codecs.MINUTES),
    _field("nationalNumberPrefix", codecs.TEXT),
    _field("numberOfDigitsInExtension", codecs.INT, created=True, changed=False),
    _field("numberingPlanFormats", codecs.TEXT_SET),
    _field("operatorExtension", codecs.TEXT),
    _field("outsideLineAccessCode", codecs.TEXT),
    _field("pilotIdentifierList", codecs.TEXT_SET),
    _field("recordingIdleTimeout", codecs.SECONDS),
    _field("sendVoiceMsgEnabled", codecs.BOOL),
    _field("tuiPromptEditingEnabled", codecs.BOOL, "TUIPromptEditingEnabled"),
    _field("umAutoAttendant", codecs.REFERENCE, "UMAutoAttendant"),
    _field(
        "uriType",
        codecs.words("SipName", "E164", TelephoneExtension="TelExtn"),
        "URIType",
        created=True,
        changed=False,
    ),
    _field("voipSecurity", codecs.words("Unsecured", "SIPSecured", "Secured"), "VoIPSecurity", created=True),
    _field("welcomeGreetingEnabled", codecs.BOOL),
    _field("welcomeGreetingFilename", codecs.TEXT),
)

GATEWAY = _noun(
    _field("address", codecs.TEXT, created=True),
    _field("port", codecs.INT),
    _field("state", codecs.words("Enabled", "Disabled", "NoNewCalls"), "Status"),
    _field("ipAddressFamily", codecs.words("IPv4Only", "IPv6Only", "Any"), "IPAddressFamily", created=True),
    _field("outcallsAllowed", codecs.BOOL),
    _field("messageWaitingIndicatorAllowed", codecs.BOOL),
    _field("simulator", codecs.BOOL),
    _field("delayedSourcePartyInfoEnabled", codecs.BOOL),
)
