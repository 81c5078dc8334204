"""Servers that somebody reboots while the operator brings certificates to them, and what must hold then."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from estate.rollouts import Rollout, at_the_end
from um_operator.engine.one_pass import Report


@dataclass
class Reboots:
    """Reboots that somebody does without asking, counted by server."""

    one: Rollout
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._starts = self.one.starts()

    def reboot(self, fqdn: str) -> None:
        """Have a machine go down now, and come back by itself."""
        self.counts[fqdn] += 1
        self.one.lab.reboot(fqdn)

    def after_every(self, effects: int, most: int) -> None:
        """Reboot a server after every so many effects: in turns the one that is in hand, and another one."""

        def happen() -> None:
            in_hand = self.in_hand
            others = [fqdn for fqdn in self.one.fqdns if fqdn != in_hand]
            number = self.counts.total()
            self.reboot(others[number % len(others)] if number % 2 else in_hand)
            if number + 1 < most:
                self.one.lab.faults.after_effect(effects, happen)

        self.one.lab.faults.after_effect(effects, happen)

    @property
    def in_hand(self) -> str:
        """Return the server to which the operator did something last."""
        ours = (effect for effect in reversed(self.one.lab.journal.effects) if not effect.is_by_hand)
        names = (effect.name.partition("\\")[0].partition(".")[0].lower() for effect in ours)
        servers = {fqdn.partition(".")[0]: fqdn for fqdn in self.one.fqdns}
        return next(servers[name] for name in names if name in servers)

    def are_over(self, report: Report) -> bool:
        """Whether nothing is left to do, and whoever was rebooted takes calls again."""
        return at_the_end(report) and all(self.one.served().values())

    def judge(self) -> None:
        """Hold the end against what is declared, and against the fewest starts that lead there.

        Raises:
            AssertionError: a server does not serve one certificate of its own; a service was started more
                often than by its reboots, by us, and once more a reboot.
        """
        served = {fqdn: shown - {""} for fqdn, shown in self.one.served().items()}
        assert all(len(shown) == 1 for shown in served.values()), served
        assert len(set[str]().union(*served.values())) == len(served), served
        for service, count in (self.one.starts() - self._starts).items():
            reboots = self.counts[service.partition("\\")[0]]
            assert count <= 1 + 2 * reboots, f"{service} was started {count} times, {reboots} by a reboot"
