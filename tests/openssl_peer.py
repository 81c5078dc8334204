"""``openssl s_server`` on loopback, for what no SIP proxy is set up to be."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running(own: Path, key: Path, *options: str) -> Iterator[int]:
    """Run it with a certificate and further options until the block ends, and yield its port."""
    process = subprocess.Popen(
        ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", own, "-key", key, *options],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    said: list[bytes] = []
    try:
        while not (line := process.stdout.readline()).startswith(b"ACCEPT"):
            said.append(line)
            assert line, b"".join(said).decode()
        yield int(line.rpartition(b":")[2])
    finally:
        process.kill()
        process.communicate()
