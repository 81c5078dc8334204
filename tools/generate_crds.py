"""Writes the CustomResourceDefinitions from the models: crds/<plural>.yaml.

Usage: python tools/generate_crds.py
"""

from __future__ import annotations

from pathlib import Path

from um_operator.api.crd import custom_resource_definition
from um_operator.api.names import NAMES
from um_operator.cli.output import to_yaml

CRDS = Path(__file__).parent.parent / "crds"
NOTE = "# Made by tools/generate_crds.py from the models; do not edit.\n"


def manifests() -> dict[str, str]:
    """Return the generated manifests by file name."""
    return {
        f"{names.plural}.yaml": NOTE + to_yaml(custom_resource_definition(kind))
        for kind, names in NAMES.items()
    }


def main() -> None:
    """Write every manifest."""
    CRDS.mkdir(exist_ok=True)
    for name, text in manifests().items():
        (CRDS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
