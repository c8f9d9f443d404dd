"""The dashboard and the alert rules ask for metrics and labels that there are, and every alert is explained."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from widget_service.telemetry.catalogue import METRICS, Kind

ROOT = Path(__file__).resolve().parents[4]
DASHBOARD = ROOT / "deploy" / "grafana" / "widget-service.json"
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yaml"
GUIDE = ROOT / "docs" / "how-to" / "watch-it.md"

SAMPLES = {
    metric.name + suffix: {*metric.all_labels, *({"le"} if suffix == "_bucket" else ())}
    for metric in METRICS
    for suffix in (("_bucket", "_count", "_sum") if metric.kind is Kind.HISTOGRAM else ("",))
}
OF_PROMETHEUS = {"instance", "job"}


def dashboard():
    return json.loads(DASHBOARD.read_text())


def rules():
    return yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]


def expressions():
    panels = [
        (f"panel {panel['title']}", target["expr"])
        for panel in dashboard()["panels"]
        for target in panel.get("targets", [])
    ]
    variables = [
        (f"variable {one['name']}", one["definition"])
        for one in dashboard()["templating"]["list"]
        if "definition" in one
    ]
    guide = [("guide", line) for line in GUIDE.read_text().splitlines() if "widget_service_" in line]
    return [*panels, *variables, *((rule["alert"], rule["expr"]) for rule in rules()), *guide]


@pytest.mark.parametrize(("where", "expression"), expressions(), ids=[where for where, _ in expressions()])
def test_what_is_asked_for_is_there(where, expression):
    names = re.findall(r"\b(?:widget_service|process)_[a-z_]+", expression)
    assert [name for name in names if name not in SAMPLES] == []
    for name, selector in re.findall(r"\b((?:widget_service|process)_[a-z_]+)\{([^}]*)\}", expression):
        labels = set(re.findall(r"(\w+)\s*[=!]~?", selector))
        assert labels - SAMPLES[name] - OF_PROMETHEUS == set(), f"{where}: {name}"
    known = {label for name in names for label in SAMPLES[name]} | OF_PROMETHEUS
    for group in re.findall(r"\bby \(([^)]*)\)", expression):
        assert {label.strip() for label in group.split(",")} - known == set(), where


def test_every_panel_has_its_place_and_its_question():
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = [panel["gridPos"] for panel in panels]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    assert all(panel["type"] == "row" or panel["targets"] for panel in panels)


def test_every_alert_is_explained_and_no_other():
    explained = re.findall(r"^\| `(WidgetService\w+)` \|", GUIDE.read_text(), re.MULTILINE)
    assert sorted(explained) == sorted(rule["alert"] for rule in rules())
    assert all(
        rule["labels"]["severity"] in ("warning", "critical") and rule["annotations"]["summary"] for rule in rules()
    )


def test_prometheus_takes_the_rules(tmp_path):
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not there: apt-get install prometheus")
    shutil.copy(ALERTS, tmp_path / "alerts.yaml")
    (tmp_path / "test.yaml").write_text(SCENES)
    checked = subprocess.run(
        [promtool, "test", "rules", "test.yaml"], cwd=tmp_path, capture_output=True, timeout=60, text=True
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


SCENES = """
rule_files: [alerts.yaml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: 'widget_service_executions_total{tenant="t", connector="c", code="INTERNAL_ERROR", status="5xx"}'
        values: _x20 1x30
      - series: 'widget_service_database_up{instance="a", worker="0"}'
        values: 1x10 0x40
    alert_rule_test:
      - { eval_time: 19m, alertname: WidgetServiceInternalError, exp_alerts: [] }
      - eval_time: 22m
        alertname: WidgetServiceInternalError
        exp_alerts:
          - exp_labels: { severity: warning, tenant: t, connector: c, code: INTERNAL_ERROR, status: 5xx }
            exp_annotations: { summary: c of t ended in INTERNAL_ERROR. }
      - { eval_time: 45m, alertname: WidgetServiceInternalError, exp_alerts: [] }
      - { eval_time: 9m, alertname: WidgetServiceDatabaseAway, exp_alerts: [] }
      - eval_time: 13m
        alertname: WidgetServiceDatabaseAway
        exp_alerts:
          - exp_labels: { severity: critical, instance: a, worker: "0" }
            exp_annotations: { summary: "Worker 0 of a cannot follow the database; it serves what it has." }
"""
"""A mistake is told when it is the first, and not for ever; a database that is away after a minute."""
