"""What an API server must know before an example can be applied to it."""

from __future__ import annotations

from pathlib import Path

import yaml

from cluster_apiserver import APIServer

NAMESPACES = ("argocd", "flux-system", "telephony", "um-operator")


def know(server: APIServer, *definitions: Path) -> None:
    """Let an API server know kinds, from files or folders, and make the namespaces of the examples."""
    namespaces = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in NAMESPACES
    ]
    files = [f"--filename={path}" for path in (*definitions, "-")]
    made = server.kubectl("apply", "--server-side", *files, input=yaml.safe_dump_all(namespaces))
    assert made.returncode == 0, made.stderr
    known = server.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=20s")
    assert known.returncode == 0, known.stderr
