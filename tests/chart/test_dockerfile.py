"""What the Dockerfile says, and what the locked requirements of the image are; night builds it."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from dockerfile import read
from image_root import BASES, context_of

ROOT = Path(__file__).parents[2]
BUILDER, FINAL = read(ROOT / "Dockerfile")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def locked(name: str) -> dict[str, str]:
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    return dict(re.findall(r"^([a-z0-9.-]+)==([^ ]+)", "\n".join(lines), re.MULTILINE))


def test_both_stages_begin_with_one_base_whose_tag_is_written() -> None:
    assert {BUILDER.base, FINAL.base} <= set(BASES)
    assert not FINAL.base.endswith(":latest")


def test_the_user_is_a_number_and_not_root() -> None:
    assert [user.rest for user in FINAL.all("USER")] == ["65532:65532"]
    assert FINAL.instructions.index(FINAL.all("USER")[0]) > FINAL.instructions.index(FINAL.all("COPY")[0])


def test_the_image_starts_a_command_of_the_project() -> None:
    (entrypoint,) = FINAL.all("ENTRYPOINT")
    (command,) = json.loads(entrypoint.rest)
    assert command in PROJECT["project"]["scripts"]


def test_the_last_stage_takes_only_the_environment_from_the_builder() -> None:
    assert [(copy.flags, copy.rest) for copy in FINAL.all("COPY")] == [
        ({"from": "builder"}, "/opt/um-operator /opt/um-operator")
    ]
    installed = FINAL.all("RUN")[0].rest.partition("install ")[2].partition("&&")[0].split()
    assert not {"gcc", "krb5-user", "python3-pip", "python3-venv", "libkrb5-dev"} & set(installed)


def test_the_context_has_what_is_copied_and_nothing_else() -> None:
    copied = [source for copy in BUILDER.all("COPY") for source in copy.words[:-1]]
    assert sorted(context_of(ROOT)) == sorted(copied)
    assert all((ROOT / source).exists() for source in copied)


def test_every_package_is_installed_by_its_hash() -> None:
    commands = " && ".join(run.rest for run in BUILDER.all("RUN")).split("&&")
    from_lists = [command for command in commands if " -r " in command]
    assert len(from_lists) == 2
    assert all("--require-hashes" in command and "--only-binary=:all:" in command for command in from_lists)
    others = [command for command in commands if "pip" in command and command not in from_lists]
    assert all("--no-deps" in command or " -m venv" in command for command in others)


@pytest.mark.parametrize("name", ["image", "build"])
def test_a_package_of_the_image_is_of_the_version_that_was_tested(name: str) -> None:
    tested = locked("dev") | locked("kerberos")
    both = locked(name).keys() & tested.keys()
    assert {package: locked(name)[package] for package in both} == {
        package: tested[package] for package in both
    }
    if name == "image":
        assert locked(name).keys() <= tested.keys()


def test_the_image_has_neither_the_lab_nor_what_only_developers_need() -> None:
    image = locked("image").keys()
    assert {"gssapi", "krb5", "kopf", "kubernetes", "pypsrp", "tzdata"} <= image
    lab = {re.split(r"[><=]", package)[0] for package in PROJECT["project"]["optional-dependencies"]["lab"]}
    needed = {re.split(r"[><=\[]", package)[0] for package in PROJECT["project"]["dependencies"]}
    of_others = {"jsonpatch"}  # kopf's own
    assert lab & image <= of_others
    assert needed <= image
    assert not {"pytest", "mypy", "ruff", "hatchling", "pip"} & image
