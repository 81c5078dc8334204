"""The check of a pull request, as a runner executes it: against an estate, and a cluster beside it."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import yaml

from cluster_apiserver import APIServer
from estate.harness import credentials
from incluster.harness import secret
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.presets import first_steps
from um_operator.local.clock import CLOCK_SETTING

COMMANDS = Path(sys.executable).parent
EXAMPLES = Path(__file__).parents[2] / "examples" / "gitops"
REVIEWERS = (
    EXAMPLES / "flux" / "infrastructure" / "um-operator" / "reviewer.yaml",
    EXAMPLES / "argocd" / "infrastructure" / "um-operator" / "namespaces" / "reviewer.yaml",
)
NAMESPACE: Final = "telephony"
ACCOUNT: Final = ("-f", "account")
LIVE: Final = ("--against", "live", "--kubeconfig", "reviewer", "-n", NAMESPACE)


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
            *("sh", "checks/plan.sh", "apps/telephony", "plan.md", *options, *rules),
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
    shutil.copytree(EXAMPLES / "flux", folder)
    async with Lab.start(first_steps(), clock=Clock(), seed=7) as lab:
        credentials(lab, folder / "account")
        yield Checkout(folder, lab)


async def kubectl(server: APIServer, *arguments: str, given: str | None = None) -> str:
    done = await asyncio.to_thread(server.kubectl, *arguments, input=given)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def reviewer(server: APIServer, checkout: Checkout, role: Path) -> None:
    """Give the checkout a kubeconfig of the example's ServiceAccount, and the cluster the account."""
    account = {**secret(checkout.lab), "metadata": {"name": "exchange-operator", "namespace": NAMESPACE}}
    await kubectl(server, "apply", f"--filename={role}")
    await kubectl(server, "apply", "--filename=-", given=yaml.safe_dump(account))
    token = await kubectl(server, "create", "token", "reviewer", f"--namespace={NAMESPACE}")
    shutil.copy(server.kubeconfig_of("reviewer", token.strip()), checkout.folder / "reviewer")


async def test_a_reviewer_reads_what_a_merge_would_do(checkout: Checkout) -> None:
    effects = len(checkout.lab.journal.effects)
    assert await checkout.check(*ACCOUNT) == 0
    assert 'Create dial plan "Headquarters"' in checkout.comment
    assert 'Create gateway "sbc01"' in checkout.comment
    assert "plan-" in checkout.comment
    assert len(checkout.lab.journal.effects) == effects


@pytest.mark.parametrize(
    "role",
    [
        pytest.param(REVIEWERS[0], id="flux"),
        pytest.param(REVIEWERS[1], id="argocd", marks=pytest.mark.night),
    ],
)
async def test_against_the_cluster_with_the_rights_of_the_example_and_the_account_from_there(
    server: APIServer, checkout: Checkout, role: Path
) -> None:
    await reviewer(server, checkout, role)
    assert await checkout.check(*LIVE) == 0
    assert f'Against namespace "{NAMESPACE}" of the cluster: 4 new.' in checkout.comment
    assert 'Create gateway "sbc01"' in checkout.comment


async def test_a_cluster_that_is_not_there_fails_and_says_so(checkout: Checkout) -> None:
    (checkout.folder / "reviewer").write_text("{}")
    assert await checkout.check(*LIVE) == 1
    assert "There is no plan" in checkout.comment


async def test_manifests_that_are_not_valid_fail(checkout: Checkout) -> None:
    path = checkout.folder / "apps" / "telephony" / "gateways.yaml"
    path.write_text(path.read_text().replace("port: 5060", "port: 506000", 1))
    assert await checkout.check(*ACCOUNT) == 1
    assert "not valid" in checkout.comment


@pytest.mark.night
async def test_an_exchange_that_refuses_the_account_fails_and_says_so(checkout: Checkout) -> None:
    account = checkout.folder / "account" / "manifests.yaml"
    account.write_text(account.read_text().replace('"password": "', '"password": "QUFB'))
    assert await checkout.check(*ACCOUNT) == 1
    assert "refused the account" in checkout.comment
