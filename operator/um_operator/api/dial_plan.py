"""UMDialPlan: a UM dial plan, every parameter of Set-UMDialPlan; a property left out is left alone (R2)."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import Field

from um_operator.api.durations import Between, Duration
from um_operator.api.meta import ObjectKey, Resource
from um_operator.api.model import Atomic, Immutable, ListOf, Model, at_most, computed, keyed_by, source
from um_operator.api.owned import ExchangeObjectSpec
from um_operator.api.status import UMDialPlanStatus
from um_operator.api.strings import exchange_name
from um_operator.api.text import Text

T = TypeVar("T")

DIAL_PLAN_NAME_MAX = 49
"""Exchange takes 64, but makes a mailbox policy "<name> Default Policy" as well (field notes 3.1)."""

DialPlanName = Annotated[str, exchange_name(DIAL_PLAN_NAME_MAX)]
Identity = Annotated[str, Text(256, least=0)]
FileName = Annotated[str, Text(255, least=0)]
MASK = 'must be digits, "x" for one digit, "*", "#" and "+"'
Extension = Annotated[str, Text(32, r"^\+?[0-9*#]*$", 'must be digits, "*" and "#"', least=0)]
TelephoneNumber = Annotated[str, Text(32)]
E164Number = Annotated[str, Text(32, r"^\+[1-9][0-9]+$", 'must be an E.164 number, such as "+4989555004900"')]
NumberFormat = Annotated[str, Text(32, r"^[0-9xX+*#]*$", MASK, least=0)]
NumberMask = Annotated[str, Text(64, r"^[0-9xX+*#]+$", MASK)]
GroupName = Annotated[str, Text(32, r"^[^,\x00-\x1f]+$", "must have no commas")]
Listed = Annotated[ListOf[T], at_most(64)]
Attempts = Annotated[int, Field(ge=1, le=20)]
SETTINGS = source("Exchange 2013 help, manage-um-dial-plan")


class DialingRule(Model):
    """One rule of a dialing group."""

    number_mask: NumberMask
    """Which numbers it matches: digits, ``x`` for one digit, ``*`` for the rest."""
    dialed_number: NumberMask
    """What is dialled for them; wildcards take what the mask matched."""
    comment: Annotated[str, Text(96, least=0)] | None = None
    """A word for people."""


class DialingGroup(Model):
    """Dialing rules that are allowed together."""

    name: GroupName
    """The group's name."""
    rules: Annotated[ListOf[DialingRule], Atomic, at_most(64, at_least=1)]
    """Its rules; their order has no meaning in Exchange."""


class UMDialPlanCreation(ExchangeObjectSpec):
    """What is settled when Exchange creates the plan."""

    name: Annotated[DialPlanName | None, Immutable, computed("metadata.name")] = None
    """The plan's name in Exchange, compared without case; an existing plan of that name is adopted.
    References use metadata.name. For Lync it has no spaces."""
    number_of_digits_in_extension: Annotated[int, Field(ge=1, le=20), Immutable]
    """How many digits an extension has."""
    uri_type: Annotated[
        Literal["TelephoneExtension", "SipName", "E164"] | None,
        Immutable,
        computed("for a plan that is created: TelephoneExtension"),
    ] = None
    """How users are named in calls (-URIType; TelephoneExtension is Exchange's TelExtn)."""
    generate_um_mailbox_policy: Annotated[bool | None, Field(alias="generateUMMailboxPolicy")] = None
    """Whether a mailbox policy "<name> Default Policy" is made with the plan."""


