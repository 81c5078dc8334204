from __future__ import annotations

import pytest
from pydantic import BaseModel

from exchange_support import gateway_row, plan_row
from um_operator.api.dial_plan import UMDialPlanProperties, UMDialPlanSpec
from um_operator.api.ip_gateway import UMIPGatewayProperties
from um_operator.exchange.fields import DIAL_PLAN, GATEWAY, NotChangeableError
from um_operator.observed.values import PropertyValue


def names(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def test_the_table_has_every_property_of_the_models_and_no_other() -> None:
    creation = {"uriType", "numberOfDigitsInExtension", "generateUMMailboxPolicy"}
    assert creation <= names(UMDialPlanSpec)
    assert DIAL_PLAN.fields.keys() == names(UMDialPlanProperties) | creation
    assert GATEWAY.fields.keys() == names(UMIPGatewayProperties)


def test_only_what_set_has_no_parameter_for_cannot_be_changed() -> None:
    fixed = {field.name for field in DIAL_PLAN.fields.values() if not field.changed}
    assert fixed == {"uriType", "numberOfDigitsInExtension", "generateUMMailboxPolicy"}
    with pytest.raises(NotChangeableError, match="uriType"):
        DIAL_PLAN.to_change({"faxEnabled": True, "uriType": "E164"})


def test_creating_takes_what_new_has_and_leaves_the_rest_to_a_later_step() -> None:
    wanted = {
        "countryOrRegionCode": "49",
        "uriType": "TelephoneExtension",
        "audioCodec": "Wma",
        "faxEnabled": None,
    }
    assert DIAL_PLAN.to_create(wanted) == {"CountryOrRegionCode": "49", "URIType": "TelExtn"}
    assert GATEWAY.to_create({"address": "sbc01.contoso.com", "port": 5061}) == {
        "Address": "sbc01.contoso.com"
    }


def test_the_words_and_units_of_the_api_become_those_of_the_cmdlet() -> None:
    wanted: dict[str, PropertyValue] = {
        "infoAnnouncement": "Enabled",
        "maxCallDuration": "30m",
        "recordingIdleTimeout": "5s",
        "tuiPromptEditingEnabled": False,
        "accessTelephoneNumbers": (),
        "operatorExtension": None,
        "configuredInternationalGroups": (("World", "00*", "00*", "any, all"),),
    }
    assert DIAL_PLAN.to_change(wanted) == {
        "InfoAnnouncementEnabled": "True",
        "MaxCallDuration": 30,
        "RecordingIdleTimeout": 5,
        "TUIPromptEditingEnabled": False,
        "AccessTelephoneNumbers": None,
        "OperatorExtension": None,
        "ConfiguredInternationalGroups": ["World,00*,00*,any, all"],
    }


def test_a_property_that_a_version_of_exchange_lacks_is_left_out_and_an_empty_one_is_not() -> None:
    read = DIAL_PLAN.read(plan_row(OperatorExtension=None, UMAutoAttendant=None))
    assert read["operatorExtension"] is None
    assert read["umAutoAttendant"] is None
    assert "maxCallDuration" not in read


def test_the_state_of_a_gateway_is_its_status() -> None:
    assert GATEWAY.read(gateway_row(Status="NoNewCalls"))["state"] == "NoNewCalls"
    assert GATEWAY.to_change({"state": "NoNewCalls"}) == {"Status": "NoNewCalls"}
