"""Widgets whose content another host makes, in a real browser: fetched with their props, and anew for others."""

from collections.abc import Iterator

import pytest

from browser.widget_repositories import text_of, widget, write_extensions
from support.service import Service, serving
from support.upstream import Received, Reply, Upstream

HTML = {"Content-Type": "text/html"}
FIXED = """<p></p><script type="module">
  (window.evaluated ??= []).push(import.meta.url);
  export function init(sdk) {
    const show = (props) => { sdk.$("p").textContent = `live ${props.size}`; };
    show(sdk.getProps());
    sdk.on("propsChanged", show);
    sdk.on("destroy", () => { window.ended = true; });
  }
</script>"""


def content(type_: str, **fields) -> dict:
    endpoint = {"endpoint": f"https://content.example/{type_}", "method": "GET"}
    return {"title": type_, "type": type_, "category": "Demo", "content": {**endpoint, **fields}}


def made_for_props(request: Received) -> Reply:
    size = dict(request.query).get("size", "none")
    return Reply(200, f"<p>made for {size}</p>".encode(), HTML)


@pytest.fixture(scope="module")
def service(tmp_path_factory) -> Iterator[Service]:
    repo = tmp_path_factory.mktemp("content")
    with Upstream().serving() as upstream:
        upstream.replies |= {
            "/made": made_for_props,
            "/fixed": Reply(200, FIXED.encode(), HTML),
            "/gone": Reply(404, b"no", HTML),
        }
        defaults = {"defaultConfig": {"size": "M"}}
        widgets = [content("made") | defaults, content("fixed", cacheStrategy="permanent") | defaults, content("gone")]
        write_extensions(repo, *widgets)
        with serving(repo, "--map", f"content.example={upstream.origin}") as running:
            yield running


def configure(page, type_, config):
    widget(page, type_).evaluate("(host, config) => host.setAttribute('data-config', config)", config)


def test_content_is_made_for_the_props_and_anew_when_they_change(service, page):
    page.goto(f"{service.origin}/preview/made")
    assert text_of(page, "made") == "made for M"
    configure(page, "made", '{"size": "L"}')
    widget(page, "made").get_by_text("made for L").wait_for()


def test_content_that_stays_the_same_lives_on_and_hears_of_its_props(service, page):
    page.goto(f"{service.origin}/preview/fixed")
    assert text_of(page, "fixed") == "live M"
    [url] = page.evaluate("evaluated")
    assert "/widgets/fixed/content-" in url
    with page.expect_response("**/widgets/fixed/content"):
        configure(page, "fixed", '{"size": "L"}')
    assert text_of(page, "fixed") == "live L"
    assert page.evaluate("[typeof window.ended, evaluated.length]") == ["undefined", 1]


def test_an_endpoint_that_fails_is_told(service, browser):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{service.origin}/preview/")
    widget(page, "gone", "failed")
    page.get_by_role("alert").get_by_text("https://content.example/gone answered with status 404.").first.wait_for()
    widget(page, "made")
    context.close()


def test_a_configuration_that_is_edited_while_content_is_on_its_way_counts(service, page):
    waiting = []
    page.route("**/widgets/made/content", lambda route: waiting.append(route) if not waiting else route.continue_())
    with page.expect_request("**/widgets/made/content"):
        page.goto(f"{service.origin}/preview/made")
    widget(page, "made", None).evaluate("host => host.setAttribute('data-config', '{\"size\": \"XL\"}')")
    waiting[0].continue_()
    widget(page, "made", None).get_by_text("made for XL").wait_for()