class UMDialPlanProperties(Model):
    """The settings that Set-UMDialPlan changes. Absent is not managed, an empty text or list means empty."""

    voip_security: Literal["Unsecured", "SIPSecured", "Secured"]
    """SIPSecured: signalling over mutual TLS. Secured: media by SRTP as well. A change interrupts calls."""
    access_telephone_numbers: Listed[TelephoneNumber] | None = None
    """Numbers (or SIP addresses) that users call for Outlook Voice Access."""
    allow_dial_plan_subscribers: bool | None = None
    """Whether callers may dial subscribers of the same plan."""
    allow_extensions: bool | None = None
    """Whether callers may dial extensions of the plan."""
    allow_heuristic_ad_calling_line_id_resolution: Annotated[
        bool | None, Field(alias="allowHeuristicADCallingLineIdResolution")
    ] = None
    """Whether a caller is looked up by the telephone numbers in Active Directory."""
    allowed_in_country_or_region_groups: Listed[GroupName] | None = None
    """Names of ``configuredInCountryOrRegionGroups`` that callers of the plan may use."""
    allowed_international_groups: Listed[GroupName] | None = None
    """Names of ``configuredInternationalGroups`` that callers of the plan may use."""
    audio_codec: Literal["Mp3", "Wma", "G711", "Gsm"] | None = None
    """How messages are recorded."""
    automatic_speech_recognition_enabled: bool | None = None
    """Whether users of the plan may speak instead of typing."""
    call_answering_rules_enabled: bool | None = None
    """Whether users of the plan may have call answering rules."""
    call_someone_enabled: bool | None = None
    """Whether callers may be connected to someone."""
    configured_in_country_or_region_groups: (
        Annotated[ListOf[DialingGroup], keyed_by("name"), at_most(64)] | None
    ) = None
    """Dialing rules within the country."""
    configured_international_groups: Annotated[ListOf[DialingGroup], keyed_by("name"), at_most(64)] | None = (
        None
    )
    """Dialing rules to other countries."""
    contact_address_list: Identity | None = None
    """The address list that is searched when ``contactScope`` is AddressList."""
    contact_recipient_container: Identity | None = None
    """The container that directory searches are limited to."""
    contact_scope: (
        Literal["DialPlan", "GlobalAddressList", "Extension", "AutoAttendantLink", "AddressList"] | None
    ) = None
    """Whom callers may look for."""
    country_or_region_code: Annotated[str, Text(4, r"^[0-9]+$", "must be digits"), SETTINGS]
    """Country code of the plan's telephone numbers, 1 to 4 digits."""
    default_language: (
        Annotated[str, Text(32, r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", 'must be a culture, such as "de-DE"')]
        | None
    ) = None
    """The culture in which callers are spoken to, such as "de-DE"; its language pack must be installed."""
    dial_by_name_primary: Literal["LastFirst", "FirstLast", "SMTPAddress"] | None = None
    """How callers spell a name."""
    dial_by_name_secondary: Literal["LastFirst", "FirstLast", "SMTPAddress", "None"] | None = None
    """How else callers spell a name."""
    equivalent_dial_plan_phone_contexts: Listed[Identity] | None = None
    """Phone contexts of plans, also of other forests, in which a caller is looked up as well."""
    extension: Extension | None = None
    """The extension that Call Someone transfers to."""
    fax_enabled: bool | None = None
    """Whether fax calls are answered; behind a Mediation Server there is no fax."""
    in_country_or_region_number_format: NumberFormat | None = None
    """How to dial into the plan from the same country: a prefix, and one ``x`` for each digit taken over."""
    info_announcement: Literal["Disabled", "Enabled", "Uninterruptible"] | None = None
    """Whether an announcement is played (-InfoAnnouncementEnabled: False, True, Uninterruptible)."""
    info_announcement_filename: FileName | None = None
    """The announcement's sound file."""
    input_failures_before_disconnect: Annotated[Attempts | None, SETTINGS] = None
    """How often a caller may mistype."""
    international_access_code: (
        Annotated[str, Text(4, r"^[0-9]*$", "must be digits", least=0), SETTINGS] | None
    ) = None
    """What is dialled before an international number, up to 4 digits."""
    international_number_format: NumberFormat | None = None
    """How to dial into the plan from another country."""
    legacy_prompt_publishing_point: Annotated[str, Text(255, least=0)] | None = None
    """Share with the prompts of Exchange 2007 servers."""
    logon_failures_before_disconnect: Annotated[Attempts | None, SETTINGS] = None
    """How often a caller may enter a wrong PIN in one call."""
    matched_name_selection_method: (
        Literal["Title", "Department", "Location", "None", "PromptForAlias"] | None
    ) = None
    """How callers tell users of the same name apart."""
    max_call_duration: Annotated[Duration, Between("10m", "120m", whole="1m"), SETTINGS] | None = None
    """How long a call may last, in whole minutes."""
    max_recording_duration: Annotated[Duration, Between("1m", "100m", whole="1m"), SETTINGS] | None = None
    """How long a message may last, in whole minutes; less than ``maxCallDuration``."""
    national_number_prefix: (
        Annotated[str, Text(4, r"^[0-9]*$", "must be digits", least=0), SETTINGS] | None
    ) = None
    """What is dialled before a national number, up to 4 digits."""
    numbering_plan_formats: Listed[NumberMask] | None = None
    """Number masks by which a caller within the plan is recognised, such as "142570xxxxx"."""
    operator_extension: Extension | None = None
    """Where a caller who asks for the operator is sent; empty: nowhere."""
    outside_line_access_code: (
        Annotated[str, Text(16, r"^[0-9]*$", "must be digits", least=0), SETTINGS] | None
    ) = None
    """What is dialled to get an outside line, up to 16 digits."""
    pilot_identifier_list: Listed[E164Number] | None = None
    """Pilot numbers of the plan in E.164 form."""
    recording_idle_timeout: Annotated[Duration, Between("2s", "10s", whole="1s"), SETTINGS] | None = None
    """The silence that ends a recording, in whole seconds."""
    send_voice_msg_enabled: bool | None = None
    """Whether callers may send voice messages."""
    tui_prompt_editing_enabled: bool | None = None
    """Whether prompts may be recorded over the telephone."""
    um_auto_attendant: Identity | None = None
    """The auto attendant that answers when a caller presses the star key."""
    welcome_greeting_enabled: bool | None = None
    """Whether a greeting of your own is played."""
    welcome_greeting_filename: FileName | None = None
    """The greeting's sound file."""


class UMDialPlanSpec(UMDialPlanProperties, UMDialPlanCreation):
    """What is wanted of a dial plan."""


class UMDialPlan(Resource):
    """A UM dial plan."""

    kind: Literal["UMDialPlan"] = "UMDialPlan"
    """The kind."""
    spec: UMDialPlanSpec
    """What is wanted."""
    status: UMDialPlanStatus = Field(default=UMDialPlanStatus(), exclude=True)
    """What is: written by the operator."""

    @property
    def key(self) -> ObjectKey:
        """Return the key by which the operator knows the resource."""
        return ObjectKey(self.kind, self.metadata.name)
