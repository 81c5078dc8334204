"""Every recorded dialogue has its place: replayed whole, replayed with a test body, or not served and why."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from wsman_dialogues import Dialogue, load, names

WHOLE = {
    "psrp_with_jea_configuration": "plain cmdlets in no-language mode, an error, a refused script",
    "psrp_open_runspace": "a pool opens and closes",
    "psrp_set_runspaces": "counts of runspaces, set and refused",
    "psrp_reset_runspace_state_fail": "a pool of several runspaces cannot be reset",
    "psrp_receive_failure": "a command that does not exist",
    "psrp_is_alive_state_disconnected": "a shell that another client disconnected",
    "psrp_is_alive_invalid_selectors": "a shell that is gone",
    "psrp_is_alive_other_wsman_error": "a header that is no time-out",
    "psrp_is_alive_http_error": "a shell described, then a path that is not there",
    "winrs_standard": "a cmd shell, one command, its output",
    "winrs_stderr_rc": "a cmd shell, both streams and an exit code",
    "winrs_open_already_opened": "a cmd shell opens and closes",
    "winrs_bad_cmd_id": "a cmd shell that is asked for another command's output",
    "winrs_fail_poll_process": "a cmd shell that is asked for the output of no command",
    "wsman_update_envelope_size_150": "the configuration of WinRM",
    "wsman_update_envelope_size_500": "the configuration of WinRM",
    "wsman_update_envelope_size_4096": "the configuration of WinRM",
}
BY_TEST_BODY = {
    "psrp_with_input": "objects of the client come back as they were serialised",
    "psrp_small_msg_size": "one pipeline over many envelopes",
    "client_copy_file_really_large": "a large file as pipeline input",
    "client_fetch_file": "an object larger than a fragment",
    "psrp_long_running_cmdlet": "a Receive that times out",
    "psrp_stream_output_invocation": "a record of every stream",
    "psrp_error_failed": "an error that ends the pipeline",
}


def _program_in_a_cmd_shell(dialogue: Dialogue) -> bool:
    words = re.findall("<rsp:(?:Command|Arguments)>([^<]*)<", dialogue.requests)
    return not {"dir", "set"}.isdisjoint(words) or any("powershell.exe" in word for word in words)


def _script_text(dialogue: Dialogue) -> bool:
    texts = "".join(message.xml for message in dialogue.messages())
    return '<B N="IsScript">true</B>' in texts or '<S N="Cmd">Invoke-Expression</S>' in texts


def _host_calls(dialogue: Dialogue) -> bool:
    return any(message.kind in (0x00021100, 0x00041100) for message in dialogue.messages())


def _history(dialogue: Dialogue) -> bool:
    return any('<B N="AddToHistory">true</B>' in message.xml for message in dialogue.messages())


def _disconnect(dialogue: Dialogue) -> bool:
    return re.search("shell/(Disconnect|Connect)", dialogue.requests) is not None


def _command_metadata(dialogue: Dialogue) -> bool:
    return any(message.kind == 0x0002100A for message in dialogue.messages())


def _key_exchange_that_never_answers(dialogue: Dialogue) -> bool:
    return any("timeout" in exchange.harness for exchange in dialogue.exchanges)


NOT_SERVED: dict[Callable[[Dialogue], bool], str] = {
    _program_in_a_cmd_shell: """winrs_environment winrs_extra_opts winrs_no_cmd_shell winrs_noprofile
        winrs_operation_timeout winrs_send winrs_unicode client_execute_cmd client_execute_cmd_environment""",
    _script_text: """client_copy_expand_vars client_copy_file client_copy_file_empty client_copy_file_failure
        client_copy_file_warning client_execute_ps client_execute_ps_environment client_execute_ps_failure
        client_fetch_file_expand_vars client_fetch_file_fail_dir client_fetch_file_fail_missing
        client_fetch_file_hash_mismatch psrp_application_args psrp_clear_commands psrp_merge_commands
        psrp_multiple_commands psrp_multiple_invocations psrp_nested_command psrp_no_profile
        psrp_run_protocol_version_2.1 psrp_run_protocol_version_2.2 psrp_run_protocol_version_2.3
        psrp_stream_no_output_invocation psrp_with_no_history""",
    _host_calls: "psrp_pshost_methods psrp_pshost_raw_ui_mocked_methods psrp_pshost_ui_mocked_methods",
    _history: "psrp_with_history psrp_reset_runspace_state",
    _disconnect: "psrp_disconnect_runspaces psrp_disconnected_commands",
    _command_metadata: "psrp_get_command_metadata",
    _key_exchange_that_never_answers: "psrp_key_exchange_timeout",
}


def test_every_recording_has_one_place() -> None:
    not_served = [name for group in NOT_SERVED.values() for name in group.split()]
    placed = sorted([*WHOLE, *BY_TEST_BODY, *not_served])
    assert placed == names()
    assert (len(WHOLE), len(BY_TEST_BODY), len(not_served)) == (17, 7, 42)


@pytest.mark.parametrize("reason", NOT_SERVED, ids=lambda reason: reason.__name__.strip("_"))
def test_the_reason_why_a_recording_is_not_served_is_true_of_it(reason: Callable[[Dialogue], bool]) -> None:
    unfounded = [name for name in NOT_SERVED[reason].split() if not reason(load(name))]
    assert unfounded == []


def test_every_message_of_a_real_server_begins_with_a_byte_order_mark() -> None:
    server_kinds = {0x00021004, 0x00021005, 0x00021009, 0x00041004, 0x00041005, 0x00041006}
    sent = [message for name in (*WHOLE, *BY_TEST_BODY) for message in load(name).messages()]
    assert all(message.marked for message in sent if message.kind in server_kinds)
