"""The runtime on a page of one's own: another origin, one script element, widgets with their files and connectors."""

from collections.abc import Iterator

import pytest

from browser.widget_repositories import write_widgets
from support.service import Service, serving, write_registry
from support.upstream import Reply, Upstream, reply_json

WIDGETS = {
    "plants": {
        "content.html": """<link rel="stylesheet" href="style.css"><p></p><img src="dot.svg">
          <script type="module" src="app.js"></script>
          <script type="module">
            import { ConnectorExecuteError, WidgetServiceSDK } from "@gainsight-customer-hub/widget-service-sdk";
            import { word } from "./word.js";
            import { mapped } from "words";
            export const init = (sdk) => { sdk.$("img").alt = word; sdk.$("img").title = mapped; };
            window.imported = { WidgetServiceSDK, ConnectorExecuteError };
          </script>""",
        "app.js": """import { word } from "./word.js";
          export async function init(sdk) {
            const { name } = await sdk.connectors.execute({ permalink: "plants", method: "GET" });
            sdk.$("p").textContent = `${name}, ${word}, ${sdk.getProps().size}`;
          }""",
        "word.js": 'export const word = "beside";',
        "style.css": "p { color: rgb(4, 5, 6); }",
        "dot.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7"/>',
    },
}
IMPORT_MAPS = [{"imports": {"words": "https://esm.sh/words"}}, {"imports": {"words": "https://esm.sh/later"}}]
PAGE = """<!doctype html><meta charset="utf-8"><title>Our own page</title>
<script type="module" src="{service}/widget-runtime/latest/index.js"></script>
<gs-cc-registry-widget data-widget-type="plants" data-config='{{"size": "M"}}'></gs-cc-registry-widget>
<gs-cc-registry-widget data-widget-type="registry:platform:ootb_widgets:nobody"></gs-cc-registry-widget>"""


@pytest.fixture(scope="module")
def website() -> Iterator[Upstream]:
    """The server of one's own page; it plays the destination of the connector too."""
    with Upstream().serving() as server:
        server.replies["/plants"] = reply_json({"name": "Fern"})
        yield server


@pytest.fixture(scope="module")
def service(tmp_path_factory, website) -> Iterator[Service]:
    repo = tmp_path_factory.mktemp("other_origin")
    write_widgets(repo, WIDGETS, importMaps=IMPORT_MAPS)
    write_registry(repo, [{"name": "Plants", "url": f"{website.origin}/plants"}])
    with serving(repo, env={"WIDGET_SERVICE_ALLOWED_ORIGINS": website.origin}) as running:
        yield running


@pytest.fixture
def page(page):
    """A page on which the host of modules is played by the test."""
    code = 'export const mapped = "by the registry";'
    headers = {"Access-Control-Allow-Origin": "*"}
    page.route(
        "https://esm.sh/words", lambda route: route.fulfill(body=code, content_type="text/javascript", headers=headers)
    )
    return page


@pytest.fixture
def own_page(service, website, page):
    html = PAGE.format(service=service.origin).encode()
    website.replies["/"] = Reply(200, html, {"Content-Type": "text/html"})
    page.goto(f"{website.origin}/")
    return page


def test_a_widget_runs_with_its_files_and_its_connectors(own_page, service):
    plants = own_page.locator('gs-cc-registry-widget[data-widget-type="plants"][data-state="ready"]')
    plants.get_by_text("Fern, beside, M").wait_for()
    told = plants.evaluate(
        """async host => {
          const [paragraph, image] = ["p", "img"].map((name) => host.shadowRoot.querySelector(name));
          await image.decode();
          const { color } = getComputedStyle(paragraph);
          return [color, image.naturalWidth, image.alt, image.title, new URL(image.src).origin];
        }"""
    )
    assert told == ["rgb(4, 5, 6)", 7, "beside", "by the registry", service.origin]


def test_the_page_has_the_sdk_and_it_calls_the_service(own_page):
    own_page.locator('gs-cc-registry-widget[data-state="ready"]').wait_for(state="attached")
    called = "new WidgetServiceSDK().connectors.execute({ permalink: 'plants', method: 'GET' })"
    assert own_page.evaluate(called) == {"name": "Fern"}
    assert own_page.evaluate("imported.WidgetServiceSDK === WidgetServiceSDK") is True
    assert own_page.evaluate("WidgetServiceSDK.ConnectorExecuteError === imported.ConnectorExecuteError") is True


def test_a_widget_that_the_service_does_not_have_is_told(own_page):
    failed = own_page.locator('gs-cc-registry-widget[data-widget-type$=":nobody"][data-state="failed"]')
    failed.wait_for(state="attached")
    message = own_page.evaluate(
        """() => new Promise((done) => {
          document.addEventListener("widget-error", (event) => done(event.detail.message));
          const host = document.querySelector('[data-widget-type$=":nobody"]');
          host.reload();
        })"""
    )
    assert message == "There is no widget of type 'nobody'."


def test_a_page_of_an_origin_that_is_not_listed_runs_widgets_without_connectors(service, page, upstream):
    html = PAGE.format(service=service.origin).encode()
    upstream.replies["/"] = Reply(200, html, {"Content-Type": "text/html"})
    page.goto(f"{upstream.origin}/")
    page.locator('gs-cc-registry-widget[data-widget-type="plants"][data-state="failed"]').wait_for(state="attached")
    page.locator('gs-cc-registry-widget[data-widget-type="plants"] img[alt="beside"]').wait_for(state="attached")
