"""The commands of the guides run, in their order and as they stand there, on an installation that is served."""

import json
import re
from datetime import timedelta

import pytest

from support.commands import ORDERS, PLANTS, initialised
from support.pages import blocks, commands
from support.shell import session, shell
from support.upstream import reply_json
from widget_service.connectors.permalink import permalink_from_name
from widget_service.control.api_tokens import add_token
from widget_service.control.editing import put_definition


@pytest.fixture
def served(tmp_path, upstream):
    """A shell over a running service that has the connector `plants`, and `TOKEN`, which may do everything."""
    upstream.replies["/v1/plants"] = reply_json(["Fern"])
    commands = initialised(tmp_path)
    definition = {**PLANTS, "url": f"{upstream.origin}/v1/plants", "headers": []}
    scopes = ["read", "write", "execute", "secrets"]
    with commands.plane() as plane:
        put_definition(plane, "default", "plants", definition, actor="test")
        made = add_token(plane, "tests", actor="test", role="owner", scopes=scopes, lifetime=timedelta(days=1))
    with shell(commands, TOKEN=made.secret) as running:
        yield running


def save(folder, *connectors):
    folder.mkdir()
    (folder / "connectors_registry.json").write_text(json.dumps({"connectors": connectors}))


def test_admins(served):
    served.replaced["wsat_…"] = served.environment["TOKEN"]
    assert "plants" in session("docs/how-to/admins.md", served)


def test_audit(served):
    printed = session("docs/how-to/audit.md", served)
    assert printed.count("The log is whole") == 2
    (told,) = blocks("docs/how-to/audit.md", "text")
    entry = (served.folder / "audit.ndjson").read_text().splitlines()[-1]
    assert re.findall(r'"(\w+)":', told.partition('"details"')[0]) == [*json.loads(entry)][:7]
    assert f'"{json.loads(entry)["action"]}"' in told


def test_cached_answers(served, upstream):
    (opening_hours,) = [json.loads(text) for text in blocks("docs/how-to/cache-answers.md", "json")[:1]]
    definition = {**opening_hours, "url": f"{upstream.origin}/opening-hours"}
    save(served.folder / "hours", {**definition, "permalink": permalink_from_name(opening_hours["name"])})
    served.run("widget-service apply hours")
    wait = "until curl http://127.0.0.1:8400/widget-service/connectors/opening-hours/execute; do sleep 0.05; done"
    assert "Cache " in session("docs/how-to/cache-answers.md", served, {"curl -sD-": lambda: served.run(wait)})


def test_why_a_call_failed(served):
    (name,) = re.findall(r"request_id=(\S+)\"", "".join(blocks("docs/how-to/find-out-why-a-call-failed.md", "sh")))
    served.run(f"curl -H 'X-Request-ID: {name}' http://127.0.0.1:8400/widget-service/connectors/plants/execute")
    listed = f"http://127.0.0.1:8401/api/v1/executions?request_id={name}"
    served.run(f'until curl -H "Authorization: Bearer $TOKEN" "{listed}" | grep -q plants; do sleep 0.05; done')
    assert session("docs/how-to/find-out-why-a-call-failed.md", served).count(name) == 1


def test_registries_from_git(served):
    assert json.loads(session("docs/how-to/registries-from-git.md", served).splitlines()[-1])["branch"] == "main"


def test_signing_in_users(served):
    def sign_in():
        served.run("widget-service tenants set default --user-key user-key.txt")
        token = served.run("widget-service user-token --tenant default --sub 42").strip()
        served.environment["TOKEN"] = token

    served.replaced["https://widgets.example.com"] = "http://127.0.0.1:8400"
    served.replaced |= {"http://127.0.0.1:8400": served.replaced["127.0.0.1:8400"]}
    assert '["Fern"]' in session("docs/how-to/sign-in-users.md", served, {"curl -H": sign_in})


def test_signing_in_to_a_destination(served):
    assert "https://login.example.com" in session("docs/how-to/sign-in.md", served)


def test_rotating_keys(served):
    session("docs/how-to/rotate-keys.md", served)


def test_looking_after_an_upgrade(served):
    assert "The log is whole" in session("docs/how-to/upgrade.md", served)


def test_a_repository_moves(served):
    """`dev` runs until it is ended, which other tests do; the rest is done in order."""
    save(served.folder / "garden", ORDERS)
    served.replaced |= {"path/to/repository": "garden", "widget-service dev garden": "true"}
    served.replaced["widget-service plan garden"] = "! widget-service plan garden"  # something would change
    session("docs/how-to/move-from-the-platform.md", served)
    assert "orders" in served.run("widget-service connectors list")


def test_where_time_went(served, upstream):
    save(served.folder / "slow", {"name": "Slow", "url": f"{upstream.origin}/slow"})
    served.run("widget-service apply slow")
    served.run("until curl http://127.0.0.1:8400/widget-service/connectors/slow/execute; do sleep 0.05; done")
    (line,) = commands("docs/how-to/debug-a-connector.md", "curl")
    assert "external;" in served.run(line)


def test_readiness_is_told_as_it_is(served):
    (told,) = blocks("docs/explanation/degradation.md", "json")
    asked = json.loads(served.run("curl http://127.0.0.1:8400/readyz"))
    assert asked["status"] == "ok"
    assert {name: type(value) for name, value in json.loads(told).items()} == {
        name: type(asked[name]) for name in asked
    }


def test_tenants(served):
    save(served.folder / "acme-widgets", PLANTS)
    assert "widgets.acme.example" in session("docs/how-to/tenants.md", served)


def test_the_rest_api(served):
    api = 'curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8401/api/v1'

    def plants():
        shown = served.run(f"{api.replace('curl', 'curl -i')}/connectors/plants")
        served.replaced['"5b1…"'] = re.search(r'(?i)^etag: ("\S+")', shown, re.MULTILINE)[1]
        definition = json.loads(shown.splitlines()[-1])["definition"]
        (served.folder / "plants.json").write_text(json.dumps(definition))

    def shop():
        save(served.folder / "shop", {"name": "Orders", "url": "https://api.example.com/orders"})
        (served.folder / "shop" / "connectors_registry.json").rename(served.folder / "connectors_registry.json")

    def applied():
        (told,) = set(re.findall(r'"revision": ?(\d+)', served.run(f"{api}/registries/shop/history")))
        served.replaced['"revision": 41'] = f'"revision": {told}'

    needed = {"plants.json": plants, "connectors_registry.json": shop, "/history": applied}
    assert "plants" in session("docs/how-to/use-the-rest-api.md", served, needed)
