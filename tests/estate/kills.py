"""umctl is killed at an effect and run again: what must be true in the end, however often and wherever.

An experiment has an estate of its own. Its gateways take SIP on a port that is not the default, so a call
over a gateway that is linked before it is reached as declared fails, and is counted.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from estate.as_declared import differences
from estate.harness import Operator, declaring
from estate.manifests import organization
from estate.process import Fault, Umctl
from estate.secrecy import leaks, password
from um_operator.api.meta import ObjectKey
from um_operator.lab.clock import Clock
from um_operator.lab.estate import EstateSpec, Lab
from um_operator.lab.gateways.calling import Cause
from um_operator.lab.presets import first_steps
from um_operator.lab.variants import Variants

Manifest = dict[str, Any]

GRACE = "4m"
"""A little more than replication between the sites takes, so that a deletion need not wait longer."""
PORT = 5070
"""Where the gateways of an experiment take SIP."""
RATE = 60.0
"""Lab seconds a real second."""
TO_BE_READ = timedelta(minutes=20)
"""The servers' poll of ten minutes, and replication before it."""
EXPLAINED = frozenset({Cause.NOT_A_GATEWAY, Cause.NO_HUNT_GROUP})
"""Why calls of a gateway fail until its manifest is carried out and read."""


class When(Enum):
    """Where the process dies, as seen from one write: a cmdlet, which may have several effects.

    That a client is gone does not stop a cmdlet that has begun.
    """

    AFTER = "after the write took effect, before its reply"
    BEFORE = "just before the write, after the reply of the one before"

    def at(self, lab: Lab, effect: int) -> Fault:
        """Return the fault that kills at a write; ``effect`` is its first one, counted from now on."""
        if self is When.AFTER:
            return lambda kill: lab.faults.after_effect(effect, kill)
        return lambda kill: lab.faults.before_effect(effect, kill, prevent=True)


@dataclass(frozen=True)
class Declared:
    """What an experiment declares.

    Attributes:
        before: plans and gateways that are in force when it begins.
        after: plans and gateways that are wanted in the end.
        delete: those of ``before`` that are deleted.
        explained: for gateways whose calls may fail for more than ``EXPLAINED``: the causes.
    """

    after: tuple[Manifest, ...]
    before: tuple[Manifest, ...] = ()
    delete: tuple[ObjectKey, ...] = ()
    explained: Mapping[str, AbstractSet[Cause]] = field(default_factory=dict)


@dataclass
class Experiment:
    """A running estate with umctl on it, and the count of what was done."""

    lab: Lab
    declared: Declared
    umctl: Umctl
    operator: Operator
    kills: int = 0

    @classmethod
    @asynccontextmanager
    async def on(
        cls,
        declared: Declared,
        folder: Path,
        *,
        spec: EstateSpec | None = None,
        variants: Variants | None = None,
        seed: int = 7,
    ) -> AsyncIterator[Experiment]:
        """Start an estate where ``declared.before`` is in force, and declare what is wanted after it."""
        spec = _on_another_port(spec or first_steps())
        declares = _organization(spec)
        async with Lab.start(spec, clock=Clock(rate=RATE), variants=variants, seed=seed) as lab:
            operator = declaring(lab, folder, declares, *declared.before)
            if declared.before:
                await operator.apply()
                lab.clock.advance(TO_BE_READ)
            operator.declare(declares, *declared.after)
            yield cls(lab, declared, Umctl(operator, declared.delete), operator)

    async def killed(self, when: When, effect: int) -> None:
        """Run umctl until it dies at the write whose first effect has that number, counted from now on."""
        ended = await self.umctl.run(when.at(self.lab, effect))
        assert ended.killed, ended.output
        self.kills += 1

    async def finished(self) -> None:
        """Run umctl to its end."""
        ended = await self.umctl.run()
        assert ended.code == 0, ended.output

    async def kill_at_each_write(self, writes: Sequence[int]) -> None:
        """Kill at each write in turn and run on at once, by turns in both ways, until nothing is left.

        Args:
            writes: the number of the first effect of each write, as ``writes_of`` returns them.
        """
        begun = len(self.lab.journal.effects)
        for number, write in enumerate(writes):
            done = len(self.lab.journal.effects) - begun
            if write <= done:
                continue
            when = When.AFTER if number % 2 else When.BEFORE
            await self.killed(when, write - done)
        await self.finished()

    def let_servers_read(self) -> None:
        """Let time pass in which every server reads what a killed run left, and uses it."""
        self.lab.directory.replicate_now()
        self.lab.clock.advance(TO_BE_READ)

    async def judge(self) -> None:
        """Hold the end against what is declared.

        Raises:
            AssertionError: Exchange is not as declared, something was written that need not be, a rule of
                the rollout was broken, a call failed of what no manifest explains, the password is told.
        """
        assert differences(self.lab, *self.declared.after) == []
        effects = len(self.lab.journal.effects)
        report = await self.operator.apply()
        assert report.plan.steps == ()
        assert self.lab.journal.effects[effects:] == [], "a second run wrote something"
        assert self.unexplained() == {}
        assert leaks(self.operator, password(self.lab), *self.umctl.outputs) == []
        self.lab.invariants.check()

    def unexplained(self) -> dict[str, Mapping[str, int]]:
        """Return, by gateway, why calls in either direction failed without a manifest that explains it."""
        summary = self.lab.calls.summary()
        found: dict[str, Mapping[str, int]] = {}
        for name, counts in summary.gateways.items():
            more = self.declared.explained.get(name, frozenset())
            allowed = {cause.value for cause in EXPLAINED | more} if name != "legacy-pbx" else set()
            failed = {cause: times for cause, times in counts.failed.items() if cause not in allowed}
            if failed or counts.cut:
                found[name] = {**failed, **({Cause.CALL_CUT.value: counts.cut} if counts.cut else {})}
        for what, tally in (("to", summary.outcalls), ("probe of", summary.probes)):
            found |= {f"{what} {name}": dict(c.failed) for name, c in tally.items() if c.failures}
        return found


def _on_another_port(spec: EstateSpec) -> EstateSpec:
    """Have the devices that Exchange does not know yet take SIP on the port of the experiments."""
    known = {gateway.name for gateway in spec.organization.gateways}
    devices = (d if d.name in known else replace(d, port=PORT) for d in spec.devices)
    return replace(spec, devices=tuple(devices))


def _organization(spec: EstateSpec) -> Manifest:
    """Return the manifest of an estate's organisation, with its first two servers as endpoints."""
    declared = organization(replicationGrace=GRACE)
    hosts = [f"{server.name.lower()}.{spec.organization.domain}" for server in spec.organization.servers[:2]]
    declared["spec"]["exchange"]["endpoints"] = [f"http://{host}/PowerShell/" for host in hosts]
    return declared


async def writes_of(declared: Declared, folder: Path, **estate: Any) -> list[int]:
    """Carry everything out undisturbed, and return the number of the first effect of each write."""
    async with Experiment.on(declared, folder, **estate) as experiment:
        begun = len(experiment.lab.journal.effects)
        await experiment.operator.apply(delete=frozenset(declared.delete))
        effects = experiment.lab.journal.effects[begun:]
    return [number for number, effect in enumerate(effects, start=1) if effect.cmdlet.endswith(effect.kind)]
