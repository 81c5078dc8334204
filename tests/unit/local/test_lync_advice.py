"""Valid manifests about Lync that would surprise are warned of, each with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from um_operator.local.advice import advice
from um_operator.local.manifests import read_manifests

MANIFESTS = """\
apiVersion: unifiedmessaging.dev/v1beta1
kind: ExchangeOrganization
metadata: {name: default}
spec:
  exchange:
    endpoints: [http://ex01.contoso.com/PowerShell/]
    authentication: {secretRef: {name: account}}
  lync:
    endpoints: [https://lyncpool01.contoso.com/OcsPowershell]
    authentication: {secretRef: {name: at-lync}}
  mode: Enforce
  maintenanceWindows: [{name: night, schedule: "0 22 * * Sat", duration: 4h, timeZone: UTC}]
---
apiVersion: unifiedmessaging.dev/v1beta1
kind: UMDialPlan
metadata: {name: lync}
spec:
  name: Contoso-Lync
  uriType: SipName
  countryOrRegionCode: "49"
  numberOfDigitsInExtension: 4
  voipSecurity: Secured
  accessTelephoneNumbers: ["+4989555004900"]
---
apiVersion: unifiedmessaging.dev/v1beta1
kind: UMCertificate
metadata: {name: um}
spec: {issuer: {ca: {}}}
---
apiVersion: unifiedmessaging.dev/v1beta1
kind: LyncIntegration
metadata: {name: lync}
spec:
  pools: [{fqdn: lyncpool01.contoso.com}]
  dialPlanRefs: [{name: lync}]
  permissions: {policy: Run, server: ex01.contoso.com, authentication: {secretRef: {name: of-script}}}
"""
SECRET = "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: {}}}\nstringData: {{password: {}}}\n"
ABOUT_THE_PLAN = 'LyncIntegration/lync: spec.dialPlanRefs[lync]: "UMDialPlan/lync"'


def warnings(tmp_path: Path, *changes: tuple[str, str], **passwords: str) -> list[str]:
    text = MANIFESTS
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    given = {"account": "real", "at-lync": "real", "of-script": "real", **passwords}
    text += "".join(SECRET.format(name, password) for name, password in given.items())
    (tmp_path / "um.yaml").write_text(text)
    return [f"{item.about}: {item.message}" for item in advice(read_manifests([str(tmp_path)]))]


def test_an_integration_without_surprises_gets_no_warning(tmp_path: Path) -> None:
    assert warnings(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        (
            ("uriType: SipName", "uriType: E164"),
            f'{ABOUT_THE_PLAN} is "E164", and Lync works with SipName only',
        ),
        (
            ("  uriType: SipName\n", ""),
            f"{ABOUT_THE_PLAN} has no uriType: Exchange makes it TelephoneExtension, and Lync works with "
            "SipName only",
        ),
        (
            ("name: Contoso-Lync", "name: Contoso Lync"),
            f'{ABOUT_THE_PLAN} is called "Contoso Lync", and Lync finds no plan with a space in its name',
        ),
        (
            ("voipSecurity: Secured", "voipSecurity: Unsecured"),
            f"{ABOUT_THE_PLAN} is Unsecured: pools are not linked to it, for they call over TLS only",
        ),
        (
            ('"+4989555004900"', '"4900"'),
            'UMDialPlan/lync: number "4900" is not in E.164, such as "+4989555004900", so OcsUmUtil.exe '
            'makes no contact for it, and "LyncIntegration/lync" waits for one',
        ),
        (
            ("issuer: {ca: {}}", "issuer: {ca: {}}, scope: Shared, commonName: um.contoso.com"),
            'UMCertificate/um: spec.scope "Shared": Lync knows each server by the common name of its '
            "certificate, so it is refused on every server but the one of that name; use PerServer",
        ),
        (
            ("dialPlanRefs: [{name: lync}]", "dialPlanRefs: [{name: other}]"),
            'LyncIntegration/lync: spec.dialPlanRefs: "UMDialPlan/other" does not exist',
        ),
    ],
)
def test_a_surprise_is_warned_of(tmp_path: Path, change: tuple[str, str], warning: str) -> None:
    assert warnings(tmp_path, change) == [warning]


def test_numbers_that_nobody_asks_contacts_for_may_be_any(tmp_path: Path) -> None:
    ignored = ("  permissions:", "  contacts: {policy: Ignore}\n  permissions:")
    assert warnings(tmp_path, ('"+4989555004900"', '"4900"'), ignored) == []


def test_an_integration_without_any_certificate_is_warned_of(tmp_path: Path) -> None:
    parts = [part for part in MANIFESTS.split("---\n") if "UMCertificate" not in part]
    (tmp_path / "um.yaml").write_text("---\n".join(parts))
    found = advice(read_manifests([str(tmp_path)]))
    assert [item.message for item in found if "Certificate" in item.message] == [
        "there is no UMCertificate: unless servers serve certificates already, plans stay unsecured"
    ]
