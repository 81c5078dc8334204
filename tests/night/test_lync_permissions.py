"""ExchUcUtil.ps1 through its own endpoint, with an account that may do nothing else there."""

from __future__ import annotations

from datetime import timedelta

from estate.lync_way_in import INTEGRATION, known, way_into_lync
from um_operator.api.lync_integration import LyncPermissions
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.presets import contoso
from um_operator.planning.scope import LyncScope, Scope
from um_operator.planning.steps import GrantPermissions

RUN = LyncPermissions.model_validate(
    {
        "policy": "Run",
        "server": "ex01.contoso.com",
        "authentication": {"method": "NTLM", "secretRef": {"name": "svc-um-exchucutil"}},
    }
)
SCOPE = Scope(lync=(LyncScope(INTEGRATION, ("lyncpool01.contoso.com",), permissions=RUN),))
STEP = GrantPermissions(owner=INTEGRATION, server="ex01.contoso.com")


async def test_the_script_grants_what_was_missing_and_what_it_said_is_kept() -> None:
    async with Lab.start(contoso(), clock=Clock(rate=30.0), seed=7) as lab, way_into_lync(lab) as way_in:
        assert not known((await way_in.read(SCOPE)).permissions).granted

        outcome = await way_in.carry(STEP)
        assert outcome.kind == "Done", outcome
        assert "Using Global Catalog" in outcome.message

        lab.clock.advance(timedelta(minutes=30))
        again = Scope(frozenset({"lync"}), lync=SCOPE.lync)
        assert known((await way_in.read(again)).permissions).granted
