"""Recipes as data: what they may say, what they cannot say, and how a wrong one is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from um_operator.trust.bound import bind
from um_operator.trust.dialogue import of_others
from um_operator.trust.errors import NoWayInError, RecipeError
from um_operator.trust.presets import FILES, parse, preset
from um_operator.trust.way_in import account_of

OURS = re.compile("crypto pki (trustpoint|certificate chain) UM-[0-9a-f]{8}")
HARM = (
    "reboot",
    "sudo reboot",
    "systemctl restart kamailio",
    "kamcmd core.kill",
    "kamcmd tls.reload; reboot",
    "kamcmd tls.reload && reboot",
    "kamcmd tls.reload\nreboot",
    "kamcmd tls.reload $(reboot)",
    "asterisk -rx 'core restart now'",
    "sh -c 'kamcmd tls.reload'",
)


def document(name: str = "Kamailio", **changes: Any) -> dict[str, Any]:
    recipe = preset(name).declared()
    return {**recipe, **changes}


def refusal(recipe: Any) -> str:
    content = recipe if isinstance(recipe, bytes) else yaml.safe_dump(recipe).encode()
    with pytest.raises(RecipeError) as error:
        parse(content, 'ConfigMap "own", key "recipe"')
    return str(error.value)


@pytest.mark.parametrize("name", FILES)
def test_a_preset_can_be_used_without_any_parameter(name: str) -> None:
    assert bind(preset(name), {}).procedure()


def test_only_asterisk_says_that_it_interrupts_calls() -> None:
    assert [name for name in FILES if preset(name).interrupts_calls] == ["Asterisk"]


@pytest.mark.parametrize("name", ["AudioCodes", "RibbonEdge", "OracleSBC"])
def test_a_preset_over_https_is_refused_as_not_available_yet(name: str) -> None:
    with pytest.raises(RecipeError, match=f'"{name}" is delivered over HTTPS, which is not available yet'):
        preset(name)


@pytest.mark.parametrize("command", HARM)
def test_what_is_more_than_reading_files_anew_is_no_command_of_a_recipe(command: str) -> None:
    with pytest.raises(RecipeError):
        bind(preset("Kamailio"), {"reloadCommand": command})
    files = {**document()["files"], "reload": command}
    told = refusal(document(files=files))
    assert "no command that a recipe may run" in told or "must have no control characters" in told


@pytest.mark.parametrize(
    "line",
    ["reload", "write erase", "configure replace flash:x", "no crypto pki trustpoint {name}", "erase nvram:"],
)
def test_what_resets_a_device_or_removes_what_is_there_is_no_line_of_a_recipe(line: str) -> None:
    dialogue = document("CiscoCUBE")["dialogue"]
    dialogue["add"] = [*dialogue["add"], {"send": line}]
    assert refusal(document("CiscoCUBE", dialogue=dialogue)) == (
        f'ConfigMap "own", key "recipe": "{line}" is no line that a recipe may send'
    )


@pytest.mark.parametrize(
    "place", [("unsaved", "ours"), ("locked", "when"), ("enable", "success"), ("enable", "expect")]
)
def test_what_is_no_regular_expression_is_refused_wherever_it_stands(place: tuple[str, str]) -> None:
    dialogue = document("CiscoCUBE")["dialogue"]
    part, field = place
    recipe = document("CiscoCUBE", dialogue={**dialogue, part: {**dialogue[part], field: "crypto ("}})
    assert '"crypto (" is no regular expression' in refusal(recipe)


@pytest.mark.parametrize(
    ("recipe", "told"),
    [
        (b"files: [", "line 1: it is no YAML"),
        (b"- a list", "must be a mapping of fields"),
        (document(file={}), 'file: is not a field; did you mean "files"?'),
        (document(dialogue=document("CiscoCUBE")["dialogue"]), 'needs exactly one of "files" and "dialogue"'),
        (document(parameters={}), 'asks for parameter "caFile", which is not declared'),
        (document(interruptsCalls="no"), 'interruptsCalls "no": must be true or false'),
        (b"x" * 70_000, "it is longer than 65536 bytes"),
    ],
)
def test_a_recipe_that_cannot_be_used_is_refused_in_one_line(recipe: Any, told: str) -> None:
    message = refusal(recipe)
    assert message.startswith('ConfigMap "own", key "recipe"')
    assert told in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"cafile": "/etc/ca.pem"}, '"cafile" is no parameter of this recipe; did you mean "caFile"?'),
        ({"caFile": "/etc/ca.pem /etc/passwd"}, 'trust.delivery.parameters.caFile "/etc/ca.pem /etc/passwd"'),
    ],
)
def test_a_parameter_that_cannot_be_used_is_told(given: dict[str, str], told: str) -> None:
    with pytest.raises(RecipeError, match=re.escape(told)):
        bind(preset("Kamailio"), given)


def test_what_is_done_is_shown_with_the_values_of_the_manifest() -> None:
    lines = bind(preset("CiscoCUBE"), {"trustpoint": "CONTOSO-UM"}).procedure()
    assert "crypto pki trustpoint CONTOSO-UM-<8 digits of its SHA-256>" in lines
    assert "<PEM of the CA>" in lines
    assert "write memory" in lines
    assert "enable  # where the account has no rights yet, with ********" in lines
    taken_back = "no crypto pki trustpoint CONTOSO-UM-<8 digits of its SHA-256>"
    assert f"{taken_back}  # only if a protected listener is lost" in lines


@pytest.mark.parametrize("name", FILES)
def test_every_command_of_a_recipe_is_shown_before_it_is_run(name: str) -> None:
    bound = bind(preset(name), {})
    shown = "\n".join(bound.procedure())
    recipe = bound.recipe
    lines = [line for line, _ in recipe.dialogue.lines()] if recipe.dialogue else []
    files = recipe.files
    lines += [files.authorities, files.reload, *files.configuration] if files else []
    for line in lines:
        assert bound.fill(line, name="").rstrip() in shown


@pytest.mark.parametrize(
    ("shown", "foreign"),
    [
        (["!No changes were found"], []),
        (["!Contextual Config Diffs:", "+crypto pki trustpoint UM-0123abcd", " +enrollment terminal"], []),
        (["+crypto pki certificate chain UM-0123abcd", " +certificate ca 01", "  +3082036D 30820255"], []),
        (["+crypto pki trustpoint CARRIER", " +enrollment terminal"], 2),
        (["dial-peer voice 200 voip", " +shutdown"], ["+shutdown"]),
        (["+crypto pki trustpoint UM-0123abcd", "dial-peer voice 2 voip", " -shutdown"], ["-shutdown"]),
        (["-crypto pki trustpoint OTHER"], ["-crypto pki trustpoint OTHER"]),
    ],
)
def test_of_what_is_not_saved_only_our_sections_are_ours(shown: list[str], foreign: Any) -> None:
    found = list(of_others(shown, OURS))
    assert (len(found) if isinstance(foreign, int) else found) == foreign


@pytest.mark.parametrize(
    ("secret", "told"),
    [
        ({"password": b"very secret"}, 'has no key "username"'),
        ({"username": b"um"}, 'has neither "password" nor "ssh-privatekey"'),
        ({"username": b"um", "password": b"\xff"}, "holds something else than text"),
    ],
)
def test_an_account_that_is_incomplete_is_told_without_its_values(
    secret: dict[str, bytes], told: str
) -> None:
    with pytest.raises(NoWayInError) as error:
        account_of(secret, "cube01-management")
    assert told in str(error.value)
    assert "very secret" not in str(error.value)


def test_an_account_shows_nothing_secret() -> None:
    account = account_of({"username": b"um", "password": b"one", "enable-password": b"two"}, "x")
    assert "one" not in repr(account)
    assert "two" not in repr(account)
