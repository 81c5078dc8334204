from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange_support import ad_object_id, enum, row
from um_operator.api.durations import canonical
from um_operator.exchange import codecs
from um_operator.exchange.codecs import Codec, ReadError
from um_operator.observed.values import PropertyValue
from um_operator.remoting.session import PSValue

URI_TYPE = codecs.words("SipName", "E164", TelephoneExtension="TelExtn")
SPAN = "Microsoft.Exchange.Data.EnhancedTimeSpan"
RULE = "Microsoft.Exchange.Data.DialGroupEntry"


@pytest.mark.parametrize(
    ("what", "codec", "shown", "read"),
    [
        ("an enum as ToString and Int32", URI_TYPE, enum("SipName", 2), "SipName"),
        ("an enum as text, in any case", URI_TYPE, "telextn", "TelephoneExtension"),
        ("an enum as an object with text", URI_TYPE, row("UMUriType", "E164"), "E164"),
        ("an enum that is nil", URI_TYPE, None, None),
        ("a boolean", codecs.BOOL, False, False),
        ("a boolean as text", codecs.BOOL, "True", True),
        ("a number", codecs.INT, 3, 3),
        ("a number as text", codecs.INT, "3", 3),
        ("an empty text", codecs.TEXT, "", None),
        ("a text that is nil", codecs.TEXT, None, None),
        ("a smart host as an object", codecs.TEXT, row("UMSmartHost", "gw.contoso.com"), "gw.contoso.com"),
        ("a smart host as text", codecs.TEXT, "10.1.1.1", "10.1.1.1"),
        ("minutes as a number", codecs.MINUTES, 30, "30m"),
        ("minutes as a time span", codecs.MINUTES, row(SPAN, "00:30:00"), "30m"),
        ("a time span of days", codecs.MINUTES, "1.02:00:30", "26h30s"),
        ("seconds as a number", codecs.SECONDS, 5, "5s"),
        ("a set that is nil", codecs.TEXT_SET, None, ()),
        ("a set that is empty", codecs.TEXT_SET, (), ()),
        ("one value instead of a set", codecs.TEXT_SET, "4900", ("4900",)),
        ("a set in any order, twice the same", codecs.TEXT_SET, ("4950", "4900", "4950"), ("4900", "4950")),
        ("a reference as an object", codecs.REFERENCE, ad_object_id("Main", "\\Main"), "Main"),
        ("a reference as text", codecs.REFERENCE, "Main", "Main"),
        ("a language as an object", codecs.LANGUAGE, row("UMLanguage", "German", Name="de-DE"), "de-DE"),
        ("rules that are nil", codecs.GROUPS, None, ()),
        ("one rule as text", codecs.GROUPS, "Local,1xx,9*,home", (("Local", "1xx", "9*", "home"),)),
        ("a rule with commas in its comment", codecs.GROUPS, "L,1,2,a, b,c", (("L", "1", "2", "a, b,c"),)),
        ("a rule without comment", codecs.GROUPS, ("L,1,2",), (("L", "1", "2", ""),)),
        (
            "a rule as an object",
            codecs.GROUPS,
            (row(RULE, "", Name="L", NumberMask="1", DialedNumber="2", Comment=None),),
            (("L", "1", "2", ""),),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)  # fmt: skip
def test_every_shape_on_the_wire_has_one_canonical_form(
    what: str, codec: Codec, shown: PSValue, read: PropertyValue
) -> None:
    assert codec.read("X", shown) == read


@pytest.mark.parametrize(
    ("codec", "shown"),
    [
        (URI_TYPE, "Telepathy"),
        (codecs.BOOL, "yes"),
        (codecs.BOOL, 2),
        (codecs.INT, "many"),
        (codecs.INT, True),
        (codecs.TEXT, ("a", "b")),
        (codecs.MINUTES, "half an hour"),
        (codecs.TEXT_SET, (b"\0",)),
        (codecs.GROUPS, "Local,1xx"),
        (codecs.REFERENCE, {"Name": "Main"}),
    ],
)
def test_a_value_that_is_not_understood_is_an_error_that_names_property_and_type(
    codec: Codec, shown: PSValue
) -> None:
    with pytest.raises(ReadError, match=f'"X".*"{codecs.type_name(shown)}"'):
        codec.read("X", shown)


ODD = "aZ09 *x+#'\"|;:<>\\/äß漢🕻é"
TEXTS = st.text(ODD, min_size=1, max_size=20)
COMMENTS = st.text(ODD + ",", max_size=20)
RULES = st.tuples(TEXTS, TEXTS, TEXTS, COMMENTS)
WRITABLE: list[tuple[Codec, st.SearchStrategy[PropertyValue]]] = [
    (codecs.BOOL, st.booleans()),
    (codecs.INT, st.integers(-(2**29), 2**29)),
    (codecs.TEXT, st.none() | TEXTS),
    (codecs.REFERENCE, st.none() | TEXTS),
    (codecs.MINUTES, st.integers(0, 200).map(lambda minutes: canonical(timedelta(minutes=minutes)))),
    (codecs.SECONDS, st.integers(0, 200).map(lambda seconds: canonical(timedelta(seconds=seconds)))),
    (codecs.TEXT_SET, st.lists(TEXTS, unique=True).map(lambda items: tuple(sorted(items)))),
    (codecs.GROUPS, st.lists(RULES, unique=True).map(lambda items: tuple(sorted(items)))),
    (URI_TYPE, st.sampled_from(["SipName", "E164", "TelephoneExtension"])),
]


@given(st.data())
def test_what_is_written_is_read_back_the_same(data: st.DataObject) -> None:
    codec, values = data.draw(st.sampled_from(WRITABLE))
    value = data.draw(values)
    written = codec.write(value)
    shown = tuple(written) if isinstance(written, list) else written
    assert codec.read("X", shown) == value  # type: ignore[arg-type]
