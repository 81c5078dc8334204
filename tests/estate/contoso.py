"""The larger example at work on the estate that it stands for, from factory defaults on, and its people."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from typing_extensions import override

from estate.cut_overs import CutOver
from estate.declarations import Declarations
from estate.harness import Operator, write
from estate.integration import Integration
from estate.rollouts import BARELY, QUICK, Leaping, Manifest, Rollout
from larger_example import documents
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.presets import contoso

SERVERS: Final = tuple(f"ex0{number}.contoso.com" for number in range(1, 5))
GATEWAYS: Final = ("sbc01", "cube01", "kamailio01")
BY_HAND: Final = frozenset({"sbc01"})
"""The gateway into which a person loads what is published for it; the others are brought it."""
SATURDAY: Final = datetime(2026, 1, 10, 20, 58, tzinfo=UTC)
"""Shortly before the maintenance window of the example begins."""


A_MINUTE: Final = timedelta(minutes=1)
"""How late the operator is here that wants to look again in seconds: a look is at eight hosts."""


@dataclass
class Example(Rollout):
    """The operator at work on the example's manifests.

    Attributes:
        documents: what the example declares.
    """

    documents: tuple[Manifest, ...] = ()

    @property
    @override
    def time(self) -> Leaping:
        return Leaping(self.lab, A_MINUTE)

    def declare(self, **annotations: str) -> None:
        """Write the manifests, with what was changed of the organisation since."""
        assert not annotations
        [declared] = (one for one in self.documents if one["kind"] == "ExchangeOrganization")
        changed = {**declared, "spec": {**declared["spec"], **self.organization}}
        self.operator.declare(*(changed if one is declared else one for one in self.documents))


@asynccontextmanager
async def larger_example(folder: Path, at: datetime = SATURDAY) -> AsyncIterator[tuple[Integration, CutOver]]:
    """Start the estate with the example declared, and with its people; judged in the end."""
    async with Lab.start(contoso(), clock=Clock(at, rate=BARELY), times=QUICK, seed=7) as lab:
        assert lab.lync is not None
        pools = lab.lync.deployment.pools.values()
        computers = {pool.fqdn: tuple(one.fqdn for one in pool.front_ends) for pool in pools}
        operator = Operator(lab, [write(folder / "manifests", ())], folder / "state")
        operator.declarations = Declarations(computers=computers)
        work = Example(lab, operator, SERVERS, documents=tuple(documents(lab)))
        work.declare()
        people = CutOver(work, BY_HAND, frozenset(GATEWAYS), plan="Contoso-PBX")
        end = lab.journal.subscribe(people.note)
        work.beside(people.load_certificates())
        try:
            yield Integration(work, lab), people
        finally:
            end()
            await work.end()
        work.judge()


def services(computers: Iterable[str], *names: str) -> set[str]:
    """Return services as a rollout counts their starts."""
    return {f"{computer}\\{name}" for computer in computers for name in names}
