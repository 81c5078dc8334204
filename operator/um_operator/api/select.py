"""Which documents are ours, and what they say: the one door from plain data to resources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from pydantic import ValidationError

from um_operator.api.certificate import UMCertificate
from um_operator.api.dial_plan import UMDialPlan
from um_operator.api.ip_gateway import UMIPGateway
from um_operator.api.lync_integration import LyncIntegration
from um_operator.api.meta import API_VERSION, FINALIZER, GROUP, KindName, ObjectKey
from um_operator.api.organization import ExchangeOrganization
from um_operator.api.strings import parse_instant
from um_operator.api.tree import broken_rules
from um_operator.api.validation import Problem, did_you_mean, problems_of, shown

AnyResource: TypeAlias = ExchangeOrganization | LyncIntegration | UMCertificate | UMDialPlan | UMIPGateway

KINDS: Final[Mapping[KindName, type[AnyResource]]] = {
    "ExchangeOrganization": ExchangeOrganization,
    "LyncIntegration": LyncIntegration,
    "UMCertificate": UMCertificate,
    "UMDialPlan": UMDialPlan,
    "UMIPGateway": UMIPGateway,
}


@dataclass(frozen=True, slots=True)
class Invalid:
    """A document of ours that cannot be used, kept so that it does not stop the rest.

    Attributes:
        key: whose it is, if at least kind and name can be read.
        problems: what is wrong, in the order of the document.
        organization: the organisation that it names, as far as that can be read.
        exchange_name: the name in Exchange that it claims, as far as that can be read.
        generation: of its metadata.
        created_at: of its metadata, as written.
        released: whether it is being deleted and waits for us, who can do nothing for it.
    """

    key: ObjectKey | None
    problems: tuple[Problem, ...]
    organization: str = "default"
    exchange_name: str = ""
    generation: int = 0
    created_at: str = ""
    released: bool = False

    @property
    def created(self) -> datetime | None:
        """Return when it was made, if that can be read."""
        try:
            return parse_instant(self.created_at)
        except ValueError:
            return None


def is_ours(document: object) -> bool:
    """Tell whether a document is of our API group, whatever else is wrong with it."""
    if not isinstance(document, Mapping):
        return False
    version = document.get("apiVersion")
    return isinstance(version, str) and version.partition("/")[0].casefold() == GROUP


def parse(document: Mapping[str, Any]) -> AnyResource | Invalid:
    """Read a document of ours: every problem at once, and never an exception."""
    kind = next((name for name in KINDS if name == document.get("kind")), None)
    if kind is None or document.get("apiVersion") != API_VERSION:
        return Invalid(None, _not_a_kind(document))
    model = KINDS[kind]
    try:
        resource = model.model_validate(dict(document))
    except ValidationError as error:
        return _invalid(kind, document, problems_of(model, error))
    problems = broken_rules(resource)
    return _invalid(kind, document, problems) if problems else resource


def _not_a_kind(document: Mapping[str, Any]) -> tuple[Problem, ...]:
    version, kind = document.get("apiVersion"), document.get("kind")
    if version != API_VERSION:
        return (Problem(("apiVersion",), shown(version), f'must be "{API_VERSION}"'),)
    close = did_you_mean(kind, KINDS) if isinstance(kind, str) else None
    known = ", ".join(f'"{name}"' for name in KINDS)
    hint = f'did you mean "{close}"?' if close else f"must be one of {known}"
    return (Problem(("kind",), shown(kind) if kind else "", hint),)


def _invalid(kind: KindName, document: Mapping[str, Any], problems: tuple[Problem, ...]) -> Invalid:
    metadata, spec = _mapping(document.get("metadata")), _mapping(document.get("spec"))
    name = _text(metadata.get("name"))
    generation = metadata.get("generation")
    return Invalid(
        ObjectKey(kind, name) if name else None,
        problems,
        organization=name if kind == "ExchangeOrganization" else _organization(spec),
        exchange_name=_text(spec.get("name")) or name,
        generation=generation if isinstance(generation, int) else 0,
        created_at=_text(metadata.get("creationTimestamp")),
        released=metadata.get("deletionTimestamp") is not None
        and FINALIZER in _list(metadata.get("finalizers")),
    )


def _organization(spec: Mapping[str, Any]) -> str:
    return _text(_mapping(spec.get("organizationRef")).get("name")) or "default"


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
