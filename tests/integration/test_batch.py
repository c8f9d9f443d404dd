"""Many executions in one request, over the wire: each under all rules of a single one."""

import base64
import json

import pytest

from support.upstream import Reply, reply_json

CONNECTORS = [
    {"name": "Get", "permalink": "get", "url": "{upstream}/get", "method": "GET"},
    {"name": "Other", "permalink": "other", "url": "{upstream}/other", "method": "GET"},
    {
        "name": "Item",
        "permalink": "item",
        "url": "{upstream}/items/{{ pathParams.id }}",
        "path_parameters": [{"key": "id"}],
    },
    {"name": "Send", "permalink": "send", "url": "{upstream}/send", "method": "POST"},
    {"name": "Head", "permalink": "head", "url": "{upstream}/get", "method": "HEAD"},
    {
        "name": "Mine",
        "permalink": "mine",
        "url": "{upstream}/mine",
        "headers": [{"key": "X-User", "value": "{{ user.id }}"}],
    },
]
COMPOSITES = [
    {
        "name": "Two",
        "permalink": "two",
        "steps": [
            {"name": "first", "url": "{upstream}/first"},
            {
                "name": "second",
                "url": "{upstream}/second",
                "headers": [{"key": "X-A", "value": "{{ steps.first.status_code }}"}],
            },
        ],
    }
]


def batch(service, *executions, **options):
    """Send a batch; return its lines by their index."""
    answer = service.client.post("/widget-service/batch", json={"executions": list(executions)}, **options)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert sorted(line["index"] for line in lines) == list(range(len(executions)))
    return {line["index"]: line for line in lines}


def get(permalink="get", **more):
    return {"permalink": permalink, "method": "GET", **more}


def code_of(line):
    return line["status"], line["body"]["errors"]["code"]


def test_each_execution_is_what_a_single_one_would_be(service, shared_upstream):
    shared_upstream.replies["/get"] = reply_json({"a": 1}, X_Total_Count="7")
    lines = batch(
        service,
        get(),
        get("item", pathParams={"id": 7}, queryParams={"q": "a b", "n": 1, "t": True}, headers={"X-Own": "1"}),
        {"permalink": "send", "method": "POST", "payload": {"b": [1.50, 12345678901234567890123]}},
        {"permalink": "two", "composite": True},
        {"permalink": "head", "method": "HEAD"},
        get("nothing"),
        {"permalink": "get", "method": "POST"},
        get("mine"),
    )
    assert (lines[0]["status"], lines[0]["body"], lines[0]["headers"]["X-Total-Count"]) == (200, {"a": 1}, "7")
    assert "X-Connector-Timing" in lines[0]["headers"]
    item = next(each for each in shared_upstream.received if each.path == "/items/7")
    assert (item.query, item.headers["x-own"]) == ([("q", "a b"), ("n", "1"), ("t", "true")], "1")
    assert lines[3]["body"]["path"] == "/second"
    assert "body" not in lines[4]
    assert code_of(lines[5]) == (404, "CONNECTOR_NOT_FOUND")
    assert code_of(lines[6]) == (400, "METHOD_NOT_ALLOWED")
    assert code_of(lines[7]) == (401, "AUTHENTICATION_REQUIRED")
    ids = [line["headers"]["X-Request-ID"] for line in lines.values()]
    assert len(set(ids)) == len(ids)


def test_a_payload_is_passed_on_as_it_was_written(service, shared_upstream):
    body = '{"executions":[{"permalink":"send","method":"POST","payload":{"a": 1.50,"a":12345678901234567890123}}]}'
    answer = service.client.post("/widget-service/batch", content=body)
    assert json.loads(answer.text)["status"] == 200
    sent = shared_upstream.last
    assert (sent.body, sent.headers["content-type"]) == (b'{"a": 1.50,"a":12345678901234567890123}', "application/json")


def test_what_is_no_json_comes_as_base64_and_json_on_one_line(service, shared_upstream):
    shared_upstream.replies["/get"] = Reply(200, b"\x89PNG\n", {"Content-Type": "image/png"})
    shared_upstream.replies["/other"] = Reply(200, b'{\r\n "a": "\\n",\n "a": 1e2 }\n', {"Content-Type": "text/plain"})
    answer = service.client.post("/widget-service/batch", json={"executions": [get(), get("other"), get("other")]})
    lines = sorted(answer.text.splitlines(), key=lambda line: json.loads(line)["index"])
    assert base64.b64decode(json.loads(lines[0])["body_base64"]) == b"\x89PNG\n"
    assert lines[1].endswith('"body":{   "a": "\\n",  "a": 1e2 } }')


def test_lines_come_as_executions_are_over(service, shared_upstream):
    import threading

    late = threading.Event()
    shared_upstream.replies["/get"] = Reply(before=lambda: late.wait(10))
    with service.client.stream("POST", "/widget-service/batch", json={"executions": [get(), get("other")]}) as answer:
        lines = answer.iter_lines()
        assert json.loads(next(lines))["index"] == 1
        late.set()
        assert json.loads(next(lines))["index"] == 0


