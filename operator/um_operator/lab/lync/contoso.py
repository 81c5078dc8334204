"""Lync of the company that the larger example stands for."""

from __future__ import annotations

from um_operator.lab.lync.spec import Edition, LyncSpec, PoolSpec

LYNC = LyncSpec(
    pools=(
        PoolSpec(
            "lyncpool01.contoso.com",
            "Berlin",
            computers=tuple(f"lyncfe{n:02}.contoso.com" for n in range(1, 4)),
            users=1840,
            backup="lyncse01.contoso.com",
        ),
        PoolSpec("lyncse01.contoso.com", "Hamburg", Edition.STANDARD, users=120, mediation=False),
        PoolSpec("lyncdir01.contoso.com", "Berlin", Edition.DIRECTOR, mediation=False),
        PoolSpec(
            "lyncsba01.contoso.com", "Hamburg", Edition.BRANCH_APPLIANCE, backup="lyncpool01.contoso.com"
        ),
    ),
    other_pools=(
        ("lyncsql01.contoso.com", "UserDatabase", "Berlin"),
        ("carrier-sbc.contoso.com", "PstnGateway", "Berlin"),
    ),
)
"""An Enterprise pool and a Standard Edition server, and what an operator must leave alone: a Director, a
survivable branch appliance, pools of databases and gateways."""
