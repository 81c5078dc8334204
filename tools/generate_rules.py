"""Writes the alerting rules from the alerts' declarations: for Prometheus, and for the chart to wrap.

Usage: python tools/generate_rules.py
"""

from __future__ import annotations

from pathlib import Path

from um_operator.observability.rules import rule_file

ROOT = Path(__file__).parent.parent


def files() -> dict[Path, str]:
    """Return the generated files by path."""
    rules = rule_file()
    return {
        ROOT / "deploy" / "prometheus" / "um-operator.rules.yaml": rules,
        ROOT / "charts" / "um-operator" / "files" / "rules.yaml": rules,
    }


def main() -> None:
    """Write every file."""
    for path, text in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
