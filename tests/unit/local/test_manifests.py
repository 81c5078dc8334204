"""Folders become one namespace's resources, or every problem at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from um_operator.api.meta import ObjectKey
from um_operator.local.manifests import Manifests, ManifestsError, read_manifests
from um_operator.local.secrets import LocalSecrets

PLAN = """
apiVersion: unifiedmessaging.dev/v1beta1
kind: UMDialPlan
metadata: {name: pbx}
spec:
  countryOrRegionCode: "49"
  numberOfDigitsInExtension: 4
  voipSecurity: Unsecured
"""
GATEWAY = """
apiVersion: unifiedmessaging.dev/v1beta1
kind: UMIPGateway
metadata: {name: sbc01}
spec:
  address: sbc01.contoso.com
  port: 5060
"""

GATEWAY_ITEM = """\
- apiVersion: unifiedmessaging.dev/v1beta1
  kind: UMIPGateway
  metadata: {name: sbc01}
  spec:
    address: 300.1.1.1
"""
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n"


def folder(path: Path, **files: str) -> str:
    path.mkdir(exist_ok=True)
    for name, text in files.items():
        (path / f"{name}.yaml").write_text(text.lstrip("\n"))
    return str(path)


def problems(*sources: str) -> list[str]:
    with pytest.raises(ManifestsError) as error:
        read_manifests(sources)
    return [str(problem).replace(str(Path(sources[0]).parent), "") for problem in error.value.problems]


def spec(manifests: Manifests, name: str) -> Any:
    return next(resource.spec for resource in manifests.resources if resource.metadata.name == name)


def test_the_resources_of_a_folder_are_read(tmp_path: Path) -> None:
    manifests = read_manifests([folder(tmp_path / "um", a=PLAN, b=GATEWAY)])
    assert [str(resource.key) for resource in manifests.resources] == ["UMDialPlan/pbx", "UMIPGateway/sbc01"]
    assert spec(manifests, "sbc01").port == 5060
    assert manifests.skipped == ()


def test_every_problem_of_every_file_is_told_in_one_line_with_file_line_document_field_value_and_rule(
    tmp_path: Path,
) -> None:
    bad_plan = PLAN.replace("Unsecured", "Sicher").replace("  countryOrRegionCode", "  countryOrRegioncode")
    bad_gateway = GATEWAY.replace("5060", "70000")
    um = folder(tmp_path / "um", a=bad_plan + "---" + bad_gateway, b="a: yes\n", c="- kind: UMDialPlan\n")
    assert problems(um) == [
        "/um/a.yaml:4: document 1, UMDialPlan/pbx: spec.countryOrRegionCode: is required",
        "/um/a.yaml:5: document 1, UMDialPlan/pbx: spec.countryOrRegioncode: is not a field; did you mean "
        '"countryOrRegionCode"?',
        '/um/a.yaml:7: document 1, UMDialPlan/pbx: spec.voipSecurity "Sicher": must be "Unsecured", '
        '"SIPSecured" or "Secured"',
        '/um/a.yaml:14: document 2, UMIPGateway/sbc01: spec.port "70000": must be 65535 or less',
        "/um/b.yaml:1: document 1: a: YAML loaders read it in different ways; put it in quotes",
        "/um/b.yaml:1: document 1: kind: is required",
        "/um/c.yaml:1: document 1: kind: is required",
    ]


def test_a_kind_that_is_misspelt_is_a_problem_and_not_skipped(tmp_path: Path) -> None:
    um = folder(tmp_path / "um", a=PLAN.replace("UMDialPlan", "UMDialplan"))
    assert problems(um) == [
        '/um/a.yaml:2: document 1, UMDialplan/pbx: kind "UMDialplan": did you mean "UMDialPlan"?'
    ]


@pytest.mark.parametrize(
    ("version", "shown"),
    [("apiVersion: unifedmessaging.dev/v1beta1\n", ' "unifedmessaging.dev/v1beta1"'), ("", "")],
)
def test_a_kind_of_ours_without_our_api_version_is_a_problem_and_not_skipped(
    tmp_path: Path, version: str, shown: str
) -> None:
    text = GATEWAY.replace("apiVersion: unifiedmessaging.dev/v1beta1\n", version)
    [line] = problems(folder(tmp_path / "um", a=text))
    assert line.endswith(
        f'document 1, UMIPGateway/sbc01: apiVersion{shown}: must be "unifiedmessaging.dev/v1beta1"'
    )


def test_what_yaml_loaders_read_differently_hides_nothing_else_of_its_file(tmp_path: Path) -> None:
    bad_plan = PLAN.replace('"49"', "049").replace("Unsecured", "Sicher")
    um = folder(tmp_path / "um", a=bad_plan + "---" + GATEWAY.replace("5060", "010"))
    assert problems(um) == [
        '/um/a.yaml:5: document 1, UMDialPlan/pbx: spec.countryOrRegionCode "049": YAML loaders read it in '
        "different ways; put it in quotes",
        '/um/a.yaml:7: document 1, UMDialPlan/pbx: spec.voipSecurity "Sicher": must be "Unsecured", '
        '"SIPSecured" or "Secured"',
        '/um/a.yaml:14: document 2, UMIPGateway/sbc01: spec.port "010": YAML loaders read it in different '
        "ways; put it in quotes",
    ]


def test_the_same_resource_twice_in_one_folder_is_a_problem(tmp_path: Path) -> None:
    um = folder(tmp_path / "um", a=PLAN, b=PLAN)
    (line,) = problems(um)
    assert line.startswith('/um/b.yaml:3: document 1, UMDialPlan/pbx: metadata.name "pbx": stands in ')
    assert line.endswith("/um/a.yaml:1 too")


def test_of_a_resource_that_stands_twice_either_is_judged(tmp_path: Path) -> None:
    um = folder(tmp_path / "um", a=GATEWAY.replace("5060", "70000"), b=GATEWAY.replace("5060", "70001"))
    told = "\n".join(problems(um))
    assert 'spec.port "70000": must be' in told
    assert 'spec.port "70001": must be' in told


def test_a_later_source_wins_over_an_earlier_one_of_the_same_kind_and_name(tmp_path: Path) -> None:
    one = folder(tmp_path / "one", a=PLAN + "---" + GATEWAY)
    two = folder(tmp_path / "two", b=GATEWAY.replace("5060", "5070"))
    manifests = read_manifests([one, two])
    assert len(manifests.resources) == 2
    assert spec(manifests, "sbc01").port == 5070


def test_namespace_and_kustomization_are_passed_over_and_other_foreign_kinds_are_named(
    tmp_path: Path,
) -> None:
    foreign = """
