"""Lync's endpoint over the wire: at a computer and at its pool, for those who have a role there."""

from __future__ import annotations

import pytest

from lynclab import FE01, POOL
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.hosts.times import INSTANT
from um_operator.lab.presets import smallest, with_lync
from um_operator.remoting import connect_to, endpoint
from um_operator.remoting.credentials import Authentication, Method, Password
from um_operator.remoting.errors import RemotingError
from um_operator.remoting.pool import SessionPool
from um_operator.remoting.session import Command, Result

POOLS = Command("Get-CsPool", {})


async def test_the_shell_answers_at_a_computer_and_at_its_pool_as_long_as_one_of_it_is_up() -> None:
    async with Lab.start(with_lync(smallest()), clock=Clock(), times=INSTANT) as lab:
        with connect_to.installed(connect_to.parse(lab.connect_to)):
            for host in (FE01, POOL):
                assert len((await _asked(lab, host)).rows) == 6
            await lab.shut_down(FE01)
            assert len((await _asked(lab, POOL)).rows) == 6
            for host in (FE01, "lyncsba01.contoso.com"):
                with pytest.raises(RemotingError):
                    await _asked(lab, host, deadline=0.5)
            with pytest.raises(RemotingError):
                await _asked(lab, POOL, user="svc-um-operator", deadline=0.5)


async def _asked(lab: Lab, host: str, user: str = "svc-um-lync", deadline: float = 10) -> Result:
    account = next(a for a in lab.spec.organization.accounts if a.name.endswith(user))
    authentication = Authentication(Method.NTLM, Password(account.name, account.password))
    target = endpoint.parse(
        f"https://{host}/OcsPowershell",
        authentication,
        configuration_name="Microsoft.PowerShell",
        ca_pem=lab.authority.pem.decode(),
    )
    pool = SessionPool([target])
    try:
        return await pool.invoke(POOLS, deadline=deadline, write=False)
    finally:
        await pool.close()
