"""Every way in which a manifest can be wrong, each with the line that says so."""

from __future__ import annotations

from typing import Any

from manifests_support import (
    certificate_document,
    document,
    gateway_document,
    organization_document,
    plan_document,
    with_metadata,
)
from um_operator.api.meta import API_VERSION

RULE = {"numberMask": "0x", "dialedNumber": "0x"}
SECRET = {"secretRef": {"name": "exchange-operator"}}
HTTP = {"endpoints": ["http://ex01.contoso.com/PowerShell/"], "authentication": {**SECRET, "method": "Basic"}}
WINDOW = {"name": "night", "schedule": "0 22 * * Sat", "duration": "4h", "timeZone": "Europe/Berlin"}
BLACKOUT = {"name": "fair", "startsAt": "2026-12-01T00:00:00Z", "endsAt": "2026-12-01T00:00:00Z"}
DELIVERY = {"endpoint": "ssh://sbc01.contoso.com", "secretRef": {"name": "sbc01"}}

BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a mistyped field names the one that was meant": (
        plan_document("pbx", voipSecurty="Secured"),
        'spec.voipSecurty: is not a field; did you mean "voipSecurity"?',
    ),
    "the wrong case of a field as well": (
        gateway_document("sbc01", outCallsAllowed=True),
        'spec.outCallsAllowed: is not a field; did you mean "outcallsAllowed"?',
    ),
    "a field that resembles nothing": (plan_document("pbx", colour="red"), "spec.colour: is not a field"),
    "a mistyped field deep inside a list": (
        gateway_document("sbc01", dialPlanRefs=[{"name": "pbx"}, {"name": "pbx", "pilot": "4900"}]),
        "spec.dialPlanRefs[1].pilot: is not a field",
    ),
    "a code that YAML read as a number": (
        plan_document("pbx", countryOrRegionCode=49),
        'spec.countryOrRegionCode "49": must be text: put it in quotes',
    ),
    "a country code of five digits": (
        plan_document("pbx", countryOrRegionCode="00049"),
        'spec.countryOrRegionCode "00049": must have at most 4 characters',
    ),
    "a number that is text": (
        plan_document("pbx", numberOfDigitsInExtension="4"),
        'spec.numberOfDigitsInExtension "4": must be a whole number without quotes',
    ),
    "a boolean is no number": (
        plan_document("pbx", numberOfDigitsInExtension=True),
        'spec.numberOfDigitsInExtension "true": must be a whole number without quotes',
    ),
    "more digits than an extension has": (
        plan_document("pbx", numberOfDigitsInExtension=21),
        'spec.numberOfDigitsInExtension "21": must be 20 or less',
    ),
    "another word of Exchange's than ours": (
        plan_document("pbx", uriType="TelExtn"),
        'spec.uriType "TelExtn": must be "TelephoneExtension", "SipName" or "E164"',
    ),
    "a duration without a unit": (
        plan_document("pbx", maxCallDuration=30),
        'spec.maxCallDuration "30": must be a duration such as "90s", "10m" or "1h30m", in quotes',
    ),
    "a duration of half a minute more": (
        plan_document("pbx", maxRecordingDuration="90s"),
        'spec.maxRecordingDuration "90s": must be between "1m" and "100m", in steps of "1m"',
    ),
    "a longer recording than Exchange takes": (
        plan_document("pbx", maxRecordingDuration="101m"),
        'spec.maxRecordingDuration "101m": must be between "1m" and "100m", in steps of "1m"',
    ),
    "a name that Exchange forbids": (
        plan_document("pbx", name="Contoso/PBX"),
        'spec.name "Contoso/PBX": must have none of " / \\ [ ] : ; | = , + * ? < >, no space at its ends',
    ),
    "a plan's name that leaves no room for its policy": (
        plan_document("pbx", name="x" * 50),
        f'spec.name "{"x" * 50}": must have at most 49 characters',
    ),
    "a long metadata.name in place of one": (
        plan_document("x" * 50),
        "spec.name: is required when metadata.name is longer than 49 characters",
    ),
    "an allowed group that is not configured": (
        plan_document(
            "pbx",
            configuredInternationalGroups=[{"name": "World", "rules": [RULE]}],
            allowedInternationalGroups=["Wrld"],
        ),
        "spec.allowedInternationalGroups: each must be a name of configuredInternationalGroups",
    ),
    "a number twice": (
        plan_document("pbx", accessTelephoneNumbers=["4900", "4950", "4900"]),
        'spec.accessTelephoneNumbers "4900": stands in the list twice',
    ),
    "a hunt group twice": (
        gateway_document("sbc01", dialPlanRefs=[{"name": "pbx"}, {"name": "pbx", "pilotIdentifier": ""}]),
        'spec.dialPlanRefs "pbx, ": stands in the list twice',
    ),
    "digits and dots that are no address": (
        gateway_document("sbc01", address="10.0.0.256"),
        'spec.address "10.0.0.256": must be an IP address or a host name',
    ),
    "a port beyond the last": (
        gateway_document("sbc01", port=65536),
        'spec.port "65536": must be 65535 or less',
    ),
    "an ssh device without host keys": (
        gateway_document("sbc01", trust={"delivery": {**DELIVERY, "preset": "CiscoCUBE"}}),
        "spec.trust.delivery.knownHostsRef: is required for an ssh endpoint",
    ),
    "no account": (
        organization_document(exchange={"endpoints": ["https://ex01.contoso.com/PowerShell/"]}),
        "spec.exchange.authentication: is required",
    ),
    "a password over plain HTTP": (
        organization_document(exchange=HTTP),
        "spec.exchange.authentication.method: Basic and Certificate ask for https endpoints and "
        "hosts.scheme HTTPS",
    ),
    "more sessions to a server than in all": (
        organization_document(sessions={"perServer": 3, "total": 2}),
        "spec.sessions.perServer: must not be more than sessions.total",
    ),
    "a window that is shorter than the drain": (
        organization_document(maintenanceWindows=[{**WINDOW, "duration": "20m"}]),
        "spec.maintenanceWindows: each must be longer than disruption.drainTimeout",
    ),
    "a window of no known time zone": (
        organization_document(maintenanceWindows=[{**WINDOW, "timeZone": "Europe/Munich"}]),
        'spec.maintenanceWindows[0].timeZone "Europe/Munich": must be the name of an IANA time zone, '
        'such as "Europe/Berlin"',
    ),
    "a window at an hour that no day has": (
        organization_document(maintenanceWindows=[{**WINDOW, "schedule": "0 25 * * *"}]),
        'spec.maintenanceWindows[0].schedule "0 25 * * *": must be a cron schedule of five fields: bad hour',
    ),
    "a window every second": (
        organization_document(maintenanceWindows=[{**WINDOW, "schedule": "* * * * * *"}]),
        'spec.maintenanceWindows[0].schedule "* * * * * *": must be a cron schedule of five fields',
    ),
    "two windows of one name": (
        organization_document(maintenanceWindows=[WINDOW, WINDOW]),
        'spec.maintenanceWindows "night": stands in the list twice',
    ),
    "a blackout that ends as it begins": (
        organization_document(blackouts=[BLACKOUT]),
        "spec.blackouts[0].endsAt: must be later than startsAt",
    ),
    "a blackout without an offset": (
        organization_document(blackouts=[{**BLACKOUT, "endsAt": "2026-12-02T00:00:00"}]),
        'spec.blackouts[0].endsAt "2026-12-02T00:00:00": must be an instant with its offset, '
        'such as "2026-12-18T17:00:00+01:00"',
    ),
    "a day that does not exist": (
        organization_document(blackouts=[{**BLACKOUT, "endsAt": "2026-02-30T00:00:00Z"}]),
        'spec.blackouts[0].endsAt "2026-02-30T00:00:00Z": must be an instant with its offset, '
        'such as "2026-12-18T17:00:00+01:00"',
    ),
    "no endpoint": (
        organization_document(exchange={"endpoints": [], "authentication": SECRET}),
        'spec.exchange.endpoints "[]": must have 1 or more entries',
    ),
    "an endpoint that is none, and the only one": (
        organization_document(exchange={"endpoints": ["ex01.contoso.com"], "authentication": SECRET}),
        'spec.exchange.endpoints[0] "ex01.contoso.com": must be an http:// or https:// address',
    ),
    "no issuer of a certificate": (
        certificate_document(issuer={}),
        "spec.issuer: exactly one of selfSigned, ca, secret, request, certManager and existing is required",
    ),
    "two issuers of a certificate": (
        certificate_document(issuer={"selfSigned": {}, "ca": {}}),
        "spec.issuer: exactly one of selfSigned, ca, secret, request, certManager and existing is required",
    ),
    "an issuer as a word": (
        certificate_document(issuer="selfSigned"),
        'spec.issuer "selfSigned": must be a mapping of fields',
    ),
    "a thumbprint that YAML read as a number": (
        certificate_document(
            scope="Shared", issuer={"existing": {"thumbprint": 10**39, "fromServer": "ex01.contoso.com"}}
        ),
        f'spec.issuer.existing.thumbprint "{10**39}": must be text: put it in quotes',
    ),
    "a password of no PFX": (
        certificate_document(
            scope="Shared", issuer={"secret": {"secretRef": {"name": "um"}, "passwordKey": "password"}}
        ),
        "spec.issuer.secret.passwordKey: is the password of a PFX, and pfxKey names none",
    ),
    "a country that YAML read as false": (
        certificate_document(subject={"countries": [False]}),
        'spec.subject.countries[0] "false": must be text: put it in quotes',
    ),
    "a certificate that is renewed before it begins": (
        certificate_document(duration="720h", renewBefore="720h"),
        "spec.renewBefore: must be shorter than duration",
    ),
    "two ways to say when to renew": (
        certificate_document(renewBefore="720h", renewBeforePercentage=33),
        "spec.renewBeforePercentage: cannot stand beside renewBefore",
    ),
    "a common name for every server": (
        certificate_document(commonName="um.contoso.com"),
        "spec.commonName: is the server's FQDN where scope is PerServer; with scope Shared it can be chosen",
    ),
    "a shared certificate without a name": (
        certificate_document(scope="Shared"),
        "spec.commonName: is required where scope is Shared",
    ),
    "a certificate in a Secret for each server": (
        certificate_document(issuer={"secret": {"secretRef": {"name": "um"}}}),
        "spec.scope: must be Shared for the issuers secret and existing: they have one certificate for all",
    ),
    "a key in Exchange for an issuer that takes no request": (
        certificate_document(privateKey={"source": "Exchange"}),
        "spec.privateKey.source: Exchange asks for an issuer that takes requests: ca, request or certManager",
    ),
    "a name that Kubernetes refuses": (
        with_metadata(plan_document(), name="PBX"),
        'metadata.name "PBX": must be lower-case letters, digits and "-", parts with "." between',
    ),
    "a mistyped label": (
        with_metadata(plan_document(), lables={}),
        'metadata.lables: is not a field; did you mean "labels"?',
    ),
    "a mistyped kind": (
        {**plan_document(), "kind": "UmDialplan"},
        'kind "UmDialplan": did you mean "UMDialPlan"?',
    ),
    "a kind of no release": (
        document("UMServer", "ex01", {}),
        'kind "UMServer": must be one of "ExchangeOrganization", "LyncIntegration", "UMCertificate", '
        '"UMDialPlan", "UMIPGateway"',
    ),
    "another version": (
        {**plan_document(), "apiVersion": "unifiedmessaging.dev/v1"},
        f'apiVersion "unifiedmessaging.dev/v1": must be "{API_VERSION}"',
    ),
    "no spec": (
        {key: value for key, value in plan_document().items() if key != "spec"},
        "spec: is required",
    ),
    "a spec that is text": ({**plan_document(), "spec": "x"}, 'spec "x": must be a mapping of fields'),
}
