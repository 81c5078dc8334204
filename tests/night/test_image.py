"""The image, made by the Dockerfile's own commands, works as nobody on a root that cannot be written."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from image_root import Image, build, missing

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(3600)
INSTALLED = """
import importlib.metadata, json
found = {one.metadata["Name"]: one.version for one in importlib.metadata.distributions()}
print(json.dumps({name.lower().replace("_", "-"): version for name, version in found.items()}))
"""
ADDED_CA = """
import datetime, os, ssl, socket, threading
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
key = ec.generate_private_key(ec.SECP256R1())
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ex01.contoso.com")])
now = datetime.datetime.now(datetime.UTC)
builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + datetime.timedelta(1))
names = x509.SubjectAlternativeName([x509.DNSName("ex01.contoso.com")])
certificate = builder.add_extension(names, False).sign(key, hashes.SHA256())
pem = serialization.Encoding.PEM
open("/tmp/ca.crt", "wb").write(certificate.public_bytes(pem))
form = serialization.PrivateFormat.PKCS8
open("/tmp/key", "wb").write(key.private_bytes(pem, form, serialization.NoEncryption()))
server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server.load_cert_chain("/tmp/ca.crt", "/tmp/key")
here, there = socket.socketpair()
threading.Thread(target=lambda: server.wrap_socket(there, server_side=True), daemon=True).start()
ssl.create_default_context().wrap_socket(here, server_hostname="ex01.contoso.com")
print(len([name for name in os.listdir(ssl.get_default_verify_paths().capath) if name.endswith(".0")]))
"""


@pytest.fixture(scope="module")
def image(
    tmp_path_factory: pytest.TempPathFactory, record_testsuite_property: Callable[[str, object], None]
) -> Image:
    """Build the image and write into the report what it took."""
    if why := missing():
        pytest.skip(why)
    began = time.monotonic()
    built = build(ROOT / "Dockerfile", tmp_path_factory.mktemp("image"))
    record_testsuite_property("image, seconds to build", round(time.monotonic() - began))
    record_testsuite_property("image, MB of files", round(built.size() / 1e6))
    return built


def python(image: Image, program: str, **environment: str) -> str:
    done = image.run("/opt/um-operator/bin/python", "-c", program, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_its_command_starts(image: Image) -> None:
    done = image.run(*image.entrypoint, "--help")
    assert done.returncode == 0, done.stderr
    assert "--lease-name" in done.stdout


def test_umctl_starts_and_has_no_lab(image: Image) -> None:
    assert "validate" in image.run("umctl", "--help").stdout
    lab = image.run("umctl", "lab")
    assert lab.returncode == 1
    assert 'install "um-operator[lab]"' in lab.stderr


def test_it_runs_as_a_number_that_is_not_root(image: Image) -> None:
    assert image.user == "65532:65532"
    assert python(image, "import os; print(os.getuid(), os.getgid())").split() == ["65532", "65532"]


def test_it_writes_nowhere_but_to_tmp(image: Image) -> None:
    tried = """
import os
for folder, _, _ in os.walk("/"):
    if not folder.startswith(("/proc", "/tmp")) and os.access(folder, os.W_OK):
        print(folder)
open("/tmp/file", "w").write("x")
"""
    assert python(image, tried) == ""


def test_kerberos_libraries_load(image: Image) -> None:
    loaded = python(
        image, "import gssapi, krb5, spnego; print(gssapi.mechs.Mechanism.all_mechs() is not None)"
    )
    assert loaded.strip() == "True"


def test_what_is_installed_is_what_is_locked(image: Image) -> None:
    installed = json.loads(python(image, INSTALLED))
    lines = (ROOT / "requirements" / "image.txt").read_text().splitlines()
    here = "\n".join(line for line in lines if "sys_platform == 'win32'" not in line)
    del installed["um-operator"]
    assert installed == dict(re.findall(r"^([a-z0-9.-]+)==([^ ]+)", here, re.MULTILINE))


def test_no_compiler_no_pip_and_no_downloader_is_in_it(image: Image) -> None:
    for program in ("gcc", "cc", "ld", "make", "pip", "pip3", "kinit", "krb5-config", "git", "curl", "wget"):
        assert image.run("sh", "-c", f"command -v {program}").returncode != 0, program
    assert not list(image.root.glob("usr/include/krb5*"))


def test_nothing_in_it_raises_rights(image: Image) -> None:
    files = (path for path in image.root.rglob("*") if path.is_file() and not path.is_symlink())
    assert not [path for path in files if path.stat().st_mode & 0o6000]


def test_it_is_small(image: Image) -> None:
    assert image.size() < 400e6


def test_time_zones_of_windows_are_known(image: Image) -> None:
    assert python(image, "import zoneinfo; print(zoneinfo.ZoneInfo('Europe/Berlin'))") == "Europe/Berlin\n"


def test_a_ca_bundle_adds_to_the_systems(image: Image) -> None:
    of_the_system = python(image, ADDED_CA, SSL_CERT_FILE="/tmp/ca.crt")
    assert int(of_the_system) > 50
