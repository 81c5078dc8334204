"""Planning without one of the gates or holds, to see what only that one prevents."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from um_operator.planning import gates
from um_operator.planning.rollout import waits


@contextmanager
def without(name: str) -> Iterator[None]:
    """Plan without a gate or a hold, as long as the block lasts."""
    with pytest.MonkeyPatch.context() as patched:
        for module, tuple_ in ((gates, "BEFORE_ORDER"), (gates, "AFTER_ORDER"), (waits, "HOLDS")):
            others = tuple(one for one in getattr(module, tuple_) if one.__name__ != name)
            patched.setattr(module, tuple_, others)
        yield
