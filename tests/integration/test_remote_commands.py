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
            scopes=["read", "write", "execute", "secrets"],
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


def test_a_registry_is_planned_and_applied_and_told_as_with_the_database_of_this_machine(remote):
    local, elsewhere, url, token, _ = remote
    folder = local.registry({"name": "Ferns", "url": "https://api.example.com/ferns"}, name="garden")
    env = {"WIDGET_SERVICE_TOKEN": token}
    planned = elsewhere.run("plan", folder, "--url", url, env=env)
    here = local.run("plan", folder)
    assert (planned.exit_code, planned.stdout) == (here.exit_code, here.stdout) == (3, here.stdout)
    assert "+ ferns" in run(remote, "apply", folder)
    assert elsewhere.run("plan", folder, "--url", url, env=env).exit_code == 0
    changed = local.registry({"name": "Ferns", "url": "https://api.example.com/ferns/2"}, name="garden")
    told = json.loads(run(remote, "apply", changed, "--json"))
    assert (told["applied"], told["updated"][0]["permalink"]) == (True, "ferns")

    broken = local.registry({"name": "", "url": "ftp://x"}, name="garden")
    refused = elsewhere.run("apply", broken, "--url", url, env=env)
    assert refused.exit_code == 1
    assert "nothing was changed" in refused.stderr
    assert "connectors[0].url" in refused.stdout
    assert refused.stdout == local.run("plan", broken, "--moved").stdout
    (broken / "connectors_registry.json").unlink()
    assert "- ferns" in run(remote, "apply", broken)


def test_a_connector_is_executed_by_the_service(remote, upstream):
    local, elsewhere, url, token, _ = remote
    with local.plane() as plane:
        definition = {"name": "Echo", "url": f"{upstream.origin}/echo", "method": "POST"}
        put_definition(plane, "default", "echo", definition, actor="test")
    told = json.loads(run(remote, "execute", "echo", "--query", "q=1", "--payload", '{"a": 1}'))
    assert (told["method"], told["query"], told["body"]) == ("POST", [["q", "1"]], '{"a": 1}')
    explained = run(remote, "execute", "echo", "--explain", "--user", '{"id": "7"}')
    assert f"{upstream.origin}/echo" in explained
    refused = elsewhere.run("execute", "nothing", "--url", url, env={"WIDGET_SERVICE_TOKEN": token})
    assert (refused.exit_code, "There is no connector" in refused.stderr) == (1, True)


def test_refusals_are_told_in_words(remote):
    _, elsewhere, url, token, reading = remote
    for arguments, options, told in (
        (("connectors", "list"), {}, "--url needs a token"),
        (("connectors", "list"), {"token": "wsat_wrong"}, "not known, or has expired"),
        (("connectors", "show", "nothing"), {"token": token}, "There is no connector 'nothing'"),
        (("variables", "set", "region", "eu"), {"token": reading}, "needs scope write"),
        (("connectors", "list", "--tenant", "nobody"), {"token": token}, "There is no tenant 'nobody'"),
        (("connectors", "list"), {"token": token, "url": "http://admin.example.com"}, "Use https"),
        (("connectors", "list"), {"token": token, "url": "ftp://x"}, "names no service"),
        (("connectors", "list"), {"token": token, "url": "http://["}, "names no service"),
        (("connectors", "list"), {"token": token, "url": f"{url}?x"}, "leave out path and query"),
        (("connectors", "list"), {"token": token, "url": f"{url}/api"}, "leave out path and query"),
        (("connectors", "list"), {"token": token, "url": url.replace("//", "//anna:pw0rd@")}, "names no service"),
        (("connectors", "list"), {"token": token, "url": f"http://127.0.0.1:{free_port()}"}, "cannot be asked"),
    ):
        given = ("--url", options.get("url", url), *(("--token", options["token"]) if "token" in options else ()))
        result = elsewhere.run(*arguments, *given)
        assert result.exit_code in (1, 2)
        assert told in result.stderr, result.output
        assert "Traceback" not in result.output
        assert "pw0rd" not in result.output
