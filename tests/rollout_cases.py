"""Rollouts to be explored: where they begin, what may go wrong, and how they have to end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import rollout_invariants as invariants
from rollout_explorer import Budget, Explored, State, explore
from rollout_support import Site
from um_operator.planning.steps import ConfigureService

HOUR = timedelta(hours=1)
FIRST = frozenset({Site.thumbprint("ex01.contoso.com", 1)})
SECOND = frozenset({Site.thumbprint("ex01.contoso.com", 2)})
SPLIT: dict[str, Any] = {"cas01": ["UMCallRouter"], "cas02": ["UMCallRouter"], "mbx01": ["UM"]}


def begun(*names: str, **roles: Any) -> Site:
    """Everything is imported; the first server is about to be touched."""
    return Site.of(*names, **roles).until(ConfigureService)


def renewing(*names: str) -> Site:
    """The second revision is imported everywhere."""
    return Site.of(*names).patient().later(HOUR).renewing().until(ConfigureService)


def deployed(revision: int) -> Callable[[State], bool]:
    return lambda state: invariants.deployed(state.site, revision)


def deployed_or_turned_back(revision: int) -> Callable[[State], bool]:
    return lambda state: invariants.deployed_or_turned_back(state.site, revision)


def finished_or_deployed(state: State) -> bool:
    return invariants.finished(state.site) if state.braked else invariants.deployed(state.site, 1)


def finished(state: State) -> bool:
    """Whatever a person's maintenance leaves undone."""
    theirs = [one for one in state.site.servers.machines.values() if "Maintenance" in one.requests]
    return invariants.finished(state.site) and len(theirs) + state.left.maintenances == 1


def turned_back(state: State) -> bool:
    return invariants.turned_back(state.site, "ex01")


@dataclass(frozen=True)
class Case:
    """Where it begins, what may go wrong, how it ends, and how often services are started at most."""

    start: Callable[[], Site]
    budget: Budget
    is_goal: Callable[[State], bool]
    most_starts: int


def check(case: Case) -> Explored:
    """Explore a case: every way has to end as it should, without a circle and without needless restarts."""
    found = explore(case.start(), case.budget)
    astray = found.astray(case.is_goal)
    assert not astray, "\n".join(astray[0])
    if not case.budget.calls:
        # Calls that never end are waited for again and again.
        circles = found.circles()
        assert not circles, "\n".join(circles[0])
    worst = max(found.ends.values(), key=lambda state: state.site.servers.starts)
    assert worst.site.servers.starts <= case.most_starts, "\n".join(worst.path)
    return found
