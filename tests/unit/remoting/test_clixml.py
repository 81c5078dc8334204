from __future__ import annotations

import math

import pytest

from clixml_support import captured
from um_operator.remoting.clixml import ClixmlError, Reader, parse
from um_operator.remoting.session import PSEnum, PSRow, PSValue


def row(text: str) -> PSRow:
    value = parse(text)
    assert isinstance(value, PSRow)
    return value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("<Nil/>", None),
        ("<S/>", ""),
        ("<S>Köln &amp; Bonn</S>", "Köln & Bonn"),
        ("<S>a_x000A_b_x0009__x005F_x0041_</S>", "a\nb\t_x0041_"),
        ("<S>_xD83D__xDE00_</S>", "😀"),
        ("<S>_X000A_</S>", "\n"),
        ("<S>_x00_ _xyz_ x_</S>", "_x00_ _xyz_ x_"),
        ("<S>_xD83D_</S>", "\ufffd"),
        ("<C>65</C>", "A"),
        ("<B>true</B>", True),
        ("<B>False</B>", False),
        ("<I32>-5</I32>", -5),
        ("<U64>18446744073709551615</U64>", 2**64 - 1),
        ("<Db>0.5</Db>", 0.5),
        ("<Sg>-Infinity</Sg>", -math.inf),
        ("<D>0.10</D>", "0.10"),
        ("<DT>2026-01-05T09:00:00Z</DT>", "2026-01-05T09:00:00Z"),
        ("<TS>P10D</TS>", "P10D"),
        ("<G>8f0b2d5e-0000-4000-8000-000000000001</G>", "8f0b2d5e-0000-4000-8000-000000000001"),
        ("<Version>15.1.2507.6</Version>", "15.1.2507.6"),
        ("<URI>http://x/_x0020_</URI>", "http://x/ "),
        ("<BA>AAH/</BA>", b"\x00\x01\xff"),
        ("<BA/>", b""),
        ("<SS>c2VjcmV0</SS>", None),
        ("<SBK>{ 1 }</SBK>", "{ 1 }"),
        ('<Obj RefId="0"><S>noted</S><MS><I32 N="Line">3</I32></MS></Obj>', "noted"),
        ('<Obj RefId="0"><LST/></Obj>', ()),
        ('<Obj RefId="0"><LST><S>a</S><Nil/><I32>1</I32></LST></Obj>', ("a", None, 1)),
        ('<Obj RefId="0"><STK><S>a</S></STK></Obj>', ("a",)),
        ('<Obj RefId="0"><QUE><S>a</S></QUE></Obj>', ("a",)),
        ('<Obj RefId="0"><IE><S>a</S></IE></Obj>', ("a",)),
        (
            '<Obj RefId="0"><DCT><En><S N="Key">a</S><I32 N="Value">1</I32></En>'
            '<En><I32 N="Key">2</I32><Nil N="Value"/></En></DCT></Obj>',
            {"a": 1, "2": None},
        ),
        ('<Obj RefId="0"><ToString>Dual</ToString><I32>2</I32></Obj>', PSEnum("Dual", 2)),
        ('<Obj RefId="0"><ToString>2</ToString><I32>2</I32></Obj>', 2),
    ],
)
def test_a_value_is_read(text: str, value: PSValue) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<S>",
        "hello",
        "<Unknown/>",
        "<I32>twelve</I32>",
        "<I32/>",
        "<B>maybe</B>",
        "<C>99999999999</C>",
        "<BA>!</BA>",
        '<Ref RefId="7"/>',
        '<Obj RefId="0"><TNRef RefId="7"/></Obj>',
        '<Obj RefId="0"><Props><S>nameless</S></Props></Obj>',
        '<Obj RefId="0"><DCT><En><S N="Key">a</S></En></DCT></Obj>',
        '<Obj RefId="0"><LST>' * 5000 + "</LST></Obj>" * 5000,
    ],
)
def test_what_is_no_clixml_is_an_error_that_does_not_show_it(text: str) -> None:
    with pytest.raises(ClixmlError) as caught:
        parse(text)
    assert "twelve" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_row_has_its_types_its_text_and_both_kinds_of_properties_without_what_remoting_adds() -> None:
    value = row(
        '<Obj RefId="0"><TN RefId="0"><T>Deserialized.Microsoft.Exchange.UMServer</T>'
        "<T>System.Object</T></TN>"
        "<ToString>ex01</ToString><Props><S N='Name'>ex01</S></Props>"
        "<MS><S N='Note'>n</S><S N='PSComputerName'>x</S><G N='RunspaceId'>1</G>"
        "<B N='PSShowComputerName'>true</B></MS></Obj>"
    )
    assert value.type_names == ("Microsoft.Exchange.UMServer", "System.Object")
    assert value.text == "ex01"
    assert dict(value.properties) == {"Name": "ex01", "Note": "n"}


def test_properties_are_found_without_case_and_missing_ones_are_missing() -> None:
    properties = row('<Obj RefId="0"><Props><I32 N="SipTlsListeningPort">5061</I32></Props></Obj>').properties
    assert properties["siptlslisteningport"] == 5061
    assert "SIPTLSLISTENINGPORT" in properties
    assert properties.get("SipTcpListeningPort") is None
    with pytest.raises(KeyError, match="SipTcp"):
        properties["SipTcp"]


def test_references_lead_to_objects_and_type_names_read_before() -> None:
    value = parse(
        '<Obj RefId="0"><LST>'
        '<Obj RefId="1"><TN RefId="0"><T>A</T></TN><Props><S N="Name">one</S></Props></Obj>'
        '<Obj RefId="2"><TNRef RefId="0"/><Props><Ref N="Peer" RefId="1"/></Props></Obj>'
        "</LST></Obj>"
    )
    assert isinstance(value, tuple)
    first, second = value
    assert isinstance(first, PSRow)
    assert isinstance(second, PSRow)
    assert second.type_names == ("A",)
    assert second.properties["Peer"] is first


def test_an_object_may_refer_back_to_the_one_that_holds_it() -> None:
    value = row(
        '<Obj RefId="0"><Props><Obj N="Child" RefId="1"><Props><Ref N="Parent" RefId="0"/></Props></Obj>'
        "</Props></Obj>"
    )
    child = value.properties["Child"]
    assert isinstance(child, PSRow)
    assert child.properties["Parent"] is value


def test_an_exported_server_has_its_enum_its_list_and_its_roles() -> None:
    server = Reader().read(next(captured("E16-GetExchangeServer.xml")))
    assert isinstance(server, PSRow)
    assert server.type_names[0] == "Microsoft.Exchange.Data.Directory.Management.ExchangeServer"
    assert server.properties["Edition"] == PSEnum("StandardEvaluation", 2)
    assert server.properties["Fqdn"] == "Solo-E16A.Solo.local"
    assert isinstance(server.properties["NetworkAddress"], tuple)
    assert server.properties["isUnifiedMessagingServer"] is True
