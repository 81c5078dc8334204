"""Properties: the same examples on every run by day, new ones by night (``HYPOTHESIS_PROFILE=night``).

Every status that any test makes is held to the rules of kstatus, Flux and ours.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

import kstatus

settings.register_profile("day", deadline=None, derandomize=True, max_examples=50)
settings.register_profile("night", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "day"))


def pytest_collection_finish() -> None:
    """Spare the garbage collector what stays to the end: modules, models, the tests themselves."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _statuses_obey_the_rules() -> Iterator[None]:
    with kstatus.watched():
        yield
