"""The range of a duration is the same on a real server as in ``umctl``: its ends are in, the next are out."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bad_manifests import WINDOW
from cluster_client import Json
from cluster_objects import Objects
from manifests_support import (
    certificate_document,
    gateway_document,
    lync_document,
    organization_document,
    plan_document,
)
from um_operator.api import durations
from um_operator.api.meta import KindName
from um_operator.api.schema import VALIDATIONS, kind_schema
from um_operator.api.select import KINDS, Invalid, parse

Path = tuple[str | int, ...]

BASES: dict[KindName, Json] = {
    "ExchangeOrganization": organization_document(
        maintenanceWindows=[{**WINDOW, "duration": "24h"}], disruption={"drainTimeout": "0s"}
    ),
    "LyncIntegration": lync_document(),
    "UMCertificate": certificate_document(duration="87600h"),
    "UMDialPlan": plan_document(),
    "UMIPGateway": gateway_document(),
}
SENTENCE = re.compile(r'must be between "(\w+)" and "(\w+)"(?:, in steps of "(\w+)")?')


def durations_of(schema: dict[str, Any], path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield the path of each duration with its range in words."""
    if schema.get("pattern") == durations.PATTERN:
        (rule,) = schema[VALIDATIONS]
        yield path, rule["message"]
    for name, inner in schema.get("properties", {}).items():
        yield from durations_of(inner, (*path, name))
    if "items" in schema:
        yield from durations_of(schema["items"], (*path, 0))


ALL = [
    (kind, path, sentence)
    for kind, model in KINDS.items()
    for path, sentence in durations_of(kind_schema(model)["properties"]["spec"], ("spec",))
]


def values(sentence: str) -> tuple[list[str], list[str]]:
    """Return durations at the ends of a range, and those next to it or between its steps."""
    match = SENTENCE.fullmatch(sentence)
    assert match is not None, sentence
    least, most = durations.parse(match[1]), durations.parse(match[2])
    step = durations.parse(match[3] or "1ms")
    outside = [least - step, most + step, *([least + step / 2] if match[3] else [])]
    return [match[1], match[2]], [durations.canonical(one) for one in outside if one >= timedelta(0)]


def with_value(base: Json, path: Path, value: str) -> Json:
    whole = copy.deepcopy(base)
    here: Any = whole
    for part in path[:-1]:
        here = here[part] if isinstance(part, int) else here.setdefault(part, {})
    here[path[-1]] = value
    return whole


@pytest.mark.parametrize(
    ("kind", "path", "sentence"), ALL, ids=[".".join(map(str, path[1:])) for _, path, _ in ALL]
)
def test_the_ends_of_a_range_are_in_and_the_next_are_out(
    kind: KindName, path: Path, sentence: str, objects: Objects
) -> None:
    inside, outside = values(sentence)
    for value in (*inside, *outside):
        whole = with_value(BASES[kind], path, value)
        answer = objects.create(whole, dry_run=True)
        assert answer.accepted == (value in inside), (value, answer)
        assert answer.accepted == (not isinstance(parse(whole), Invalid)), value
        assert value in inside or any(message.endswith(sentence) for _, message in answer.complaints)


def test_the_ranges_that_people_meet_are_tried() -> None:
    assert {path[-1] for _, path, _ in ALL} >= {"interval", "drainTimeout", "duration", "maxCallDuration"}
