"""Each alert has its page of what to do, and the rules that are shipped are those that are declared."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from um_operator.api.annotations import (
    HOLD,
    RECONCILE_REQUESTED_AT,
    RENEW_REQUESTED_AT,
    RETRY_REQUESTED_AT,
)
from um_operator.api.condition import ConditionType
from um_operator.api.names import NAMES as KINDS
from um_operator.api.reasons import Reason
from um_operator.observability.alert import RUNBOOKS
from um_operator.observability.alerts import ALERTS
from um_operator.observability.metrics import BY_NAME

ROOT = Path(__file__).parents[2]
NAMES = sorted({alert.name for alert in ALERTS})
HEADS = ["Meaning", "Impact", "Diagnosis", "Mitigation"]
GENERATED: dict[Path, str] = runpy.run_path(str(ROOT / "tools" / "generate_rules.py"))["files"]()
PAGES = [*(ROOT / RUNBOOKS).glob("*.md"), ROOT / "docs" / "how-to" / "monitor.md"]
WORDS = {*map(str, Reason), *NAMES, *get_args(ConditionType)}


def sections(name: str) -> dict[str, str]:
    """Return the sections of a runbook by their head."""
    parts = re.split(r"^## (.+)$", (ROOT / RUNBOOKS / f"{name}.md").read_text(), flags=re.MULTILINE)
    assert parts[0].strip() == f"# {name}"
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_alert_has_a_page_and_every_page_an_alert() -> None:
    assert sorted(path.stem for path in (ROOT / RUNBOOKS).glob("*.md")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_page_says_what_it_means_what_it_costs_how_to_look_and_what_to_do(name: str) -> None:
    found = sections(name)
    assert list(found) == HEADS
    assert all(text.strip() for text in found.values())
    for head in ("Diagnosis", "Mitigation"):
        assert re.search(r"^```\n(?:kubectl|umctl) ", found[head], re.MULTILINE), head


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_in_the_navigation(name: str) -> None:
    assert f"- {name}: runbooks/{name}.md\n" in (ROOT / "mkdocs.yml").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_names_only_kinds_annotations_and_metrics_that_there_are(page: Path) -> None:
    text = page.read_text()
    short = set(re.findall(r"kubectl (?:get|describe|annotate|patch) ([a-z,]+)", text))
    ours = {names.short for names in KINDS.values()}
    assert {kind for word in short for kind in word.split(",")} <= ours | {"pods", "lease", "secret"}
    known = {HOLD, RECONCILE_REQUESTED_AT, RENEW_REQUESTED_AT, RETRY_REQUESTED_AT}
    assert set(re.findall(r"unifiedmessaging\.dev/[a-z-]+", text)) <= known
    metrics = {re.sub(r"_bucket$", "", name) for name in re.findall(r"\bum_operator_\w+", text)}
    assert metrics <= set(BY_NAME)


@pytest.mark.parametrize("name", NAMES)
def test_a_table_of_reasons_names_reasons(name: str) -> None:
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", "".join(sections(name).values()), re.MULTILINE)
    named = {word for row in rows for word in re.findall(r"`(\w+)`", row)}
    assert named <= WORDS


def test_how_to_monitor_tells_every_alert() -> None:
    text = (ROOT / "docs" / "how-to" / "monitor.md").read_text()
    for name in NAMES:
        severities = sorted({alert.severity for alert in ALERTS if alert.name == name}, reverse=True)
        assert f"| [{name}](../runbooks/{name}.md) | {', '.join(severities)} |" in text


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_rules_are_current(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == GENERATED[path], "run: python tools/generate_rules.py"


def test_the_documented_scrape_keeps_the_labels_of_the_resource() -> None:
    text = (ROOT / "docs" / "how-to" / "monitor.md").read_text()
    block: dict[str, Any] = yaml.safe_load(text.partition("```yaml\n")[2].partition("```")[0])
    assert all(job["honor_labels"] is True for job in block["scrape_configs"])
