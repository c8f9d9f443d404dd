"""Widgets in each form that public repositories have, built as their authors build them: HTML, modules, React, Vue,
a bundle with assets beside it. Each runs twice on a page, calls a connector, hears of its props and cleans up."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page

from browser.widget_repositories import NAME, widget, write_extensions
from support.service import Service, serving, write_registry
from support.upstream import Upstream, reply_json

FORMS_DIR = Path(__file__).parent / "forms"
NODE_MODULES = Path(__file__).parents[2] / "node_modules"
FORMS = ("html", "vanilla", "react", "vue", "bundle")
TREES = [{"name": "Oak"}, {"name": "Birch"}]


def definition(form: str) -> dict:
    type_, entry = f"trees-{form}", "content.html" if form == "html" else "index.html"
    title = {"name": "title", "type": "text", "label": "Title", "defaultValue": "Trees"}
    return {
        "title": f"Trees {form}",
        "type": type_,
        "category": "Demo",
        "source": {"path": f"widgets/{type_}/dist", "entry": entry},
        "configuration": {"properties": [title]},
        "defaultConfig": {"title": f"Trees {form}"},
    }


@pytest.fixture(scope="module")
def service(tmp_path_factory) -> Iterator[Service]:
    if shutil.which("node") is None or not (NODE_MODULES / "vue").is_dir():
        pytest.skip("React, Vue and esbuild are not there; install them with: make setup-system setup-dev")
    repo = tmp_path_factory.mktemp("forms")
    subprocess.run(["node", FORMS_DIR / "build.mjs", repo], check=True)
    write_extensions(repo, *map(definition, FORMS))
    with Upstream().serving() as upstream:
        upstream.replies["/trees"] = reply_json(TREES)
        write_registry(repo, [{"name": "Trees", "url": f"{upstream.origin}/trees"}])
        with serving(repo) as running:
            yield running


@pytest.fixture(params=FORMS)
def two(request, service, page) -> tuple[Page, Locator, Locator]:
    """A page with a widget as it is placed, and a second one of its own configuration."""
    type_ = f"trees-{request.param}"
    page.goto(f"{service.origin}/preview/{type_}")
    first = widget(page, type_)
    page.evaluate(
        f"""type => {{
          const second = document.createElement("{NAME}");
          second.id = "second";
          second.setAttribute("data-widget-type", type);
          second.setAttribute("data-config", '{{"title": "Second"}}');
          document.querySelector("main").append(second);
        }}""",
        type_,
    )
    second = page.locator('#second[data-state="ready"]')
    second.wait_for(state="attached")
    return page, first, second


def title_of(host: Locator) -> str:
    return host.locator(".title").inner_text()


def test_two_instances_show_their_own_props_and_the_data_of_the_connector(two):
    _, first, second = two
    assert title_of(first).startswith("Trees ")
    assert title_of(second) == "Second"
    for host in (first, second):
        host.get_by_text("Birch").wait_for()
        assert host.locator(".trees li").all_inner_texts() == ["Oak", "Birch"]
    colour = "host => getComputedStyle(host.shadowRoot.querySelector('.title')).color"
    assert first.evaluate(colour) == "rgb(146, 84, 217)"


def test_an_instance_reacts_to_clicks_and_to_its_props_and_leaves_the_other_alone(two):
    _, first, second = two
    first.get_by_role("button").click()
    first.get_by_text("Clicked 1 times").wait_for()
    first.evaluate("""host => host.setAttribute("data-config", '{"title": "Renamed"}')""")
    first.get_by_text("Renamed").wait_for()
    assert title_of(second) == "Second"
    assert second.get_by_text("Clicked 0 times").is_visible()
    assert first.get_by_text("Clicked 1 times").is_visible()


def test_a_removed_instance_cleans_up_and_the_other_lives_on(two):
    page, first, second = two
    second.evaluate("host => host.remove()")
    page.wait_for_function("() => window.destroyed?.length === 1")
    assert page.evaluate("destroyed") == ["Second"]
    first.get_by_role("button").click()
    first.get_by_text("Clicked 1 times").wait_for()


def test_all_forms_stand_on_one_page(service, page):
    page.goto(f"{service.origin}/preview/")
    for form in FORMS:
        widget(page, f"trees-{form}").get_by_text("Oak").wait_for()


def test_assets_beside_a_bundle_are_found_from_its_modules_and_its_styles(service, page):
    page.goto(f"{service.origin}/preview/trees-bundle")
    host = widget(page, "trees-bundle")
    page.wait_for_function(
        """() => getComputedStyle(document.querySelector("gs-cc-registry-widget").shadowRoot.querySelector(".title"))
          .backgroundImage.includes("/media/leaf-")"""
    )
    width = """async host => {
      const image = host.shadowRoot.querySelector("img");
      await image.decode();
      return image.naturalWidth;
    }"""
    assert host.evaluate(width) == 9
    assert page.evaluate("polyfilled") == 1
