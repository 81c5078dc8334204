"""Builds the image without a container engine: each stage of the Dockerfile is a Debian root folder.

The commands that run are those of the Dockerfile, by chroot in a mount namespace of their own. Needs root and
debootstrap, which makes the root folder that stands for the base image (``debian:bookworm-slim`` is the same
with its documentation cut out).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from dockerfile import Instruction, Stage, read

BASES = {"debian:bookworm-slim": "bookworm"}
ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".cache" / "debootstrap"
HOST_CA = "/run/host-ca.crt"
_SHOWN = 3000
_PASSED_ON = (
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "PIP_INDEX_URL",
)
_OWN_MOUNTS = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
_MOUNTED = """
root=$1; shift
mount -t proc proc "$root/proc"
if [ -n "$CA" ]; then mount -t tmpfs tmpfs "$root/run" && cp "$CA" "$root$HOST_CA"; fi
for file in resolv.conf hosts; do touch "$root/etc/$file"; mount --bind "/etc/$file" "$root/etc/$file"; done
if [ -n "$READ_ONLY" ]; then
  mount --rbind "$root" "$root" && mount -o remount,bind,ro "$root"
  mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
fi
exec "$@"
"""


@dataclass(frozen=True, slots=True)
class Image:
    """A root folder, and what a container of it starts with."""

    root: Path
    environment: Mapping[str, str] = field(default_factory=lambda: {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    user: str = "0:0"
    working_directory: str = "/"
    entrypoint: tuple[str, ...] = ()

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command as in a hardened pod: the image's user, a read-only root, a fresh /tmp."""
        return _enter(self, arguments, {**self.environment, **environment}, read_only=True)

    def size(self) -> int:
        """Return the bytes of all files."""
        return sum(
            path.lstat().st_size for path in self.root.rglob("*") if not path.is_symlink() and path.is_file()
        )


def missing() -> str:
    """Return why no image can be built here; empty when it can."""
    if os.geteuid():
        return "image: a root folder of Debian is made by root"
    return "" if shutil.which("debootstrap") else "image: no debootstrap (tools/debootstrap.sh)"


def build(dockerfile: Path, work: Path) -> Image:
    """Build the last stage of a Dockerfile.

    Raises:
        RuntimeError: a command failed; the text has what it said.
    """
    built: dict[str, Image] = {}
    bases: dict[str, Path] = {}
    for number, stage in enumerate(read(dockerfile)):
        base = bases.setdefault(stage.base, work / "base")
        if not base.exists():
            _debootstrap(BASES[stage.base], base)
        built[stage.name] = _stage(
            stage, base, work / f"stage-{number}", built, context_of(dockerfile.parent)
        )
    return built[""]


def context_of(folder: Path) -> dict[str, list[str]]:
    """Return what .dockerignore lets through: paths, each with the names that are left out below it."""
    lines = [line for line in (folder / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert lines[0] == "*", ".dockerignore has to leave everything out first"
    left_out = [line.removeprefix("**/") for line in lines[1:] if line.startswith("**/")]
    return {line.removeprefix("!"): left_out for line in lines[1:] if line.startswith("!")}


def _stage(
    stage: Stage, base: Path, root: Path, built: Mapping[str, Image], context: Mapping[str, list[str]]
) -> Image:
    _checked(["cp", "--archive", "--reflink=auto", str(base), str(root)])
    image = Image(root)
    for instruction in stage.instructions:
        image = _do(instruction, image, built, context)
    return image


def _do(
    instruction: Instruction, image: Image, built: Mapping[str, Image], context: Mapping[str, list[str]]
) -> Image:
    match instruction.name:
        case "RUN":
            environment = {**image.environment, **_client_settings()}
            done = _enter(image, ("/bin/sh", "-c", instruction.rest), environment)
            if done.returncode:
                raise _failed(instruction.rest, done)
        case "COPY":
            _copy(instruction, image, built, context)
        case "ENV":
            return replace(image, environment={**image.environment, **instruction.pairs})
        case "USER":
            return replace(image, user=instruction.rest)
        case "WORKDIR":
            (image.root / instruction.rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
            return replace(image, working_directory=instruction.rest)
        case "ENTRYPOINT":
            return replace(image, entrypoint=tuple(json.loads(instruction.rest)))
    return image


def _copy(
    instruction: Instruction, image: Image, built: Mapping[str, Image], context: Mapping[str, list[str]]
) -> None:
    *sources, target = instruction.words
    into = image.root / (Path(image.working_directory) / target).as_posix().lstrip("/")
    stage = instruction.flags.get("from")
    for source in sources:
        path = built[stage].root / source.lstrip("/") if stage else ROOT / source
        left_out = [] if stage else context[source]
        if path.is_dir():
            ignored = shutil.ignore_patterns(*left_out)
            shutil.copytree(path, into, symlinks=True, dirs_exist_ok=True, ignore=ignored)
        else:
            where = into / path.name if target.endswith("/") else into
            where.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, where)


def _enter(
    image: Image, arguments: Sequence[str], environment: Mapping[str, str], *, read_only: bool = False
) -> subprocess.CompletedProcess[str]:
    within = ["chroot", f"--userspec={image.user}", str(image.root), "/usr/bin/env", "--ignore-environment"]
    settings = [f"{name}={value}" for name, value in environment.items()]
    moved = [f"--chdir={image.working_directory}", *settings, *arguments]
    ca = "" if read_only else os.environ.get("SSL_CERT_FILE", "")
    return subprocess.run(
        [*_OWN_MOUNTS, "/bin/sh", "-euc", _MOUNTED, "sh", str(image.root), *within, *moved],
        env={"PATH": os.environ["PATH"], "CA": ca, "HOST_CA": HOST_CA, "READ_ONLY": "1" if read_only else ""},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def _client_settings() -> dict[str, str]:
    """Return how apt and pip reach their registries from here; none of it stays in the image."""
    settings = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**settings, "PIP_CERT": HOST_CA} if os.environ.get("SSL_CERT_FILE") else settings


def _debootstrap(suite: str, root: Path) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    _checked(["debootstrap", "--variant=minbase", f"--cache-dir={CACHE}", suite, str(root)])


def _checked(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise _failed(" ".join(command), done)


def _failed(command: str, done: subprocess.CompletedProcess[str]) -> RuntimeError:
    said = f"{done.stdout[-_SHOWN:]}{done.stderr[-_SHOWN:]}"
    return RuntimeError(f"{command}\nexited {done.returncode}:\n{said}")
