"""What the API server's refusals and silences mean, as one small tree.

KubeError                  anything; also a refusal that has no name here
├── NotFoundError          404: there is no such object
├── ConflictError          409: somebody else wrote meanwhile, or the object exists already
├── ExpiredError           410: that resourceVersion or list position is no longer kept
├── ForbiddenError         403: the account lacks the right
├── InvalidError           400, 413, 422: the API server does not take the object
└── UnavailableError       no answer, 401 also after a new login, 408, 429, 5xx: worth another try later
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from um_operator.engine.ports import PortError


class KubeError(PortError):
    """The API server did not do what was asked; the text says what was asked and what it answered."""


class NotFoundError(KubeError):
    """There is no such object."""


class ConflictError(KubeError):
    """Somebody else wrote the object meanwhile, or made it before."""


class ExpiredError(KubeError):
    """The resourceVersion or the position in a list is no longer kept."""


class ForbiddenError(KubeError):
    """The account lacks the right."""


class InvalidError(KubeError):
    """The API server does not take what was sent."""


class UnavailableError(KubeError):
    """The API server cannot be reached, or cannot answer at present."""


_BY_STATUS: Final[Mapping[int, type[KubeError]]] = {
    400: InvalidError,
    401: UnavailableError,
    403: ForbiddenError,
    404: NotFoundError,
    408: UnavailableError,
    409: ConflictError,
    410: ExpiredError,
    413: InvalidError,
    422: InvalidError,
    429: UnavailableError,
}
_MESSAGE_MAX: Final = 500


def refusal(status: int, asked: str, body: bytes) -> KubeError:
    """Return the error for an answer that is not 2xx.

    Args:
        status: of the HTTP answer.
        asked: what was asked, such as ``patch UMDialPlan "um/pbx"``.
        body: of the answer; a ``Status`` object in general.
    """
    kind = UnavailableError if status >= 500 else _BY_STATUS.get(status, KubeError)
    return kind(f"{asked}: the API server answered {status}: {_message(body)}")


def _message(body: bytes) -> str:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    text = answer.get("message") if isinstance(answer, dict) else None
    words = str(text) if text else body.decode("utf-8", "replace")
    return " ".join(words.split())[:_MESSAGE_MAX]
