"""SOPS and age as people use them: a key, and a Secret encrypted by the rule of the example."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

from cluster_programs import program

RULES = Path(__file__).parents[2] / "examples" / "gitops" / "flux" / ".sops.yaml"


@dataclass(frozen=True)
class Key:
    """An age key: what encrypts, and the file whose content decrypts."""

    recipient: str
    identity: str


def new_key() -> Key:
    """Make a key, as ``age-keygen`` does."""
    made = subprocess.run([program("age-keygen")], capture_output=True, text=True, check=True)
    recipient = re.search(r"public key: (age1\w+)", made.stdout)
    assert recipient is not None
    return Key(recipient[1], made.stdout)


def encrypted(document: str, key: Key, folder: Path) -> str:
    """Return a manifest encrypted for a key, by the creation rule of the example's ``.sops.yaml``."""
    rules = yaml.safe_load(RULES.read_text())
    rules["creation_rules"][0]["age"] = key.recipient
    config = folder / ".sops.yaml"
    config.write_text(yaml.safe_dump(rules))
    plain = folder / "credentials.sops.yaml"
    plain.write_text(document)
    command = [str(program("sops")), "--config", str(config), "encrypt", str(plain)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
