"""Widgets as ``widget-service new`` begins them: each form renders twice, follows its props, and ends."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from browser.widget_repositories import widget
from support.service import Service, serving
from widget_service.cli import app

NODE_MODULES = Path(__file__).parents[2] / "node_modules"
FORMS = ("html", "vanilla", "react", "vue")


@pytest.fixture(scope="module")
def service(tmp_path_factory) -> Iterator[Service]:
    if shutil.which("npm") is None or not (NODE_MODULES / "vue").is_dir():
        pytest.skip("node's packages are not there; install node with: make setup-system, then make setup-dev")
    repo = tmp_path_factory.mktemp("new_widgets")
    for form in FORMS:
        arguments = ["new", "widget", f"new_{form}", "--template", form, "--repo", str(repo), "--no-install"]
        assert CliRunner().invoke(app, arguments).exit_code == 0
    for form in ("react", "vue"):
        folder = repo / "widgets" / f"new_{form}"
        (folder / "node_modules").symlink_to(NODE_MODULES)
        subprocess.run(["npm", "run", "build"], cwd=folder, check=True, capture_output=True, timeout=60)
    checked = CliRunner().invoke(app, ["validate", str(repo)])
    assert (checked.exit_code, "no problems" in checked.output) == (0, True), checked.output
    with serving(repo) as running:
        yield running


@pytest.mark.parametrize("form", FORMS)
def test_it_renders_follows_its_props_and_ends(service, page, form):
    page.goto(f"{service.origin}/preview/new_{form}?instances=2")
    hosts = page.locator("gs-cc-registry-widget")
    for index in range(2):
        hosts.nth(index).get_by_role("heading", name=f"New {form}").wait_for()
    page.get_by_label("Title").fill("Another title")
    hosts.nth(0).get_by_role("heading", name="Another title").wait_for()
    assert hosts.nth(1).get_by_role("heading").text_content() == f"New {form}"
    if form != "html":
        hosts.nth(1).get_by_role("button").click()
        hosts.nth(1).get_by_text("Clicked 1 times").wait_for()
        assert hosts.nth(0).get_by_text("Clicked 0 times").is_visible()
    hosts.nth(1).evaluate("host => host.remove()")
    assert widget(page, f"new_{form}").is_visible()
