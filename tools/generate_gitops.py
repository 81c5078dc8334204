"""Writes Argo CD's customizations for our kinds, as a patch of its ConfigMap, from the Lua files beside it.

Usage: python tools/generate_gitops.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, get_args

import yaml

from um_operator.api.meta import GROUP, KindName

ROOT: Final = Path(__file__).parent.parent
FOLDER: Final = ROOT / "deploy" / "gitops" / "argocd"
EXAMPLE: Final = ROOT / "examples" / "gitops" / "argocd" / "infrastructure" / "argocd"
OF_ONE_KIND: Final[dict[str, KindName]] = {
    "approve-plan": "ExchangeOrganization",
    "renew": "UMCertificate",
}
"""Actions that only one kind has."""
HEAD: Final = """\
# Made by tools/generate_gitops.py from health.lua and actions/; do not edit.
# kubectl -n argocd patch configmap argocd-cm --patch-file argocd-cm.yaml
"""


class _Text(str):
    """A text of several lines, to be read as it is."""


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(
    _Text, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|")
)


def customizations() -> dict[str, str]:
    """Return the entries of ``argocd-cm``."""
    return dict(_entries())


def files() -> dict[Path, str]:
    """Return the generated files by path."""
    data = {name: _Text(text) for name, text in customizations().items()}
    patch = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm"}, "data": data}
    text = HEAD + _dumped(patch)
    return {folder / "argocd-cm.yaml": text for folder in (FOLDER, EXAMPLE)}


def main() -> None:
    """Write every file."""
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")


def _entries() -> Iterator[tuple[str, str]]:
    for kind in get_args(KindName):
        yield f"resource.customizations.health.{GROUP}_{kind}", _script("health.lua")
        yield f"resource.customizations.actions.{GROUP}_{kind}", _dumped(_actions(kind))


def _actions(kind: KindName) -> dict[str, Any]:
    names = sorted(path.parent.name for path in FOLDER.glob("actions/*/action.lua"))
    offered = [name for name in names if OF_ONE_KIND.get(name, kind) == kind]
    return {
        "discovery.lua": _script("actions/discovery.lua"),
        "definitions": [
            {"name": name, "action.lua": _script(f"actions/{name}/action.lua")} for name in offered
        ],
    }


def _script(path: str) -> _Text:
    return _Text((FOLDER / path).read_text(encoding="utf-8"))


def _dumped(value: object) -> str:
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, width=1_000, allow_unicode=True)


if __name__ == "__main__":
    main()
