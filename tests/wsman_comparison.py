"""Trees of XML that can be compared, and the one table of what is masked before comparing."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Tree: TypeAlias = tuple[Any, ...]
MASKED: Tree = ("masked",)

CLIXML_MASKS = {
    "PSVersionTable": "versions of the recorded host",
    "EncryptedSessionKey": "a key under a private key that nobody has",
    "StackTrace": "stack trace",
    "TargetSite": "stack trace",
    "Source": "stack trace: the assembly that it begins in",
    "CommandInfo_Definition": "syntax of a cmdlet of the recorded host",
    "TimeGenerated": "time",
    "User": "owner",
    "Computer": "address",
    "ProcessId": "id",
    "NativeThreadId": "id",
    "ManagedThreadId": "id",
}
"""Properties, by name, whose values differ between two real hosts as well."""

CLIXML_OMITTED = {"ErrorDetails_ScriptStackTrace": "stack trace of a script, which the lab never runs"}
"""Properties that only a host with a script engine writes."""

SOAP_MASKS = {
    "ShellId": "id",
    "CommandId": "id",
    "Selector": "id",
    "ProcessId": "id",
    "Owner": "owner",
    "ClientIP": "address",
    "Address": "address",
    "ShellRunTime": "time",
    "ShellInactivity": "time",
    "MemoryUsed": "measured",
    "AllowUnencrypted": "a setting of the recorded host",
    "Auth": "settings of the recorded host",
}
"""Elements, by local name, whose content is masked; the attributes CommandId and Machine are, too."""
_MASKED_ATTRIBUTES = {"CommandId", "Machine"}
_FIRST_LINE = "_x000D__x000A_"


@dataclass
class _References:
    objects: dict[str, int] = field(default_factory=dict)
    types: dict[str, int] = field(default_factory=dict)

    def number(self, tag: str, reference: str) -> int:
        table = self.types if tag in ("TN", "TNRef") else self.objects
        return table.setdefault(reference, len(table))


def clixml(text: str) -> Tree:
    """Return CLIXML as a tree: reference ids renumbered in order, masked properties without value."""
    return _value(ET.fromstring(text), _References(), "") if text else ()


def _value(element: ET.Element, references: _References, name: str) -> Tree:
    own = name or element.get("N", "")
    if own in CLIXML_MASKS:
        return (own, *MASKED)
    attributes: dict[str, Any] = dict(element.attrib)
    if "RefId" in attributes:
        attributes["RefId"] = references.number(element.tag, attributes["RefId"])
    text = (element.text or "").strip() if len(element) else (element.text or "")
    if element.tag == "ToString" and name == "Exception":
        text = text.partition(_FIRST_LINE)[0]
    entry = element.findtext("*[@N='Key']", "") if element.tag == "En" else own
    children = tuple(
        _value(child, references, _inherited(child, entry))
        for child in element
        if child.get("N") not in CLIXML_OMITTED
    )
    return (element.tag, tuple(sorted(attributes.items())), text, *children)


def _inherited(child: ET.Element, entry: str) -> str:
    return entry if child.get("N") in (None, "Value") and child.tag != "Props" else ""


def soap(element: ET.Element) -> Tree:
    """Return an element of a SOAP body as a tree with its masks; PSRP data is compared elsewhere."""
    local = element.tag.rpartition("}")[2]
    attributes = tuple(
        (name.rpartition("}")[2], "masked" if name in _MASKED_ATTRIBUTES else value)
        for name, value in sorted(element.items())
    )
    if local in SOAP_MASKS:
        return (element.tag, attributes, *MASKED)
    text = (element.text or "").strip()
    return (element.tag, attributes, text, *(soap(child) for child in element if child.tag[-7:] != "}Stream"))


def difference(ours: Any, theirs: Any, path: str = "") -> str:
    """Return where two trees first differ and how, empty when they are equal."""
    if ours == theirs:
        return ""
    comparable = isinstance(ours, tuple | list) and isinstance(theirs, tuple | list)
    if not comparable or len(ours) != len(theirs) or ours[:2] != theirs[:2]:
        for index, (one, other) in enumerate(zip(ours, theirs, strict=False) if comparable else ()):
            if one != other:
                return difference(one, other, f"{path}[{index}]")
        return f"{path}: the lab has\n  {ours!r}\nthe recording\n  {theirs!r}"
    pairs = list(zip(ours, theirs, strict=True))
    index = next(index for index, (one, other) in enumerate(pairs) if one != other)
    return difference(*pairs[index], f"{path}/{_label(ours)}[{index}]")


def _label(tree: Any) -> str:
    names = [value for attribute in tree[1:2] for key, value in _pairs(attribute) if key == "N"]
    return f"{tree[0]}:{names[0]}" if names else str(tree[0]).rpartition("}")[2][:60]


def _pairs(attributes: Any) -> list[tuple[str, Any]]:
    if not isinstance(attributes, tuple):
        return []
    return [item for item in attributes if isinstance(item, tuple) and len(item) == 2]
