"""What looks at a thousand gateways cost: a real Kamailio over mutual TLS, and every tenth a black hole.

The same peers are asked once more by a loop that does nothing but shake hands through pyOpenSSL, send OPTIONS
and read the status: what ours costs beyond that is for seeing, telling and bounds.

Run it from the repository: ``PYTHONPATH=tests .venv/bin/python benchmarks/probing.py``
"""

from __future__ import annotations

import asyncio
import resource
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from OpenSSL import SSL

import kamailio
from kamailio import Profile
from peer_certificates import root
from um_operator.app.connection import GATEWAYS_AT_A_TIME
from um_operator.observed.der import fact_of
from um_operator.observed.fact import Known
from um_operator.observed.hosts import TLS
from um_operator.probing import sip
from um_operator.probing.identity import ClientIdentity
from um_operator.probing.prober import Prober

TARGETS, EVERY = 1000, 10
DEADLINE = 5.0
LONGEST, LARGEST, LEAST = 15.0, 120.0, 0.8
"""Seconds, MB, and the part of the bare loop's rate."""
ROUNDS = 3
"""Of each rate the best counts: what else the machine does only slows it."""
DEVICES, OURS = root("Devices Root"), root("Contoso Root")
US = OURS.issue("ex01.contoso.com")


@dataclass(frozen=True)
class Address:
    """Where a target is."""

    host: str
    port: int


@dataclass(frozen=True)
class Took:
    """What a round took: seconds of wall clock and of this process."""

    wall: float
    cpu: float

    def line(self, what: str, targets: int) -> str:
        """Return a row of the table."""
        each = self.cpu / targets * 1000
        return f"| {what} | {self.wall:.2f} s | {targets / self.wall:.0f}/s | {each:.2f} ms |"


def main() -> int:
    """Measure, print, and say by the exit code whether it is as it must be."""
    if why := kamailio.missing():
        print(f"not measured: {why}")
        return 0
    with tempfile.TemporaryDirectory() as folder, black_hole() as hole:
        profile = Profile(DEVICES.issue("sbc01.contoso.com"), clients_of=OURS.chain_pem)
        proxies = dict.fromkeys(map(str, range(8)), profile)
        with kamailio.running(Path(folder), proxies) as running:
            peers = [Address(host, running.port) for host in running.addresses.values()]
            return asyncio.run(_measure(peers, hole))


async def _measure(peers: list[Address], hole: Address) -> int:
    answering = [peers[number % len(peers)] for number in range(TARGETS - TARGETS // EVERY)]
    everybody = [hole if number % EVERY == 0 else peers[number % len(peers)] for number in range(TARGETS)]
    identity = ClientIdentity.of(US.chain_pem, US.key_pem)
    believing = identity.believing([DEVICES.der])
    prober = _prober()

    async def ours(target: Address) -> str:
        fact = await prober.tls(target.host, target.port, identity=believing, deadline=DEADLINE, whole=True)
        if isinstance(fact, Known) and isinstance(fact.value, TLS):
            return str(fact.value.status)
        return fact.reason if not isinstance(fact, Known) else "?"

    async def bare(target: Address) -> str:
        return await _bare(target, identity.context)

    whole = await _round(everybody, ours, {"200": len(answering), "Unreachable": TARGETS // EVERY})
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    best = {"ours": Took(1e9, 1e9), "bare": Took(1e9, 1e9)}
    for _ in range(ROUNDS):
        for name, ask in (("bare", bare), ("ours", ours)):
            took = await _round(answering, ask, {"200": len(answering)})
            best[name] = min(best[name], took, key=lambda one: one.wall)
    ratio = best["bare"].wall / best["ours"].wall
    print("| | wall clock | rate | CPU a target |\n|---|---:|---:|---:|")
    print(whole.line(f"{TARGETS} targets, {TARGETS // EVERY} of them black holes", TARGETS))
    print(best["ours"].line(f"{len(answering)} targets that answer", len(answering)))
    print(best["bare"].line("the same by a bare loop", len(answering)))
    print(f"\nlargest resident size: {largest:.0f} MiB; rate: {ratio:.2f} of the bare loop's")
    well = whole.wall < LONGEST and largest < LARGEST and ratio >= LEAST
    print("" if well else f"MUST BE: < {LONGEST} s, < {LARGEST} MB, >= {LEAST}")
    return 0 if well else 1


async def _round(
    targets: list[Address], ask: Callable[[Address], Awaitable[str]], expected: dict[str, int]
) -> Took:
    began, cpu = time.monotonic(), time.process_time()
    found = Counter(await asyncio.gather(*map(ask, targets)))
    took = Took(time.monotonic() - began, time.process_time() - cpu)
    assert found == expected, found
    return took


_turns = asyncio.Semaphore(GATEWAYS_AT_A_TIME)


async def _bare(target: Address, context: SSL.Context) -> str:
    """Shake hands, ask, and read the status; as little as does it."""
    async with _turns:
        reader, writer = await asyncio.open_connection(target.host, target.port)
        connection = SSL.Connection(context, None)
        connection.set_connect_state()
        try:
            while True:
                try:
                    connection.do_handshake()
                    break
                except SSL.WantReadError:
                    await _exchange(connection, reader, writer)
            local = "{}:{}".format(*writer.get_extra_info("sockname")[:2])
            connection.send(sip.request(target.host, target.port, "TLS", local, f"b{next(_numbers)}"))
            while True:
                try:
                    return connection.recv(65_536)[8:11].decode()
                except SSL.WantReadError:
                    await _exchange(connection, reader, writer)
        finally:
            writer.transport.abort()


_numbers = count()


async def _exchange(
    connection: SSL.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    with suppress(SSL.WantReadError):
        writer.write(connection.bio_read(65_536))
    connection.bio_write(await reader.read(65_536))


def _prober() -> Prober:
    tokens = count()
    return Prober(
        fact_of, lambda: datetime.now(UTC), lambda: f"t{next(tokens)}", at_a_time=GATEWAYS_AT_A_TIME
    )


@contextmanager
def black_hole() -> Iterator[Address]:
    """A port whose queue is full, so that the kernel drops what comes."""
    with ExitStack() as held, socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(2):
            queued = held.enter_context(socket.socket())
            queued.setblocking(False)
            queued.connect_ex(full.getsockname())
        yield Address(*full.getsockname())


if __name__ == "__main__":
    sys.exit(main())
