"""pypsrp as the judge of our CLIXML reader: its result in our values, so that the two can be compared."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any
from uuid import UUID

from pypsrp.complex_objects import GenericComplexObject, ObjectMeta
from pypsrp.serializer import Serializer

from um_operator.remoting.clixml import CLIENT_SIDE
from um_operator.remoting.properties import Properties
from um_operator.remoting.session import PSEnum, PSRow, PSValue

CAPTURES = Path(__file__).parent / "data" / "exchange-captures"
_RAW_LISTS = ("<LST", "<STK", "<QUE", "<IE")


def captured(name: str) -> Iterator[ET.Element]:
    """Yield the objects of an exported file, without the namespace that the wire does not have."""
    text = (CAPTURES / name).read_text(encoding="utf-8-sig")
    root = ET.fromstring(text.replace('xmlns="http://schemas.microsoft.com/powershell/2004/04"', "", 1))
    yield from root


class Judge:
    """Reads with pypsrp, in one document, and puts right what the field notes say of its results."""

    def __init__(self) -> None:
        self._serializer = Serializer()

    def read(self, element: ET.Element) -> PSValue:
        for names in element.iter("TN"):  # it forgets those inside of what it leaves as raw XML
            self._serializer.tn[names.attrib["RefId"]] = [name.text for name in names]
        return self._value(self._serializer.deserialize(element, clear=False))

    def _value(self, theirs: Any) -> PSValue:  # noqa: PLR0911 - one line a type
        match theirs:
            case GenericComplexObject():
                return self._object(theirs)
            case UUID():
                return str(theirs)
            case dict():
                return {str(key): self._value(value) for key, value in theirs.items()}
            case list():
                return tuple(self._value(value) for value in theirs)
            case Queue():
                return tuple(self._value(theirs.get_nowait()) for _ in range(theirs.qsize()))
            case str() if theirs.startswith("<Obj "):
                return self._unknown_type(ET.fromstring(theirs))
        assert theirs is None or isinstance(theirs, bool | int | float | str | bytes)
        return theirs

    def _object(self, theirs: GenericComplexObject) -> PSValue:
        if theirs.property_sets:
            return self._content(theirs, theirs.property_sets[0])
        properties = {**theirs.adapted_properties, **theirs.extended_properties}
        return PSRow(
            tuple(str(name).removeprefix("Deserialized.") for name in theirs.types),
            theirs.to_string or "",
            Properties({name: self._value(p) for name, p in properties.items() if name not in CLIENT_SIDE}),
        )

    def _content(self, theirs: GenericComplexObject, content: Any) -> PSValue:
        if isinstance(content, str) and content.startswith(_RAW_LISTS):
            return tuple(self.read(item) for item in ET.fromstring(content))
        if isinstance(content, int) and theirs.to_string is not None:
            return PSEnum(theirs.to_string, content)
        return self._value(content)

    def _unknown_type(self, element: ET.Element) -> PSValue:
        meta = ObjectMeta("ObjDynamic", object=GenericComplexObject)
        return self._value(self._serializer.deserialize(element, meta, clear=False))
