"""Commands with ``--url`` and ``--token`` do on a running service what they do on the database of this machine."""

import json
from datetime import timedelta

import pytest

from support.commands import PLANTS, initialised
from support.installation import serving
from support.processes import free_port
from support.waiting import wait_until
from widget_service.control.api_tokens import add_token
from widget_service.control.editing import put_definition
from widget_service.settings import load_settings

CREDENTIAL = "k3y-of-the-destination"


@pytest.fixture(scope="module")
def remote(tmp_path_factory):
    """A running service, and commands that have no database of their own."""
    folder = tmp_path_factory.mktemp("service")
    local, port = initialised(folder), free_port()
    with local.plane() as plane:
        put_definition(plane, "default", "plants", PLANTS, actor="test")
        made = add_token(
            plane,
            "deploy",
            actor="test",
            role="owner",
            scopes=["read", "write", "secrets"],
            lifetime=timedelta(days=1),
        )
        reading = add_token(plane, "reader", actor="test", role="viewer", scopes=["read"], lifetime=timedelta(days=1))
    settings = load_settings(defaults={"data_dir": folder / "data", "allow_insecure_upstreams": True})
    with serving(settings, folder, WIDGET_SERVICE_ADMIN_PORT=str(port)):
        url = f"http://127.0.0.1:{port}"
        elsewhere = type(local)(tmp_path_factory.mktemp("elsewhere"))
        wait_until(lambda: elsewhere.run("connectors", "list", "--url", url, "--token", made.secret).exit_code == 0)
        yield local, elsewhere, url, made.secret, reading.secret


def run(remote, *arguments, input=None):
    _, elsewhere, url, token, _ = remote
    result = elsewhere.run(*arguments, "--url", url, input=input, env={"WIDGET_SERVICE_TOKEN": token})
    assert result.exit_code == 0, result.output
    return result.stdout


def test_what_is_listed_is_what_the_database_has(remote):
    local = remote[0]
    assert json.loads(run(remote, "connectors", "export"))["connectors"] == [PLANTS]
    assert run(remote, "connectors", "list") == local.done("connectors", "list")
    assert json.loads(run(remote, "connectors", "show", "plants"))["url"] == PLANTS["url"]


def test_secrets_and_variables_are_set_again_and_deleted(remote):
    local = remote[0]
    assert "version 1 for https://api.example.com" in run(
        remote, "secrets", "set", "api_key", "--for", "https://api.example.com", input=CREDENTIAL
    )
    assert "version 2" in run(remote, "secrets", "set", "api_key", input="another")
    assert run(remote, "secrets", "list") == local.done("secrets", "list")
    run(remote, "variables", "set", "region", "eu")
    assert json.loads(run(remote, "variables", "list", "--json"))[0]["value"] == "eu"
    run(remote, "variables", "rm", "region")
    run(remote, "secrets", "rm", "api_key")
    assert local.json("secrets", "list") == []


def test_the_audit_log_comes_whole_and_says_which_token_did_it(remote, tmp_path):
    file = tmp_path / "audit.ndjson"
    run(remote, "audit", "export", "--file", file)
    assert "The log is whole" in remote[0].done("audit", "verify", file)
    assert CREDENTIAL not in file.read_text()
    run(remote, "variables", "set", "region", "us")
    run(remote, "audit", "export", "--file", file)
    assert json.loads(file.read_text().splitlines()[-1])["actor"] == "token:deploy"


def test_refusals_are_told_in_words(remote):
    _, elsewhere, url, token, reading = remote
    for arguments, options, told in (
        (("connectors", "list"), {}, "--url needs a token"),
        (("connectors", "list"), {"token": "wsat_wrong"}, "not known, or has expired"),
        (("connectors", "show", "nothing"), {"token": token}, "There is no connector 'nothing'"),
        (("variables", "set", "region", "eu"), {"token": reading}, "needs scope write"),
        (("connectors", "list", "--tenant", "nobody"), {"token": token}, "There is no tenant 'nobody'"),
        (("connectors", "list"), {"token": token, "url": "http://admin.example.com"}, "Use https"),
        (("connectors", "list"), {"token": token, "url": "ftp://x"}, "is no origin"),
        (("connectors", "list"), {"token": token, "url": f"http://127.0.0.1:{free_port()}"}, "cannot be asked"),
    ):
        given = ("--url", options.get("url", url), *(("--token", options["token"]) if "token" in options else ()))
        result = elsewhere.run(*arguments, *given)
        assert result.exit_code in (1, 2)
        assert told in result.stderr, result.output
        assert "Traceback" not in result.output
