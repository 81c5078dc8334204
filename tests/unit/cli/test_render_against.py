"""What a plan against a cluster says of the cluster, word for word."""

from __future__ import annotations

from um_operator.api.meta import ObjectKey
from um_operator.cli.render_against import Against, against_data, against_notes
from um_operator.cli.render_markdown import markdown
from um_operator.cli.render_plan import OrganizationPlan, plan_data, plan_lines
from um_operator.kube.applied import Change, What
from um_operator.planning.plan import Plan


def change(name: str, what: What, applier: str | None = None, *dropped: str) -> Change:
    return Change(ObjectKey("UMIPGateway", name), "default", what, applier, dropped)


EVERYTHING = Against(
    "um",
    (
        change("a", "Created"),
        change("b", "Changed", None, "mode", "suspend"),
        change("c", "Unchanged"),
        change("d", "Unchanged"),
        change("e", "Deleted"),
        change("f", "LetGo"),
        change("g", "Deleting"),
        change("h", "Kept", "flux-system/platform"),
        change("i", "Kept"),
    ),
)


def test_a_reviewer_reads_what_comes_goes_stays_and_is_dropped() -> None:
    assert list(against_notes(EVERYTHING)) == [
        'Against namespace "um" of the cluster: 1 new, 1 changed, 2 as they are.',
        'UMIPGateway/e is deleted, and removed from Exchange (deletionPolicy "Delete").',
        "UMIPGateway/f is deleted, and stays in Exchange as it is.",
        "UMIPGateway/g is being deleted in the cluster already; applying it does not bring it back.",
        'Not in the folder, and counted as declared: UMIPGateway/h (applied by "flux-system/platform"), '
        "UMIPGateway/i.",
        "UMIPGateway/b: the cluster has spec.mode, spec.suspend, the folder has not; "
        "the plan takes it as gone.",
    ]


def test_a_program_reads_the_same() -> None:
    data = against_data(EVERYTHING)
    assert data["namespace"] == "um"
    assert data["resources"][1] == {
        "resource": "UMIPGateway/b",
        "change": "Changed",
        "applier": None,
        "dropped": ["mode", "suspend"],
    }


def test_it_is_said_also_where_nothing_is_to_do() -> None:
    planned = OrganizationPlan("default", "Enforce", Plan((), ()), against=EVERYTHING)
    assert "  UMIPGateway/f is deleted, and stays in Exchange as it is." in plan_lines(planned)
    assert "UMIPGateway/f is deleted, and stays in Exchange as it is." in markdown([planned])
    assert plan_data(planned)["against"] == against_data(EVERYTHING)
    assert plan_data(OrganizationPlan("default", "Enforce", Plan((), ())))["against"] is None
