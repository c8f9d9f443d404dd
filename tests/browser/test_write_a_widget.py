"""The guide for widget developers: its registry, widget, page script, theme and page of one's own do as it says."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from browser.widget_repositories import widget
from support.service import Service, serving
from support.upstream import Reply
from widget_service.widgets.hosting.folder import MAX_FILE_BYTES, MAX_FILES, MAX_FOLDER_BYTES
from widget_service.widgets.hosting.headers import SCRIPT_HOSTS

GUIDE = (Path(__file__).parents[2] / "docs" / "how-to" / "write-a-widget.md").read_text(encoding="utf-8")


def block(language: str, index: int = 0) -> str:
    """Return a fenced block of a language, by its place among those."""
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)[index]


@pytest.fixture
def service(tmp_path) -> Iterator[Service]:
    registry = json.loads(block("json"))
    registry["scripts"] = [{"name": "italic", "path": "italic.js", "placement": "bodyEnd"}]
    files = {
        "extensions_registry.json": json.dumps(registry),
        "widgets/greeting/content.html": block("html"),
        "widgets/greeting/greeting.js": block("js"),
        "italic.js": block("js", 1),
        ".widget-service/theme.json": block("json", 1),
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
    html = "<!doctype html><title>Own</title>" + block("html", 1).replace("https://widgets.example.com", service.origin)
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
