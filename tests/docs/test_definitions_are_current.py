from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from manifests_support import EXAMPLES

ROOT = EXAMPLES.parent
GENERATOR: dict[str, Any] = runpy.run_path(str(ROOT / "tools" / "generate_crds.py"))
MANIFESTS: dict[str, str] = GENERATOR["manifests"]()


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_definition_is_current(name: str) -> None:
    path = Path(ROOT / "crds" / name)
    assert path.read_text(encoding="utf-8") == MANIFESTS[name], "run: python tools/generate_crds.py"


def test_there_is_no_definition_that_nobody_generates() -> None:
    assert sorted(path.name for path in (ROOT / "crds").iterdir()) == sorted(MANIFESTS)
