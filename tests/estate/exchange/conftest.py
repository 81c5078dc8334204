"""The Exchange room over real sockets to the lab, without an engine around it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from um_operator.lab.estate import Lab
from um_operator.remoting import connect_to, endpoint
from um_operator.remoting.credentials import Authentication, Method, Password
from um_operator.remoting.pool import SessionPool


@pytest.fixture
async def sessions(lab: Lab) -> AsyncIterator[SessionPool]:
    """Sessions of the operator's account with two servers of the lab."""
    account = next(a for a in lab.spec.organization.accounts if a.name.endswith("svc-um-operator"))
    authentication = Authentication(Method.NTLM, Password(account.name, account.password))
    urls = ("http://ex01.contoso.com/PowerShell/", "http://ex02.contoso.com/PowerShell/")
    with connect_to.installed(connect_to.parse(lab.connect_to)):
        async with SessionPool([endpoint.parse(url, authentication) for url in urls]) as pool:
            yield pool
