"""What the documents say beside commands of the service: programs in JavaScript, targets of make, names of packages."""

import json
import shutil
import subprocess
import tomllib

import pytest
from typer.testing import CliRunner

from support.executing import executor
from support.pages import ROOT, blocks, commands
from support.service import serving, write_dev_config, write_registry
from support.upstream import reply_json
from widget_service.cli import app
from widget_service.settings import load_settings
from widget_service_sdk.testing import FakeService

COMPOSITES = [json.loads(text) for text in blocks("docs/how-to/composites.md", "json")]
HOSTS = ("api.example.com", "news.example.com", "weather.example.com")
CITY = [{"key": "q", "value": "", "overridable": True}]
WEATHER = {"name": "Weather", "url": "https://weather.example.com/now", "query_parameters": CITY}


def run_js(program: str, url: str) -> str:
    """Run a program that has an `sdk`, in Node, and return what it prints."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not there; install it with: make setup-system")
    source = (ROOT / "sdk" / "js" / "src" / "index.js").as_uri()
    made = f'const sdk = new WidgetServiceSDK({{ baseUrl: "{url}" }});'
    head = f'import {{ WidgetServiceSDK }} from "{source}";\n{made}\n'
    command = [node, "--input-type=module", "--eval", head + program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_calls_of_batches_and_composites_run_in_javascript():
    with FakeService() as fake:
        fake.connector("weather", returns={"temp": 7})
        fake.composite("order-status", returns={"status": "sent"})
        (batch,), (composite,) = blocks("docs/how-to/batch.md", "js"), blocks("docs/how-to/composites.md", "js")
        assert run_js(batch, fake.url) == "{ temp: 7 }\n{ status: 'sent' }\n"
        run_js(composite, fake.url)
        assert [call.payload for call in fake.calls_to("order-status")] == [{"number": "A-17"}] * 2


def test_the_lines_of_a_batch_are_as_told(tmp_path, upstream):
    upstream.replies |= {
        "/now": reply_json({"temp": 7}),
        "/17": reply_json({"error": "no such order"}, 404),
        "/orders": reply_json([{"id": 7}]),
    }
    url = "https://api.example.com/{{ pathParams.id }}"
    order = {"name": "Order", "url": url, "path_parameters": [{"key": "id"}]}
    write_registry(tmp_path, [WEATHER, order], composite_connectors=COMPOSITES[:1])
    mapped = "\n".join(f'"{host}" = "{upstream.origin}"' for host in HOSTS)
    write_dev_config(tmp_path, f'[secrets]\norders_token = "a-planted-token"\n[map]\n{mapped}\n')
    (request,), (told,) = blocks("docs/how-to/batch.md", "json"), blocks("docs/how-to/batch.md", "text")
    with serving(tmp_path) as service:
        headers = {"Content-Type": "application/json"}
        answer = service.client.post("/widget-service/batch", content=request, headers=headers).text
    came = {line["index"]: line for line in map(json.loads, answer.splitlines())}
    for line in map(json.loads, told.splitlines()):
        assert came[line["index"]] | {"headers": {}} == line | {"headers": {}}
        assert line["headers"].items() <= came[line["index"]]["headers"].items()


async def test_the_error_of_a_step_is_as_told(upstream):
    upstream.replies |= {"/orders": reply_json([{"id": 7}]), "/orders/7": reply_json({}, 404)}
    values = {"secrets": {"orders_token": "t"}, "host_map": dict.fromkeys(HOSTS, upstream.origin)}
    async with executor([], composites=COMPOSITES[:1], **values) as service:
        body = {"body": b'{"number": "A-17"}', "headers": {"content-type": "application/json"}}
        _, answer = await service.compose("order-status", **body)
    (told,) = blocks("docs/how-to/composites.md", "text")
    assert json.loads(answer.body)["errors"] == json.loads(told)


def test_what_waits_for_what_is_drawn_as_told(tmp_path, upstream, monkeypatch):
    write_registry(tmp_path, [WEATHER], composite_connectors=COMPOSITES)
    mapped = "\n".join(f'"{host}" = "{upstream.origin}"' for host in HOSTS)
    write_dev_config(tmp_path, f"[map]\n{mapped}\n")
    monkeypatch.chdir(tmp_path)
    (told,) = blocks("docs/how-to/composites.md", "console")
    command, *drawn = told.splitlines()
    result = CliRunner().invoke(app, command.split()[2:])
    assert "\n".join(drawn) in result.output


def test_targets_of_make_are_there():
    lines = [*commands("README.md", "make"), *commands("CONTRIBUTING.md", "make")]
    for target in (line.split()[1] for line in lines):
        subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, timeout=30, check=True)


def test_packages_have_the_names_by_which_they_are_installed():
    python = tomllib.loads((ROOT / "sdk" / "python" / "pyproject.toml").read_text())["project"]["name"]
    npm = json.loads((ROOT / "sdk" / "js" / "package.json").read_text())
    assert commands("sdk/python/README.md", "pip") == [f"pip install {python}"]
    assert f"npm install {npm['name']}" in commands("sdk/js/README.md", "npm")
    for line in commands("sdk/js/README.md", "npm")[1:]:
        assert line.split()[-1] in npm["scripts"]


def test_the_example_of_signing_in_is_checked_and_planned_as_told(tmp_path):
    validate, _ = commands("examples/sign-in/README.md", "widget-service")
    result = CliRunner().invoke(app, [*validate.split()[1:-1], str(ROOT / validate.split()[-1])])
    assert result.exit_code == 0, result.output


def test_the_settings_of_one_machine_can_be_used(tmp_path):
    (told,) = blocks("docs/how-to/deploy-on-one-machine.md", "toml")
    (tmp_path / "settings.toml").write_text(told)
    assert load_settings(file=tmp_path / "settings.toml").admin_url == "https://admin.widgets.example.com"
