"""Writes the reference pages of the documentation from the models and the commands.

Usage: python tools/generate_docs.py
"""

from __future__ import annotations

from pathlib import Path

from um_operator.api.names import NAMES
from um_operator.api.reference import conditions_page, kind_page
from um_operator.cli.main import app
from um_operator.cli.operator import app as operator
from um_operator.cli.reference import command_page, operator_page
from um_operator.observability.reference import alerts_page, metrics_page
from um_operator.trust.reference import recipes_page

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"


def pages() -> dict[str, str]:
    """Return the generated pages by file name."""
    return {
        **{f"{names.singular}.md": kind_page(names) for names in NAMES.values()},
        "conditions.md": conditions_page(),
        "umctl.md": command_page(app),
        "um-operator.md": operator_page(operator),
        "metrics.md": metrics_page(),
        "recipes.md": recipes_page(),
        "alerts.md": alerts_page(),
    }


def main() -> None:
    """Write every page."""
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (REFERENCE / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
