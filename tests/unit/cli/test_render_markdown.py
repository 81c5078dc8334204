"""A plan as a comment on a pull request: a real Markdown parser shows what is meant, whatever names say."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from manifests_support import dial_plan, gateway
from model_estate import ModelEstate, gateway_fact, plan_fact
from planning_support import World, group_fact
from um_operator.cli.render_markdown import COMMENT_MAX, escaped, markdown
from um_operator.cli.render_plan import OrganizationPlan
from um_operator.planning.plan import Plan
from um_operator.planning.steps import CreateHuntGroup

REFS = [{"name": "pbx", "pilotIdentifier": "4900"}]
NIGHT = {"name": "saturday-night", "schedule": "0 22 * * Sat", "duration": "4h", "timeZone": "Europe/Berlin"}


class Shown(HTMLParser):
    """What a reader sees: the cells of tables, and all text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.text = ""
        self.tags: set[str] = set()
        self._in_cell = False
        self.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")
            self._in_cell = True
        elif tag == "br":
            self.handle_data(" / ")

    def handle_endtag(self, tag: str) -> None:
        self._in_cell = self._in_cell and tag not in {"td", "th"}

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._in_cell:
            self.rows[-1][-1] += data


def world(**organization: Any) -> World:
    estate = ModelEstate.of(
        plan_fact("other"), gateway_fact("cube01"), group_fact("cube01", "other", "1"), gateway_fact("extra")
    )
    manifests = (
        dial_plan(maxCallDuration="45m"),
        gateway(dialPlanRefs=REFS, port=5070),
        gateway("cube01", port=5062),
        gateway("taken", address="extra.contoso.com"),
    )
    return World(
        manifests, estate, organization={"mode": "Plan", "maintenanceWindows": [NIGHT], **organization}
    )


def shown(plan: Plan, mode: Any = "Plan") -> str:
    return markdown([OrganizationPlan("contoso", mode, plan)])


def test_a_plan_shows_each_step_whether_it_interrupts_and_what_it_comes_after() -> None:
    plan = world().seen().plan
    rows = Shown(shown(plan)).rows
    assert rows[0] == ["step", "", "what", "waits for"]
    assert [row[0] for row in rows[1:]] == ["1", "2", "3", "4", "5", "6"]
    assert [row[2] for row in rows[1:]] == [one.step.sentence for one in plan.steps]
    assert [row[1] for row in rows[1:]] == ["", "", "", "interrupts calls", "", ""]
    assert [row[3] for row in rows[1:]] == ["", "step 1", "", "", "step 3", "steps 1, 3"]


def test_the_comment_says_in_its_first_lines_how_many_interrupt_and_how_to_approve() -> None:
    plan = world().seen().plan
    assert plan.approval.pending is not None
    digest = plan.approval.pending.digest
    first, _, approve, *_ = shown(plan).splitlines()
    assert first == (
        '### Organization "contoso", mode Plan (nothing is changed): '
        f"6 steps, 1 of them interrupts calls. {digest}"
    )
    assert approve == f'To approve it, set spec.approvedPlan to "{digest}".'


def test_what_waits_for_a_window_says_so_once_it_is_approved() -> None:
    asking = world().seen()
    assert asking.plan.approval.pending is not None
    rows = Shown(shown(asking.approving(asking.plan.approval.pending).plan)).rows
    assert 'waits for window "saturday-night"' in rows[4][3]


def test_what_is_not_tried_is_listed() -> None:
    text = Shown(shown(world().seen().plan)).text
    assert "Not tried (1 finding):" in text
    assert 'UMIPGateway/taken: address "extra.contoso.com" belongs to gateway "extra"' in text


def test_nothing_to_do_and_not_readable_are_one_line_each() -> None:
    assert shown(Plan((), ()), "Enforce") == (
        '### Organization "contoso", mode Enforce: nothing to do, Exchange is as declared.\n'
    )
    unreadable = OrganizationPlan(
        "contoso", "Enforce", Plan((), ()), trouble="EndpointUnreachable: <no> answer"
    )
    assert markdown([unreadable]).splitlines() == [
        '### Organization "contoso", mode Enforce: could not be read.',
        "",
        "EndpointUnreachable: \\<no\\> answer",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "a|b",
        "<img src=x>",
        "*bold*",
        "[link](http://x)",
        "`code`",
        "a\\|b",
        "~~gone~~",
        "a\nb",
        "&lt;",
        "# x",
    ],
)
def test_a_name_is_shown_as_it_is(name: str) -> None:
    plan = world().seen().plan
    last = plan.steps[-1]
    assert isinstance(last.step, CreateHuntGroup)
    named = replace(last, step=replace(last.step, dial_plan=name))
    found = Shown(shown(replace(plan, steps=(*plan.steps[:-1], named))))
    assert f'"{name}"'.replace("\n", " ") in found.rows[-1][2]
    assert len({len(row) for row in found.rows}) == 1
    assert not found.tags & {"img", "em", "a", "code", "s"}


def test_nobody_is_called_and_no_issue_is_referred_to() -> None:
    assert escaped("ask @everyone about #1") == "ask @\u200beveryone about #\u200b1"


@given(st.text(max_size=60))
def test_no_text_makes_markup_or_another_cell(text: str) -> None:
    found = Shown(f"| a | b |\n| --- | --- |\n| x{escaped(text)}x | y |\n")
    assert [len(row) for row in found.rows] == [2, 2]
    assert not found.tags - {"table", "thead", "tbody", "tr", "th", "td"}


def test_a_plan_longer_than_a_comment_is_cut_at_a_line_and_says_so() -> None:
    gateways = [gateway(f"gateway-{number:04}", port=5070) for number in range(600)]
    plan = replace(world(), resources=(dial_plan(), *gateways)).seen().plan
    assert plan.approval.pending is not None
    text = shown(plan)
    assert 60_000 < len(text.encode()) <= COMMENT_MAX
    assert plan.approval.pending.digest in text
    found = Shown(text)
    assert {len(row) for row in found.rows} == {4}
    assert text.rstrip().splitlines()[-1].startswith("**Cut here: a comment has at most 65,536 characters.**")


def test_each_of_several_organizations_has_its_share_of_the_comment() -> None:
    gateways = [gateway(f"gateway-{number:04}", port=5070) for number in range(600)]
    plan = replace(world(), resources=(dial_plan(), *gateways)).seen().plan
    text = markdown([OrganizationPlan(name, "Plan", plan) for name in ("one", "two", "three")])
    assert len(text.encode()) <= COMMENT_MAX
    assert text.count("Cut here") == 3
    assert text.count("To approve it") == 3
