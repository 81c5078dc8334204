"""What a rollout takes beside what nobody can hurry: calls that end, services that start and warm, the soak.

Servers of one site, so that nothing replicates; each service starts within a second, and the soak is the
default. The estate's time runs as ours does while the operator reads and writes, and leaps where it sleeps.
What is imposed is summed up from the estate's own journal and calls, and compared with what the whole rollout
took.

Usage: PYTHONPATH=tests .venv/bin/python benchmarks/rollout.py [SERVERS]
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from estate.harness import declaring
from estate.manifests import resource
from estate.rollouts import Leaping, Watched, at_the_end, estate, organization
from um_operator.api.maintenance import Disruption
from um_operator.desired.organization import DesiredOrganization
from um_operator.engine.loop import Loop
from um_operator.engine.one_pass import Memory, Report
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.exchange.builder import ServerSpec
from um_operator.lab.hosts.times import ServiceTimes
from um_operator.lab.journal import Effect
from um_operator.planning.rollout.service import WARM

SERVERS = 6
BOUNDS = {6: 1.3, 50: 1.1}
"""How many times as long as what is imposed a rollout over so many servers may take."""
SOAK = Disruption().soak
NAP = timedelta(seconds=1)
"""How far time leaps at least: less than the operator ever sleeps."""
PHASE = 1.0
AWAY = 2 * 2 * timedelta(seconds=PHASE)
"""How long the two services of a server are stopping and starting."""
LOOK = timedelta(milliseconds=500)
"""How often it is looked at the calls that are left."""


@dataclass
class Imposed:
    """What the estate makes a rollout wait for, as nobody but its calls can tell.

    Attributes:
        calls: by server, from its drain until its last call was over.
    """

    lab: Lab
    calls: dict[str, timedelta] = field(default_factory=dict)

    async def watch(self) -> None:
        """Look at the calls of drained servers for as long as this goes on."""
        while True:
            for fqdn, since in self._drained():
                left = self.lab.organization.active_calls.all(server=fqdn)
                if left or fqdn not in self.calls:
                    self.calls[fqdn] = self.lab.clock.now() - since
            await self.lab.clock.sleep(LOOK)

    def _drained(self) -> Iterator[tuple[str, datetime]]:
        states: dict[str, Effect] = {}
        for effect in self.lab.journal.effects:
            if effect.cmdlet == "Set-ServerComponentState":
                states[effect.name] = effect
        for fqdn, effect in states.items():
            if "Draining" in (effect.after or {}).values():
                yield fqdn, effect.time


async def rolled_out(lab: Lab, folder: Path, fqdns: list[str]) -> timedelta:
    """Bring certificates to all servers, and return how long that took."""
    operator = declaring(
        lab,
        folder,
        organization(*fqdns, disruption={}),
        resource("UMCertificate", "um", issuer={"ca": {}}, servers={"include": fqdns}),
    )
    began = lab.clock.now()
    async with operator.at_work() as (target, one_pass):
        stop = asyncio.Event()

        def see(report: Report) -> None:
            if at_the_end(report):
                stop.set()

        async def desired(_everything: bool, _memory: Memory) -> DesiredOrganization:
            return target.desired

        await Loop(Watched(one_pass, see), desired, Leaping(lab, NAP), lambda: 0.5).run(stop)
    return lab.clock.now() - began


async def main(count: int) -> None:
    """Measure and print."""
    servers = tuple(ServerSpec(f"EX{number:02}", "Berlin") for number in range(1, count + 1))
    fqdns = [f"{server.name.lower()}.contoso.com" for server in servers]
    times = ServiceTimes.fixed(PHASE)
    with tempfile.TemporaryDirectory() as folder:
        async with Lab.start(estate(*servers), clock=Clock(), times=times, seed=7) as lab:
            imposed = Imposed(lab)
            watching = asyncio.create_task(imposed.watch())
            took = await rolled_out(lab, Path(folder), fqdns)
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
            lab.invariants.check_end()
    calls = sum(imposed.calls.values(), timedelta(0))
    services, warm, soaks = count * AWAY, count * WARM, (count - 1) * SOAK
    least = calls + services + warm + soaks
    print(f"{count} servers:")
    print(
        f"  calls ended in {calls}, services stopped and started in {services}, warm-up {warm}, soak {soaks}"
    )
    print(f"  imposed {least}, took {took}: ratio {took / least:.2f}")
    print(f"  without the soaks: ratio {(took - soaks) / (least - soaks):.2f}")
    bound = BOUNDS.get(count)
    assert bound is None or took / least <= bound, f"ratio {took / least:.2f} is above {bound}"


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else SERVERS))
