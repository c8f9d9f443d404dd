"""Known faults fail the audit; what could not be looked at is said, and fails nothing."""

import json

import pytest

from supply import audit
from supply.audit import of_javascript, of_python

CLEAN = {"name": "jinja2", "version": "3.1.6", "vulns": []}
FAULTY = {"name": "jinja2", "version": "3.1.5", "vulns": [{"id": "CVE-2025-27516", "fix_versions": ["3.1.6"]}]}
SKIPPED = {"name": "granian", "skip_reason": "could not be audited"}


def test_a_known_fault_is_named_with_the_version_that_mends_it():
    report = of_python(json.dumps({"dependencies": [CLEAN, FAULTY]}))
    assert report.faults == ["jinja2 3.1.5: CVE-2025-27516, fixed in 3.1.6."]
    assert report.warnings == []


def test_what_was_skipped_is_no_clean_result():
    report = of_python(json.dumps({"dependencies": [CLEAN, SKIPPED]}))
    assert report.faults == []
    assert report.warnings == ["1 of 2 packages of Python could not be audited: granian."]


@pytest.mark.parametrize("told", ["", "no connection", "[]", '{"error": {"code": "ENOTFOUND"}}'])
def test_no_answer_is_a_warning(told):
    for report in (of_python(told), of_javascript(told)):
        assert report.faults == []
        assert len(report.warnings) == 1


def test_faults_of_javascript_are_named():
    told = {"vulnerabilities": {"left-pad": {"severity": "high", "range": "<1.3.0"}}}
    assert of_javascript(json.dumps(told)).faults == ["left-pad: high, <1.3.0."]


@pytest.mark.parametrize(("told", "code"), [("", 0), (json.dumps({"dependencies": [FAULTY]}), 1)])
def test_only_a_fault_fails(monkeypatch, capsys, told, code):
    monkeypatch.setattr(audit, "_run", lambda command: told)
    assert audit.main() == code
    assert ("Known fault: jinja2" in capsys.readouterr().err) is bool(code)
