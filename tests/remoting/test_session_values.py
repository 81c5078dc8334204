"""What goes in and comes out of a command, the same over every backend and connection."""

from __future__ import annotations

from typing import Any

import pytest

from remoting_lab import A_WAY_OF_EACH_KIND, Farm
from um_operator.remoting.session import Command, PSEnum, PSRow, Secret

pytestmark = A_WAY_OF_EACH_KIND


async def test_rows_come_with_types_text_and_properties(lab: Farm) -> None:
    async with await lab.open() as remote:
        result = await remote("Get-UMService", ResultSize=2)
    first, second = result.rows
    assert isinstance(first, PSRow)
    assert isinstance(second, PSRow)
    assert first.type_names[0] == "Microsoft.Exchange.Data.Directory.Management.UMServer"
    assert (first.text, second.text) == ("ex01", "ex02")
    assert dict(first.properties) == {
        "Name": "ex01",
        "MaxCallsAllowed": 100,
        "DialPlans": ("Berlin", "Köln"),
        "UMStartupMode": PSEnum("Dual", 2),
        "SipTlsListeningPort": None,
    }
    assert first.properties["umstartupmode"] == PSEnum("Dual", 2)
    assert (result.errors, result.warnings) == ((), ())


async def test_nothing_is_no_row_and_null_is_one(lab: Farm) -> None:
    async with await lab.open() as remote:
        assert (await remote("Get-Nothing")).rows == ()
        assert (await remote("Get-Null")).rows == (None,)


@pytest.mark.parametrize(
    ("sent", "came"),
    [
        (True, True),
        (False, False),
        (5061, 5061),
        (2**31, 2**31),
        (-(2**40), -(2**40)),
        ("", ""),
        ("Köln 日本 😀 _x000A_ <&>\"'", "Köln 日本 😀 _x000A_ <&>\"'"),
        ("bell\x07 tab\t line\n escape\x1b", "bell\x07 tab\t line\n escape\x1b"),
        (bytes(range(256)), bytes(range(256))),
        (["a", 1, None, [True]], ("a", 1, None, (True,))),
        ([], ()),
        ({"Add": ["Berlin"], "Remove": "Köln"}, {"Add": ("Berlin",), "Remove": "Köln"}),
        (None, None),
    ],
)
async def test_a_parameter_arrives_as_it_was_meant_and_comes_back(lab: Farm, sent: Any, came: Any) -> None:
    async with await lab.open() as remote:
        assert (await remote("Get-Argument", Value=sent)).rows == (came,)


async def test_a_secret_arrives_decrypted_and_the_session_goes_on(lab: Farm) -> None:
    async with await lab.open() as remote:
        for secret in ("Blue-Harbour-7", "pä😀"):
            length = len(secret)
            assert (await remote("Get-Argument", Value=Secret(secret))).rows == (f"secret of {length}",)
        assert (await remote("Get-Argument", Value="plain")).rows == ("plain",)
    assert lab.server.counters.wsman["Send"] == 1, "the key is exchanged once"


async def test_a_parameter_larger_than_an_envelope_arrives_whole(lab: Farm) -> None:
    async with await lab.open() as remote:
        assert (await remote("Get-Length", Value=b"\xa5" * 1_500_000)).rows == (1_500_000,)


async def test_a_large_result_comes_whole_and_in_order(lab: Farm) -> None:
    async with await lab.open() as remote:
        rows = (await remote("Get-UMService", ResultSize=2000)).rows
    names = [row.properties["Name"] for row in rows if isinstance(row, PSRow)]
    assert names == [f"ex{number:02d}" for number in range(1, 2001)]


async def test_several_parameters_keep_their_names(lab: Farm) -> None:
    async with await lab.open() as remote:
        (row,) = (await remote("Get-Arguments", Identity="Berlin", Confirm=False, Port=5061)).rows
    assert isinstance(row, PSRow)
    assert dict(row.properties) == {"Identity": "Berlin", "Confirm": False, "Port": 5061}


async def test_a_command_is_piped_through_others_on_the_server(lab: Farm) -> None:
    plain = Command("Select-Object", {"Property": ["Name", "MaxCallsAllowed"]})
    async with await lab.open() as remote:
        rows = (await remote.run(Command("Get-UMService", {"ResultSize": 2}, then=(plain,)))).rows
    assert [dict(row.properties) for row in rows if isinstance(row, PSRow)] == [
        {"Name": "ex01", "MaxCallsAllowed": 100},
        {"Name": "ex02", "MaxCallsAllowed": 100},
    ]


async def test_a_secret_of_a_later_command_of_a_pipeline_arrives_decrypted(lab: Farm) -> None:
    behind = Command("Get-Argument", {"Value": Secret("Blue-Harbour-7")})
    async with await lab.open() as remote:
        assert (await remote.run(Command("Get-UMService", then=(behind,)))).rows == ("secret of 14",)
