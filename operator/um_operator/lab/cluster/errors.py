"""Refusals as the API server words them: a ``Status`` with code, reason, details and causes.

Reasons and shapes are those of a real kube-apiserver 1.36; the contract suite compares them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .values import Json


@dataclass(frozen=True, slots=True)
class Cause:
    """One field that keeps an object from being accepted; ``reason`` as in ``metav1.CauseType``."""

    field: str
    message: str
    reason: str = "FieldValueInvalid"

    def json(self) -> Json:
        """The cause as it stands in ``details.causes``."""
        return {"reason": self.reason, "message": self.message, "field": self.field}


@dataclass(eq=False)
class StatusError(Exception):
    """A request that is refused; ``code`` is the HTTP status, ``reason`` as in ``metav1.StatusReason``."""

    code: int
    reason: str
    message: str
    details: Json = field(default_factory=dict)

    def json(self) -> Json:
        """The ``Status`` object of the response."""
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
        status |= {"message": self.message, "reason": self.reason}
        return {**status, **({"details": self.details} if self.details else {}), "code": self.code}


@dataclass(frozen=True, slots=True)
class Resource:
    """What a refusal names: a resource by its plural, its group (empty for the core) and its kind."""

    group: str
    plural: str
    kind: str

    def _named(self, name: str, **more: Any) -> Json:
        return {"name": name, **({"group": self.group} if self.group else {}), "kind": self.plural, **more}

    def __str__(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def not_found(self, name: str) -> StatusError:
        """Nobody of this name."""
        return StatusError(404, "NotFound", f'{self} "{name}" not found', self._named(name))

    def already_exists(self, name: str) -> StatusError:
        """The name is taken."""
        return StatusError(409, "AlreadyExists", f'{self} "{name}" already exists', self._named(name))

    def conflict(self, name: str, why: str = "") -> StatusError:
        """A precondition, above all the resourceVersion, does not hold any more."""
        stale = "the object has been modified; please apply your changes to the latest version and try again"
        message = f'Operation cannot be fulfilled on {self} "{name}": {why or stale}'
        return StatusError(409, "Conflict", message, self._named(name))

    def terminating(self, name: str, namespace: str) -> StatusError:
        """The namespace ends: nothing new gets into it."""
        cause = Cause(
            "metadata.namespace", f"namespace {namespace} is being terminated", "NamespaceTerminating"
        )
        message = (
            f'{self} "{name}" is forbidden: unable to create new content in namespace {namespace} '
            "because it is being terminated"
        )
        return StatusError(403, "Forbidden", message, self._named(name, causes=[cause.json()]))

    def invalid(self, name: str, causes: Sequence[Cause]) -> StatusError:
        """Fields do not hold."""
        qualified = f"{self.kind}.{self.group}" if self.group else self.kind
        said = ", ".join(f"{cause.field}: {cause.message}" for cause in causes)
        message = f'{qualified} "{name}" is invalid: {said if len(causes) == 1 else f"[{said}]"}'
        details = {**self._named(name, causes=[cause.json() for cause in causes]), "kind": self.kind}
        return StatusError(422, "Invalid", message, details)


def bad_request(message: str) -> StatusError:
    """The request makes no sense, or its body cannot be read."""
    return StatusError(400, "BadRequest", message)


def expired(message: str) -> StatusError:
    """What the client wants to go on from has been forgotten: 410 Gone."""
    return StatusError(410, "Expired", message)


def unauthorized() -> StatusError:
    """The token is none of ours."""
    return StatusError(401, "Unauthorized", "Unauthorized")


def unsupported_media_type(message: str) -> StatusError:
    """The body's form is not read here."""
    return StatusError(415, "UnsupportedMediaType", message)


def not_acceptable() -> StatusError:
    """The client takes nothing that is written here."""
    return StatusError(406, "NotAcceptable", "only the following media types are accepted: application/json")


def method_not_allowed() -> StatusError:
    """The resource has no such verb."""
    message = "the server does not allow this method on the requested resource"
    return StatusError(405, "MethodNotAllowed", message)
