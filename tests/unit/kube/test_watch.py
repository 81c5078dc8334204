"""What kopf is given to ask with."""

from __future__ import annotations

from typing import cast

from kubernetes.aio.client import Configuration

from um_operator.kube.login import Credentials
from um_operator.kube.watch import Watch


class Account:
    """Credentials that are read anew at each login."""

    token = "monday"

    async def configuration(self) -> Configuration:
        configuration = Configuration(host="https://127.0.0.1:1")
        configuration.api_key = {"BearerToken": f"Bearer {self.token}"}
        return configuration


async def test_credentials_that_were_refused_are_known_again_so_that_kopf_does_not_ask_for_ever() -> None:
    account = Account()
    watch = Watch(cast("Credentials", account), None, lambda _: None)
    first, again = await watch._login(), await watch._login()
    account.token = "tuesday"
    rotated = await watch._login()
    assert first == again != rotated
    for login in (first, again, rotated):
        await login.aiohttp_session.close()
