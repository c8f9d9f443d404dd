"""``python -m supply.audit``: look for known faults of what is locked, and say plainly what could not be looked at.

Exits with 1 where a fault is known. Where the services that know of faults are not reached, that is a warning: a check
that fails without the network would soon be switched off.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
_TIMEOUT_S = 60


@dataclass
class Report:
    """What was found: faults, and what could not be looked at, a sentence each."""

    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def of_python(told: str) -> Report:
    """Return what pip-audit has told as JSON; what is no JSON is a warning."""
    try:
        dependencies: list[dict[str, Any]] = json.loads(told)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Report(warnings=["Python's packages could not be audited: pip-audit did not reach its service."])
    skipped = [each["name"] for each in dependencies if "skip_reason" in each]
    report = Report()
    if skipped:
        report.warnings.append(
            f"{len(skipped)} of {len(dependencies)} packages of Python could not be audited: {', '.join(skipped[:5])}"
            f"{', …' if len(skipped) > 5 else ''}."
        )
    for each in dependencies:
        for fault in each.get("vulns", []):
            fixed = ", ".join(fault.get("fix_versions", [])) or "no version yet"
            report.faults.append(f"{each['name']} {each['version']}: {fault['id']}, fixed in {fixed}.")
    return report


def of_javascript(told: str) -> Report:
    """Return what ``npm audit`` has told as JSON."""
    try:
        found: dict[str, Any] = json.loads(told)["vulnerabilities"]
    except (ValueError, KeyError, TypeError):
        return Report(warnings=["JavaScript's packages could not be audited: npm did not reach its service."])
    return Report([f"{name}: {each['severity']}, {each['range']}." for name, each in sorted(found.items())])


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(  # noqa: S603
            command, cwd=ROOT, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False, env=os.environ
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def main() -> int:
    """Print what was found; return the exit code."""
    locked = ["-r", "requirements/run.txt", "--require-hashes", "--disable-pip"]
    options = ["--timeout", "5", "--format", "json", "--progress-spinner", "off"]
    reports = [of_python(_run([sys.executable, "-m", "pip_audit", *locked, *options]))]
    if npm := shutil.which("npm"):
        reports.append(of_javascript(_run([npm, "audit", "--json", "--omit=dev"])))
    for report in reports:
        for sentence in report.warnings:
            print(f"Warning: {sentence}", file=sys.stderr)
        for sentence in report.faults:
            print(f"Known fault: {sentence}", file=sys.stderr)
    return 1 if any(report.faults for report in reports) else 0


if __name__ == "__main__":
    sys.exit(main())
