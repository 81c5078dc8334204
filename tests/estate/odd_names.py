"""Names that Exchange takes and Kubernetes does not; many look alike once they are bent into shape."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from um_operator.lab.estate import EstateSpec
from um_operator.lab.exchange.builder import GatewaySpec, PlanSpec
from um_operator.lab.presets import first_steps

WORDS = (
    "Zürich", "zurich", "ZU RICH", "電話", "網關", "Ünïcödé", "'quoted'", "a & b", "(Süd) #1", "x_y", "x.y",
    "x-y", "{braces}", "tab$", "~tilde", "100%", "on", "null", "1e5", "0x10", "22-00", "!tag", "&anchor",
    "`tick`", "@home", "ﬁligran", "🎉", "e\u0301te", "ete",
)  # fmt: skip
"""Also what YAML loaders would read as something else than text if nobody quoted it."""


def estate(seed: int, plans: int, gateways: int) -> EstateSpec:
    """Return the servers of the first steps with so many plans and gateways of odd names, drawn by a seed."""
    chance = random.Random(seed)
    plan_names = list(_names(chance, plans, 49))
    empty = first_steps()
    organization = replace(
        empty.organization,
        plans=(*empty.organization.plans, *(PlanSpec(name) for name in plan_names)),
        gateways=(
            *empty.organization.gateways,
            *(
                _gateway(chance, number, name, plan_names)
                for number, name in enumerate(_names(chance, gateways, 64))
            ),
        ),
    )
    return EstateSpec(organization)


def _gateway(chance: random.Random, number: int, name: str, plans: Sequence[str]) -> GatewaySpec:
    groups = tuple(
        (f"group {index}", plan, chance.choice(("", "4900", "+49,1 x", "um@contoso.com", "ü")))
        for index, plan in enumerate(chance.sample(plans, chance.randint(0, 3)))
    )
    return GatewaySpec(name, f"odd-{number}.contoso.com", groups)


def _names(chance: random.Random, count: int, longest: int) -> Iterator[str]:
    """Yield so many names that differ by more than case; some as long as Exchange takes them."""
    taken: set[str] = set()
    while len(taken) < count:
        name = " ".join(chance.choices(WORDS, k=chance.randint(1, 3)))
        if chance.random() < 0.1:
            name = (name + " long" * longest)[:longest].strip()
        if name.casefold() not in taken:
            taken.add(name.casefold())
            yield name
