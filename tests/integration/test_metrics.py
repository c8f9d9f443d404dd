"""``GET /metrics``: for who has the token, the numbers of all workers, and nothing goes back when one of them dies."""

import os
import signal
from collections import defaultdict
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from support.installation import make_installation, serving
from support.processes import children_of, free_port
from support.upstream import Reply
from support.waiting import wait_until
from widget_service.telemetry.catalogue import BY_NAME, METRICS

TOKEN = "t0ken-of-prometheus-0123456789"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
SECRET = "s3cret-value-of-a-key"


@pytest.fixture(scope="module")
def service(tmp_path_factory, shared_upstream):
    """Two workers and the admin origin, over two connectors; yields the origins."""
    folder = tmp_path_factory.mktemp("metrics")
    connectors = [
        {
            "name": "One",
            "url": f"{shared_upstream.origin}/one",
            "headers": [{"key": "K", "value": "{{ get_secret('key') }}"}],
        },
        {"name": "Private", "url": f"{shared_upstream.origin}/private"},
    ]
    shared_upstream.replies["/private"] = Reply(302, b"", {"Location": "https://10.0.0.1/"})
    settings = make_installation(folder, connectors, {"key": SECRET})
    admin_port = free_port()
    more = {
        "WIDGET_SERVICE_METRICS_TOKEN": TOKEN,
        "WIDGET_SERVICE_WORKERS": "2",
        "WIDGET_SERVICE_ADMIN_PORT": str(admin_port),
    }
    with serving(settings, folder, **more) as (origin, process):
        yield origin, f"http://127.0.0.1:{admin_port}", process


def get(url, **options):
    return httpx2.get(url, trust_env=False, timeout=20, **options)


def execute(origin, permalink):
    return get(f"{origin}/widget-service/connectors/{permalink}/execute")


def scraped(origin):
    """Return ``{sample name: {labels: value}}`` of one scrape."""
    answer = get(f"{origin}/metrics", headers=AUTHORIZED)
    assert answer.status_code == 200, answer.text
    found = defaultdict(dict)
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found[sample.name][tuple(sorted(sample.labels.items()))] = sample.value
    return found


def value(found, name, **labels):
    return sum(value for given, value in found[name].items() if labels.items() <= dict(given).items())


def executions(origin, **labels):
    return value(scraped(origin), "widget_service_executions_total", **labels)


def test_a_scrape_tells_what_all_workers_have_counted(service):
    origin, admin, _ = service
    before = executions(origin, connector="one", status="2xx")
    for _ in range(20):
        assert execute(origin, "one").status_code == 200
    for where in (origin, admin):
        wait_until(lambda where=where: executions(where, connector="one", status="2xx") == before + 20)
        found = scraped(where)
        assert value(found, "widget_service_workers") == 2
        assert value(found, "widget_service_execution_duration_seconds_count", connector="one") == before + 20
        assert value(found, "widget_service_build_info") == 1
        assert len(found["process_resident_memory_bytes"]) == 2


def test_what_went_wrong_is_told_by_its_code_and_rule(service):
    origin, _, _ = service
    refused = executions(origin, code="DESTINATION_NOT_ALLOWED")
    by_rule = value(scraped(origin), "widget_service_egress_refusals_total", rule="private")
    assert execute(origin, "private").status_code == 422
    assert execute(origin, "no-such-connector").status_code == 404
    wait_until(lambda: executions(origin, code="DESTINATION_NOT_ALLOWED") == refused + 1)
    wait_until(lambda: value(scraped(origin), "widget_service_egress_refusals_total", rule="private") == by_rule + 1)
    wait_until(lambda: executions(origin, connector="(unknown)", code="CONNECTOR_NOT_FOUND") >= 1)
    assert "no-such-connector" not in get(f"{origin}/metrics", headers=AUTHORIZED).text


def test_every_metric_is_there(service):
    origin, _, _ = service
    execute(origin, "one")
    wait_until(lambda: executions(origin) > 0)
    text = get(f"{origin}/metrics", headers=AUTHORIZED).text
    for metric in METRICS:
        assert f"# HELP {metric.name} " in text, metric.name
    expected = {metric.name for metric in METRICS} - {"widget_service_cache_server_up"}
    told = {name.removesuffix("_bucket").removesuffix("_count") for name in scraped(origin)}
    assert expected - told == set()
    assert SECRET not in text


def test_openmetrics_is_spoken_where_it_is_asked_for(service):
    origin, _, _ = service
    answer = get(f"{origin}/metrics", headers={**AUTHORIZED, "Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}, {"Authorization": f"Basic {TOKEN}"}],
    ids=["none", "another", "no scheme", "another scheme"],
)
def test_nobody_else_reads_them(service, headers):
    for where in service[:2]:
        answer = get(f"{where}/metrics", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert "widget_service_" not in answer.text


def test_no_page_reads_them_and_nothing_else_is_served_for_the_token(service):
    origin, admin, _ = service
    foreign = {**AUTHORIZED, "Origin": "https://www.example.com"}
    assert "access-control-allow-origin" not in get(f"{origin}/metrics", headers=foreign).headers
    assert get(f"{admin}/api/v1/connectors", headers=AUTHORIZED).status_code == 401
    assert httpx2.post(f"{admin}/metrics", headers=AUTHORIZED, trust_env=False).status_code == 405


def test_prometheus_asks_the_admin_origin_by_whatever_name_it_has_there(service):
    _, admin, _ = service
    assert get(f"{admin}/metrics", headers={**AUTHORIZED, "Host": "widgets-0.widgets:8401"}).status_code == 200
    assert get(f"{admin}/healthz", headers={"Host": "widgets-0.widgets:8401"}).status_code == 421


def test_no_counter_goes_back_when_a_worker_dies(service):
    origin, _, process = service
    execute(origin, "one")
    wait_until(lambda: executions(origin, connector="one") >= 1)
    before = executions(origin)
    started = set(scraped(origin)["process_start_time_seconds"].values())
    os.kill(next(pid for pid in children_of(process.pid) if has_slot(pid)), signal.SIGKILL)
    wait_until(lambda: len(set(scraped(origin)["process_start_time_seconds"].values()) - started) == 1)
    assert executions(origin) >= before
    assert value(scraped(origin), "widget_service_workers") == 2


def has_slot(pid):
    """Whether a process is one of those that tell what they count."""
    return any(".lock" in os.readlink(file) for file in Path(f"/proc/{pid}/fd").iterdir())


def test_without_a_token_there_are_none(tmp_path):
    with serving(make_installation(tmp_path, [], {}), tmp_path) as (origin, _):
        assert get(f"{origin}/metrics").status_code == 404


def test_the_labels_are_those_of_the_table(service):
    origin, _, _ = service
    for name, samples in scraped(origin).items():
        base = name if name in BY_NAME else name.removesuffix("_bucket").removesuffix("_count").removesuffix("_sum")
        for labels in samples:
            assert {label for label, _ in labels} - {"le"} == set(BY_NAME[base].all_labels), name
