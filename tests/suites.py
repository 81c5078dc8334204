"""Runs the test suites, some at a time, and prints one line a suite: ran, skipped, and why.

A suite is a folder below tests/, and as a rule runs in one process: what takes long to load or to start, such
as an API server, it loads and starts once. A suite named in tests/required.txt fails the run when it ran no
test.
"""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

TESTS = Path(__file__).parent
RESULTS = TESTS.parent / "build" / "results"
DAY = (
    "estate",
    "incluster",
    "cli",
    "chart",
    "contract",
    "gitops",
    "prometheus",
    "unit",
    "cluster",
    "remoting",
    "lab",
    "docs",
    "foreign",
    "recordings",
)
"""What takes longest comes first, so that nothing long is left alone in the end."""
NIGHT = ("night", "rest", "properties")
"""The folder of what takes long, what the day's suites leave out, and the properties of all of them once
more, with examples of their own."""
BEYOND_FOLDERS = {
    "properties": ("-m", "hypothesis", "--timeout=900", TESTS / "unit", TESTS / "lab", TESTS / "cluster"),
    "rest": ("-m", "night", *(TESTS / name for name in DAY)),
}
LANES = 4
"""How many suites run beside each other: two a core, for tests wait for clocks and peers, too."""
WORKERS = {"estate": 2}
"""Suites that would be left alone in the end by one process."""
LAZY_GO = {"GOGC": "400"}
"""Helm, kubectl, the API server live for seconds: they need not look for garbage as often as by default."""
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
    """Run one suite in a process of its own and read its JUnit report; what it prints goes to a file."""
    report = RESULTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    print(f"== {name} begins: {_log(name).relative_to(TESTS.parent)}\n", end="", flush=True)
    what = BEYOND_FOLDERS.get(name, (TESTS / name,))
    workers = (f"--numprocesses={WORKERS[name]}",) if name in WORKERS else ()
    command = [sys.executable, "-m", "pytest", *what, *workers, f"--junitxml={report}"]
    with _log(name).open("wb") as log:
        code = subprocess.run(
            command, check=False, cwd=TESTS.parent, env=_environment(name), stdout=log, stderr=log
        ).returncode
    if not report.exists():
        return SuiteResult(name, 0, 1, 0, 0.0, (f"pytest exited {code} without a report",))
    result = _read(name, report)
    if code not in (0, EXIT_NO_TESTS) and not result.failed:
        return replace(result, failed=1, reasons=(f"pytest exited {code}",))
    return result


def run_all(names: Sequence[str]) -> Iterator[SuiteResult]:
    """Run suites beside each other; show what each printed once it ended."""
    with ThreadPoolExecutor(LANES) as lanes:
        for running in as_completed([lanes.submit(run, name) for name in names]):
            result = running.result()
            print(f"== {result.name}\n{_log(result.name).read_text(errors='replace')}", flush=True)
            yield result


def _log(name: str) -> Path:
    return RESULTS / f"{name}.log"


def _environment(name: str) -> dict[str, str]:
    """Return the environment of a suite; its processes are many, and what one compiles serves the others."""
    given = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return LAZY_GO | given | ({"HYPOTHESIS_PROFILE": "night"} if name in NIGHT else {})


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
    results = sorted(run_all(wanted), key=lambda result: wanted.index(result.name))
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
