"""``gnutls-serv``, a peer of another TLS library, and looks at it, in a network of their own.

It listens on every address that there is and cannot be told otherwise, so it gets a network namespace that
has only loopback. Whoever looks has to be in there too: run as a program, this module looks and prints what
it saw.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from um_operator.observed.der import fact_of
from um_operator.observed.fact import Fact, Known
from um_operator.observed.hosts import Listener
from um_operator.observed.peers import PeerLook
from um_operator.planning.checks.peer import findings
from um_operator.probing.identity import ClientIdentity
from um_operator.probing.prober import Prober

LOOPBACK, PORT = "127.0.0.1", 5061
_READY_WITHIN = 10.0


def missing() -> str:
    """Return why it cannot be run here; empty when it can."""
    absent = [name for name in ("gnutls-serv", "unshare", "ip") if shutil.which(name) is None]
    if absent:
        return f"GnuTLS: no {', '.join(absent)} (tools/kamailio.sh)"
    made = subprocess.run(["unshare", "--net", "true"], check=False, capture_output=True)
    return "GnuTLS: no network namespace may be made here" if made.returncode else ""


def found(folder: Path, *who: str) -> Mapping[str, list[str]]:
    """Return what is found by each identity (``NAME.pem``, or nobody if there is no such file) at a server.

    Args:
        folder: has ``own.pem``, ``own.key``, and ``ca.pem``, whose clients it takes.
        who: names of identities.
    """
    lines = 'ip link set lo up && exec "$0" -m gnutls_peer "$@"'
    ran = subprocess.run(
        ["unshare", "--net", "sh", "-c", lines, sys.executable, folder, *who],
        check=True, capture_output=True, timeout=50,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    seen: Mapping[str, list[str]] = json.loads(ran.stdout)
    return seen


def main(folder: Path, names: list[str]) -> None:
    """Run the server, look as each of ``names``, and print what was found as JSON."""
    server = subprocess.Popen(
        ["gnutls-serv", "--port", str(PORT), "--echo", "--require-client-cert", "--verify-client-cert",
         "--x509certfile", folder / "own.pem", "--x509keyfile", folder / "own.key",
         "--x509cafile", folder / "ca.pem"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        found = {name: asyncio.run(_look(_content(folder / f"{name}.pem"))) for name in names}
        sys.stdout.write(json.dumps(found))
    finally:
        server.kill()
        server.wait()


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


async def _look(content: bytes | None) -> list[str]:
    us = ClientIdentity.of(content, content) if content else ClientIdentity.nobody()
    prober = Prober(fact_of, lambda: datetime.now(UTC), lambda: "t1")
    fact: Fact[Listener] = await prober.handshake(LOOPBACK, PORT, identity=us, deadline=5)
    until = time.monotonic() + _READY_WITHIN
    while time.monotonic() < until and not (isinstance(fact, Known) and hasattr(fact.value, "leaf")):
        await asyncio.sleep(0.05)
        fact = await prober.handshake(LOOPBACK, PORT, identity=us, deadline=5)
    if not isinstance(fact, Known):
        return [fact.reason]
    look = Known(PeerLook(fact.value, "ours" if content else None, LOOPBACK, PORT, asked="TLS"), fact.read_at)
    refusal = getattr(fact.value, "refusal", "")
    told = [one for one in findings(look, LOOPBACK, datetime.now(UTC)) if one.severity == "Error"]
    return [f"{one.reason} {refusal}" for one in told]


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
