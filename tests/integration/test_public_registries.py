"""Repositories of the shapes that are public, unmodified: `validate` accepts them, and `dev` executes their connectors.

Every host is mapped to a destination on loopback, which answers as that host's API would.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from support.service import Service, serving, write_dev_config, write_registry
from support.upstream import Received, Reply, Upstream, reply_json
from widget_service.cli import app

KEY = "bGlicmFyeTpub3QtYS1yZWFsLXNlY3JldA=="
EMAIL = "anna+desk@example.com"
LOANS_URL = "https://desk.library.example/api/v2/table/loan_request"


def fixed(**values: str) -> list[dict[str, Any]]:
    return [{"key": key, "value": value, "overridable": False} for key, value in values.items()]


def overridable(**values: str) -> list[dict[str, Any]]:
    return [{"key": key, "value": value, "overridable": True} for key, value in values.items()]


ACCEPT = fixed(Accept="application/json")
SENDS_JSON = [*ACCEPT, {"key": "Content-Type", "value": "application/json", "overridable": False}]

# ---- Public data: a fixed query, and one that the caller may change in part

PAINTINGS = {
    "name": "Paintings of the museum",
    "url": "https://collection.museum.example/v2/paintings",
    "method": "GET",
    "headers": ACCEPT,
    "query_parameters": fixed(fields="title,painter,year", sort="year"),
    "response_content_type": "application/json",
}
TIDES = {
    "name": "Tides",
    "permalink": "tides",
    "url": "https://api.tides.example/v1/heights",
    "method": "GET",
    "headers": ACCEPT,
    "query_parameters": [*overridable(lat="53.55", lon="9.99"), *fixed(datum="mean,low"), *overridable(days="3")],
}

# ---- A ticket system behind a ready-made Basic token, which is sent by an API key

STATES = """{% set data = response.body | from_json %}
{% set states = {'1': 'Requested', '4': 'On its way', '9': 'Returned'} %}
"""
LOAN = """{"id": loan['sys_id'], "book": loan['short_description'],
 "note": (loan['note'] | default('')).split('\\n[for:')[0],
 "state": states[loan['state']] if loan['state'] in states else 'Unknown'}"""
LIST_OF_LOANS = f"""{STATES}{{% set ns = namespace(out=[]) %}}
{{% for loan in data['result'] %}}
{{% set ns.out = ns.out + [{LOAN}] %}}
{{% endfor %}}
{{{{ ns.out | json_encode }}}}"""
ONE_LOAN = f"{STATES}{{% set loan = data['result'] %}}\n{{{{ {LOAN} | tojson }}}}"
REQUEST = """{% set data = body_text | from_json %}
{% set weeks = {'short': '2', 'long': '6'} %}
{% set term = data.get('term', 'short') %}
{% set who = user.email | default('unknown') %}
{% set note = (data.get('note', '') + '\\n[for:' + who + ']') %}
{% set payload = {"short_description": data.get('book', ''), "note": note,
 "weeks": weeks[term] if term in weeks else '2'} %}
{{ payload | tojson }}"""
RETURN = """{% set data = body_text | from_json %}
{{ {"state": "9", "comments": data.get('reason', '')} | tojson }}"""


def loan_connector(name: str, **fields: Any) -> dict[str, Any]:
    key = {"key": "Authorization", "value": "Basic {{ get_secret('library_basic_token') }}", "in": "header"}
    authentication = {"type": "api_key", "config": key}
    return {"name": name, "url": LOANS_URL, "method": "GET", "authentication": authentication, "headers": ACCEPT} | {
        "query_parameters": fixed(sysparm_fields="sys_id,short_description,note,state", sysparm_limit="50"),
        "response_content_type": "application/json",
        **fields,
    }


MINE = fixed(sysparm_query="noteLIKE[for:{{ user.email | default('unknown') }}]^ORDERBYDESCopened")
LOANS = [
    loan_connector("Loans", response_body=LIST_OF_LOANS),
    loan_connector("Loans as they are", query_parameters=fixed(sysparm_limit="5")),
    loan_connector("My loans", query_parameters=MINE, response_body=LIST_OF_LOANS),
    loan_connector("Request loan", method="POST", headers=SENDS_JSON, request_body=REQUEST, response_body=ONE_LOAN),
    loan_connector(
        "Return loan",
        method="PATCH",
        headers=SENDS_JSON,
        url=f"{LOANS_URL}/{{{{ pathParams.sys_id }}}}",
        path_parameters=[{"key": "sys_id"}],
        request_body=RETURN,
        response_body=ONE_LOAN,
    ),
]
TWO_STEPS = {
    "name": "Paintings and drawings",
    "permalink": "paintings-and-drawings",
    "steps": [
        {"name": kind, "url": f"https://collection.museum.example/v2/{kind}", "query_parameters": fixed(fields="title")}
        for kind in ("paintings", "drawings")
    ],
}

# ---- A calendar that is signed in to by an assertion, its id a variable in the path

OPENING_HOURS = {
    "name": "Opening hours",
    "permalink": "opening-hours",
    "url": "https://www.calendars.example/v3/calendars/{{ get_variable('calendar_id') }}/events",
    "method": "GET",
    "query_parameters": [*fixed(orderBy="startTime"), *overridable(timeMin="2020-01-01T00:00:00Z")],
    "authentication": {
        "type": "oauth_jwt_bearer",
        "config": {
            "client_id": "{{ get_secret('calendar_account') }}",
            "private_key": "{{ get_secret('calendar_private_key') }}",
            "token_url": "https://tokens.calendars.example/token",
            "subject": "{{ get_secret('calendar_account') }}",
            "audience": "https://tokens.calendars.example/token",
            "algorithm": "RS256",
            "token_ttl": 3600,
            "additional_claims": {"scope": "https://www.calendars.example/auth/calendar.readonly"},
        },
    },
    "response_body": "{% if response.status_code >= 400 %}\n{{ response.body }}\n{% else %}\n"
    "{% for item in (response.body | from_json)['items'] %}{{ item['start']['dateTime'][:10] }}{% endfor %}\n"
    "{% endif %}",
    "response_content_type": "application/json",
}

REGISTRIES = {
    "public data": {"connectors": [PAINTINGS, TIDES]},
    "tickets": {"connectors": [PAINTINGS, *LOANS], "composite_connectors": [TWO_STEPS]},
    "calendar": {"connectors": [OPENING_HOURS]},
}
HOSTS = ("collection.museum.example", "api.tides.example", "desk.library.example", "www.calendars.example")


@pytest.mark.parametrize("name", REGISTRIES)
def test_validate_accepts_it_without_a_word(tmp_path, name):
    (tmp_path / "connectors_registry.json").write_text(json.dumps(REGISTRIES[name], indent=2))
    result = CliRunner().invoke(app, ["validate", str(tmp_path)], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    assert "no problems" in result.output


# ---- The destination: one canned answer a path

PAINTED = [{"title": "Selbstbildnis", "painter": "Modersohn-Becker", "year": 1906}]
STORED = {"sys_id": "a1", "short_description": "Momo", "state": "4", "note": f"for school\n[for:{EMAIL}]"}
UNKNOWN_STATE = {"sys_id": "b2", "short_description": "Emil – „und die Detektive“", "state": "7"}
SHOWN = {"id": "a1", "book": "Momo", "note": "for school", "state": "On its way"}


def loans(request: Received) -> Reply:
    if request.method == "GET":
        return reply_json({"result": [STORED, UNKNOWN_STATE]})
    return reply_json({"result": {"sys_id": "c3", "state": "1", **json.loads(request.body)}}, status=201)


def one_loan(request: Received) -> Reply:
    return reply_json({"result": {**STORED, "state": json.loads(request.body)["state"]}})


ANSWERS = {
    "/v2/paintings": reply_json(PAINTED),
    "/v1/heights": reply_json({"heights": [1.2, 3.4]}),
    "/api/v2/table/loan_request": loans,
    "/api/v2/table/loan_request/a1": one_loan,
}


@pytest.fixture(scope="module")
def destination() -> Iterator[Upstream]:
    with Upstream().serving() as server:
        server.replies.update(ANSWERS)
        yield server


@pytest.fixture(scope="module")
def service(destination, tmp_path_factory) -> Iterator[Service]:
    """``widget-service dev`` over all of them in one repository, with a session of a test user."""
    repo = tmp_path_factory.mktemp("public")
    write_registry(repo, [PAINTINGS, TIDES, *LOANS, OPENING_HOURS], composite_connectors=[TWO_STEPS])
    write_dev_config(repo, f'[secrets]\nlibrary_basic_token = "{KEY}"\n[[users]]\nid = "u-1"\nemail = "{EMAIL}"\n')
    maps = [argument for host in HOSTS for argument in ("--map", f"{host}={destination.origin}")]
    with serving(repo, *maps) as running:
        opened = running.client.post("/session", json={"token": token_for(repo)})
        assert opened.json()["user"]["email"] == EMAIL
        running.client.headers["X-CSRF-Token"] = opened.json()["csrf_token"]
        yield running


def token_for(repo: Path) -> str:
    command = [sys.executable, "-m", "widget_service", "user-token", "--repo", str(repo), "--sub", "u-1"]
    done = subprocess.run([*command, "--email", EMAIL], capture_output=True, text=True, timeout=30, check=True)
    return done.stdout.strip()


@dataclass(frozen=True)
class Case:
    """An execution: what the widget asks for, what reaches the destination, and what the widget gets."""

    permalink: str
    method: str = "GET"
    call: Mapping[str, Any] = field(default_factory=dict)
    path: str = "/api/v2/table/loan_request"
    query: Mapping[str, str] = field(default_factory=dict)
    sent: object = None
    status: int = 200
    answer: object = None


LOAN_QUERY = {"sysparm_fields": "sys_id,short_description,note,state", "sysparm_limit": "50"}
LISTED = [SHOWN, {"id": "b2", "book": "Emil – „und die Detektive“", "note": "", "state": "Unknown"}]
CASES = [
    Case(
        "paintings-of-the-museum",
        call={"params": {"fields": "price", "sort": "price"}},
        path="/v2/paintings",
        query={"fields": "title,painter,year", "sort": "year"},
        answer=PAINTED,
    ),
    Case(
        "tides",
        call={"params": {"lat": "54.1", "datum": "high", "days": "7"}},
        path="/v1/heights",
        query={"lat": "54.1", "lon": "9.99", "datum": "mean,low", "days": "7"},
        answer={"heights": [1.2, 3.4]},
    ),
    Case("loans", query=LOAN_QUERY, answer=LISTED),
    Case("loans-as-they-are", query={"sysparm_limit": "5"}, answer={"result": [STORED, UNKNOWN_STATE]}),
    Case("my-loans", query={"sysparm_query": f"noteLIKE[for:{EMAIL}]^ORDERBYDESCopened"}, answer=LISTED),
    Case(
        "request-loan",
        "POST",
        call={"json": {"book": 'The "Neverending" Story', "term": "long", "note": "a\nb"}},
        query=LOAN_QUERY,
        sent={"short_description": 'The "Neverending" Story', "note": f"a\nb\n[for:{EMAIL}]", "weeks": "6"},
        status=201,
        answer={"id": "c3", "book": 'The "Neverending" Story', "note": "a\nb", "state": "Requested"},
    ),
    Case(
        "return-loan",
        "PATCH",
        call={"json": {"reason": "read"}, "headers": {"X-Path-Params": "sys_id=a1"}},
        path="/api/v2/table/loan_request/a1",
        query=LOAN_QUERY,
        sent={"state": "9", "comments": "read"},
        answer={**SHOWN, "state": "Returned"},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.permalink)
def test_a_connector_is_executed_as_a_test_user(service, destination, case):
    answer = service.execute(case.permalink, case.method, **case.call)
    assert (answer.status_code, answer.json()) == (case.status, case.answer)
    assert answer.headers["content-type"] == "application/json"
    request = destination.last
    assert (request.method, request.path, dict(request.query)) == (case.method, case.path, case.query)
    assert request.headers["accept"] == "application/json"
    assert request.headers.get("authorization") == (f"Basic {KEY}" if "/table/loan_request" in case.path else None)
    assert (json.loads(request.body) if request.body else None) == case.sent


def test_nobody_in_particular_has_no_loans_of_theirs(service, destination):
    """A query that names the user is not sent for a caller without one."""
    known = len(destination.received)
    with_no_session = service.client.build_request("GET", "/widget-service/connectors/my-loans/execute")
    for name in ("Cookie", "X-CSRF-Token"):
        with_no_session.headers.pop(name, None)
    answer = service.client.send(with_no_session)
    assert (answer.status_code, answer.json()["errors"]["code"]) == (401, "AUTHENTICATION_REQUIRED")
    assert len(destination.received) == known


def test_what_is_missing_for_the_others_is_told_and_holds_nobody_up(service):
    said = service.log.read_text()
    assert 'calendar_id = "…"  # read by opening-hours.' in said
    assert "library_basic_token" not in said
    assert KEY not in said
