from __future__ import annotations

import socket
from pathlib import Path

import pytest

from um_operator.remoting.connect_to import ConnectToError, Mapping, installed, parse


def where(host: str, port: int) -> tuple[str, int]:
    (*_, address), *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return str(address[0]), int(address[1])


@pytest.mark.parametrize(
    ("argument", "mapping"),
    [
        ("ex01.contoso.com:80:127.0.0.2:8080", Mapping("ex01.contoso.com", 80, "127.0.0.2", 8080)),
        ("ex01.contoso.com::127.0.0.2:", Mapping("ex01.contoso.com", None, "127.0.0.2", None)),
        (":::9000", Mapping("", None, "", 9000)),
        ("[fd00::1]:443:[::1]:8443", Mapping("fd00::1", 443, "::1", 8443)),
    ],
)
def test_a_mapping_is_read_as_curl_reads_it(argument: str, mapping: Mapping) -> None:
    assert parse([argument]) == (mapping,)


@pytest.mark.parametrize(
    ("argument", "why"),
    [
        ("ex01:80:127.0.0.2", '"ex01:80:127.0.0.2" is not HOST:PORT:ADDRESS:PORT'),
        ("ex01:http:127.0.0.2:80", "is not HOST:PORT:ADDRESS:PORT"),
        ("ex01:80:127.0.0.2:99999", "not between 1 and 65535"),
        ("@/nowhere/connect-to", '"@/nowhere/connect-to" can\'t be read: No such file'),
    ],
)
def test_what_is_no_mapping_is_said_in_one_line(argument: str, why: str) -> None:
    with pytest.raises(ConnectToError) as caught:
        parse([argument])
    assert why in str(caught.value)


def test_a_file_holds_one_mapping_a_line_and_errors_name_the_line(tmp_path: Path) -> None:
    file = tmp_path / "connect-to"
    file.write_text("# the estate\n\nex01:80:127.0.0.2:8080  # combined\nex02:80:127.0.0.3:8080\n")
    assert [mapping.host for mapping in parse([f"@{file}", "ex03:80:127.0.0.4:1"])] == [
        "ex01",
        "ex02",
        "ex03",
    ]
    file.write_text("ex01:80:127.0.0.2:8080\nnonsense\n")
    with pytest.raises(ConnectToError, match=r'line 2 of ".*connect-to" is not'):
        parse([f"@{file}"])


def test_names_lead_where_the_first_matching_mapping_says_and_back_again_afterwards() -> None:
    before = socket.getaddrinfo
    mappings = parse(
        ["ex01.contoso.com:80:127.0.0.2:8080", "ex01.contoso.com::127.0.0.3:", ":25:127.0.0.4:2525"]
    )
    with installed(mappings):
        assert where("EX01.contoso.com", 80) == ("127.0.0.2", 8080)
        assert where("ex01.contoso.com.", 443) == ("127.0.0.3", 443)
        assert where("127.0.0.1", 25) == ("127.0.0.4", 2525)
        assert where("127.0.0.1", 80) == ("127.0.0.1", 80)
    assert socket.getaddrinfo is before
