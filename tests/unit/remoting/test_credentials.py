from __future__ import annotations

import pytest

from um_operator.remoting.credentials import (
    ClientCertificate,
    CredentialsError,
    Keytab,
    Method,
    Password,
    authentication,
)

PASSWORD = b"Blue-Harbour-7"
CERTIFICATE = b"-----BEGIN CERTIFICATE-----\n"
KEY = b"-----BEGIN PRIVATE KEY-----\n"


def test_each_method_finds_its_keys() -> None:
    named = {"username": b"svc@CONTOSO.COM", "password": PASSWORD}
    for method in (Method.NTLM, Method.BASIC, Method.KERBEROS):
        assert authentication(method, named).account == Password("svc@CONTOSO.COM", "Blue-Harbour-7")
    keytab = {"username": b"svc@CONTOSO.COM", "keytab": b"\x05\x02"}
    assert authentication(Method.KERBEROS, keytab).account == Keytab("svc@CONTOSO.COM", b"\x05\x02")
    pair = {"tls.crt": CERTIFICATE, "tls.key": KEY}
    assert authentication(Method.CERTIFICATE, pair).account == ClientCertificate(CERTIFICATE, KEY)


def test_a_keytab_goes_before_a_password() -> None:
    data = {"username": b"svc@CONTOSO.COM", "password": PASSWORD, "keytab": b"\x05\x02"}
    assert isinstance(authentication(Method.KERBEROS, data).account, Keytab)


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_one_line_end_after_a_value_is_not_part_of_it(ending: bytes) -> None:
    data = {"username": b"CONTOSO\\svc" + ending, "password": PASSWORD + b" " + ending}
    assert authentication(Method.NTLM, data).account == Password("CONTOSO\\svc", "Blue-Harbour-7 ")


@pytest.mark.parametrize(
    ("method", "data", "message"),
    [
        (Method.NTLM, {"password": PASSWORD}, 'key "username" of the Secret is missing; NTLM needs it'),
        (Method.NTLM, {"username": b"svc", "password": b""}, 'key "password" of the Secret is empty'),
        (Method.BASIC, {"username": b"svc"}, 'key "password" of the Secret is missing; Basic needs it'),
        (
            Method.BASIC,
            {"username": b"\xff", "password": PASSWORD},
            'key "username" of the Secret is not UTF-8',
        ),
        (Method.KERBEROS, {"username": b"svc@X"}, 'neither key "password" nor key "keytab"'),
        (Method.KERBEROS, {"username": b"CONTOSO\\svc", "password": PASSWORD}, 'Kerberos needs "user@REALM"'),
        (Method.CERTIFICATE, {"tls.crt": CERTIFICATE}, 'key "tls.key" of the Secret is missing'),
        (Method.CERTIFICATE, {"tls.crt": b"DER", "tls.key": KEY}, 'key "tls.crt" of the Secret is not PEM'),
    ],
)
def test_what_is_missing_is_named_and_no_value_shown(
    method: Method, data: dict[str, bytes], message: str
) -> None:
    with pytest.raises(CredentialsError) as caught:
        authentication(method, data)
    assert message in str(caught.value)
    assert "Harbour" not in str(caught.value)


def test_no_account_shows_its_secret() -> None:
    accounts = [
        Password("svc", "Blue-Harbour-7"),
        Keytab("svc@X", b"Blue-Harbour-7"),
        ClientCertificate(CERTIFICATE, b"Blue-Harbour-7"),
    ]
    assert "Harbour" not in repr(accounts)
