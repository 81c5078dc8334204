"""Names in Exchange as names in Kubernetes: DNS labels, each time the same for the same objects. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping

from um_operator.observed.values import name_key

LONGEST = 63
DIGITS = 10


def manifest_names(names: Iterable[str], fallback: str) -> Mapping[str, str]:
    """Return a metadata.name for each name in Exchange, by ``name_key``.

    Letters keep what is left of them in ASCII, everything else becomes a hyphen. Names that come out the
    same get hex digits of the SHA-256 of their own, so that no order of reading decides who is who.

    Args:
        names: of all objects of one kind.
        fallback: for a name of which nothing is left.
    """
    plain = {name_key(name): _label(name, fallback) for name in names}
    shared = Counter(plain.values())
    return {key: label if shared[label] == 1 else _told_apart(label, key) for key, label in plain.items()}


def _label(name: str, fallback: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    label = re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")
    return label[:LONGEST].rstrip("-") or fallback


def _told_apart(label: str, key: str) -> str:
    digest = hashlib.sha256(key.encode()).hexdigest()[:DIGITS]
    return f"{label[: LONGEST - DIGITS - 1].rstrip('-')}-{digest}"
