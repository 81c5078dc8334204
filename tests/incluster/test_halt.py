"""``umctl halt``: nothing new is written from the next pass on, and what is begun is finished."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from estate.harness import live, names, text
from estate.manifests import dial_plan, gateway, organization
from incluster.harness import Cluster, Reference, at_work, condition, until
from um_operator.api.annotations import HOLD
from um_operator.cli.main import run
from um_operator.lab.estate import Lab
from um_operator.local.clock import CLOCK_SETTING

ORGANIZATION: Reference = ("ExchangeOrganization", "default")
PLAN: Reference = ("UMDialPlan", "hq")
GATEWAYS: tuple[Reference, ...] = (("UMIPGateway", "sbc01"), ("UMIPGateway", "cube01"))
EMPTIED = timedelta(minutes=26)
SEEN = "The operator has seen it."


@pytest.fixture(autouse=True)
def clock_of_the_lab(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CLOCK_SETTING, lab.clock.to_setting())


async def halt(cluster: Cluster, *arguments: str, name: str = "default") -> int:
    """Run the command as somebody with the cluster's kubeconfig; return its exit code."""
    access = ("--kubeconfig", str(cluster.kubeconfig), "-n", cluster.namespace)
    return await asyncio.to_thread(run, ["halt", name, *access, *arguments])


async def held(cluster: Cluster) -> str | None:
    raw = await cluster.get(*ORGANIZATION)
    assert raw is not None
    found = raw["metadata"].get("annotations", {}).get(HOLD)
    return str(found) if found is not None else None


async def declare(cluster: Cluster) -> None:
    await cluster.apply(
        organization(),
        dial_plan("hq"),
        gateway("sbc01", ("hq", "4900"), port=5060, deletionPolicy="Delete"),
        gateway("cube01", ("hq", "4901"), port=5060),
    )


async def test_it_stops_repairs_until_it_is_lifted(
    lab: Lab, cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    await declare(cluster)
    async with at_work(cluster, lab.clock):
        await cluster.until_ready(ORGANIZATION, PLAN, *GATEWAYS)
        assert await halt(cluster, "--for", "2h", "--reason", "calls  are\nlost") == 0
        told = capsys.readouterr()
        assert 'ExchangeOrganization "um/default" is held until "' in told.out
        assert '"calls are lost"' in told.out
        assert SEEN in told.err
        lab.change("Set-UMIPGateway", Identity="cube01", Port=5070)
        await cluster.reconciled("under the hold")
        await cluster.until_ready(("UMIPGateway", "cube01"), reason="Drifted")
        for reference in (ORGANIZATION, *GATEWAYS):
            suspended = condition(await cluster.get(*reference), "Suspended")
            assert suspended is not None
            assert suspended["reason"] == "Hold"
        assert live(lab, "UMIPGateway", "cube01")["Port"] == 5070

        assert await halt(cluster, "--lift") == 0
        assert SEEN in capsys.readouterr().err
        await until(lambda: live(lab, "UMIPGateway", "cube01")["Port"] == 5060, "the port is repaired")


async def test_what_is_begun_is_finished_and_nothing_new_begins(lab: Lab, cluster: Cluster) -> None:
    await declare(cluster)

    def state() -> str:
        return text(live(lab, "UMIPGateway", "sbc01")["Status"])

    async with at_work(cluster, lab.clock):
        await cluster.until_ready(ORGANIZATION, PLAN, *GATEWAYS)
        await cluster.delete("UMIPGateway", "sbc01")
        await until(lambda: state() == "NoNewCalls", "the gateway takes no new calls")
        assert await halt(cluster, "--reason", "storm", "--timeout", "60s") == 0
        lab.change("Set-UMIPGateway", Identity="cube01", Port=5070)
        await until(lambda: state() == "Enabled", "the gateway that we closed takes calls again")
        lab.clock.advance(EMPTIED)
        await cluster.reconciled("afterwards")
    assert "sbc01" in names(lab, "UMIPGateway")
    assert live(lab, "UMIPGateway", "cube01")["Port"] == 5070


async def test_without_an_operator_it_stands_and_says_that_nobody_saw_it(
    cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    await cluster.apply(organization())
    assert await halt(cluster, "--until", "2030-01-01T00:00:00Z", "--reason", "storm", "--timeout", "1s") == 2
    assert "has not said that it saw it" in capsys.readouterr().err
    assert await held(cluster) == "2030-01-01T00:00:00Z storm"


async def test_a_hold_that_lasts_longer_is_not_shortened(cluster: Cluster) -> None:
    await cluster.apply(organization({HOLD: "2030-01-01T00:00:00Z storm"}))
    assert await halt(cluster, "--for", "1h", "--reason", "me too", "--timeout", "0s") == 0
    assert await held(cluster) == "2030-01-01T00:00:00Z storm"
    assert (
        await halt(cluster, "--until", "2031-01-01T00:00:00Z", "--reason", "longer", "--timeout", "0s") == 0
    )
    assert await held(cluster) == "2031-01-01T00:00:00Z longer"
    assert await halt(cluster, "--lift", "--timeout", "0s") == 0
    assert await held(cluster) is None


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "--reason"),
        (("--lift", "--reason", "storm"), "--lift alone"),
        (("--reason", "storm", "--for", "1h", "--until", "2030-01-01T00:00:00Z"), "not both"),
        (("--reason", "storm", "--until", "tomorrow"), '"tomorrow" is not an RFC 3339 instant'),
        (("--reason", "storm", "--until", "2020-01-01T00:00:00Z"), '"2020-01-01T00:00:00Z" is past'),
        (("--reason", "x" * 300), "at most 256"),
    ],
)
async def test_what_makes_no_hold_is_an_error(
    cluster: Cluster, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], told: str
) -> None:
    await cluster.apply(organization())
    assert await halt(cluster, *arguments) == 1
    assert told in " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert await held(cluster) is None


async def test_an_organization_that_is_not_there_is_named(
    cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await halt(cluster, "--reason", "storm", name="defualt") == 1
    assert 'there is no ExchangeOrganization "um/defualt"' in capsys.readouterr().err
