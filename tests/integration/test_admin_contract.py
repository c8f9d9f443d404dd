"""The contract of the admin API: its examples work, and a live service keeps to it whatever is sent."""

import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx2
import jsonschema
import pytest
import pytest_asyncio

from support.admin import admin_site
from support.commands import initialised
from support.installation import make_installation, serving
from support.processes import free_port
from widget_service.admin.api.contract import contract
from widget_service.admin.api.resources import TABLE
from widget_service.control.api_tokens import add_token
from widget_service.control.plane import control_plane
from widget_service.identity.rights import SCOPES

EXAMPLES = [route for route in TABLE if route.example is not None]
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


@pytest_asyncio.fixture
async def site(tmp_path):
    async with admin_site(initialised(tmp_path)) as running:
        running.owner = running.token("owner")
        for path in ("/connectors/example-plants", "/connectors/plants"):
            body = next(route for route in EXAMPLES if route.name == "put_connector").example
            await running.api("PUT", path, running.owner, json=body)
        await running.api("PUT", "/secrets/example_token", running.owner, json={"value": "t0ken of an example"})
        yield running


@pytest.mark.parametrize("route", EXAMPLES, ids=lambda route: route.name)
async def test_the_examples_of_the_contract_are_accepted_and_answered_as_it_says(site, route):
    path = route.path.format(**route.example_path)
    answer = await site.api(route.method, path, {**site.owner, "If-Match": "*"}, json=route.example)
    if answer.status_code == 412:  # nothing was there
        answer = await site.api(route.method, path, site.owner, json=route.example)
    assert answer.status_code in (200, 201, 204), answer.text
    if answer.content:
        schema_of_answer(route, answer.status_code).validate(answer.json())


def schema_of_answer(route, status: int) -> jsonschema.Draft202012Validator:
    document = contract(TABLE)
    answers = document["paths"][f"/api/v1{route.path}"][route.method.lower()]["responses"]
    schema = answers[str(status)]["content"]["application/json"]["schema"]
    return jsonschema.Draft202012Validator({**schema, "components": document["components"]})


def test_every_operation_that_takes_a_body_has_an_example_or_needs_what_only_its_reader_knows():
    without = {route.name for route in TABLE if route.body is not None and route.example is None}
    assert without <= {"set_own_password", "roll_back_registry", "restore_connector", "restore_composite_connector"}


@contextmanager
def live(folder: Path):
    """A service with its admin process, and a token that may everything, and that no path names: it stays."""
    port = free_port()
    settings = make_installation(
        folder, [{"name": "Plants", "url": "https://api.example.com/plants"}], {"key": "k" * 20}
    )
    with control_plane(settings) as plane:
        token = add_token(
            plane, "fuzz/itself", actor="test", role="owner", scopes=SCOPES, lifetime=timedelta(hours=1)
        ).secret
    with serving(settings, folder, WIDGET_SERVICE_ADMIN_PORT=str(port)):
        yield f"http://127.0.0.1:{port}", token


def fuzz(folder: Path, max_examples: int, *options: str) -> "subprocess.CompletedProcess[str]":
    with live(folder) as (origin, token):
        command = [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{origin}/api/v1/openapi.json"),
            *("--checks", CHECKS, "--max-examples", str(max_examples), "--phases", "examples,fuzzing"),
            *("--header", f"Authorization: Bearer {token}", "--seed", "1", "--generation-deterministic"),
            *("--mode", "all", "--no-color", "--request-timeout", "30", "--workers", "1", *options),
        ]
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=1500, check=False)
        assert httpx2.get(f"{origin}/healthz", trust_env=False).status_code == 200
    return result


def test_whatever_is_sent_is_answered_as_the_contract_says(tmp_path):
    result = fuzz(tmp_path, 4)
    assert "Authentication failed" not in result.stdout, "all operations were asked by who may"
    assert result.returncode == 0, result.stdout[-8000:] + result.stderr[-2000:]


@pytest.mark.soak
def test_much_more_is_answered_so_too(tmp_path):
    result = fuzz(tmp_path, 150)
    assert result.returncode == 0, result.stdout[-8000:] + result.stderr[-2000:]
