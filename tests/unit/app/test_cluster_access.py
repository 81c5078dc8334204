"""Why an organisation cannot be asked: what is missing is told apart from what may not be read."""

from __future__ import annotations

from typing import Any, cast

import pytest

from manifests_support import organization
from um_operator.api.reasons import Reason
from um_operator.app.cluster import ClusterAccess, NotUsable
from um_operator.engine.ports import OrganizationId
from um_operator.kube.errors import ForbiddenError, NotFoundError

CONTOSO = OrganizationId("voice", "contoso")


class Refusing:
    """An API server that answers every question in one way."""

    def __init__(self, error: type[Exception]) -> None:
        self._error = error

    async def get(self, *_: Any) -> Any:
        raise self._error("no")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(NotFoundError, Reason.DEPENDENCY_NOT_FOUND), (ForbiddenError, Reason.FORBIDDEN)],
)
async def test_a_secret_that_is_missing_is_not_one_that_may_not_be_read(
    answer: type[Exception], reason: Reason
) -> None:
    unused = cast("Any", None)
    client = cast("Any", Refusing(answer))
    access = ClusterAccess(
        client, unused, unused, unused, unused, unused, unused, unused, kept={CONTOSO: unused}
    )
    settings = await access.settings(CONTOSO, organization().spec)
    assert isinstance(settings, NotUsable)
    assert settings.reason == reason
    assert "exchange-operator" in settings.message
