"""Declared properties in the canonical form in which they are compared with what Exchange has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from um_operator.api import durations
from um_operator.api.dial_plan import DialingGroup, UMDialPlanProperties, UMDialPlanSpec
from um_operator.api.ip_gateway import UMIPGatewayProperties, UMIPGatewaySpec
from um_operator.api.model import Model
from um_operator.api.values import PropertyValue


def plan_properties(spec: UMDialPlanSpec) -> Mapping[str, PropertyValue]:
    """Return what a dial plan declares, by the API's field name; what is absent is not managed (R2)."""
    declared = _declared(UMDialPlanProperties, spec)
    declared["numberOfDigitsInExtension"] = spec.number_of_digits_in_extension
    if spec.uri_type is not None:
        declared["uriType"] = spec.uri_type
    return declared


def gateway_properties(spec: UMIPGatewaySpec) -> Mapping[str, PropertyValue]:
    """Return what a gateway declares, by the API's field name; what is absent is not managed (R2)."""
    return {**_declared(UMIPGatewayProperties, spec), "address": canonical_address(spec.address)}


def canonical_address(address: str) -> str:
    """Return an address as it is compared: DNS names have no case, and the dot at their end says nothing."""
    return address.lower().removesuffix(".")


def canonical_groups(groups: tuple[DialingGroup, ...]) -> PropertyValue:
    """Return dialing groups as Exchange keeps them: a set of (group, numberMask, dialedNumber, comment)."""
    return tuple(
        sorted(
            {
                (group.name, rule.number_mask, rule.dialed_number, rule.comment or "")
                for group in groups
                for rule in group.rules
            }
        )
    )


def _declared(properties: type[Model], spec: Model) -> dict[str, PropertyValue]:
    declared = {field.alias or name: getattr(spec, name) for name, field in properties.model_fields.items()}
    return {name: _canonical(value) for name, value in declared.items() if value is not None}


def _canonical(value: Any) -> PropertyValue:
    match value:
        case timedelta():
            return durations.canonical(value)
        case "":
            return None
        case (DialingGroup(), *_):
            return canonical_groups(value)
        case tuple():
            return tuple(sorted(set(value)))
        case bool() | int() | str():
            return value
        case _:
            raise TypeError(f"{type(value).__name__} has no canonical form")
