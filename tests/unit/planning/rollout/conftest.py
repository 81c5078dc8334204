"""Every status that a plan of these tests leads to is held to the rules of kstatus."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rollout_judging import every_status_is_judged


@pytest.fixture(autouse=True)
def judged() -> Iterator[None]:
    with every_status_is_judged():
        yield
