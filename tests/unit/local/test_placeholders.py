"""Whoever applies the examples as they are is told of each Secret that nobody has filled in."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from um_operator.local.advice import advice
from um_operator.local.manifests import read_manifests

CONTOSO = Path(__file__).parents[3] / "examples" / "contoso"
NAMED_BY = {
    "exchange-operator": "ExchangeOrganization/contoso",
    "lync-operator": "ExchangeOrganization/contoso",
    "exchange-organization-admin": "LyncIntegration/lync",
    "cube01-management": "UMIPGateway/cube01",
    "kamailio01-management": "UMIPGateway/kamailio01",
    "contoso-issuing-ca": "UMCertificate/um",
}


def told(*folders: Path) -> list[str]:
    found = advice(read_manifests(str(folder) for folder in folders))
    return [f"{one.about}: {one.message}" for one in found if "placeholder" in one.message]


def filled_in(folder: Path, *names: str) -> Path:
    """Write Secrets as a later -f gives them: passwords, keys and certificates."""
    given = [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": one}, "stringData": {"password": "real"}}
        for one in names
    ]
    folder.joinpath("real.yaml").write_text(yaml.safe_dump_all(given))
    return folder


def test_each_secret_of_an_example_is_told_of_whatever_it_holds() -> None:
    assert sorted(told(CONTOSO)) == sorted(
        f'{who}: Secret "{name}" holds a placeholder; give the real one by a later -f'
        for name, who in NAMED_BY.items()
    )


@pytest.mark.parametrize("name", NAMED_BY)
def test_a_secret_that_a_later_folder_fills_in_is_told_of_no_more(tmp_path: Path, name: str) -> None:
    left = told(CONTOSO, filled_in(tmp_path, name))
    assert len(left) == len(NAMED_BY) - 1
    assert not any(f'"{name}"' in one for one in left)


def test_cas_in_a_secret_may_be_placeholders_as_well(tmp_path: Path) -> None:
    cas = tmp_path / "cas.yaml"
    cas.write_text(
        """\
apiVersion: unifiedmessaging.dev/v1beta1
kind: ExchangeOrganization
metadata: {name: default}
spec:
  exchange:
    endpoints: [https://ex01.contoso.com/PowerShell/]
    authentication: {secretRef: {name: account}}
  tls: {caRef: {kind: Secret, name: cas}}
---
apiVersion: v1
kind: Secret
metadata: {name: cas}
stringData: {ca.crt: replace-me}
"""
    )
    assert told(cas) == [
        'ExchangeOrganization/default: Secret "cas" holds a placeholder; give the real one by a later -f'
    ]
