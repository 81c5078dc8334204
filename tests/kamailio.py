"""A real Kamailio on loopback: one process, many addresses, a TLS profile and a behaviour each."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from peer_certificates import Certified

_UNPACKED = Path(__file__).parent.parent / ".cache" / "kamailio"
_READY_WITHIN = 10.0
_HEAD = """#!KAMAILIO
debug=0
log_stderror=yes
fork=yes
children=1
tcp_children=1
tcp_max_connections=4096
tcp_connection_lifetime=30
enable_tls=yes
tls_max_connections=4096
auto_aliases=no
dns=no
rev_dns=no
mpath="{modules}"
{listeners}
loadmodule "tls.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "tcpops.so"
loadmodule "textops.so"
loadmodule "kex.so"
loadmodule "corex.so"
loadmodule "ctl.so"
modparam("tls", "config", "{folder}/tls.cfg")
modparam("ctl", "binrpc", "unix:{folder}/ctl.sock")
request_route {{
{behaviour}
}}
"""
_TLS_DEFAULTS = """[client:default]
verify_certificate = no
require_certificate = no
"""
# Not more than one TCP worker: with several, OpenSSL 3 and Kamailio 5.6 free a pointer twice (field notes 1).


@dataclass(frozen=True)
class Profile:
    """How Kamailio is at one address.

    Attributes:
        own: what it shows, ``None``: it speaks no TLS there.
        clients_of: PEM of the CAs whose clients it takes, ``None``: it asks for no certificate.
        method: as its tls module calls versions.
        ciphers: OpenSSL's list.
        does: what it does with OPTIONS: answers with a status, is ``silent``, or ``closes``.
    """

    own: Certified | None
    clients_of: bytes | None = None
    method: str = "TLSv1.2"
    ciphers: str = "DEFAULT"
    does: int | str = 200


@dataclass(frozen=True)
class Kamailio:
    """A running Kamailio; profiles are reached by their name's address, all on one port."""

    folder: Path
    port: int
    addresses: Mapping[str, str]

    def show(self, name: str, own: Certified) -> None:
        """Give a profile another certificate, of a section of its own, and have it read while it runs."""
        section = "default" if len(self.addresses) == 1 else name
        _write(self.folder, section, own)
        subprocess.run(
            [str(_program("kamcmd")), "-s", f"unix:{self.folder}/ctl.sock", "tls.reload"],
            check=True, capture_output=True, timeout=20,
        )  # fmt: skip


def missing() -> str:
    """Return why there is no Kamailio here; empty when there is."""
    absent = [name for name in ("kamailio", "kamcmd") if _program(name) is None]
    if absent or _modules() is None:
        return f"Kamailio: no {', '.join(absent) or 'module tls'} (tools/kamailio.sh)"
    return ""


@contextmanager
def running(folder: Path, profiles: Mapping[str, Profile]) -> Iterator[Kamailio]:
    """Run Kamailio until the block ends."""
    addresses = {name: f"127.0.61.{number}" for number, name in enumerate(profiles, start=1)}
    port = _free_port()
    _configure(folder, port, addresses, profiles)
    started = subprocess.Popen(
        [str(_program("kamailio")), "-DD", "-f", folder / "kamailio.cfg", "-m", "64", "-M", "8",
         "-Y", folder, "-L", str(_modules())],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=(folder / "log").open("wb"),
        start_new_session=True, env={**os.environ, "LD_LIBRARY_PATH": str(_libraries())},
    )  # fmt: skip
    try:
        _await(started, folder, next(addresses[name] for name, one in profiles.items() if one.own), port)
        yield Kamailio(folder, port, addresses)
    finally:
        _end(started)


def _end(started: subprocess.Popen[bytes]) -> None:
    """End it and its workers, all of one process group of their own."""
    if started.poll() is not None:
        return
    os.killpg(started.pid, signal.SIGTERM)
    try:
        started.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()


