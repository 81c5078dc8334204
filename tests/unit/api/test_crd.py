"""The definition of each kind: its names, its columns, its size."""

from __future__ import annotations

import json
import re
from typing import Any, get_args

import pytest

from um_operator.api.columns import COLUMNS, Column
from um_operator.api.condition import ConditionType
from um_operator.api.crd import custom_resource_definition
from um_operator.api.meta import KindName
from um_operator.api.names import NAMES, kind_called
from um_operator.api.schema import kind_schema
from um_operator.api.select import KINDS

LARGEST = 64 * 1024
CONDITION = re.compile(r'\.status\.conditions\[\?\(@\.type=="(\w+)"\)\]\.(status|reason|message)')

every_kind = pytest.mark.parametrize("kind", KINDS)
every_column = pytest.mark.parametrize(
    ("kind", "column"),
    [(kind, column) for kind, columns in COLUMNS.items() for column in columns[:-1]],
    ids=[f"{kind}.{column.name}" for kind, columns in COLUMNS.items() for column in columns[:-1]],
)


def field_at(kind: KindName, path: str) -> dict[str, Any]:
    schema = kind_schema(KINDS[kind])
    for name in path.split(".")[1:]:
        schema = schema["properties"][name]
    return schema


def version(kind: KindName) -> dict[str, Any]:
    (only,) = custom_resource_definition(kind)["spec"]["versions"]
    assert isinstance(only, dict)
    return only


def test_every_kind_has_names_and_columns() -> None:
    assert set(KINDS) == set(NAMES) == set(COLUMNS)


@every_kind
def test_a_definition_is_small_enough_to_be_applied_by_any_client(kind: KindName) -> None:
    assert len(json.dumps(custom_resource_definition(kind))) < LARGEST


@every_column
def test_a_column_shows_a_field_of_its_type(kind: KindName, column: Column) -> None:
    if match := CONDITION.fullmatch(column.path):
        assert match[1] in get_args(ConditionType)
        return
    assert field_at(kind, column.path)["type"] == column.type


@every_kind
def test_the_columns_begin_with_ready_and_end_with_the_age(kind: KindName) -> None:
    heads = [column["name"] for column in version(kind)["additionalPrinterColumns"]]
    assert heads[:2] == ["Ready", "Reason"]
    assert heads[-2:] == ["Message", "Age"]


@every_kind
def test_only_the_age_is_a_date_for_a_date_to_come_is_printed_as_invalid(kind: KindName) -> None:
    columns = version(kind)["additionalPrinterColumns"]
    assert [column["name"] for column in columns if column["type"] == "date"] == ["Age"]


@every_kind
def test_the_status_is_apart_from_the_spec(kind: KindName) -> None:
    assert version(kind)["subresources"] == {"status": {}}


def test_what_belongs_to_an_organization_is_selected_by_it() -> None:
    selectable = {kind: version(kind).get("selectableFields") for kind in KINDS}
    by_organization = [{"jsonPath": ".spec.organizationRef.name"}]
    assert selectable == {
        "ExchangeOrganization": None,
        "LyncIntegration": by_organization,
        "UMCertificate": by_organization,
        "UMDialPlan": by_organization,
        "UMIPGateway": by_organization,
    }


@pytest.mark.parametrize("word", ["UMIPGateway", "umipgateway", "UMIPGateways", "umgw"])
def test_a_kind_is_called_as_kubectl_takes_it(word: str) -> None:
    assert kind_called(word) == "UMIPGateway"


@pytest.mark.parametrize("word", ["", "umg", "gateway", "umipgateways.unifiedmessaging.dev"])
def test_another_word_calls_no_kind(word: str) -> None:
    assert kind_called(word) is None
