"""Whatever holds a cut-over back is missed: without it a plan or a port is written that has to wait."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import pytest

from gates_support import without
from manifests_support import dial_plan, gateway
from planning_support import group_fact
from secure_support import Secured, site

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Scene:
    """How things are, and what must not be written then."""

    rule: str
    site: Callable[[], Secured]
    waits: str


def beside_a_plan_that_is_watched() -> Secured:
    """One plan was secured a moment ago, and another one is ready for it."""
    refs = {"sbc01": "pbx", "sbc02": "branch"}
    groups = tuple(group_fact(name, plan) for name, plan in refs.items())
    found = site("sbc01", "sbc02", plans=(dial_plan("branch", voipSecurity="SIPSecured"),), groups=groups)
    others = [one for one in found.resources if one.kind != "UMIPGateway"]
    gateways = [gateway(name, dialPlanRefs=[{"name": plan}]) for name, plan in refs.items()]
    return found.declaring(*others, *gateways).ran_all().ran_all()


def with_a_server_nobody_looked_at_lately() -> Secured:
    found = site()
    return found.changed("ex01", looked_at=found.now - 5 * MINUTE)


SCENES: Final[Mapping[str, Scene]] = {
    "alone": Scene("R16", beside_a_plan_that_is_watched, "UMIPGateway/sbc01"),
    "looked_at": Scene("R18", with_a_server_nobody_looked_at_lately, "UMIPGateway/sbc01"),
    "adjacent_is_done": Scene("R18", site, "UMDialPlan/pbx"),
}
"""By the name of the gate that alone keeps the rule there."""


def is_written(scene: Scene, found: Secured) -> bool:
    return scene.waits in {planned.step.subject for planned in found.ready}


@pytest.mark.parametrize("name", SCENES)
def test_with_all_of_them_it_waits(name: str) -> None:
    assert not is_written(SCENES[name], SCENES[name].site())


@pytest.mark.parametrize("name", SCENES)
def test_without_one_of_them_it_does_not(name: str) -> None:
    planned_anew = replace(SCENES[name].site())
    with without(name):
        assert is_written(SCENES[name], planned_anew)
