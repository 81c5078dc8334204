"""A lab that runs faster than real time, and an operator at work on it that does not wait."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import cache
from itertools import count
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from estate.harness import FIRST_STEPS, Operator, credentials
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.presets import first_steps
from um_operator.lab.variants import Variants
from um_operator.pki import keys

RATE = 30.0
"""Lab seconds a real second."""


MAKE = keys.make
"""As the operator makes them."""


@cache
def _in_stock(size: int, number: int) -> RSAPrivateKey:
    return MAKE(size)


@pytest.fixture(autouse=True)
def _keys_in_stock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no two certificates of an estate share a key, but estates share theirs: one costs a whole pass."""
    numbers = count()
    monkeypatch.setattr(keys, "make", lambda size: _in_stock(size, next(numbers)))


@pytest.fixture
def variants() -> Variants:
    """How the open questions are answered; a module overrides it to run under all of them."""
    return Variants()


@pytest.fixture
async def lab(variants: Variants) -> AsyncIterator[Lab]:
    """The estate of the first steps, with nothing declared yet in Exchange."""
    async with Lab.start(first_steps(), clock=Clock(rate=RATE), variants=variants, seed=7) as lab:
        yield lab
        lab.invariants.check()


@pytest.fixture
def operator(lab: Lab, tmp_path: Path) -> Operator:
    """An operator with the manifests of the first steps."""
    return Operator(lab, [FIRST_STEPS, credentials(lab, tmp_path / "secrets")], tmp_path / "state")
