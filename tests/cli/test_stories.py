"""The command line on a simulated estate, over real sockets: exit codes, output, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import RunningLab, Umctl

pytestmark = pytest.mark.timeout(240)


def test_from_the_first_plan_to_a_deletion(lab: RunningLab, umctl: Umctl) -> None:
    planned = umctl("plan", *lab.on)
    assert planned.code == 2
    assert "No state of earlier runs" in planned.out
    assert not lab.state.exists()
    assert lab.effects() == []

    applied = umctl("apply", *lab.patient)
    assert (applied.code, applied.out.splitlines()[-1]) == (
        0,
        'Organization "default", mode Enforce: nothing to do, Exchange is as declared.',
    )
    assert 'UMDialPlan/branch Applied: Create dial plan "Branch Office"' in applied.err
    assert lab.state.stat().st_mode & 0o777 == 0o700

    written = len(lab.effects())
    assert umctl("plan", *lab.on).code == 0
    assert umctl("apply", *lab.patient).code == 0
    assert len(lab.effects()) == written

    by_hand = umctl("lab", "change", "Set-UMIPGateway", "cube01", "Port=5070", "--folder", lab.files.path)
    assert by_hand.code == 0
    drifted = umctl("plan", *lab.on, "-o", "json")
    assert drifted.code == 2
    (step,) = drifted.data["organizations"][0]["steps"]
    assert (step["type"], step["want"], step["have"]) == ("SetGateway", {"port": 5060}, {"port": 5070})
    assert (step["interrupts"], step["corrects"]) == (True, ["port"])

    status = umctl("status", *lab.on)
    assert status.code == 2
    assert 'drift: port: want "5060", have "5070"' in status.out

    assert umctl("apply", *lab.patient).code == 0
    last = lab.effects()[-1]
    assert (last["cmdlet"], last["before"], last["after"]) == (
        "Set-UMIPGateway",
        {"Port": 5070},
        {"Port": 5060},
    )

    deleted = umctl("delete", "umgw/kamailio01", *lab.patient)
    assert deleted.code == 0
    assert "kamailio01" not in deleted.out
    assert lab.effects()[-1]["cmdlet"] == "Remove-UMIPGateway"
    journal = umctl("lab", "journal", "--folder", lab.files.path)
    assert 'Set-UMIPGateway UMIPGateway "cube01"; Port "5070" -> "5060"' in journal.out


def test_in_observe_apply_changes_nothing_and_says_why_in_its_first_line(
    lab: RunningLab, umctl: Umctl
) -> None:
    lab.edit("organization.yaml", "mode: Enforce", "mode: Observe")
    applied = umctl("apply", *lab.patient)
    assert applied.code == 2
    assert applied.err.splitlines()[0] == (
        'Mode is "Observe": nothing is changed in Exchange, differences are only reported; '
        'set spec.mode of ExchangeOrganization "default" to "Enforce" to let it change anything.'
    )
    assert lab.effects() == []
    assert "mode Observe (nothing is changed): 13 steps" in applied.out


def test_what_is_exported_plans_nothing(lab: RunningLab, umctl: Umctl, tmp_path: Path) -> None:
    exported = umctl("export", *lab.reading)
    assert exported.code == 0
    adopted = tmp_path / "adopted"
    adopted.mkdir()
    (adopted / "organization.yaml").write_text((lab.manifests / "organization.yaml").read_text())
    (adopted / "exported.yaml").write_text(exported.out)
    planned = umctl("plan", "-f", adopted, *lab.reading[2:])
    assert planned.code == 0, planned.out
    assert "kind: UMIPGateway" in exported.out
    assert lab.effects() == []


def test_check_tries_premises_and_changes_nothing(lab: RunningLab, umctl: Umctl) -> None:
    checked = umctl("check", *lab.reading, "-o", "json")
    assert checked.code == 0
    verdicts = {row["name"]: row["verdict"] for row in checked.data}
    assert verdicts["connection"] == "Holds"
    for name in ("New-UMDialPlan", "Import-ExchangeCertificate", "host services", "host trust"):
        assert verdicts[name] == "Holds", name
    assert "Broken" not in verdicts.values()
    assert lab.effects() == []


def test_a_wrong_password_is_told_once_and_is_an_error(lab: RunningLab, umctl: Umctl) -> None:
    files = lab.files.manifests
    lines = files.read_text().splitlines()
    files.write_text("\n".join("  password: wrong" if "password:" in line else line for line in lines))
    planned = umctl("plan", *lab.on)
    assert planned.code == 1
    assert "could not be read" in planned.out
    assert "AuthenticationFailed" in planned.out
    assert "wrong" not in planned.out + planned.err
    assert umctl("check", *lab.reading).code == 1
    assert umctl("export", *lab.reading).code == 1


def test_what_is_no_longer_declared_is_let_go_and_stays_in_exchange(lab: RunningLab, umctl: Umctl) -> None:
    assert umctl("apply", *lab.patient).code == 0
    written = len(lab.effects())
    gateways = lab.manifests / "gateways.yaml"
    documents = gateways.read_text().split("---\n")
    gateways.write_text("---\n".join(text for text in documents if "kamailio01" not in text))
    let_go = "UMIPGateway/kamailio01 is no longer declared: it is let go, and stays in Exchange as it is"
    planned = umctl("plan", *lab.on)
    assert (planned.code, planned.err.strip()) == (0, let_go)
    applied = umctl("apply", *lab.patient)
    assert let_go in applied.err
    assert applied.code == 0
    assert len(lab.effects()) == written
