"""What the pages say of the code, the lab and the command line is so."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
import typer

import um_operator.lab.cluster
from um_operator.cli.main import app
from um_operator.lab.variants import Variants
from um_operator.local.yaml_nodes import read_yaml

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
OPERATOR = ROOT / "operator" / "um_operator"
PAGES = [*sorted(DOCS.rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]


def rows(page: str) -> list[list[str]]:
    """Return the cells of every table row of a page, heads left out."""
    lines = (DOCS / page).read_text().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [row for row in cells if not set("".join(row)) <= set("-: ")]


def points(text: str) -> list[str]:
    """Return the points of a list, each in one line, without marks of code."""
    found = re.findall(r"^\* (.+?)(?=^\* |^$|\Z)", text, flags=re.MULTILINE | re.DOTALL)
    return [" ".join(point.split()).replace("`", "") for point in found]


def test_the_page_of_the_simulated_api_says_what_it_does_not_do() -> None:
    declared = points((um_operator.lab.cluster.__doc__ or "").partition("It does not do:")[2])
    assert len(declared) > 5
    assert points((DOCS / "simulated-api.md").read_text()) == declared


ROOMS = [path for row in rows("architecture.md") for path in re.findall(r"`([\w./]+(?:\.py|/))`", row[-1])]


@pytest.mark.parametrize("path", ROOMS)
def test_every_room_of_the_architecture_is_there(path: str) -> None:
    assert (OPERATOR / path).exists(), path


def test_the_rooms_table_covers_every_floor() -> None:
    floors = {path.partition("/")[0] for path in ROOMS}
    floors |= {path.removesuffix(".py") for path in ROOMS}
    built = {
        "api",
        "desired",
        "observed",
        "planning",
        "engine",
        "exchange",
        "pki",
        "remoting",
        "local",
        "cli",
        "lab",
        "app",
        "observability",
        "web",
    }
    assert built <= floors


def test_every_step_of_the_documented_procedure_that_cannot_be_executed_is_explained() -> None:
    explained = [row[0] for row in rows("procedure.md") if re.fullmatch(r"S\d+", row[0])]
    assert explained == [f"S{number}" for number in range(1, 20)]
    assert all(len(row) == 3 and all(row) for row in rows("procedure.md") if row[0].startswith("S"))


def test_every_open_question_of_the_lab_is_told() -> None:
    told = {match for row in rows("never-tried.md") for match in re.findall(r"`(\w+)`", row[1])}
    assert told == {field.name for field in fields(Variants)}


def test_every_command_that_a_page_names_exists() -> None:
    group = typer.main.get_command(app)
    commands = set(group.list_commands(typer.Context(group)))  # type: ignore[attr-defined]
    named = {
        word
        for page in PAGES
        for word in re.findall(r"(?:^|`|\$ )umctl ([a-z]+)", page.read_text(), re.MULTILINE)
    }
    assert named <= commands | {"halt"}
    assert {"plan", "apply", "check", "export", "demo", "lab"} <= named


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[\w-]+)?\)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize(
    "scalar", [row[0].strip("`") for row in rows("surprises.md") if row[0].startswith("`")]
)
def test_every_scalar_of_the_yaml_table_is_refused(scalar: str) -> None:
    [document] = read_yaml(f"a: {scalar}")
    assert [problem.path for problem in document.problems] == [("a",)]


def test_the_site_builds_strictly_and_fetches_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    fetched = re.compile(r"<(?:script|img|iframe)[^>]+src=\"https?:|<link[^>]+stylesheet[^>]+href=\"https?:")
    for page in tmp_path.rglob("*.html"):
        assert not fetched.search(page.read_text()), page
