"""The tutorials, done from the first line to the last in an empty folder: a connector, then a widget on a page."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from browser.widget_repositories import widget
from support.commands import Commands
from support.pages import ROOT, blocks, commands
from support.processes import free_port, running
from support.service import serving
from support.shell import Shell, shell

CONNECTOR = "docs/tutorial/first-connector.md"


@pytest.fixture
def tutorial(tmp_path) -> Iterator[Shell]:
    """A shell in a folder with the examples; the shop's API runs as the tutorial starts it."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    port = free_port()
    (start,) = commands("docs/tutorial/first-connector.md", "python")
    arguments = start.replace("8402", str(port)).split()[1:]
    with ExitStack() as stack:
        stack.enter_context(running([str(ROOT / arguments[0]), *arguments[1:]], port=port, log=tmp_path / "api.log"))
        running_shell = stack.enter_context(shell(Commands(tmp_path), serves=False))
        running_shell.replaced["127.0.0.1:8402"] = f"127.0.0.1:{port}"
        yield running_shell


def connect(tutorial: Shell) -> Path:
    """Do as the first tutorial says up to serving; return the folder that it makes."""
    without_a_key, _ = commands("docs/tutorial/first-connector.md", "curl")
    new, validate, explain, execute, _ = commands("docs/tutorial/first-connector.md", "widget-service")
    refused, first, second, answer = blocks("docs/tutorial/first-connector.md", "json")
    (config,) = blocks("docs/tutorial/first-connector.md", "toml")
    assert tutorial.run(without_a_key, code=22) == refused.strip()  # curl's code for an answer of 4xx

    (begin,) = commands("docs/tutorial/first-connector.md", "mkdir")
    tutorial.run(f"{begin}\n{new}")
    garden = tutorial.folder = tutorial.folder / "garden"
    registry = garden / "connectors_registry.json"
    assert json.loads(registry.read_text())["connectors"][0]["permalink"] == "plants"
    (garden / ".widget-service" / "dev.toml").write_text(
        config.replace("127.0.0.1:8402", tutorial.replaced["127.0.0.1:8402"])
    )
    registry.write_text(first)
    assert "no problems" in tutorial.run(validate)
    explained = tutorial.run(explain)
    assert "get_secret('plantbook_api_key')" in explained
    assert "plantbook-demo-key" not in explained
    assert "supplier_cost" in explained
    registry.write_text(second)
    assert json.loads(tutorial.run(execute)) == json.loads(answer)
    return garden


def test_the_first_connector_answers(tutorial):
    garden = connect(tutorial)
    _, call = commands("docs/tutorial/first-connector.md", "curl")
    with serving(garden) as service:
        tutorial.replaced["127.0.0.1:8400"] = service.origin.removeprefix("http://")
        assert json.loads(tutorial.run(call)) == json.loads(blocks(CONNECTOR, "json")[3])


def test_the_first_widget_shows_data_on_a_page(tutorial, page):
    garden = connect(tutorial)
    (new,) = commands("docs/tutorial/first-widget.md", "widget-service")
    (html,) = blocks("docs/tutorial/first-widget.md", "html")
    (registry,) = blocks("docs/tutorial/first-widget.md", "json")
    (lines,) = blocks("docs/tutorial/first-widget.md", "js")
    with serving(garden) as service:
        page.goto(f"{service.origin}/preview/")
        tutorial.run(new)
        plants = widget(page, "acme_plants")
        plants.wait_for()
        (garden / "widgets" / "acme_plants" / "dist" / "content.html").write_text(html)
        plants.locator("li").first.wait_for()
        plants.get_by_role("searchbox").fill("star")
        plants.get_by_text("Blue Star Fern").wait_for()
        assert plants.locator("li").all_inner_texts() == ["Stromanthe Triostar", "Scarlet Star", "Blue Star Fern"]

        page.get_by_role("button", name="Calls").click()
        page.get_by_role("button", name="Faults").click()
        with page.expect_response("**/live/faults/plants*"):
            page.get_by_label("Fault of plants").select_option("500")
        plants.get_by_role("searchbox").fill("fern")
        plants.get_by_text("The plants cannot be shown now.").wait_for()

        (garden / "extensions_registry.json").write_text(registry)
        mark = '    await show("");\n'
        assert mark in html
        (garden / "widgets" / "acme_plants" / "dist" / "content.html").write_text(html.replace(mark, lines + mark))
        page.goto(f"{service.origin}/preview/acme_plants?config=%7B%22heading%22%3A%22Ferns%22%7D")
        plants.get_by_role("heading", name="Ferns").wait_for()
