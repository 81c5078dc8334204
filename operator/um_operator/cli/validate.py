"""``umctl validate``: whether the manifests can be used, and what in them may surprise. No connection."""

from __future__ import annotations

from um_operator.cli.exits import ExitCode, finish
from um_operator.cli.notices import notice, skipped_lines
from um_operator.cli.options import Output, Sources
from um_operator.cli.output import Format, show
from um_operator.cli.render_plan import counted
from um_operator.local.advice import advice
from um_operator.local.manifests import ManifestsError, read_manifests


def validate(*, sources: Sources, output: Output = Format.TEXT) -> None:
    """Check manifests against the rules of their kinds, and warn of what often surprises.

    Exit code: 0 they can be used, 1 they cannot.
    """
    try:
        manifests = read_manifests(sources)
    except ManifestsError as error:
        problems = [str(problem) for problem in error.problems]
        show(output, problems, {"problems": problems, "warnings": []})
        notice(f"error: {counted(len(problems), 'problem')}")
        finish(ExitCode.ERROR)
    skipped_lines(manifests)
    warnings = [str(item) for item in advice(manifests)]
    lines = [
        *(f"warning: {line}" for line in warnings),
        f"{counted(len(manifests.resources), 'resource')} valid",
    ]
    show(output, lines, {"problems": [], "warnings": warnings})
    finish(ExitCode.NOTHING_LEFT)
