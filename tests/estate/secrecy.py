"""Whether the operator's password stands anywhere that it must not: in a file of the state, in any output."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

from estate.harness import Operator
from um_operator.lab.estate import Lab


def password(lab: Lab) -> str:
    """Return the password of the operator's account."""
    return next(a.password for a in lab.spec.organization.accounts if a.name.endswith("svc-um-operator"))


def leaks(operator: Operator, secret: str, *outputs: str) -> list[str]:
    """Return where a secret stands, as it is or in Base64: in which file, output or journal."""
    texts = {
        **{str(path): text for path, text in _files(operator.state)},
        **{f"output {number}": text for number, text in enumerate(outputs)},
        "events": repr(operator.events),
        "journal of the estate": "\n".join(operator.lab.journal.lines()),
    }
    shapes = (secret, base64.b64encode(secret.encode()).decode())
    return [where for where, text in texts.items() if any(shape in text for shape in shapes)]


def _files(folder: Path) -> Iterator[tuple[Path, str]]:
    yield from ((path, path.read_text(errors="replace")) for path in folder.rglob("*") if path.is_file())
