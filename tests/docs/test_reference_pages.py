from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from manifests_support import EXAMPLES
from um_operator.api.reasons import Reason

ROOT = EXAMPLES.parent
REFERENCE = ROOT / "docs" / "reference"
GENERATOR: dict[str, Any] = runpy.run_path(str(ROOT / "tools" / "generate_docs.py"))
PAGES: dict[str, str] = GENERATOR["pages"]()


@pytest.mark.parametrize("name", PAGES)
def test_a_reference_page_is_current(name: str) -> None:
    page = Path(REFERENCE / name)
    assert page.read_text(encoding="utf-8") == PAGES[name], "run: python tools/generate_docs.py"


def test_there_is_no_reference_page_that_nobody_generates() -> None:
    marked = [path.name for path in REFERENCE.glob("*.md") if "tools/generate_docs.py" in path.read_text()]
    assert sorted(marked) == sorted(PAGES)


def test_every_reason_has_its_row() -> None:
    for reason in Reason:
        assert f"| `{reason}` |" in PAGES["conditions.md"]


@pytest.mark.parametrize("name", PAGES)
def test_every_row_of_a_table_has_the_cells_of_its_head(name: str) -> None:
    cells = 0
    for line in PAGES[name].splitlines():
        if line.startswith("|---"):
            cells = line.count("|")
        elif line.startswith("| `"):
            assert line.replace("\\|", "").count("|") == cells, line