apiVersion: v1
kind: Namespace
metadata: {name: um}
---
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: other}
"""
    manifests = read_manifests([folder(tmp_path / "um", a=PLAN, b=foreign)])
    (skipped,) = manifests.skipped
    assert skipped.endswith("b.yaml:8: Deployment/other is not for umctl")


def test_two_namespaces_in_one_run_are_a_problem(tmp_path: Path) -> None:
    other = GATEWAY.replace("{name: sbc01}", "{name: sbc01, namespace: two}")
    um = folder(tmp_path / "um", a=PLAN.replace("{name: pbx}", "{name: pbx, namespace: one}"), b=other)
    (line,) = problems(um)
    assert (
        'metadata.namespace "two": one run works on one namespace, and an earlier document is in "one"'
        in line
    )


def test_a_list_as_kubectl_prints_it_is_read_entry_by_entry_with_its_lines(tmp_path: Path) -> None:
    text = "apiVersion: v1\nkind: List\nitems:\n" + GATEWAY_ITEM
    um = folder(tmp_path / "um", a=text)
    assert problems(um) == [
        '/um/a.yaml:8: document 1, UMIPGateway/sbc01: spec.address "300.1.1.1": '
        "must be an IP address or a host name"
    ]


SECRETS = """
apiVersion: v1
kind: Secret
metadata: {name: account}
data:
  username: b2xk
  password: |
    c2Vj
    cmV0
stringData: {username: new}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: trust}
data: {ca.crt: "Zürich"}
binaryData: {raw: AAE=}
"""


def test_secrets_and_config_maps_serve_the_run(tmp_path: Path) -> None:
    manifests = read_manifests([folder(tmp_path / "um", a=SECRETS)])
    secrets = LocalSecrets(manifests.secrets, manifests.config_maps)
    assert asyncio.run(secrets.secret("account")) == {"username": b"new", "password": b"secret"}
    assert asyncio.run(secrets.config_map("trust")) == {"ca.crt": "Zürich".encode(), "raw": b"\x00\x01"}
    assert asyncio.run(secrets.secret("trust")) is None
    assert "b'new'" not in repr(secrets)


def test_a_secret_without_namespace_serves_and_one_of_another_namespace_does_not(tmp_path: Path) -> None:
    plan = PLAN.replace("{name: pbx}", "{name: pbx, namespace: one}")
    other = SECRETS.replace("{name: account}", "{name: account, namespace: two}")
    manifests = read_manifests([folder(tmp_path / "um", a=plan, b=other)])
    assert list(manifests.secrets) == []
    assert list(manifests.config_maps) == ["trust"]
    assert manifests.skipped[0].endswith('b.yaml:1: Secret/account is not in namespace "one"')


def test_problems_of_secrets_never_show_their_values(tmp_path: Path) -> None:
    text = SECRET + "data: {password: hunter-two}\nstringData: {pin: 4711, code: 0815}\n"
    assert problems(folder(tmp_path / "um", a=text)) == [
        "/um/a.yaml:4: document 1, Secret/a: data.password: must be base64",
        "/um/a.yaml:5: document 1, Secret/a: stringData.code: YAML loaders read it in different ways; "
        "put it in quotes",
        "/um/a.yaml:5: document 1, Secret/a: stringData.pin: must be text: put it in quotes",
    ]


def test_an_encrypted_secret_is_skipped_and_named(tmp_path: Path) -> None:
    text = SECRET + "data: {p: 'ENC[AES256]'}\nsops: {version: 3.9.0}\n"
    manifests = read_manifests([folder(tmp_path / "um", a=text)])
    assert manifests.secrets == {}
    assert manifests.skipped[0].endswith("Secret/a is encrypted; decrypt it, or give it by another -f")


def test_an_immutable_field_that_changed_is_refused_with_its_line(tmp_path: Path) -> None:
    um = folder(tmp_path / "um", a=PLAN)
    manifests = read_manifests([um])
    before = manifests.resources[0].model_dump(mode="json", by_alias=True, exclude_none=True)
    manifests.refuse_forbidden_changes({ObjectKey("UMDialPlan", "pbx"): before})
    changed = read_manifests([folder(tmp_path / "um", a=PLAN.replace(": 4\n", ": 5\n"))])
    with pytest.raises(ManifestsError, match=r"a.yaml:6: document 1, UMDialPlan/pbx: spec.numberOfDigits"):
        changed.refuse_forbidden_changes({ObjectKey("UMDialPlan", "pbx"): before})
