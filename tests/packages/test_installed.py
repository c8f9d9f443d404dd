"""What is published works in an empty environment: without the checkout, its tools and anybody's settings."""

import json
import shutil
import subprocess
import urllib.request

import pytest

from packages.conftest import install
from support.processes import free_port, stop, wait_for_port
from support.upstream import reply_json

PROGRAM = """
from widget_service_sdk.sync import WidgetServiceSDK

with WidgetServiceSDK(base_url="{origin}") as sdk:
    print(sdk.connectors.execute(permalink="plants", method="GET", query_params={{"q": "fern"}})["name"])
"""


def fetched(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read()


def write_registry(home, origin):
    key = {"key": "X-Key", "value": "{{ get_secret('api_key') }}", "overridable": False}
    connector = {"name": "Plants", "permalink": "plants", "url": f"{origin}/plants", "headers": [key]}
    (home / "connectors_registry.json").write_text(json.dumps({"connectors": [connector]}))


def test_the_command_tells_its_version_without_loading_what_it_does_not_need(installed):
    assert installed.run("widget-service", "--version").startswith("widget-service ")
    loaded = installed.run(
        "python", "-c", "import sys, widget_service.cli; print(*{name.partition('.')[0] for name in sys.modules})"
    )
    slow = {"sqlalchemy", "alembic", "pydantic", "starlette", "jinja2", "pycurl", "cryptography", "granian", "redis"}
    assert not slow & set(loaded.split())


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_every_python_that_is_there(built, version, tmp_path, upstream):
    interpreter = shutil.which(f"python{version}")
    if interpreter is None or subprocess.run([interpreter, "--version"], check=False, capture_output=True).returncode:
        pytest.skip(f"there is no python{version}; any installer of Pythons brings it")
    go_from_nothing_to_data(install(built, tmp_path, interpreter), upstream)


def test_from_nothing_to_data(installed, upstream):
    go_from_nothing_to_data(installed, upstream)


def go_from_nothing_to_data(installed, upstream):
    """A new widget, init, a secret, a registry, serve; then a program, the page, its scripts and the admin pages."""
    widgets = installed.home / "widgets"
    widgets.mkdir()
    installed.run("widget-service", "new", "widget", "plant-list", "--repo", widgets)
    assert "no problems" in installed.run("widget-service", "validate", widgets)
    upstream.replies["/plants"] = reply_json({"name": "Boston fern"})
    write_registry(installed.home, upstream.origin)
    installed.run("widget-service", "validate", "connectors_registry.json", "--allow-insecure-upstreams")
    assert "password" in installed.run("widget-service", "init").lower()
    installed.run("widget-service", "secrets", "set", "api_key", stdin="s3cr3t-key")
    installed.run("widget-service", "apply", "connectors_registry.json")
    port, admin_port, log = free_port(), free_port(), installed.home / "serve.log"
    with log.open("wb") as output:
        serving = subprocess.Popen(
            [str(installed.python.with_name("widget-service")), "serve"],
            cwd=installed.home,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={
                **installed.env,
                "WIDGET_SERVICE_PORT": str(port),
                "WIDGET_SERVICE_ADMIN_PORT": str(admin_port),
                "WIDGET_SERVICE_WIDGETS_DIR": str(widgets),
                "WIDGET_SERVICE_PREVIEW": "true",
            },
        )
    try:
        wait_for_port(port, serving, log)
        wait_for_port(admin_port, serving, log)
        origin = f"http://127.0.0.1:{port}"
        assert installed.run("python", "-c", PROGRAM.format(origin=origin)).strip() == "Boston fern"
        assert upstream.received[-1].headers["x-key"] == "s3cr3t-key"
        assert b"WidgetServiceSDK" in fetched(f"{origin}/widget-sdk/latest/index.js")
        assert fetched(f"{origin}/widget-runtime/latest/index.js")
        assert b"plant-list" in fetched(f"{origin}/preview/")
        assert b"<form" in fetched(f"http://127.0.0.1:{admin_port}/admin/")
    finally:
        assert stop(serving) == 0