def _configure(
    folder: Path, port: int, addresses: Mapping[str, str], profiles: Mapping[str, Profile]
) -> None:
    # Each of its processes reads each section, which takes time: what differs only in what it does has the
    # default one.
    common = Counter(replace(one, does=200) for one in profiles.values() if one.own).most_common(1)[0][0]
    tls = [_TLS_DEFAULTS, _section(folder, "default", "default", common)]
    listeners, behaviour = [], []
    for name, profile in profiles.items():
        address = addresses[name]
        listeners.append(f"listen={'tls' if profile.own else 'tcp'}:{address}:{port}")
        behaviour.append(f'    if ($Ri == "{address}") {{ {_does(profile.does)} exit; }}')
        if profile.own is not None and replace(profile, does=200) != common:
            tls.append(_section(folder, name, f"{address}:{port}", profile))
    config = _HEAD.format(
        folder=folder, modules=_modules(), listeners="\n".join(listeners), behaviour="\n".join(behaviour)
    )
    (folder / "kamailio.cfg").write_text(config)
    (folder / "tls.cfg").write_text("\n".join(tls))


def _section(folder: Path, name: str, where: str, profile: Profile) -> str:
    assert profile.own is not None
    _write(folder, name, profile.own)
    asks = "no" if profile.clients_of is None else "yes"
    lines = [
        f"[server:{where}]",
        f"method = {profile.method}",
        f"cipher_list = {profile.ciphers}",
        f"verify_certificate = {asks}",
        f"require_certificate = {asks}",
        f"private_key = {folder}/{_file(name)}.key",
        f"certificate = {folder}/{_file(name)}.pem",
    ]
    if profile.clients_of is not None:
        (folder / f"{_file(name)}.ca").write_bytes(profile.clients_of)
        lines.append(f"ca_list = {folder}/{_file(name)}.ca")
    return "\n".join(lines)


def _does(what: int | str) -> str:
    if isinstance(what, int):
        return f'sl_send_reply("{what}", "As told");'
    return "tcp_close_connection();" if what == "closes" else ""


def _file(name: str) -> str:
    """Return the name of a profile's files: Kamailio's own parser ends a path at a blank."""
    return "".join(letter if letter.isalnum() else "-" for letter in name)


def _write(folder: Path, name: str, own: Certified) -> None:
    (folder / f"{_file(name)}.pem").write_bytes(own.chain_pem)
    (folder / f"{_file(name)}.key").write_bytes(own.key_pem)


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.61.1", 0))
        port: int = held.getsockname()[1]
        return port


def _await(started: subprocess.Popen[bytes], folder: Path, address: str, port: int) -> None:
    until = time.monotonic() + _READY_WITHIN
    while time.monotonic() < until and started.poll() is None:
        if _shakes_hands(address, port):
            return
        time.sleep(0.02)
    log = (folder / "log").read_text(errors="replace")
    raise AssertionError(f"Kamailio did not come up: {log[-2000:]}")


def _shakes_hands(address: str, port: int) -> bool:
    """Whether its workers work: it listens before it has any, and forgets who came then."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection((address, port), timeout=0.2) as wire,
            context.wrap_socket(wire, do_handshake_on_connect=False) as shaking,
        ):
            shaking.do_handshake()
    except ssl.SSLError as error:
        return "alert" in str(error).lower()
    except OSError:
        return False
    return True


def _program(name: str) -> str | None:
    places = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", str(_UNPACKED / "usr" / "sbin")])
    return shutil.which(name, path=places)


def _modules() -> Path | None:
    """Return the folder of Kamailio's modules, with that of TLS."""
    for base in (Path("/"), _UNPACKED):
        for found in sorted(base.glob("usr/lib/*/kamailio/modules/tls.so")):
            return found.parent
    return None


def _libraries() -> Path:
    return next(iter(_UNPACKED.glob("usr/lib/*-linux-gnu")), Path("/nonexistent"))
