"""Any small estate, any certificate declared for it: both drawn from one seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from estate.rollouts import EX01, EX02, Rollout, estate, rollout
from um_operator.lab.estate import EstateSpec
from um_operator.lab.exchange.builder import Secured, ServerSpec
from um_operator.lab.exchange.servers import Release
from um_operator.lab.hosts.times import ServiceTimes, Span
from um_operator.lab.variants import Variants

CAS01 = ServerSpec("CAS01", "Berlin", Release.E2013, ("ClientAccess",))
MBX01 = ServerSpec("MBX01", "Berlin", Release.E2013, ("Mailbox",))
MBX02 = ServerSpec("MBX02", "Hamburg", Release.E2013, ("Mailbox",))
BOTH = ServerSpec("EX03", "Hamburg", Release.E2013, ("Mailbox", "ClientAccess"))
ODD = ServerSpec("EX04", "Hamburg", sip_tls_port=5161, held=(("ImapProxy", "Maintenance", "Inactive"),))
SERVERS: Final = (
    (EX01,),
    (ODD,),
    (EX01, EX02),
    (CAS01, MBX01),
    (CAS01, MBX01, MBX02),
    (EX01, BOTH),
    (EX02, ODD),
)
LONGEST: Final = timedelta(hours=8)


@dataclass(frozen=True)
class Drawn:
    """What a seed stands for."""

    spec: EstateSpec
    variants: Variants
    times: ServiceTimes
    organization: Mapping[str, Any]
    certificate: Mapping[str, Any]

    @classmethod
    def by(cls, seed: int) -> Drawn:
        """Draw an estate, and what is declared for it."""
        draw = Random(seed)
        secured = draw.random() < 0.5
        others = vars_of(Variants.others())
        open_questions = {name: draw.choice((one, others[name])) for name, one in vars_of(Variants()).items()}
        servers = draw.choice(SERVERS)
        shared = {
            "scope": "Shared",
            "commonName": "um.contoso.com",
            "dnsNames": [f"{server.name.lower()}.contoso.com" for server in servers],
        }
        return cls(
            estate(*servers, secured=Secured() if secured else None),
            Variants(**open_questions),
            ServiceTimes(_span(draw, 5, 120), _span(draw, 3, 10), _span(draw, 20, 60)),
            {
                "disruption": {
                    "soak": draw.choice(("0s", "1m", "10m")),
                    "maxUnavailable": draw.choice((1, 2)),
                    "drainTimeout": draw.choice(("5m", "30m")),
                    "onDrainTimeout": draw.choice(("Hold", "Restart")),
                }
            },
            {
                **({} if secured else {"issuer": draw.choice(({"ca": {}}, {"selfSigned": {}}))}),
                **draw.choice(({}, {}, shared)),
                "proof": draw.choice(("Wire", "Wire", "Bound")),
                "privateKey": {"rotationPolicy": draw.choice(("Always", "Never"))},
                "retire": {"after": draw.choice(("1h", "168h"))},
            },
        )


async def expect_the_end(folder: Path, seed: int) -> Rollout:
    """Deploy and renew what a seed stands for; every server serves what it should, and no rule is broken."""
    drawn = Drawn.by(seed)
    async with rollout(
        folder, drawn.spec, variants=drawn.variants, times=drawn.times, seed=seed, **drawn.certificate
    ) as one:
        one.organization = dict(drawn.organization)
        one.declare()
        await one.run(within=LONGEST)
        first = one.served()
        await one.renewed(2)
        for fqdn, shown in one.served().items():
            assert shown - {""}
            assert not (shown - {""}) & first[fqdn]
    return one


def vars_of(variants: Variants) -> dict[str, Any]:
    """Return each choice by its name; the opposite of every default is another one of each."""
    return {one.name: getattr(variants, one.name) for one in fields(variants)}


def _span(draw: Random, shortest: float, longest: float) -> Span:
    one, other = draw.uniform(shortest, longest), draw.uniform(shortest, longest)
    return Span(min(one, other), max(one, other))
