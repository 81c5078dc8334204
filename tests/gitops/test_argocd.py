"""Argo CD's health check and actions for our kinds, run by a real Lua on what the operator writes."""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from gitops.argo_lua import CUSTOMIZATIONS, RefusedError, act, actions, evaluated, health
from gitops.situations import EXPECTED, SITUATIONS, live
from kstatus import violations
from planning_support import World
from um_operator.api.condition import ConditionType
from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.api.status import STATUSES

GENERATOR: dict[str, Any] = runpy.run_path(str(CUSTOMIZATIONS.parents[2] / "tools" / "generate_gitops.py"))
FILES: dict[Path, str] = GENERATOR["files"]()
OF_HEALTH = yaml.safe_load((CUSTOMIZATIONS / "health_test.yaml").read_text())["tests"]
OF_ACTIONS = yaml.safe_load((CUSTOMIZATIONS / "actions" / "action_test.yaml").read_text())
WAITING = [reason for reason in Reason if reason.startswith("WaitingFor")]


def read(path: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((CUSTOMIZATIONS / path).read_text())
    return found


def of_action(path: str) -> dict[str, Any]:
    return read(f"actions/{path}")


def saying(ready: str, reason: str, **others: str) -> dict[str, Any]:
    """Return a gateway with these conditions."""
    conditions = [{"type": "Ready", "status": ready, "reason": reason, "message": reason}]
    conditions += [
        {"type": one, "status": "True", "reason": why, "message": why} for one, why in others.items()
    ]
    return {"metadata": {"generation": 1}, "status": {"observedGeneration": 1, "conditions": conditions}}


@pytest.mark.parametrize("test", OF_HEALTH, ids=lambda test: test["inputPath"])
def test_the_health_of(test: Mapping[str, Any]) -> None:
    assert health(read(test["inputPath"])) == test["healthStatus"]


def test_every_status_of_the_test_data_is_tried() -> None:
    tried = {test["inputPath"] for test in OF_HEALTH}
    assert tried == {f"testdata/{path.name}" for path in CUSTOMIZATIONS.glob("testdata/*.yaml")}


@pytest.mark.parametrize("path", [test["inputPath"] for test in OF_HEALTH])
def test_the_test_data_is_what_the_operator_may_write(path: str) -> None:
    resource = read(path)
    if resource.get("status", {}).get("conditions"):
        key = ObjectKey(resource["kind"], resource["metadata"]["name"])
        status = STATUSES[key.kind].model_validate(resource["status"])
        assert not violations(key, status.observed_generation, status)


@pytest.mark.parametrize(("situation", "world", "key"), SITUATIONS)
def test_the_health_of_what_the_operator_writes_when(
    situation: str, world: Callable[[], World], key: ObjectKey
) -> None:
    assert health(live(world(), key))["status"] == EXPECTED[situation].argo


@pytest.mark.parametrize("reason", WAITING)
def test_whatever_waits_is_suspended(reason: str) -> None:
    assert health(saying("False", reason)) == {"status": "Suspended", "message": reason}
    assert health(saying("False", "Drifted", Drifted=reason)) == {"status": "Suspended", "message": reason}


@pytest.mark.parametrize("reason", ["Waiting", "WaitingFo", "Waitings", "Windows", "NotRead"])
def test_a_word_that_only_looks_like_waiting_is_not(reason: str) -> None:
    assert health(saying("False", reason))["status"] == "Progressing"


def test_each_word_of_the_health_check_is_of_the_api() -> None:
    script = (CUSTOMIZATIONS / "health.lua").read_text()
    words = {*re.findall(r"^  (\w+) = true", script, re.MULTILINE), *re.findall(r'"([A-Z]\w+)"', script)}
    ours = {*Reason, *get_args(ConditionType)}
    assert words - ours == {"Healthy", "Progressing", "Degraded", "True", "WaitingFor", "WaitingFos"}
    assert {"AuthenticationFailed", "ObserveMode", "Stalled"} <= words


@pytest.mark.parametrize("test", OF_ACTIONS["discoveryTests"], ids=lambda test: test["inputPath"])
def test_the_actions_offered_for(test: Mapping[str, Any]) -> None:
    offered = [{"name": name, **one} for name, one in actions(of_action(test["inputPath"])).items()]
    assert sorted(offered, key=str) == sorted(test["result"], key=str)


@pytest.mark.parametrize(
    "test", OF_ACTIONS["actionTests"], ids=lambda test: f"{test['action']} {test.get('parameters', '')}"
)
def test_the_action(test: Mapping[str, Any]) -> None:
    resource, parameters = of_action(test["inputPath"]), test.get("parameters", {})
    if refusal := test.get("expectedErrorMessage"):
        with pytest.raises(RefusedError, match=f"^{re.escape(refusal)}$"):
            act(test["action"], resource, parameters)
    else:
        assert act(test["action"], resource, parameters) == of_action(test["expectedOutputPath"])


def test_a_click_in_an_argo_cd_without_parameters_approves_nothing() -> None:
    script = (CUSTOMIZATIONS / "actions" / "approve-plan" / "action.lua").read_text()
    with pytest.raises(RefusedError, match="enter the digest"):
        evaluated(f"actionParams = nil\n{script}", of_action("testdata/organization-plan-waits.yaml"))


def test_every_action_is_offered_tried_and_refused_where_it_makes_no_sense() -> None:
    there = {path.parent.name for path in CUSTOMIZATIONS.glob("actions/*/action.lua")}
    offered = [one for test in OF_ACTIONS["discoveryTests"] for one in test["result"]]
    assert {one["name"] for one in offered if not one["disabled"]} == there
    assert {test["action"] for test in OF_ACTIONS["actionTests"]} == there


@pytest.mark.parametrize("script", ["return string.len('a')", "return ('a'):len()", "return io.open('/')"])
def test_what_argo_cd_does_not_open_is_not_there(script: str) -> None:
    with pytest.raises(RefusedError):
        evaluated(script, {})


def test_the_config_map_has_the_scripts_for_every_kind() -> None:
    data = GENERATOR["customizations"]()
    for kind in STATUSES:
        health_check = data[f"resource.customizations.health.unifiedmessaging.dev_{kind}"]
        assert health_check == (CUSTOMIZATIONS / "health.lua").read_text()
        customization = yaml.safe_load(data[f"resource.customizations.actions.unifiedmessaging.dev_{kind}"])
        assert customization["discovery.lua"] == (CUSTOMIZATIONS / "actions" / "discovery.lua").read_text()
        defined = {one["name"]: one["action.lua"] for one in customization["definitions"]}
        assert set(defined) == set(actions({"kind": kind, "spec": {}}))
        for name, script in defined.items():
            assert script == (CUSTOMIZATIONS / "actions" / name / "action.lua").read_text()


@pytest.mark.parametrize("path", FILES, ids=str)
def test_the_config_map_is_current(path: Path) -> None:
    assert path.read_text() == FILES[path], "run: python tools/generate_gitops.py"
    assert yaml.safe_load(FILES[path])["data"] == GENERATOR["customizations"]()
