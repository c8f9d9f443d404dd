"""What the host page's console is told: every call with its stages, no secret, what to mend, and faults on demand."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from support.service import Service, serving, write_dev_config, write_registry
from support.upstream import reply_json

SECRET = "c0nsole-secret-value"


@pytest.fixture
def service(tmp_path, upstream):
    connectors = [
        {
            "name": "Plants",
            "url": f"{upstream.origin}/plants",
            "headers": [{"key": "X-Key", "value": "{{ get_secret('key') }}"}],
            "query_parameters": [{"key": "q", "value": "", "overridable": True}],
            "response_body": "{{ {'all': response.body | from_json} | tojson }}",
        },
        {
            "name": "Failing",
            "url": f"{upstream.origin}/x",
            "headers": [{"key": "X", "value": "{{ get_secret('no') }}"}],
        },
        {"name": "Plain", "url": f"{upstream.origin}/plain"},
    ]
    upstream.replies["/plants"] = lambda request: reply_json({"key": request.headers["x-key"]})
    steps = [
        {"name": "first", "method": "GET", "url": f"{upstream.origin}/plain"},
        {"name": "second", "connector": "plants"},
    ]
    write_registry(tmp_path, connectors, composite_connectors=[{"name": "Both", "steps": steps}])
    write_dev_config(tmp_path, f'[secrets]\nkey = "{SECRET}"\n')
    with serving(tmp_path) as running:
        yield running


@pytest.fixture
def headers(service) -> dict[str, str]:
    """What a page of the service sends."""
    session = service.client.post("/session", json={}, headers={"Origin": service.origin})
    return {"X-CSRF-Token": session.json()["csrf_token"], "Origin": service.origin}


def calls(service: Service, after: int = 0) -> list[dict]:
    return service.client.get("/live/calls", params={"after": after}).json()["calls"]


def set_fault(service: Service, headers, permalink: str, fault: str) -> int:
    return service.client.put(f"/live/faults/{permalink}", params={"fault": fault}, headers=headers).status_code


def test_a_call_is_told_with_its_stages_and_without_secrets(service):
    service.execute("plants", params={"q": "fern"})
    [summary] = calls(service)
    assert (summary["permalink"], summary["status"], summary["source"]) == ("plants", 200, "network")
    assert [stage["name"] for stage in summary["stages"]] == ["setup", "auth", "cache", "external", "transform"]
    told = service.client.get(f"/live/calls/{summary['number']}").json()
    assert told["caller"]["query"] == [["q", "fern"]]
    assert {"name": "X-Key", "value": "{{ get_secret('key') }}", "from": "connector"} in told["request"]["headers"]
    assert '"$KEY"' in told["curl"]
    assert told["destination"]["body"] == '{"key": "••••••"}'
    assert told["answer"]["body"] == '{"all": {"key": "••••••"}}'
    assert SECRET not in json.dumps(told)
    assert calls(service, after=summary["number"]) == []
    assert service.client.get("/live/calls/99").status_code == 404


def test_an_error_comes_with_the_line_to_mend_and_the_line_to_add(service):
    service.execute("failing")
    [summary] = calls(service)
    told = service.client.get(f"/live/calls/{summary['number']}").json()
    assert told["error"]["code"] == "TEMPLATE_ERROR"
    assert told["mend"]["path"] == "$.connectors[1].headers[0].value"
    assert told["mend"]["line"] == 1
    assert told["mend"]["add"]["lines"] == ["[secrets]", 'no = "…"']


def test_a_composite_is_told_with_its_steps(service):
    assert service.execute("composite/both", "POST", json={}).status_code == 200
    [summary] = calls(service)
    told = service.client.get(f"/live/calls/{summary['number']}").json()
    assert (summary["permalink"], summary["source"]) == ("composite/both", "composite")
    assert [(step["name"], step["state"], step["destination"]["status"]) for step in told["steps"]] == [
        ("first", "answered", 200),
        ("second", "answered", 200),
    ]
    assert {"name": "X-Key", "value": "{{ get_secret('key') }}", "from": "connector"} in told["steps"][1]["request"][
        "headers"
    ]
    assert SECRET not in json.dumps(told)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [("401", 401, None), ("429", 429, None), ("500", 500, None), ("offline", 502, "UPSTREAM_UNREACHABLE")],
)
def test_a_fault_strikes_its_connector_alone_until_it_is_lifted(service, headers, fault, status, code):
    assert set_fault(service, headers, "plain", fault) == 204
    answer = service.execute("plain", headers=headers)
    assert answer.status_code == status
    if code:
        assert answer.json()["errors"]["code"] == code
    if fault == "429":
        assert answer.headers["retry-after"] == "30"
    assert service.execute("plants", headers=headers).status_code == 200
    assert service.client.get("/live/calls").json()["faults"] == {"plain": fault}
    assert set_fault(service, headers, "plain", "") == 204
    assert service.execute("plain", headers=headers).status_code == 200


def test_a_slow_fault_delays_and_then_answers(service, headers):
    set_fault(service, headers, "plain", "slow")
    began = time.monotonic()
    assert service.execute("plain", headers=headers).status_code == 200
    assert time.monotonic() - began >= 3


def test_calls_are_forgotten_on_demand(service, headers):
    service.execute("plain", headers=headers)
    assert service.client.delete("/live/calls", headers=headers).status_code == 204
    assert calls(service) == []


def test_only_the_page_itself_reads_and_sets_anything(service, headers):
    assert set_fault(service, {"Origin": service.origin}, "plain", "500") == 403
    assert set_fault(service, {**headers, "Origin": "https://evil.example"}, "plain", "500") == 403
    assert set_fault(service, headers, "plain", "nonsense") == 400
    assert service.client.delete("/live/calls").status_code == 403
    foreign = service.client.get("/live/calls", headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    rebound = service.client.get("/live/calls", headers={"Host": "evil.example"})
    assert rebound.status_code == 421
    assert service.execute("plain", headers=headers).status_code == 200


def test_a_stream_goes_through_as_it_comes_and_is_told_when_it_ends(tmp_path):
    """The first event is there before the second is sent: nothing is held back for the console."""
    sent = threading.Event()

    class Stream(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self.wfile.write(b"data: one\n\n")
            assert sent.wait(10)
            self.wfile.write(b"data: two\n\n")

        def log_message(self, *arguments: object) -> None:
            """Tests read what was received, not a log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Stream) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        write_registry(tmp_path, [{"name": "Events", "url": f"http://127.0.0.1:{server.server_port}/events"}])
        with serving(tmp_path) as service:
            with service.client.stream("GET", "/widget-service/connectors/events/execute") as answer:
                parts = answer.iter_raw()
                assert next(parts) == b"data: one\n\n"
                assert calls(service) == []
                sent.set()
                assert b"".join(parts) == b"data: two\n\n"
            [summary] = calls(service)
            told = service.client.get(f"/live/calls/{summary['number']}").json()
            assert told["answer"]["body"] == "data: one\n\ndata: two\n\n"
            assert told["answer"]["size"] == 22
        server.shutdown()
