"""A real MIT KDC on loopback: its own realm, database and ports in one folder; needs no root to run."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

REALM = "CONTOSO.COM"
_UNPACKED = Path(__file__).parent.parent / ".cache" / "kerberos"
_READY_WITHIN = 10.0


@dataclass(frozen=True)
class KDC:
    """A running KDC. ``environment`` is what a client or an acceptor of the realm needs."""

    folder: Path
    environment: Mapping[str, str]

    def keytab(self, name: str, principals: Sequence[str]) -> Path:
        """Write a keytab with new keys of these principals."""
        path = self.folder / name
        self._admin([f"addprinc -randkey {principal}" for principal in principals])
        self._admin([f"ktadd -k {path} {principal}" for principal in principals])
        return path

    def keytab_of_user(self, name: str) -> Path:
        """Write a keytab with a user's present keys: the password stays good."""
        path = self.folder / f"{name}.keytab"
        self._admin([f"ktadd -norandkey -k {path} {name}"])
        return path

    def user(self, name: str, password: str) -> None:
        """Add a user with a password."""
        self._admin([f'addprinc -pw "{password}" {name}'])

    def _admin(self, commands: Sequence[str]) -> None:
        _run(["kadmin.local", "-r", REALM], self.environment, "\n".join(commands) + "\n")


def missing() -> str:
    """Return why no KDC or no Kerberos library is to be had here; empty when both are."""
    libraries = [name for name in ("gssapi", "krb5") if importlib.util.find_spec(name) is None]
    if libraries:
        return f"Kerberos: Python's {' and '.join(libraries)} not installed (tools/kerberos.sh)"
    programs = [name for name in ("kdb5_util", "kadmin.local", "krb5kdc") if _program(name) is None]
    return f"Kerberos: no {', '.join(programs)} (tools/kerberos.sh)" if programs else ""


@contextmanager
def running_kdc(folder: Path) -> Iterator[KDC]:
    """Create a realm in a folder and run its KDC until the block ends."""
    port = _free_port()
    (folder / "krb5.conf").write_text(_krb5_conf(port))
    (folder / "kdc.conf").write_text(_kdc_conf(folder, port))
    environment = {
        **_library_path(),
        "KRB5_CONFIG": str(folder / "krb5.conf"),
        "KRB5_KDC_PROFILE": str(folder / "kdc.conf"),
        "KRB5CCNAME": f"MEMORY:{folder.name}",
    }
    _run(["kdb5_util", "create", "-s", "-r", REALM, "-P", "master"], environment)
    log = (folder / "kdc.log").open("w")
    command = [str(_program("krb5kdc")), "-n", "-r", REALM]
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=log, stderr=log)
    try:
        _wait_until_listening(port, process)
        yield KDC(folder, environment)
    finally:
        process.terminate()
        process.wait(timeout=10)
        log.close()


def _krb5_conf(port: int) -> str:
    return f"""[libdefaults]
  default_realm = {REALM}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
[realms]
  {REALM} = {{
    kdc = 127.0.0.1:{port}
  }}
[domain_realm]
  .contoso.com = {REALM}
"""


def _kdc_conf(folder: Path, port: int) -> str:
    modules = f"[dbmodules]\n  db_module_dir = {_modules()}\n" if _modules() else ""
    return f"""[kdcdefaults]
  kdc_listen = ""
  kdc_tcp_listen = 127.0.0.1:{port}
[realms]
  {REALM} = {{
    database_name = {folder}/principal
    key_stash_file = {folder}/stash
    acl_file = {folder}/kadm5.acl
    max_life = 1h
  }}
{modules}"""


def _run(command: Sequence[str], environment: Mapping[str, str], given: str = "") -> None:
    program, *arguments = command
    done = subprocess.run(
        [str(_program(program)), *arguments],
        env={**os.environ, **environment},
        input=given,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{program} failed: {done.stderr or done.stdout}")


def _program(name: str) -> str | None:
    unpacked = [str(_UNPACKED / folder) for folder in ("usr/sbin", "usr/bin")]
    return shutil.which(name, path=os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/sbin", *unpacked]))


def _library_path() -> dict[str, str]:
    libraries = sorted({str(path.parent) for path in _UNPACKED.glob("usr/lib/**/*.so.*")})
    return {"LD_LIBRARY_PATH": os.pathsep.join(libraries)} if libraries else {}


def _modules() -> str:
    return next((str(path.parent) for path in _UNPACKED.glob("usr/lib/**/kdb/db2.so")), "")


def _wait_until_listening(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _READY_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError("the KDC does not listen")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
