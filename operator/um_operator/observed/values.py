"""The canonical form in which declared and observed properties are compared: the API's."""

from um_operator.api.values import PropertyValue, display, name_key

__all__ = ["PropertyValue", "display", "name_key"]
