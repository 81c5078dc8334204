"""Our reader gives what pypsrp gives, where pypsrp gives a value and not raw XML."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clixml_support import Judge, captured
from um_operator.lab.powershell import EnumValue, PSObject, Value
from um_operator.lab.wsman.clixml import EnumStyle, to_clixml
from um_operator.remoting.clixml import Reader, read
from um_operator.remoting.session import PSRow

# left out where pypsrp breaks: it takes any word characters for hexadecimal ones, and no empty byte array
texts = st.text(max_size=30).filter(lambda text: "_x" not in text)
names = st.text(alphabet=st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=12)
scalars: st.SearchStrategy[Value] = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | texts
    | st.binary(min_size=1, max_size=40)
    | st.uuids()
    | st.datetimes(timezones=st.just(UTC))
    | st.timedeltas(timedelta(), timedelta(days=30))
    | st.builds(EnumValue, st.just("Microsoft.Exchange.Data.UMStartupMode"), names, st.integers(0, 9))
)
values: st.SearchStrategy[Value] = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(names, inner, max_size=4)
        | st.builds(
            PSObject,
            st.just(("Microsoft.Exchange.Data.X", "System.Object")),
            texts,
            st.dictionaries(names, inner, max_size=6),
        )
    ),
    max_leaves=20,
)


@given(values, st.sampled_from(EnumStyle))
@settings(max_examples=150, deadline=None)
def test_any_value_reads_as_pypsrp_reads_it(value: Value, enums: EnumStyle) -> None:
    element = ET.fromstring(to_clixml(value, enums))
    assert read(element) == Judge().read(element)


@pytest.mark.parametrize("name", ["E16-GetExchangeServer.xml", "E16-GetServerComponentState.xml"])
def test_exported_exchange_objects_read_as_pypsrp_reads_them(name: str) -> None:
    ours, theirs = Reader(), Judge()
    objects = list(captured(name))
    assert objects
    for number, element in enumerate(objects):
        assert ours.read(element) == theirs.read(element), f"object {number}"


def mailbox() -> PSObject:
    """An object of 228 properties, 38 of them multi-valued, as a real mailbox has (field notes 3)."""
    kinds: list[Callable[[int], Value]] = [
        lambda n: [f"SMTP:user{n}@contoso.com", f"smtp:alias{n}@contoso.com"],
        lambda n: f"text {n} ö_x",
        lambda n: n * 2**33,
        lambda n: n % 2 == 0,
        lambda n: EnumValue("Microsoft.Exchange.Data.RecipientType", f"Kind{n}", n),
        lambda n: UUID(int=n),
    ]
    properties = {f"Property{n}": kinds[n % 6](n) for n in range(228)}
    return PSObject(("Microsoft.Exchange.Data.Mailbox", "System.Object"), "Ann", properties)


def test_an_object_of_228_properties_reads_as_pypsrp_reads_it() -> None:
    element = ET.fromstring(to_clixml(mailbox()))
    ours = read(element)
    assert isinstance(ours, PSRow)
    assert len(ours.properties) == 228
    assert ours == Judge().read(element)


def test_reading_costs_a_small_part_of_what_pypsrp_costs() -> None:
    text = to_clixml(mailbox())
    judge = Judge()

    def seconds(work: Callable[[], object]) -> float:
        began = time.process_time()
        work()
        return time.process_time() - began

    ours = min(seconds(lambda: read(ET.fromstring(text))) for _ in range(5))
    theirs = min(seconds(lambda: judge.read(ET.fromstring(text))) for _ in range(3))
    assert ours * 5 < theirs


def test_dates_and_spans_stay_the_text_that_came() -> None:
    value = PSObject((), "", {"At": datetime(2026, 1, 5, 9, tzinfo=UTC), "For": timedelta(days=1, hours=2)})
    row = read(ET.fromstring(to_clixml(value)))
    assert isinstance(row, PSRow)
    assert dict(row.properties) == {"At": "2026-01-05T09:00:00.0000000Z", "For": "P1DT2H0M0S"}
