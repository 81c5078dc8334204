"""Which Secret serves a plan against a cluster: the folder's, else the cluster's, else one clear line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest

from um_operator.app.live import FolderThenCluster
from um_operator.kube.client import KubeClient
from um_operator.kube.errors import ForbiddenError, NotFoundError
from um_operator.kube.secrets import KubeSecrets
from um_operator.local.secrets import LocalSecrets


class Server:
    """An API server with one Secret, which the account may or may not read."""

    def __init__(self, *, readable: bool) -> None:
        self.readable = readable

    async def get(self, resource: Any, namespace: str, name: str) -> Mapping[str, Any]:
        if not self.readable:
            raise ForbiddenError(f'GET {resource.plural} "{namespace}/{name}": the API server answered 403')
        if name != "account":
            raise NotFoundError(name)
        return {"data": {"password": "Y2x1c3Rlcg=="}}


def secrets(*, readable: bool = True, **folder: bytes) -> FolderThenCluster:
    own = {"account": folder} if folder else {}
    cluster = KubeSecrets(cast("KubeClient", Server(readable=readable)), "um")
    return FolderThenCluster(LocalSecrets(own, {}), cluster)


async def test_the_folders_secret_serves_and_the_cluster_is_not_asked() -> None:
    assert await secrets(readable=False, password=b"folder").secret("account") == {"password": b"folder"}


async def test_else_that_of_the_cluster_serves() -> None:
    assert await secrets().secret("account") == {"password": b"cluster"}
    assert await secrets().secret("other") is None


async def test_one_that_may_not_be_read_says_what_to_do() -> None:
    with pytest.raises(ForbiddenError, match="to get secrets in this namespace; or give it by a later -f"):
        await secrets(readable=False).secret("account")
