"""Runs the test suites one after another and prints one line a suite: ran, skipped, and why.

A suite is a folder below tests/. A suite named in tests/required.txt fails the run when it ran no test.
"""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parent
RESULTS = TESTS.parent / "build" / "results"
DAY = (
    "unit",
    "remoting",
    "lab",
    "recordings",
    "foreign",
    "estate",
    "cluster",
    "contract",
    "incluster",
    "chart",
    "gitops",
    "cli",
    "prometheus",
    "docs",
)
NIGHT = ("night",)
ONE_WORKER = ("night", "cluster")
"""Suites that a second worker would not make faster: it measures, or would start an API server of its own."""
BY_FILE = ("gitops",)
"""Suites in which a file sets a scene that one worker keeps."""
EXIT_NO_TESTS = 5


@dataclass(frozen=True)
class SuiteResult:
    """What one suite did: counts, seconds, and the reasons of what was skipped."""

    name: str
    passed: int
    failed: int
    skipped: int
    seconds: float
    reasons: tuple[str, ...]

    def line(self) -> str:
        """Return the one line that stands at the end of a run."""
        why = f"  ({'; '.join(self.reasons)})" if self.reasons else ""
        return (
            f"suite {self.name:<11} ran {self.passed + self.failed:>4}, failed {self.failed}, "
            f"skipped {self.skipped}, {self.seconds:.0f} s{why}"
        )


def run(name: str) -> SuiteResult:
    """Run one suite in a process of its own and read its JUnit report."""
    report = RESULTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    print(f"== {name}", flush=True)
    workers = [] if name in ONE_WORKER else ["-n", "2"]
    shared = ["--dist", "loadfile"] if name in BY_FILE else []
    command = [sys.executable, "-m", "pytest", str(TESTS / name), f"--junitxml={report}", *workers, *shared]
    code = subprocess.run(command, check=False, cwd=TESTS.parent).returncode
    if not report.exists():
        return SuiteResult(name, 0, 1, 0, 0.0, (f"pytest exited {code} without a report",))
    result = _read(name, report)
    if code not in (0, EXIT_NO_TESTS) and not result.failed:
        return SuiteResult(name, result.passed, 1, result.skipped, result.seconds, (f"pytest exited {code}",))
    return result


def _read(name: str, report: Path) -> SuiteResult:
    suite = ET.parse(report).getroot().find("testsuite")
    assert suite is not None
    count = {key: int(suite.get(key, "0")) for key in ("tests", "failures", "errors", "skipped")}
    failed = count["failures"] + count["errors"]
    reasons = Counter(skip.get("message", "no reason given") for skip in suite.iter("skipped"))
    return SuiteResult(
        name,
        count["tests"] - failed - count["skipped"],
        failed,
        count["skipped"],
        float(suite.get("time", "0")),
        tuple(f"{number} x {reason}" for reason, number in sorted(reasons.items())),
    )


def main(arguments: list[str]) -> int:
    """Run the day's suites, or with --night what takes longer; return the exit code."""
    wanted = NIGHT if "--night" in arguments else DAY
    RESULTS.mkdir(parents=True, exist_ok=True)
    results = [run(name) for name in wanted if (TESTS / name).is_dir()]
    ran = {result.name for result in results if result.passed}
    required = (TESTS / "required.txt").read_text().split()
    missing = [] if "--night" in arguments else [name for name in required if name not in ran]
    print()
    for result in results:
        print(result.line())
    for name in missing:
        print(f"suite {name:<11} is required (tests/required.txt) and ran no test")
    print(
        f"{sum(r.passed for r in results)} passed, {sum(r.failed for r in results)} failed, "
        f"{sum(r.skipped for r in results)} skipped"
    )
    return 1 if missing or any(result.failed for result in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
