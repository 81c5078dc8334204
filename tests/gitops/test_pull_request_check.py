"""The check of a pull request, as a runner executes it: the manifests of the example against an estate."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from estate.harness import credentials
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.presets import first_steps
from um_operator.local.clock import CLOCK_SETTING

COMMANDS = Path(sys.executable).parent
EXAMPLE = Path(__file__).parents[2] / "examples" / "gitops" / "flux"


@dataclass
class Checkout:
    """A working copy of the example, and where its Exchange is."""

    folder: Path
    lab: Lab

    @property
    def comment(self) -> str:
        return (self.folder / "plan.md").read_text()

    async def check(self, *options: str) -> int:
        """Run the check; return its exit code."""
        rules = [word for rule in self.lab.connect_to for word in ("--connect-to", rule)]
        process = await asyncio.create_subprocess_exec(
            *("sh", "checks/plan.sh", "apps/telephony", "plan.md", "-f", "account", *options, *rules),
            cwd=self.folder,
            env={
                **os.environ,
                "PATH": f"{COMMANDS}{os.pathsep}{os.environ['PATH']}",
                CLOCK_SETTING: self.lab.clock.to_setting(),
            },
        )
        return await process.wait()


@pytest.fixture
async def checkout(tmp_path: Path) -> AsyncIterator[Checkout]:
    folder = tmp_path / "gitops"
    shutil.copytree(EXAMPLE, folder)
    async with Lab.start(first_steps(), clock=Clock(), seed=7) as lab:
        credentials(lab, folder / "account")
        yield Checkout(folder, lab)


async def test_a_reviewer_reads_what_a_merge_would_do(checkout: Checkout) -> None:
    effects = len(checkout.lab.journal.effects)
    assert await checkout.check() == 0
    assert 'Create dial plan "Headquarters"' in checkout.comment
    assert 'Create gateway "sbc01"' in checkout.comment
    assert "plan-" in checkout.comment
    assert len(checkout.lab.journal.effects) == effects


async def test_manifests_that_are_not_valid_fail(checkout: Checkout) -> None:
    path = checkout.folder / "apps" / "telephony" / "gateways.yaml"
    path.write_text(path.read_text().replace("port: 5060", "port: 506000", 1))
    assert await checkout.check() == 1
    assert "not valid" in checkout.comment


async def test_an_exchange_that_refuses_the_account_fails_and_says_so(checkout: Checkout) -> None:
    secret = checkout.folder / "account" / "manifests.yaml"
    secret.write_text(secret.read_text().replace('"password": "', '"password": "QUFB'))
    assert await checkout.check() == 1
    assert "refused the account" in checkout.comment
