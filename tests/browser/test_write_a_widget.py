"""The guide for widget developers: its registry, widget, page script, theme and page of one's own do as it says."""

import json
import re
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from browser.widget_repositories import widget
from support.pages import blocks, commands, text_of
from support.service import Service, serving
from support.upstream import Reply
from widget_service.cli import app
from widget_service.widgets.hosting.folder import MAX_FILE_BYTES, MAX_FILES, MAX_FOLDER_BYTES
from widget_service.widgets.hosting.headers import SCRIPT_HOSTS

GUIDE = text_of("docs/how-to/write-a-widget.md")
REGISTRY, THEME = blocks("docs/how-to/write-a-widget.md", "json")
WIDGET, PAGE_OF_ONES_OWN = blocks("docs/how-to/write-a-widget.md", "html")
MODULE, PAGE_SCRIPT = blocks("docs/how-to/write-a-widget.md", "js")


@pytest.fixture
def service(tmp_path) -> Iterator[Service]:
    registry = json.loads(REGISTRY)
    registry["scripts"] = [{"name": "italic", "path": "italic.js", "placement": "bodyEnd"}]
    files = {
        "extensions_registry.json": json.dumps(registry),
        "widgets/greeting/content.html": WIDGET,
        "widgets/greeting/greeting.js": MODULE,
        "italic.js": PAGE_SCRIPT,
        ".widget-service/theme.json": THEME,
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    with serving(tmp_path) as running:
        yield running


def test_its_widget_greets_in_the_colours_of_the_community(service, page):
    page.goto(f"{service.origin}/preview/acme_greeting")
    host = widget(page, "acme_greeting")
    style = """host => {
      const { color, fontStyle } = getComputedStyle(host.shadowRoot.querySelector("h2"));
      return [color, fontStyle];
    }"""
    assert host.locator("h2").inner_text() == "Hello, world!"
    assert host.evaluate(style) == ["rgb(12, 102, 228)", "italic"]
    host.evaluate("""host => host.setAttribute("data-config", '{"name": "Grace"}')""")
    host.get_by_text("Hello, Grace!").wait_for()
    assert service.client.get("/live/problems").json()["files"] == []


def test_its_page_of_ones_own_shows_the_widget(service, page, upstream):
    html = "<!doctype html><title>Own</title>" + PAGE_OF_ONES_OWN.replace("https://widgets.example.com", service.origin)
    upstream.replies["/"] = Reply(200, html.encode(), {"Content-Type": "text/html"})
    page.goto(f"{upstream.origin}/")
    page.locator("gs-cc-registry-widget[data-state=ready]").get_by_text("Hello, Ada!").wait_for()


def test_it_names_the_limits_and_hosts_that_hold():
    folder, file = MAX_FOLDER_BYTES // 1024 // 1024, MAX_FILE_BYTES // 1024 // 1024
    assert f"at most {MAX_FILES} files, {folder} MB, {file} MB a file" in GUIDE
    for host in SCRIPT_HOSTS:
        assert f"`{host.removeprefix('https://')}`" in GUIDE


def test_it_names_every_member_of_the_sdk_and_no_other(service, page):
    page.goto(f"{service.origin}/preview/acme_greeting")
    widget(page, "acme_greeting")
    members = page.evaluate(
        """async () => {
          const { createInstanceSDK } = await import("/widget-runtime/latest/instance-sdk.js");
          return Object.keys(createInstanceSDK({ root: document, connectors: {}, version: "", events: {}, props: {} }));
        }"""
    )
    table = GUIDE.partition("## `sdk`")[2].partition("| event |")[0]
    cells = re.findall(r"^\| (`.+?) \|", table, re.MULTILINE)
    assert {name for cell in cells for name in re.findall(r"`(\$*[A-Za-z]*)", cell) if name} == set(members)


def test_its_commands_look_at_the_repository(service):
    dev, validate = commands("docs/how-to/write-a-widget.md", "widget-service")
    assert dev == "widget-service dev path/to/repository"  # what serves these tests
    arguments = validate.replace("path/to/repository", str(service.repo)).split()[1:]
    checked = CliRunner().invoke(app, arguments)
    assert (checked.exit_code, "no problems" in checked.output) == (0, True), checked.output
