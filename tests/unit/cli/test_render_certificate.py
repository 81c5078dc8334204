"""A certificate on one screen, word for word."""

from __future__ import annotations

from um_operator.api.certificate_status import (
    CertificateServer,
    IssuanceStatus,
    PendingRequest,
    Rejected,
    ServiceStatus,
    UMCertificateStatus,
)
from um_operator.api.condition import Condition
from um_operator.api.object_status import NextWindow, Waiting
from um_operator.cli.render_certificate import certificate_lines

NEW, OLD, FOREIGN = "C8DC53A3" + "0" * 32, "9515BE68" + "0" * 32, "496F32D7" + "0" * 32
ASKED_AT, BOUND_AT = "2026-11-19T14:05:21Z", "2026-11-21T22:11:30Z"
ENDS = "2028-11-18T14:05:00Z"
WINDOW = 'waits for window "saturday-night"'
ISSUANCE = IssuanceStatus(revision=4, asked="0" * 64, cause="SpecChanged: dnsNames", started_at=ASKED_AT)
READY = Condition(
    type="Ready",
    status="False",
    reason="WaitingForWindow",
    message='1 of 3 servers serve a certificate that meets the spec; 2 wait for window "saturday-night"',
    last_transition_time=ASKED_AT,
)


def service(name: str, *, served: str, number: int | None, owed: str | None = None) -> ServiceStatus:
    return ServiceStatus(
        name=name,  # type: ignore[arg-type]
        startup_mode="Dual",
        bound=NEW,
        bound_revision=4,
        served=served,
        served_revision=number,
        restart_owed_since=owed,
    )


def server(name: str, state: str, *services: ServiceStatus, waits: bool = False) -> CertificateServer:
    return CertificateServer(
        name=f"{name}.contoso.com",
        state=state,  # type: ignore[arg-type]
        revision=4,
        wanted=NEW,
        not_after=ENDS,
        services=services,
        reason="WaitingForWindow" if waits else None,
        message=WINDOW if waits else None,
        waiting_since=BOUND_AT if waits else None,
    )


def text(status: UMCertificateStatus) -> str:
    return "\n".join(certificate_lines("um", status))


def test_why_it_is_not_ready_is_one_screen() -> None:
    status = UMCertificateStatus(
        conditions=(READY,),
        not_after="2028-11-11T08:00:00Z",
        renewal_time="2028-09-12T08:00:00Z",
        next_window=NextWindow(
            name="saturday-night", starts_at="2026-11-28T21:00:00Z", ends_at="2026-11-29T01:00:00Z"
        ),
        server_count=3,
        servers=(
            server(
                "ex03",
                "Bound",
                service("UM", served=OLD, number=3, owed=BOUND_AT),
                service("UMCallRouter", served=FOREIGN, number=None, owed=BOUND_AT),
                waits=True,
            ),
            server("ex04", "Imported", service("UM", served=OLD, number=3), waits=True),
            server("ex01", "Serving", service("UM", served=NEW, number=4)),
        ),
        issuance=ISSUANCE,
    )
    assert text(status) == (
        """\
UMCertificate/um
  Ready (False, WaitingForWindow) since 2026-11-19T14:05:21Z: 1 of 3 servers serve a certificate that meets the spec; \
2 wait for window "saturday-night"
  revision "4" (SpecChanged: dnsNames), asked for since 2026-11-19T14:05:21Z
  what is served ends at 2028-11-11T08:00:00Z, to be renewed from 2028-09-12T08:00:00Z on
  window "saturday-night" from 2026-11-28T21:00:00Z to 2026-11-29T01:00:00Z

SERVER             STATE      SERVICE        MODE   WANTED   BOUND   SERVED     NOT AFTER              WAITS FOR          SINCE
ex03.contoso.com   Bound      UM             Dual   4        4       3          2028-11-18T14:05:00Z   WaitingForWindow   2026-11-21T22:11:30Z
ex03.contoso.com   Bound      UMCallRouter   Dual   4        4       496F32D7   2028-11-18T14:05:00Z   WaitingForWindow   2026-11-21T22:11:30Z
ex04.contoso.com   Imported   UM             Dual   4        4       3          2028-11-18T14:05:00Z   WaitingForWindow   2026-11-21T22:11:30Z
ex01.contoso.com   Serving    UM             Dual   4        4       4          2028-11-18T14:05:00Z

ex03.contoso.com, ex04.contoso.com: waits for window "saturday-night\""""  # noqa: E501
    )


def test_a_service_that_only_has_to_be_restarted_says_so_and_since_when() -> None:
    owed = server("ex03", "Bound", service("UM", served=OLD, number=3, owed=BOUND_AT))
    row = text(UMCertificateStatus(server_count=1, servers=(owed,))).splitlines()[-1]
    assert row.split()[-2:] == ["Restart", BOUND_AT]


def test_a_server_of_which_nothing_is_known_has_a_row_all_the_same() -> None:
    unknown = CertificateServer(name="ex05.contoso.com", state="Unknown")
    row = text(UMCertificateStatus(server_count=1, servers=(unknown,))).splitlines()[-1]
    assert row.split() == ["ex05.contoso.com", "Unknown", *["-"] * 6]


def test_what_was_rejected_and_what_waits_for_a_person_is_told() -> None:
    rejected = Rejected(server="ex01.contoso.com", revision=4, reason="NotServed", message="it did not start")
    request = PendingRequest(revision=4, server="ex02.contoso.com", secret_name="um-4", csr="-")
    gateway = Waiting(object="UMIPGateway/sbc01", reason="PeerTrustUnknown", message="it shows no CA list")
    status = UMCertificateStatus(
        conditions=(READY,),
        issuance=ISSUANCE.model_copy(update={"rejected": (rejected,)}),
        requests=(request,),
        waiting_for=(gateway,),
    )
    assert text(status).splitlines()[-3:] == [
        "waits for UMIPGateway/sbc01 (PeerTrustUnknown): it shows no CA list",
        'ex01.contoso.com: revision "4" is rejected (NotServed): it did not start',
        "ex02.contoso.com: a request waits for an answer: umctl request get um",
    ]


def test_of_a_server_only_what_it_waits_for_first_is_told_and_only_once() -> None:
    held = server("ex03", "Bound", waits=True)
    waits = (
        Waiting(object="ex03.contoso.com", reason="WaitingForWindow", message=WINDOW),
        Waiting(object="UMCertificate/um", reason="WaitingForWindow", message=WINDOW),
        Waiting(object="ex03.contoso.com", reason="WaitingForServer", message="it is still in service"),
    )
    shown = text(UMCertificateStatus(servers=(held,), waiting_for=waits))
    assert shown.count(WINDOW) == 1
    assert "still in service" not in shown


def test_servers_that_are_not_shown_are_counted() -> None:
    status = UMCertificateStatus(server_count=70, servers=(server("ex03", "Serving"),))
    assert "1 of 70 servers are shown" in text(status)


def test_before_the_first_pass_there_is_nothing_to_tell() -> None:
    assert text(UMCertificateStatus()) == "UMCertificate/um\n  not looked at yet"
