"""A live organisation as manifests: planned they change nothing, applied they adopt and write nothing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from estate import odd_names
from estate.fields import GATEWAY, PLAN, for_object
from estate.harness import credentials, declaring, write
from estate.manifests import organization
from um_operator.api.meta import ObjectKey
from um_operator.engine import scopes
from um_operator.exchange.export import Export, export
from um_operator.lab.clock import Clock
from um_operator.lab.estate import EstateSpec, Lab
from um_operator.lab.presets import PRESETS, first_steps
from um_operator.local.clock import CLOCK_SETTING

UMCTL = Path(sys.executable).with_name("umctl")
BY_DAY = ("contoso", "mixed", "integrated")
"""Estates of every kind of server, plan and gateway; the others take turns by night."""


@asynccontextmanager
async def running(spec: EstateSpec) -> AsyncIterator[Lab]:
    async with Lab.start(EstateSpec(spec.organization), clock=Clock(rate=60.0)) as lab:
        yield lab
        lab.invariants.check()


def owner(lab: Lab) -> dict[str, Any]:
    """Return the organisation's manifest, with the servers of this estate as endpoints."""
    document = organization()
    urls = [f"http://{server}/PowerShell/" for server in lab.servers]
    document["spec"]["exchange"]["endpoints"] = urls[:2]
    return document


async def exported(lab: Lab, folder: Path) -> Export:
    """Read the organisation as umctl export does."""
    operator = declaring(lab, folder / "reading", owner(lab))
    async with operator.at_work() as (target, one):
        sight = await one.look(target.desired, scopes.everything(None), await one.recall())
    return export(sight.snapshot, "default")


async def expect_nothing_to_do(lab: Lab, folder: Path, made: Export) -> None:
    """Apply what was exported, in mode Enforce: it becomes ours, and nothing is written."""
    effects = len(lab.journal.effects)
    report = await declaring(lab, folder / "applied", owner(lab), *made.documents).apply()
    assert not report.plan.steps
    assert not report.plan.findings
    assert len(lab.journal.effects) == effects
    keys = [ObjectKey(d["kind"], d["metadata"]["name"]) for d in made.documents]
    assert {report.memory.ledger.entry(key).origin for key in keys} == {"Adopted"}


@pytest.mark.parametrize(
    "preset",
    [name if name in BY_DAY else pytest.param(name, marks=pytest.mark.night) for name in PRESETS],
)
async def test_a_named_estate_is_exported_whole_and_applied_without_a_write(
    preset: str, tmp_path: Path
) -> None:
    async with running(PRESETS[preset]()) as lab:
        made = await exported(lab, tmp_path)
        assert {document["kind"] for document in made.documents} == {"UMDialPlan", "UMIPGateway"}
        lync = ["dialPlanRefs[Contoso-Lync]"] if preset == "integrated" else []
        assert [one.field for one in made.left_out if one.subject == "LyncIntegration"] == lync
        assert len(made.left_out) == len(lync)
        await expect_nothing_to_do(lab, tmp_path, made)


async def test_every_field_that_someone_set_by_hand_is_exported(tmp_path: Path) -> None:
    async with running(first_steps()) as lab:
        for field in PLAN:
            lab.change("Set-UMDialPlan", Identity="Legacy", **(field.undeclared or field.by_hand))
        for field in GATEWAY:
            by_hand = {name: for_object(value, "pbx") for name, value in field.by_hand.items()}
            lab.change("Set-UMIPGateway", Identity="legacy-pbx", **by_hand)
        made = await exported(lab, tmp_path)
        assert not made.left_out
        plan, gateway = (document["spec"] for document in made.documents)
        assert {field.path for field in PLAN} <= plan.keys()
        assert {field.path for field in GATEWAY} <= gateway.keys()
        await expect_nothing_to_do(lab, tmp_path, made)


async def test_odd_names_are_told_apart_and_found_again(tmp_path: Path) -> None:
    async with running(odd_names.estate(1, 20, 80)) as lab:
        made = await exported(lab, tmp_path)
        assert not made.left_out
        assert len(made.documents) == len({(d["kind"], d["metadata"]["name"]) for d in made.documents}) == 102
        await expect_nothing_to_do(lab, tmp_path, made)


async def test_umctl_export_piped_into_umctl_plan_leaves_nothing_to_do(tmp_path: Path) -> None:
    async with running(odd_names.estate(3, 5, 10)) as lab:
        mapped = tmp_path / "connect-to"
        mapped.write_text("\n".join(lab.connect_to))
        folders = (write(tmp_path / "organization", [owner(lab)]), credentials(lab, tmp_path / "secrets"))
        sources = " ".join(f"-f '{folder}'" for folder in folders)
        reading = f"{sources} --connect-to '@{mapped}'"
        process = await asyncio.create_subprocess_exec(
            "bash",
            "-o",
            "pipefail",
            "-c",
            f"'{UMCTL}' export {reading} | '{UMCTL}' plan {reading} -f - --state '{tmp_path}/state'",
            env={CLOCK_SETTING: lab.clock.to_setting()},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        assert process.returncode == 0, output.decode()
        assert "nothing to do" in output.decode()
        assert not lab.journal.effects