@pytest.mark.parametrize(
    ("execution", "told"),
    [
        ([], ["executions[0] must be an object"]),
        ({}, ["[0].permalink is missing", "[0].method is missing"]),
        ({"permalink": "Get!", "method": "get"}, ["[0].permalink must be", "[0].method must be one of GET"]),
        ({"permalink": 7, "method": "GET"}, ["[0].permalink must be"]),
        (get(params={"a": 1}, body=1), ["no 'params'", "no 'body'"]),
        (
            get(queryParams=[1], pathParams="a", headers={"a b": "1"}),
            [".queryParams must", ".pathParams must", "'a b'"],
        ),
        (get(queryParams={"a": {}}, pathParams={"b": True}), ["queryParams['a'] must", "pathParams['b'] must"]),
        (get(headers={"X-A": 1}, composite="yes"), ["headers['X-A'] must", ".composite must be true or false"]),
        (get(queryParams={"\ud800": "1"}), ["queryParams['?'] must"]),
    ],
)
def test_an_execution_that_cannot_be_one_names_all_its_problems(service, execution, told):
    body = json.dumps({"executions": [execution, get()]})
    lines = [json.loads(line) for line in service.client.post("/widget-service/batch", content=body).text.splitlines()]
    refused, fine = sorted(lines, key=lambda line: line["index"])
    assert code_of(refused) == (400, "INVALID_REQUEST_BODY")
    for text in told:
        assert text in refused["body"]["errors"]["detail"]
    assert fine["status"] == 200


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("", "must be an object"),
        ("[]", "must be an object"),
        ("{}", "no 'executions'"),
        ('{"executions": {}}', "must be a list"),
        ('{"executions": [], "executions": []}', "twice"),
        ('{"executions": [], "more": 1}', "'more'"),
        ('{"executions": []} x', "the end must stand there"),
        ('{"executions": [{"permalink": "get", "method": "GET"},]}', "line 1, column"),
        ('{"executions": [NaN]}', "a number that is none"),
        ('{"executions": [' + "[" * 100_000, "nested too deeply"),
        (json.dumps({"executions": [get()] * 51}), "at most 50"),
        (b'{"executions": ["\xff"]}', "UTF-8"),
    ],
)
def test_a_body_that_is_no_batch_is_refused_as_a_whole(service, shared_upstream, body, told):
    answer = service.client.post("/widget-service/batch", content=body)
    assert (answer.status_code, answer.json()["errors"]["code"]) == (400, "INVALID_REQUEST_BODY")
    assert told in answer.json()["errors"]["detail"]
    assert shared_upstream.received == []


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ('{"permalink": "get", "permalink": "other", "method": "GET"}', "[0] has 'permalink' twice"),
        ('{"permalink": "get", "method": "GET", "headers": {"a": "1", "a": "2"}}', "headers has 'a' twice"),
    ],
)
def test_a_member_that_stands_twice_is_refused(service, item, told):
    answer = service.client.post("/widget-service/batch", content=f'{{"executions": [{item}]}}')
    assert told in json.loads(answer.text)["body"]["errors"]["detail"]


def test_an_execution_that_is_refused_has_the_request_id_of_its_headers(service):
    item = {"permalink": "Get", "method": "GET", "headers": {"X-Request-ID": "mine-1"}}
    answer = service.client.post("/widget-service/batch", json={"executions": [item]})
    (line,) = map(json.loads, answer.text.splitlines())
    assert (line["status"], line["headers"]["X-Request-ID"], line["body"]["request_id"]) == (400, "mine-1", "mine-1")


def test_a_batch_that_is_too_large_or_sent_otherwise_is_refused(service):
    large = service.client.post("/widget-service/batch", content=b" " * (11 * 1024 * 1024))
    assert (large.status_code, large.json()["errors"]["code"]) == (413, "REQUEST_TOO_LARGE")
    other = service.client.get("/widget-service/batch")
    assert (other.status_code, other.json()["errors"]["code"]) == (400, "METHOD_NOT_ALLOWED")
    assert other.headers["allow"] == "POST"


def test_the_session_counts_for_all_and_its_token_is_asked_for_once(service, shared_upstream):
    opened = service.client.post("/session", json={})
    try:
        refused = service.client.post("/widget-service/batch", json={"executions": [get()]})
        assert (refused.status_code, refused.json()["errors"]["code"]) == (403, "CSRF_FAILED")
        token = {"X-CSRF-Token": opened.json()["csrf_token"]}
        assert (
            batch(service, get(headers={"X-CSRF-Token": "other", "Cookie": "a=b"}), headers=token)[0]["status"] == 200
        )
        assert "cookie" not in shared_upstream.last.headers
    finally:
        service.client.cookies.clear()


def test_pages_of_listed_origins_may_send_batches(service):
    page = {"Origin": "https://www.example.com"}
    preflight = service.client.options(
        "/widget-service/batch", headers={**page, "Access-Control-Request-Method": "POST"}
    )
    assert preflight.headers["access-control-allow-origin"] == page["Origin"]
    answer = service.client.post("/widget-service/batch", json={"executions": []}, headers=page)
    assert (answer.text, answer.headers["access-control-allow-origin"]) == ("", page["Origin"])
    other = service.client.post(
        "/widget-service/batch", json={"executions": []}, headers={"Origin": "https://elsewhere.example"}
    )
    assert (other.status_code, other.json()["errors"]["code"]) == (403, "ORIGIN_NOT_ALLOWED")


def test_each_execution_has_its_line_in_the_log(service):
    before = service.log.read_text().count("GET other")
    batch(service, get("other"), get("other"))
    assert service.log.read_text().count("GET other") == before + 2
