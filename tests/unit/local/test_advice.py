"""Valid manifests that would surprise are warned of, each with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from um_operator.local.advice import advice
from um_operator.local.manifests import read_manifests

HEAD = "---\napiVersion: unifiedmessaging.dev/v1beta1\n"
ORGANIZATION = """kind: ExchangeOrganization
metadata: {name: default}
spec:
  exchange:
    endpoints: [http://ex01.contoso.com/PowerShell/]
    authentication: {secretRef: {name: account}}
  mode: Enforce
  maintenanceWindows: [{name: night, schedule: "0 22 * * Sat", duration: 4h, timeZone: UTC}]
"""
SECRET = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: account}\nstringData: {password: real}\n"
PLAN = """kind: UMDialPlan
metadata: {name: pbx}
spec: {name: Contoso-PBX, countryOrRegionCode: "49", numberOfDigitsInExtension: 4, voipSecurity: Unsecured}
"""
GATEWAY = """kind: UMIPGateway
metadata: {name: sbc01}
spec: {address: sbc01.contoso.com, dialPlanRefs: [{name: pbx}]}
"""


def warnings(tmp_path: Path, *changes: tuple[str, str]) -> list[str]:
    text = HEAD + ORGANIZATION + SECRET + HEAD + PLAN + HEAD + GATEWAY
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    (tmp_path / "um.yaml").write_text(text)
    return [f"{item.about}: {item.message}" for item in advice(read_manifests([str(tmp_path)]))]


SECURED = ("voipSecurity: Unsecured", "voipSecurity: Secured")


def test_manifests_without_surprises_get_no_warning(tmp_path: Path) -> None:
    assert warnings(tmp_path) == []
    assert warnings(tmp_path, SECURED, ("sbc01.contoso.com,", "sbc01.contoso.com, media: SRTP,")) == []


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        (
            ("  mode: Enforce\n", ""),
            'ExchangeOrganization/default: spec.mode is "Observe": apply reports and changes nothing',
        ),
        (
            ("  maintenanceWindows:", "  # "),
            "ExchangeOrganization/default: spec.maintenanceWindows is empty: "
            "changes and repairs that interrupt calls run at any time",
        ),
        (
            ("password: real", "password: replace-me"),
            'ExchangeOrganization/default: Secret "account" holds a placeholder; '
            "give the real one by a later -f",
        ),
        (
            ("metadata: {name: account}", "metadata: {name: other}"),
            'ExchangeOrganization/default: Secret "account" does not exist',
        ),
        (
            ("dialPlanRefs: [{name: pbx}]", "organizationRef: {name: fabrikam}"),
            'UMIPGateway/sbc01: "ExchangeOrganization/fabrikam" does not exist',
        ),
        (
            ("spec: {address: sbc01.contoso.com,", "spec: {address: sbc01.contoso.com, port: 5061,"),
            'UMIPGateway/sbc01: spec.port "5061" waits: '
            '"UMDialPlan/pbx" is Unsecured, and its calls need plain SIP',
        ),
    ],
)
def test_what_surprises_is_named_once(tmp_path: Path, change: tuple[str, str], warning: str) -> None:
    assert warnings(tmp_path, change) == [warning]


def test_a_reference_by_the_name_in_exchange_is_told_with_the_name_that_is_meant(tmp_path: Path) -> None:
    found = warnings(tmp_path, ("dialPlanRefs: [{name: pbx}]", "dialPlanRefs: [{name: contoso-pbx}]"))
    assert found[-1] == (
        'UMIPGateway/sbc01: spec.dialPlanRefs: "contoso-pbx" is a name in Exchange; write "pbx"'
    )


def test_a_gateway_that_keeps_its_plan_unsecured_is_named_with_each_reason(tmp_path: Path) -> None:
    assert warnings(tmp_path, SECURED, ("address: sbc01.contoso.com", "address: 10.0.0.1")) == [
        'UMIPGateway/sbc01: spec.address is no FQDN, so "UMDialPlan/pbx" stays unsecured',
        'UMIPGateway/sbc01: spec.media is not "SRTP", so "UMDialPlan/pbx" stays unsecured',
    ]


def test_a_warning_names_file_and_line(tmp_path: Path) -> None:
    warnings(tmp_path, ("  mode: Enforce\n", ""))
    (only,) = advice(read_manifests([str(tmp_path)]))
    assert str(only).startswith(f"{tmp_path}/um.yaml:2: ExchangeOrganization/default: ")


CERTIFICATE = """kind: UMCertificate
metadata: {name: um}
spec: {issuer: {ca: {}}}
"""


def of_certificates(tmp_path: Path, *changes: tuple[str, str], more: str = "") -> list[str]:
    (tmp_path / "certificates.yaml").write_text(HEAD + CERTIFICATE + more)
    found = warnings(tmp_path, *changes)
    return [line for line in found if line.startswith("UMCertificate/")]


def changed(spec: str) -> str:
    return HEAD + CERTIFICATE.replace("name: um", "name: other").replace("issuer: {ca: {}}", spec)


def test_a_certificate_without_surprises_gets_no_warning(tmp_path: Path) -> None:
    assert of_certificates(tmp_path) == []


def test_lync_trusts_no_self_signed_certificate(tmp_path: Path) -> None:
    lync = ("name: Contoso-PBX,", "name: Contoso-PBX, uriType: SipName,")
    elsewhere = "servers: {include: [ex09.contoso.com], exclude: [ex0*]}"
    more = changed(f"issuer: {{selfSigned: {{}}}}, {elsewhere}")
    assert of_certificates(tmp_path, more=more) == []
    assert of_certificates(tmp_path, lync, more=more) == [
        'UMCertificate/other: spec.issuer.selfSigned: "UMDialPlan/pbx" is for Lync, which trusts no '
        "self-signed certificate; use ca, or another issuer"
    ]


@pytest.mark.parametrize(
    ("mode", "security", "why"),
    [("TLS", "Unsecured", "is Unsecured"), ("TCP", "Secured", "is to be secured")],
)
def test_a_startup_mode_that_would_cut_off_a_plan_waits(
    tmp_path: Path, mode: str, security: str, why: str
) -> None:
    more = changed(f"issuer: {{ca: {{}}}}, startupMode: {mode}, servers: {{exclude: ['*']}}")
    assert of_certificates(tmp_path, ("voipSecurity: Unsecured", f"voipSecurity: {security}"), more=more) == [
        f'UMCertificate/other: spec.startupMode "{mode}" waits: "UMDialPlan/pbx" {why}'
    ]


def test_two_certificates_for_a_server_that_is_named_are_noticed(tmp_path: Path) -> None:
    claimed = (
        'service "UM" of "ex01.contoso.com" (and 1 more) is claimed by "UMCertificate/other", which has it'
    )
    assert of_certificates(tmp_path, more=changed("issuer: {ca: {}}")) == [f"UMCertificate/um: {claimed}"]


def test_a_secret_of_an_issuer_that_no_folder_holds_is_missed(tmp_path: Path) -> None:
    more = changed("issuer: {ca: {secretRef: {name: issuing}}}, servers: {exclude: ['*']}")
    assert of_certificates(tmp_path, more=more) == ['UMCertificate/other: Secret "issuing" does not exist']


DELIVERY = (
    "{name: pbx}]}",
    "{name: pbx}], trust: {delivery: {endpoint: 'ssh://sbc01', secretRef: {name: account}, "
    "knownHostsRef: {name: keys}, %s}}}",
)


@pytest.mark.parametrize(
    ("recipe", "warning"),
    [
        ("preset: Kamailio", None),
        ("preset: Kamailio, parameters: {cafile: /ca.pem}", 'did you mean "caFile"?'),
        ("preset: Kamailio, parameters: {reloadCommand: reboot}", "no command that a recipe may run"),
        ("recipeRef: {name: recipes, key: own}", "title: is required"),
        ("recipeRef: {name: elsewhere, key: own}", None),
    ],
)
def test_a_recipe_that_is_refused_is_told_before_anything_is_done(
    tmp_path: Path, recipe: str, warning: str | None
) -> None:
    own = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: recipes}\ndata: {own: 'files: {}'}\n"
    (tmp_path / "recipes.yaml").write_text(own)
    before, after = DELIVERY
    told = warnings(tmp_path, (before, after % recipe))
    assert len(told) == (0 if warning is None else 1)
    assert warning is None or warning in told[0]
