"""Plans on the state directory: private files, whole or absent, never overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from um_operator.api.meta import ObjectKey
from um_operator.local.errors import LocalError
from um_operator.local.plans import LocalPlans
from um_operator.planning.steps import CreateGateway
from um_operator.planning.stored_plan import StoredPlan, StoredStep, UnusablePlanError

STEP = CreateGateway(owner=ObjectKey("UMIPGateway", "sbc01"), gateway="sbc01", address="sbc01.contoso.com")
PLAN = StoredPlan("contoso", (StoredStep.of(STEP, 1, ()),))


def path_of(folder: Path) -> Path:
    return folder / "plans" / f"{PLAN.digest}.json"


async def test_a_plan_is_kept_in_a_private_file_until_it_is_forgotten(tmp_path: Path) -> None:
    plans = LocalPlans(tmp_path)
    assert await plans.load(PLAN.digest) is None
    await plans.store(PLAN)
    assert path_of(tmp_path).stat().st_mode & 0o777 == 0o600
    assert path_of(tmp_path).parent.stat().st_mode & 0o777 == 0o700
    assert await LocalPlans(tmp_path).load(PLAN.digest) == PLAN
    await plans.forget(PLAN.digest)
    await plans.forget(PLAN.digest)
    assert await plans.load(PLAN.digest) is None


async def test_what_is_there_under_a_name_is_left(tmp_path: Path) -> None:
    plans = LocalPlans(tmp_path)
    await plans.store(PLAN)
    path_of(tmp_path).write_text("edited")
    await plans.store(PLAN)
    assert path_of(tmp_path).read_text() == "edited"
    with pytest.raises(UnusablePlanError, match="is damaged"):
        await plans.load(PLAN.digest)


async def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    path_of(tmp_path).mkdir(parents=True)
    with pytest.raises(LocalError, match="cannot be read: Is a directory"):
        await LocalPlans(tmp_path).load(PLAN.digest)
