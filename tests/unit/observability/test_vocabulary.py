"""The words of labels are those of the API, the planner and remoting, which this floor does not know."""

from __future__ import annotations

from typing import get_args

import pytest

from um_operator.api.certificate_status import ServerState
from um_operator.api.condition import ConditionStatus, ConditionType
from um_operator.api.meta import KindName
from um_operator.api.reasons import Reason
from um_operator.api.strings import Mode
from um_operator.observability import labels
from um_operator.observed.certificates import ServiceName
from um_operator.planning.outcome import OutcomeKind
from um_operator.planning.standing import Place, ServedState
from um_operator.planning.steps import Step
from um_operator.remoting.errors import RemotingError


def subclasses(kind: type[RemotingError]) -> set[str]:
    return {kind.__name__ for kind in kind.__subclasses__()}.union(*map(subclasses, kind.__subclasses__()))


def test_modes_and_statuses_are_those_of_the_api() -> None:
    assert labels.MODE.words == get_args(Mode)
    assert labels.STATUS.words == get_args(ConditionStatus)


def test_services_places_and_states_are_those_of_the_planner() -> None:
    assert set(labels.SERVICE.words) == set(get_args(ServiceName))
    assert set(labels.PLACE.words) == set(get_args(Place))
    assert set(labels.SERVED.words) == set(get_args(ServedState))
    assert labels.SERVER_STATE.words == get_args(ServerState)


def test_outcomes_of_steps_are_those_of_the_planner() -> None:
    assert labels.OUTCOME.words == get_args(OutcomeKind)


def test_every_error_on_the_way_to_a_server_is_an_outcome_of_a_call() -> None:
    assert subclasses(RemotingError) <= set(labels.CALL_OUTCOME.words)


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_fits(reason: Reason) -> None:
    assert labels.REASON.value(str(reason)) == reason


@pytest.mark.parametrize("step", get_args(Step), ids=lambda step: step.__name__)
def test_every_type_of_step_fits(step: type[Step]) -> None:
    assert labels.STEP.value(step.__name__) == step.__name__


@pytest.mark.parametrize("word", [*get_args(KindName), *get_args(ConditionType)])
def test_every_kind_and_condition_fits(word: str) -> None:
    assert labels.KIND.value(word) == word
    assert labels.CONDITION.value(word) == word
