"""Kamailio and Asterisk as Debian has them: where their files are, and how they read them anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from um_operator.lab.devices.host import Layout

KAMAILIO: Final = Layout(
    configuration="/etc/kamailio/tls.cfg",
    authorities="/etc/kamailio/tls/um-ca.pem",
    started="/run/kamailio/kamailio.pid",
    text=(
        "[server:default]\nmethod = TLSv1.2+\nverify_certificate = yes\nrequire_certificate = yes\n"
        "private_key = /etc/kamailio/tls/key.pem\ncertificate = /etc/kamailio/tls/certificate.pem\n"
        "ca_list = {authorities}\n[client:default]\nverify_certificate = yes\nca_list = {authorities}\n"
    ),
    reloads=(("kamcmd", "tls.reload"),),
    reloaded="Ok. TLS configuration reloaded.\n",
    failed="error: 500 - Error while fixing TLS configuration (consult server log)\n",
)
ASTERISK: Final = Layout(
    configuration="/etc/asterisk/pjsip.conf",
    authorities="/etc/asterisk/keys/um-ca.pem",
    started="/run/asterisk/asterisk.pid",
    text=(
        "[transport-tls]\ntype=transport\nprotocol=tls\nbind=0.0.0.0:5061\nallow_reload=yes\n"
        "verify_client=yes\nverify_server=yes\nmethod=tlsv1_2\nca_list_file={authorities}\n"
    ),
    reloads=(
        ("asterisk", "-rx", "module reload res_pjsip.so"),
        ("asterisk", "-rx", "pjsip reload"),
    ),
    reloaded="Module 'res_pjsip.so' reloaded successfully.\n",
    failed="The module 'res_pjsip.so' reported a reload failure\n",
    cuts=True,
)
LAYOUTS: Final[Mapping[str, Layout]] = {"Kamailio": KAMAILIO, "Asterisk": ASTERISK}
